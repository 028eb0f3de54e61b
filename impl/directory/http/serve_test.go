package http_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mlsconform/mlsconform/impl/directory"
	directoryhttp "github.com/mlsconform/mlsconform/impl/directory/http"
	"github.com/mlsconform/mlsconform/impl/keypackage"
)

// enough is when a test that waits for something gives up.
const enough = time.Minute

func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// start serves until stop is called, which returns what Serve does.
func start(t testing.TB, s *directoryhttp.Server, h http.Handler) (address string, stop func() error) {
	t.Helper()
	l := listen(t)
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, l, h) }()
	return l.Addr().String(), sync.OnceValue(func() error {
		cancel()
		return <-served
	})
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(enough)); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSlowClients(t *testing.T) {
	p := newPerson(t, 1, still)
	d := newDirectory(t, directory.NewMemory(), unlimited(), still)
	server := &directoryhttp.Server{Timeout: 100 * time.Millisecond, Log: log.New(io.Discard, "", 0)}
	address, stop := start(t, server, directoryhttp.NewHandler(d, directoryhttp.Options{}))
	for _, test := range []struct {
		name, sent string
		status     int // 0 where no answer is due
	}{
		{"nothing", "", 0},
		{"half a header", "POST /v1/key-packages HTTP/1.1\r\nHost: here\r\n", 0},
		{"half a body", "POST /v1/key-packages HTTP/1.1\r\nHost: here\r\nContent-Type: application/octet-stream\r\nContent-Length: 100\r\n\r\nhalf", http.StatusRequestTimeout},
		{"an endless header", "GET /healthz HTTP/1.1\r\nHost: here\r\nX: " + string(make([]byte, 40<<10)), http.StatusRequestHeaderFieldsTooLarge},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := dial(t, address)
			if _, err := io.WriteString(c, test.sent); err != nil {
				t.Fatal(err)
			}
			r := bufio.NewReader(c)
			answer, err := http.ReadResponse(r, nil)
			switch {
			case test.status == 0 && !errors.Is(err, io.ErrUnexpectedEOF):
				t.Errorf("answer %v, %v", answer, err)
			case test.status != 0 && err != nil:
				t.Error(err)
			case err == nil && answer.StatusCode != test.status:
				t.Errorf("%s", answer.Status)
			case test.status == http.StatusRequestTimeout:
				var problem directoryhttp.Problem
				if err := json.NewDecoder(answer.Body).Decode(&problem); err != nil || problem.Status != test.status {
					t.Errorf("%+v, %v", problem, err)
				}
			}
			if _, err := io.Copy(io.Discard, r); errors.Is(err, os.ErrDeadlineExceeded) {
				t.Error("the connection is still open")
			}
		})
	}
	// The others are served as ever.
	c := &directoryhttp.Client{URL: "http://" + address}
	if _, err := c.Count(t.Context(), p.client()); err != nil {
		t.Error(err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if _, err := c.Count(t.Context(), p.client()); err == nil {
		t.Error("it still serves")
	}
}

func TestConnectionsAreLimited(t *testing.T) {
	const limit, callers = 3, 20
	var now, most atomic.Int64
	entered, release := make(chan struct{}, callers), make(chan struct{})
	address, stop := start(t, &directoryhttp.Server{Connections: limit}, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		n := now.Add(1)
		defer now.Add(-1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		entered <- struct{}{}
		<-release
	}))
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address, nil)
			if err != nil {
				t.Error(err)
				return
			}
			answer, err := c.Do(r)
			if err != nil {
				t.Error(err)
				return
			}
			answer.Body.Close()
		})
	}
	for range limit {
		<-entered
	}
	close(release)
	wg.Wait()
	if got := most.Load(); got != limit {
		t.Errorf("%d at once, want %d", got, limit)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// Who gets an answer before the end has what was promised: nothing is handed out
// that nobody gets, and nothing is lost that was acknowledged.
func TestEndInOrder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	b, err := directory.OpenBolt(path)
	if err != nil {
		t.Fatal(err)
	}
	p := newPerson(t, 1, still)
	h := directoryhttp.NewHandler(newDirectory(t, b, unlimited(), still), directoryhttp.Options{})
	address, stop := start(t, &directoryhttp.Server{}, h)
	c := &directoryhttp.Client{URL: "http://" + address}
	var published, claimed atomic.Int64
	answers := make(chan struct{}) // the end comes after so many
	answered := func(n *atomic.Int64) {
		n.Add(1)
		select {
		case answers <- struct{}{}:
		default:
		}
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				if _, err := c.Publish(t.Context(), p.sign(t, directory.Publication{KeyPackages: p.build(t, 1, keypackage.Options{})})); err != nil {
					return
				}
				answered(&published)
			}
		})
	}
	for range 20 {
		wg.Go(func() {
			for {
				_, err := c.Claim(t.Context(), p.client())
				if errors.Is(err, directory.ErrNone) {
					continue
				}
				if err != nil {
					return
				}
				answered(&claimed)
			}
		})
	}
	for range 100 {
		<-answers
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	wg.Wait()
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if b, err = directory.OpenBolt(path); err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	n, err := newDirectory(t, b, unlimited(), still).Count(p.client())
	if err != nil || int64(n.Fresh) != published.Load()-claimed.Load() {
		t.Errorf("%+v, %v after %d were published and %d claimed", n, err, published.Load(), claimed.Load())
	}
}

// A client that does not come to an end does not keep the server from ending.
func TestEndDoesNotWaitForever(t *testing.T) {
	entered := make(chan struct{})
	left := make(chan struct{})
	address, stop := start(t, &directoryhttp.Server{Grace: time.Millisecond}, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
		close(left)
	}))
	c := dial(t, address)
	if _, err := fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: here\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	<-entered
	if err := stop(); err != nil {
		t.Error(err)
	}
	<-left
}

func TestServeReportsABrokenListener(t *testing.T) {
	l := listen(t)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := new(directoryhttp.Server).Serve(t.Context(), l, http.NotFoundHandler()); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
}
