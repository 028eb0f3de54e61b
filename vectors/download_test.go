package vectors_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/vectors"
)

func TestDownloadTellsProgress(t *testing.T) {
	w := newWorld(t)
	w.serve()
	r := w.resolver()
	var got []vectors.Progress
	r.Progress = func(p vectors.Progress) { got = append(got, p) }
	if notes := w.resolve(r, "alpha", vectors.KindDownload, w.address("alpha"), true, content["alpha"]); len(notes) != 0 {
		t.Errorf("notes are %v", notes)
	}
	var want []vectors.Progress
	for _, done := range []int64{0, 16384, 32768, 49152, 65536, 75000} {
		want = append(want, vectors.Progress{Family: "alpha", Done: done, Total: 75000})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// After a failed download each family falls back to the embedded set with the
// reason, upstream is asked only once, and nothing is kept.
func TestFailedDownload(t *testing.T) {
	data := content["alpha"]
	hang := func(req *http.Request) { <-req.Context().Done() }
	for _, test := range []struct {
		name     string
		upstream http.HandlerFunc
		limit    time.Duration
		want     string
	}{
		{"not found", http.NotFound, time.Minute, "404 Not Found"},
		{"server error", func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(503) }, time.Minute, "503 Service Unavailable"},
		{"wrong checksum", func(rw http.ResponseWriter, _ *http.Request) {
			wrong := slices.Clone(data)
			wrong[70000] ^= 1
			rw.Write(wrong)
		}, time.Minute, "SHA-256"},
		{"short body", func(rw http.ResponseWriter, _ *http.Request) { rw.Write(data[:40000]) }, time.Minute, "ended after 40000 of 75000 bytes"},
		{"empty body", func(rw http.ResponseWriter, _ *http.Request) {}, time.Minute, "ended after 0 of 75000 bytes"},
		{"body shorter than announced", func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Length", strconv.Itoa(len(data)))
			rw.Write(data[:40000])
		}, time.Minute, "ended after 40000 of 75000 bytes"},
		{"long body", func(rw http.ResponseWriter, _ *http.Request) { rw.Write(append(slices.Clone(data), '\n')) }, time.Minute, "more than 75000 bytes"},
		{"broken connection", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, time.Minute, "EOF"},
		{"no answer", func(_ http.ResponseWriter, req *http.Request) { hang(req) }, 20 * time.Millisecond, "no answer for 20ms"},
		{"stalled body", func(rw http.ResponseWriter, req *http.Request) {
			rw.Write(data[:40000])
			rw.(http.Flusher).Flush()
			hang(req)
		}, 200 * time.Millisecond, "no answer for 200ms"},
		{"stalled end", func(rw http.ResponseWriter, req *http.Request) {
			rw.Write(data)
			rw.(http.Flusher).Flush()
			hang(req)
		}, 200 * time.Millisecond, "no answer for 200ms"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.upstream = test.upstream
			w.pack("alpha", []byte("own alpha"))
			w.pack("beta", []byte("own beta"))
			r := w.resolver()
			r.Limit = test.limit
			for _, family := range []string{"alpha", "beta"} {
				notes := w.resolve(r, family, vectors.KindOwn, "own/"+family+".json.gz", false, []byte("own "+family))
				if len(notes) != 1 || !strings.Contains(notes[0].Error(), test.want) || !strings.Contains(notes[0].Error(), w.address("alpha")) {
					t.Errorf("%s: notes are %v, want one with %q and the address", family, notes, test.want)
				}
			}
			if n := w.asked.Load(); n > 1 {
				t.Errorf("upstream was asked %d times, want once", n)
			}
			if kept, err := filepath.Glob(filepath.Join(w.base, "cache", "*", "*")); len(kept) != 0 || err != nil {
				t.Errorf("kept: %q, %v", kept, err)
			}
		})
	}
}

func TestNothingListens(t *testing.T) {
	w := newWorld(t)
	w.server.Close()
	w.pack("alpha", []byte("own"))
	if notes := w.resolve(w.resolver(), "alpha", vectors.KindOwn, "own/alpha.json.gz", false, []byte("own")); len(notes) != 1 {
		t.Errorf("notes are %v, want one", notes)
	}
}

func TestUnusableBaseURL(t *testing.T) {
	for _, base := range []string{"http://bad host", "nonsense", ":"} {
		w := newWorld(t)
		w.pack("alpha", []byte("own"))
		r := w.resolver()
		r.BaseURL = base
		if notes := w.resolve(r, "alpha", vectors.KindOwn, "own/alpha.json.gz", false, []byte("own")); len(notes) != 1 {
			t.Errorf("%s: notes are %v, want one", base, notes)
		}
	}
}

func TestOfflineAsksNobody(t *testing.T) {
	w := newWorld(t)
	w.serve()
	w.pack("alpha", []byte("own"))
	r := w.resolver()
	r.Offline = true
	notes := w.resolve(r, "alpha", vectors.KindOwn, "own/alpha.json.gz", false, []byte("own"))
	if len(notes) != 1 || !strings.Contains(notes[0].Error(), "network") {
		t.Errorf("notes are %v, want one about the network", notes)
	}
	if n := w.asked.Load(); n != 0 {
		t.Errorf("upstream was asked %d times", n)
	}
}

// An interrupted run ends, it does not go on with the embedded set; and the
// interruption does not count as a failure of the network.
func TestInterruptedDownload(t *testing.T) {
	w := newWorld(t)
	w.pack("alpha", []byte("own"))
	ctx, cancel := context.WithCancel(t.Context())
	w.upstream = func(_ http.ResponseWriter, req *http.Request) {
		cancel()
		<-req.Context().Done()
	}
	r := w.resolver()
	if s, err := r.Resolve(ctx, "alpha"); !errors.Is(err, context.Canceled) {
		t.Errorf("source %+v, error %v", s, err)
	}
	w.serve()
	w.resolve(r, "alpha", vectors.KindDownload, w.address("alpha"), true, content["alpha"])
}

func TestConcurrentDownloads(t *testing.T) {
	w := newWorld(t)
	w.serve()
	r := w.resolver()
	var wg sync.WaitGroup
	for i := range 8 {
		family := []string{"alpha", "beta"}[i%2]
		wg.Go(func() {
			s, err := r.Resolve(t.Context(), family)
			if err != nil || !s.Official || len(s.Notes) != 0 {
				t.Errorf("%s: official %v, notes %v, error %v", family, s.Official, s.Notes, err)
			}
		})
	}
	wg.Wait()
	for family, want := range content {
		if got, err := os.ReadFile(w.cachePath(family)); err != nil || string(got) != string(want) {
			t.Errorf("%s: the cache holds %d bytes, %v", family, len(got), err)
		}
	}
}

func ExampleChecksumError() {
	err := &vectors.ChecksumError{Path: "welcome.json", Want: "06be9d5c", Got: "e3b0c442"}
	fmt.Println(err)
	// Output: welcome.json: SHA-256 is e3b0c442, want 06be9d5c
}
