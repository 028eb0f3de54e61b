package http

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"mime"
	"net/http"
	"net/netip"
	"strconv"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/directory"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

// DefaultMaxBody is the longest body of a request by default, in bytes.
const DefaultMaxBody = 1 << 20

// Options are the choices of who serves a directory.
type Options struct {
	// Caller names who sends a request, for the limits; nil means [RemoteCaller].
	Caller func(*http.Request) string
	// MaxBody is the longest body of a request; zero means [DefaultMaxBody].
	MaxBody int64
	// Log gets what goes wrong in the directory itself; nil means [log.Default].
	Log *log.Logger
}

// RemoteCaller names the caller by the network address. Of one of IPv6 it takes
// the first 64 bits, for a caller has all addresses behind these.
func RemoteCaller(r *http.Request) string {
	a, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	ip := a.Addr().Unmap().WithZone("")
	if ip.Is6() {
		return netip.PrefixFrom(ip, 64).Masked().String()
	}
	return ip.String()
}

var errUnavailable = errors.New("the storage cannot be read")

type handler struct {
	d *directory.Directory
	o Options
}

// NewHandler returns what serves the directory.
func NewHandler(d *directory.Directory, o Options) http.Handler {
	if o.Caller == nil {
		o.Caller = RemoteCaller
	}
	if o.MaxBody == 0 {
		o.MaxBody = DefaultMaxBody
	}
	if o.Log == nil {
		o.Log = log.Default()
	}
	h := &handler{d: d, o: o}
	mux := http.NewServeMux()
	for _, route := range []struct {
		method, path string
		serve        func(http.ResponseWriter, *http.Request) error
	}{
		{http.MethodPost, "/v1/key-packages", h.publish},
		{http.MethodPost, "/v1/key-packages/{suite}/{key}/claim", h.claim},
		{http.MethodGet, "/v1/key-packages/{suite}/{key}/count", h.count},
		{http.MethodGet, "/healthz", h.health},
	} {
		mux.HandleFunc(route.method+" "+route.path, h.answer(route.serve))
		mux.HandleFunc(route.path, h.answer(func(w http.ResponseWriter, r *http.Request) error {
			w.Header().Set("Allow", route.method)
			return fmt.Errorf("%w: %s", errMethod, r.Method)
		}))
	}
	mux.HandleFunc("/", h.answer(func(_ http.ResponseWriter, r *http.Request) error {
		return fmt.Errorf("%w: %s", errResource, r.URL.Path)
	}))
	return mux
}

// answer writes the error of a request, in the one form that all have.
func (h *handler) answer(serve func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := serve(w, r)
		if err == nil {
			return
		}
		p := newProblem(err)
		if p.Status >= http.StatusInternalServerError {
			h.o.Log.Printf("%s %s: %v", r.Method, r.URL.Path, err)
		}
		p.write(w)
	}
}

// counts is a [directory.Count] in JSON.
type counts struct {
	Fresh      int `json:"fresh"`
	LastResort int `json:"last_resort"`
	Pending    int `json:"pending"`
}

// receipt is a [directory.Receipt] in JSON.
type receipt struct {
	Published int `json:"published"`
	Withdrawn int `json:"withdrawn"`
	counts
}

func (h *handler) publish(w http.ResponseWriter, r *http.Request) error {
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != requestType {
		return errMediaType
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, h.o.MaxBody))
	if err != nil {
		return fmt.Errorf("%w: %w", directory.ErrMalformed, err)
	}
	var request directory.Request
	if err := syntax.Unmarshal(body, &request); err != nil {
		return err
	}
	done, err := h.d.Publish(h.o.Caller(r), &request)
	if err != nil {
		return err
	}
	return writeJSON(w, receipt{done.Published, done.Withdrawn, counts(done.Count)})
}

func (h *handler) claim(w http.ResponseWriter, r *http.Request) error {
	of, err := client(r)
	if err != nil {
		return err
	}
	claimed, err := h.d.Claim(h.o.Caller(r), of)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", messageType)
	w.Header().Set("Cache-Control", "no-store")
	w.Write(claimed.Message) // it is used up, whether it arrives or not
	return nil
}

func (h *handler) count(w http.ResponseWriter, r *http.Request) error {
	of, err := client(r)
	if err != nil {
		return err
	}
	c, err := h.d.Count(of)
	if err != nil {
		return err
	}
	return writeJSON(w, counts(c))
}

func (h *handler) health(w http.ResponseWriter, _ *http.Request) error {
	if _, err := h.d.Count(directory.Client{}); err != nil {
		return fmt.Errorf("%w: %w", errUnavailable, err)
	}
	return writeJSON(w, map[string]string{"status": "ok"})
}

// client reads whose KeyPackages a request is about.
func client(r *http.Request) (directory.Client, error) {
	suite, err := strconv.ParseUint(r.PathValue("suite"), 0, 16)
	if err != nil {
		return directory.Client{}, fmt.Errorf("%w: cipher suite: %w", directory.ErrMalformed, err)
	}
	key, err := hex.DecodeString(r.PathValue("key"))
	if err != nil {
		return directory.Client{}, fmt.Errorf("%w: signature key: %w", directory.ErrMalformed, err)
	}
	return directory.Client{Suite: codepoint.CipherSuite(suite), SignatureKey: key}, nil
}

func writeJSON(w http.ResponseWriter, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Write(body) // a caller that is gone needs no answer
	return nil
}
