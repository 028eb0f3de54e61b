package vectors_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mlsconform/mlsconform/vectors"
)

// A slowServer answers with the official alpha, piece bytes at a time, and
// needs pause for the header and for each piece.
type slowServer struct {
	pause time.Duration
	piece int
}

func (s slowServer) RoundTrip(req *http.Request) (*http.Response, error) {
	body := &slowBody{slowServer: s, ctx: req.Context(), left: bytes.NewReader(content["alpha"])}
	if err := body.wait(); err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(body)}, nil
}

type slowBody struct {
	slowServer
	ctx  context.Context
	left *bytes.Reader
}

func (b *slowBody) wait() error {
	select {
	case <-b.ctx.Done():
		return b.ctx.Err()
	case <-time.After(b.pause):
		return nil
	}
}

func (b *slowBody) Read(p []byte) (int, error) {
	if err := b.wait(); err != nil {
		return 0, err
	}
	return b.left.Read(p[:min(b.piece, len(p))])
}

// On a clock of its own: the limit is 5 s without an answer, not for the whole
// download, and it is waited for once per run.
func TestLimit(t *testing.T) {
	for _, test := range []struct {
		name   string
		server slowServer
		kind   vectors.Kind
		takes  time.Duration // two families, of which upstream has one
	}{
		{"no answer", slowServer{pause: time.Hour}, vectors.KindOwn, 5 * time.Second},
		// header, five chunks, end; then the header and one wrong chunk of beta
		{"slow but steady", slowServer{pause: 4 * time.Second, piece: 1 << 20}, vectors.KindDownload, (7 + 3) * 4 * time.Second},
		{"dripping", slowServer{pause: time.Second, piece: 1}, vectors.KindOwn, (1 + 5) * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.pack("alpha", []byte("own"))
			w.pack("beta", []byte("own"))
			r := w.resolver()
			r.Limit = 0
			r.SetTransport(test.server)
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				alpha, errAlpha := r.Resolve(t.Context(), "alpha")
				beta, errBeta := r.Resolve(t.Context(), "beta")
				if err := errors.Join(errAlpha, errBeta); err != nil {
					t.Fatal(err)
				}
				if alpha.Kind != test.kind || beta.Kind != vectors.KindOwn {
					t.Errorf("sources are %s and %s, want %s and own; notes %v", alpha.Kind, beta.Kind, test.kind, alpha.Notes)
				}
				if took := time.Since(start); took != test.takes {
					t.Errorf("took %v, want %v", took, test.takes)
				}
			})
		})
	}
}
