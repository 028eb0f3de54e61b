package http_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/impl/directory"
	directoryhttp "github.com/mlsconform/mlsconform/impl/directory/http"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/rule"
)

func TestClient(t *testing.T) {
	c := serve(t)
	p := newPerson(t, 1, still)
	packages := append(p.build(t, 1, keypackage.Options{}), p.build(t, 1, keypackage.Options{LastResort: true})...)
	receipt, err := c.Publish(t.Context(), p.sign(t, directory.Publication{KeyPackages: packages}))
	want := &directory.Receipt{Published: 2, Count: directory.Count{Fresh: 1, LastResort: 1}}
	if err != nil || !cmp.Equal(want, receipt) {
		t.Errorf("receipt %+v, %v", receipt, err)
	}
	for i, want := range []*keypackage.KeyPackage{packages[0], packages[1], packages[1]} {
		got, err := c.Claim(t.Context(), p.client())
		if err != nil || string(got.Ref) != ref(t, want) || got.LastResort != (i > 0) || ref(t, got.KeyPackage) != ref(t, want) {
			t.Errorf("claim %d: %+v, %v", i, got, err)
		}
	}
	if n, err := c.Count(t.Context(), p.client()); err != nil || n != (directory.Count{LastResort: 1}) {
		t.Errorf("count %+v, %v", n, err)
	}
}

// An error means the same over HTTP as in process.
func TestErrorsOverHTTP(t *testing.T) {
	p := newPerson(t, 1, still)
	limits := unlimited()
	limits.Caller = directory.Rate{N: 1, Per: time.Minute}
	d, err := directory.New(directory.NewMemory(), directory.Options{Name: "here", Limits: limits, MaxPackages: 2, Now: still})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(directoryhttp.NewHandler(d, directoryhttp.Options{}))
	defer server.Close()
	c := &directoryhttp.Client{URL: server.URL + "/"}
	ctx := t.Context()

	if _, err := c.Claim(ctx, p.client()); !errors.Is(err, directory.ErrNone) {
		t.Errorf("nothing there: %v", err)
	}
	_, err = c.Claim(ctx, p.client())
	if limit, ok := errors.AsType[*directory.LimitError](err); !ok || limit.RetryAfter != time.Minute {
		t.Errorf("too often: %v", err)
	}
	packages := p.build(t, 2, keypackage.Options{})
	first := p.sign(t, directory.Publication{KeyPackages: packages})
	if _, err := c.Publish(ctx, first); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Claim("somebody else", p.client()); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Publish("somebody else", p.sign(t, directory.Publication{WithdrawAll: true})); err != nil {
		t.Fatal(err)
	}
	bad := p.build(t, 1, keypackage.Options{})
	bad[0].Signature[0]++
	unsigned := p.sign(t, directory.Publication{})
	unsigned.Signature[0]++
	late := newPerson(t, 1, func() time.Time { return begin.Add(time.Hour) })
	malformed := p.sign(t, directory.Publication{})
	malformed.Nonce = nil
	publish := func(packages ...*keypackage.KeyPackage) *directory.Request {
		return p.sign(t, directory.Publication{KeyPackages: packages})
	}
	for _, test := range []struct {
		name    string
		request *directory.Request
		want    error
		index   int
		ids     []rule.ID
	}{
		{"again", first, directory.ErrReplayed, -1, nil},
		{"too many", publish(p.build(t, 3, keypackage.Options{})...), directory.ErrFull, -1, nil},
		{"no proof", unsigned, directory.ErrProof, -1, nil},
		{"elsewhere", p.sign(t, directory.Publication{Audience: "there"}), directory.ErrAudience, -1, nil},
		{"other clock", late.sign(t, directory.Publication{}), directory.ErrStale, -1, nil},
		{"malformed", malformed, directory.ErrMalformed, -1, nil},
		{"foreign", publish(newPerson(t, 2, still).build(t, 1, keypackage.Options{})...), directory.ErrForeign, 0, nil},
		{"broken rule", publish(p.build(t, 1, keypackage.Options{})[0], bad[0]), nil, 1, []rule.ID{"rfc9420-10.1-05", "rfc9420-10-06"}},
	} {
		_, err := c.Publish(ctx, test.request)
		_, local := d.Publish("somebody else", test.request)
		refused, isRefusal := errors.AsType[*directory.PackageError](err)
		if test.want != nil && !errors.Is(err, test.want) || isRefusal != (test.index >= 0) || isRefusal && refused.Index != test.index {
			t.Errorf("%s: %v", test.name, err)
		}
		if got := rule.All(err); !slices.Equal(got, test.ids) || !slices.Equal(got, rule.All(local)) {
			t.Errorf("%s: %v, in process %v, want %v", test.name, got, rule.All(local), test.ids)
		}
		if err.Error() != local.Error() {
			t.Errorf("%s: %v, in process %v", test.name, err, local)
		}
	}
	states := map[string]int{}
	for _, k := range packages {
		_, err := c.Publish(ctx, publish(k))
		switch {
		case errors.Is(err, directory.ErrWithdrawn):
			states["withdrawn"]++
		case rule.Of(err) == "rfc9420-10-01":
			states["used"]++
		}
	}
	if diff := cmp.Diff(map[string]int{"withdrawn": 1, "used": 1}, states); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
}

