package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/directory"
	directoryhttp "github.com/mlsconform/mlsconform/impl/directory/http"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
)

// A publisher is a client of a directory.
type publisher struct {
	suite *ciphersuite.Suite
	key   *ciphersuite.SignatureKey
}

func newPublisher(t *testing.T) *publisher {
	t.Helper()
	suite, err := ciphersuite.Lookup(codepoint.P256AES128GCMSHA256P256)
	if err != nil {
		t.Fatal(err)
	}
	key, err := suite.GenerateSignatureKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &publisher{suite, key}
}

func (p *publisher) client() directory.Client {
	return directory.Client{Suite: p.suite.ID(), SignatureKey: p.key.Public()}
}

func (p *publisher) publish(t *testing.T, c *directoryhttp.Client, n int) error {
	t.Helper()
	audience, err := c.Audience()
	if err != nil {
		t.Fatal(err)
	}
	publication := directory.Publication{Audience: audience}
	for range n {
		b, err := keypackage.Build(p.suite, leaf.Basic([]byte("publisher")), p.key, keypackage.Options{})
		if err != nil {
			t.Fatal(err)
		}
		publication.KeyPackages = append(publication.KeyPackages, &b.KeyPackage)
	}
	r, err := publication.Sign(p.suite, p.key, directory.Signing{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Publish(t.Context(), r)
	return err
}

// serveDirectory runs the command until stop is called, which returns its exit
// status and what it printed besides where it listens.
func serveDirectory(t *testing.T, args ...string) (c *directoryhttp.Client, stop func() (status int, output string)) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	r, w := io.Pipe()
	var stderr strings.Builder
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, append([]string{"directory", "serve", "--addr", "127.0.0.1:0"}, args...), nil, w, &stderr)
		w.Close()
	}()
	out := bufio.NewReader(r)
	url := listening(t, out)
	return &directoryhttp.Client{URL: url}, func() (int, string) {
		cancel()
		rest, err := io.ReadAll(out)
		if err != nil {
			t.Error(err)
		}
		return <-ended, string(rest) + stderr.String()
	}
}

func listening(t *testing.T, out *bufio.Reader) string {
	t.Helper()
	line, err := out.ReadString('\n')
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if err != nil || !ok {
		t.Fatalf("printed %q, %v", line, err)
	}
	return url
}

func TestDirectoryServe(t *testing.T) {
	db := filepath.Join(t.TempDir(), "db")
	p := newPublisher(t)
	seen := map[string]bool{}
	for n := range 3 {
		c, stop := serveDirectory(t, "--db", db)
		if n == 0 {
			if err := p.publish(t, c, 3); err != nil {
				t.Fatal(err)
			}
		}
		got, err := c.Claim(t.Context(), p.client())
		if err != nil || seen[string(got.Ref)] {
			t.Fatalf("claim %d: %+v, %v", n, got, err)
		}
		seen[string(got.Ref)] = true
		left, err := c.Count(t.Context(), p.client())
		if err != nil || left.Fresh != 2-n {
			t.Errorf("%+v, %v after claim %d", left, err, n)
		}
		if status, output := stop(); status != 0 || output != "" {
			t.Errorf("exit status %d, and %q", status, output)
		}
	}
}

func TestDirectoryServeOneFileOnce(t *testing.T) {
	db := filepath.Join(t.TempDir(), "db")
	_, stop := serveDirectory(t, "--db", db)
	var stderr strings.Builder
	if status := run(t.Context(), []string{"directory", "serve", "--addr", "127.0.0.1:0", "--db", db}, nil, io.Discard, &stderr); status != statusUsage {
		t.Errorf("exit status %d: %s", status, &stderr)
	}
	if status, _ := stop(); status != 0 {
		t.Errorf("exit status %d", status)
	}
}

func TestDirectoryServeName(t *testing.T) {
	p := newPublisher(t)
	c, stop := serveDirectory(t, "--db", filepath.Join(t.TempDir(), "db"), "--name", "directory.example")
	defer stop()
	if err := p.publish(t, c, 1); !errors.Is(err, directory.ErrAudience) {
		t.Errorf("by its address: %v", err)
	}
}

func TestDirectoryServeLimits(t *testing.T) {
	p := newPublisher(t)
	c, stop := serveDirectory(t, "--db", filepath.Join(t.TempDir(), "db"),
		"--caller-rate", "1/1h", "--caller-client-rate", "none", "--publish-rate", "1/1h", "--caller-header", "Caller")
	defer stop()
	c.HTTP = &http.Client{Transport: callers{&[]string{"", "eve", "eve, eve", "spoof, kim", "kim", ""}, http.DefaultTransport}}
	for n, limited := range []bool{false, false, true, false, true, true} {
		_, err := c.Claim(t.Context(), p.client())
		limit, ok := errors.AsType[*directory.LimitError](err)
		if ok != limited || ok && (limit.RetryAfter <= 59*time.Minute || limit.RetryAfter > time.Hour) {
			t.Errorf("claim %d: %v", n, err)
		}
	}
	c.HTTP = nil
	for n, limited := range []bool{false, true} {
		err := p.publish(t, c, 1)
		if _, ok := errors.AsType[*directory.LimitError](err); ok != limited {
			t.Errorf("publication %d: %v", n, err)
		}
	}
}

// callers is a proxy that says who calls.
type callers struct {
	names *[]string
	http.RoundTripper
}

func (c callers) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Caller", (*c.names)[0])
	*c.names = (*c.names)[1:]
	return c.RoundTripper.RoundTrip(r)
}

// envMain makes this test program the command itself, with these arguments.
const envMain = "MLSCONFORM_TEST_DIRECTORY"

// TestDirectorySignals ends the command as a shell or an init system does.
func TestDirectorySignals(t *testing.T) {
	if args := os.Getenv(envMain); args != "" {
		os.Args = strings.Split(args, " ")
		main()
	}
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Chdir(t.TempDir())
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestDirectorySignals$")
			cmd.Env = append(os.Environ(), envMain+"=mlsconform directory serve --addr 127.0.0.1:0 --db db")
			var stderr strings.Builder
			cmd.Stderr = &stderr
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			c := &directoryhttp.Client{URL: listening(t, bufio.NewReader(stdout))}
			if err := newPublisher(t).publish(t, c, 1); err != nil {
				t.Error(err)
			}
			if err := cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Wait(); err != nil || stderr.Len() > 0 {
				t.Errorf("%v, and %q", err, &stderr)
			}
		})
	}
}
