package vectors

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// A Progress says how much of a family's file has arrived.
type Progress struct {
	Family      string
	Done, Total int64 // bytes
}

const (
	upstream     = "https://raw.githubusercontent.com"
	defaultLimit = 5 * time.Second

	// chunk is what has to arrive within the limit. It is more than one byte,
	// so that a server cannot hold up a run for hours by dripping.
	chunk = 16 << 10
)

var (
	errOffline  = errors.New("official vectors not downloaded: the network is not to be used")
	errNoAnswer = errors.New("no answer")
)

// download asks the upstream repository. After one failure it does not ask
// again, so that a machine without network waits once and not for each family.
func (r *Resolver) download(ctx context.Context, pin Pin, s *Source) (bool, error) {
	if r.Offline {
		s.note(errOffline)
		return false, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.gaveUp == nil {
		address, data, err := r.fetch(ctx, pin)
		if err == nil {
			s.note(r.keep(pin, data))
			s.set(KindDownload, address, true, data)
			return true, nil
		}
		if ctx.Err() != nil {
			return false, context.Cause(ctx)
		}
		r.gaveUp = fmt.Errorf("official vectors not downloaded: %w", err)
	}
	s.note(r.gaveUp)
	return false, nil
}

// fetch returns the pinned file and its address.
func (r *Resolver) fetch(ctx context.Context, pin Pin) (string, []byte, error) {
	m := r.manifest()
	address, err := url.JoinPath(cmp.Or(r.BaseURL, upstream), m.Repository, m.Commit, pin.Path)
	if err != nil {
		return "", nil, err
	}
	data, err := r.get(ctx, address, pin)
	if err == nil {
		err = pin.verify(address, data)
	}
	return address, data, err
}

func (r *Resolver) get(ctx context.Context, address string, pin Pin) ([]byte, error) {
	limit := cmp.Or(r.Limit, defaultLimit)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(limit, func() { cancel(errNoAnswer) })
	defer watch.Stop()

	// An error that the watch caused says so, instead of "context canceled".
	explain := func(err error) error {
		if err != nil && errors.Is(context.Cause(ctx), errNoAnswer) {
			err = fmt.Errorf("%w for %v", errNoAnswer, limit)
		}
		if err != nil {
			err = fmt.Errorf("GET %s: %w", address, err)
		}
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	client := http.Client{Transport: r.transport}
	resp, err := client.Do(req)
	if err != nil {
		return nil, explain(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, explain(errors.New(resp.Status))
	}
	data, err := readExactly(resp.Body, pin.Size, func(done int64) {
		watch.Reset(limit)
		if r.Progress != nil {
			r.Progress(Progress{pin.Name, done, pin.Size})
		}
	})
	return data, explain(err)
}

// readExactly reads a body that has to have size bytes, and calls arrived at
// the start and after each chunk.
func readExactly(body io.Reader, size int64, arrived func(done int64)) ([]byte, error) {
	data := make([]byte, size)
	for done := int64(0); ; {
		arrived(done)
		if done == size {
			break
		}
		n, err := io.ReadFull(body, data[done:min(done+chunk, size)])
		done += int64(n)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, fmt.Errorf("ended after %d of %d bytes: %w", done, size, io.ErrUnexpectedEOF)
		}
		if err != nil {
			return nil, err
		}
	}
	n, err := io.ReadFull(body, make([]byte, 1))
	if n > 0 {
		return nil, fmt.Errorf("more than %d bytes", size)
	}
	if err != io.EOF {
		return nil, err
	}
	return data, nil
}