func TestAudience(t *testing.T) {
	for url, want := range map[string]string{
		"http://127.0.0.1:8080":       "127.0.0.1:8080",
		"https://directory.example/x": "directory.example",
		"127.0.0.1:8080":              "",
		"ftp://127.0.0.1":             "",
		"http://":                     "",
		"http://[":                    "",
	} {
		c := &directoryhttp.Client{URL: url}
		if got, err := c.Audience(); got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", url, got, err)
		}
		if _, err := c.Count(t.Context(), directory.Client{}); want == "" && err == nil {
			t.Errorf("%s was asked", url)
		}
	}
}

func TestUnexpectedAnswers(t *testing.T) {
	p := newPerson(t, 1, still)
	other := newPerson(t, 2, still)
	d := newDirectory(t, directory.NewMemory(), unlimited(), still)
	if _, err := d.Publish("somebody", other.sign(t, directory.Publication{KeyPackages: other.build(t, 1, keypackage.Options{})})); err != nil {
		t.Fatal(err)
	}
	theirs, err := d.Claim("somebody", other.client())
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name              string
		status            int
		contentType, body string
	}{
		{"a page of a proxy", 502, "text/html", "<html>"},
		{"a problem that is none", 500, "application/problem+json", "<html>"},
		{"a problem of another kind", 500, "application/problem+json", `{"type":"about:blank","status":500}`},
		{"a page instead", 200, "text/html", "<html>"},
		{"no JSON", 200, "application/json", "<html>"},
		{"no type", 200, "", "{}"},
		{"no message", 200, "message/mls", "<html>"},
		{"another client's key package", 200, "message/mls", string(theirs.Message)},
		{"endless", 200, "message/mls", strings.Repeat("x", 1<<20+1)},
		{"cut off", 200, "message/mls", "cut off"},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", test.contentType)
				if test.name == "cut off" {
					w.Header().Set("Content-Length", "100")
				}
				w.WriteHeader(test.status)
				fmt.Fprint(w, test.body)
			}))
			defer server.Close()
			c := &directoryhttp.Client{URL: server.URL}
			if receipt, err := c.Publish(t.Context(), p.sign(t, directory.Publication{})); err == nil {
				t.Errorf("receipt %+v", receipt)
			}
			if claimed, err := c.Claim(t.Context(), p.client()); err == nil {
				t.Errorf("claimed %+v", claimed)
			}
			if n, err := c.Count(t.Context(), p.client()); err == nil {
				t.Errorf("count %+v", n)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := serve(t).Claim(ctx, p.client()); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
