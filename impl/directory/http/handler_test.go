package http_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/impl/directory"
	directoryhttp "github.com/mlsconform/mlsconform/impl/directory/http"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

func encode(t testing.TB, r *directory.Request) string {
	t.Helper()
	data, err := syntax.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func ask(h http.Handler, method, path, body string, header map[string]string) *http.Response {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/octet-stream")
	for k, v := range header {
		r.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func read(t testing.TB, r *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestAnswers(t *testing.T) {
	p := newPerson(t, 1, still)
	limits := unlimited()
	h := directoryhttp.NewHandler(newDirectory(t, directory.NewMemory(), limits, still), directoryhttp.Options{})
	packages := p.build(t, 2, keypackage.Options{})
	of := fmt.Sprintf("/v1/key-packages/0x0001/%x", p.key.Public())
	for _, test := range []struct {
		method, path, body string
		contentType, want  string
	}{
		{"GET", "/healthz", "", "application/json", `{"status":"ok"}`},
		{"POST", "/v1/key-packages", encode(t, p.sign(t, directory.Publication{KeyPackages: packages})), "application/json", `{"published":2,"withdrawn":0,"fresh":2,"last_resort":0,"pending":0}`},
		{"GET", of + "/count", "", "application/json", `{"fresh":2,"last_resort":0,"pending":0}`},
		{"POST", of + "/claim", "", "message/mls", ""},
		{"GET", of + "/count", "", "application/json", `{"fresh":1,"last_resort":0,"pending":0}`},
		{"GET", strings.Replace(of, "0x0001", "1", 1) + "/count", "", "application/json", `{"fresh":1,"last_resort":0,"pending":0}`},
		{"GET", strings.Replace(of, "0x0001", "2", 1) + "/count", "", "application/json", `{"fresh":0,"last_resort":0,"pending":0}`},
		{"POST", "/v1/key-packages", encode(t, p.sign(t, directory.Publication{WithdrawAll: true})), "application/json", `{"published":0,"withdrawn":1,"fresh":0,"last_resort":0,"pending":0}`},
	} {
		got := ask(h, test.method, test.path, test.body, nil)
		body := read(t, got)
		if got.StatusCode != http.StatusOK || got.Header.Get("Content-Type") != test.contentType || test.want != "" && body != test.want {
			t.Errorf("%s %s: %s, %s", test.method, test.path, got.Status, body)
		}
		if test.contentType == "message/mls" {
			claimed, err := directory.ParseClaimed(p.client(), []byte(body))
			if err != nil || string(claimed.Ref) != ref(t, packages[0]) && string(claimed.Ref) != ref(t, packages[1]) {
				t.Errorf("claimed %+v, %v", claimed, err)
			}
		}
		if got.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s %s may be cached", test.method, test.path)
		}
	}
}

func TestProblems(t *testing.T) {
	p := newPerson(t, 1, still)
	late := newPerson(t, 1, func() time.Time { return begin.Add(-time.Hour) })
	other := newPerson(t, 2, still)
	limits := unlimited()
	limits.Caller = directory.Rate{N: 3, Per: time.Minute}
	d := newDirectory(t, directory.NewMemory(), limits, still)
	h := directoryhttp.NewHandler(d, directoryhttp.Options{
		MaxBody: 2000, Caller: func(r *http.Request) string { return r.Header.Get("Caller") },
	})
	done := encode(t, p.sign(t, directory.Publication{WithdrawAll: true}))
	if got := ask(h, "POST", "/v1/key-packages", done, nil); got.StatusCode != http.StatusOK {
		t.Fatal(got.Status)
	}
	unsigned := p.sign(t, directory.Publication{})
	unsigned.Signature[0]++
	expired := newPerson(t, 1, func() time.Time { return begin.Add(-time.Hour * 24 * 100) }).build(t, 1, keypackage.Options{})
	short := p.sign(t, directory.Publication{})
	short.Nonce = nil
	of := fmt.Sprintf("/v1/key-packages/1/%x", p.key.Public())
	one, zero := 1, 0
	gone := p.build(t, 1, keypackage.Options{})
	for _, publication := range []directory.Publication{{KeyPackages: gone}, {WithdrawAll: true}} {
		if _, err := d.Publish("somebody", p.sign(t, publication)); err != nil {
			t.Fatal(err)
		}
	}

	const post = "/v1/key-packages"
	for _, test := range []struct {
		kind, method, path, body string
		header                   map[string]string
		status                   int
		requirements             []rule.ID
		index                    *int
		retry                    int
		allow                    string
	}{
		{kind: "none", method: "POST", path: of + "/claim", status: 404},
		{kind: "limited", method: "POST", path: of + "/claim", header: map[string]string{"Caller": "eve"}, status: 429, retry: 20},
		{kind: "refused", method: "POST", path: post, body: encode(t, p.sign(t, directory.Publication{KeyPackages: append(p.build(t, 1, keypackage.Options{}), expired...)})),
			status: 422, requirements: []rule.ID{"rfc9420-10.1-03", "rfc9420-7.3-05"}, index: &one},
		{kind: "foreign", method: "POST", path: post, body: encode(t, p.sign(t, directory.Publication{KeyPackages: other.build(t, 1, keypackage.Options{})})), status: 422, index: &zero},
		{kind: "withdrawn", method: "POST", path: post, body: encode(t, p.sign(t, directory.Publication{KeyPackages: gone})), status: 422, index: &zero},
		{kind: "replayed", method: "POST", path: post, body: done, status: 409},
		{kind: "proof", method: "POST", path: post, body: encode(t, unsigned), status: 403},
		{kind: "audience", method: "POST", path: post, body: encode(t, p.sign(t, directory.Publication{Audience: "there\xff"})), status: 403},
		{kind: "stale", method: "POST", path: post, body: encode(t, late.sign(t, directory.Publication{})), status: 403},
		{kind: "malformed", method: "POST", path: post, body: encode(t, short), status: 400},
		{kind: "malformed", method: "POST", path: post, body: "", status: 400, requirements: []rule.ID{"rfc9420-2.1-01"}},
		{kind: "malformed", method: "POST", path: post, body: done + "x", status: 400, requirements: []rule.ID{"rfc9420-2.1-03"}},
		{kind: "malformed", method: "GET", path: "/v1/key-packages/70000/00/count", status: 400},
		{kind: "malformed", method: "GET", path: "/v1/key-packages/one/00/count", status: 400},
		{kind: "malformed", method: "POST", path: "/v1/key-packages/1/xx/claim", status: 400},
		{kind: "too-large", method: "POST", path: post, body: strings.Repeat("x", 2001), status: 413},
		{kind: "media-type", method: "POST", path: post, body: done, header: map[string]string{"Content-Type": "application/json"}, status: 415},
		{kind: "media-type", method: "POST", path: post, body: done, header: map[string]string{"Content-Type": ";"}, status: 415},
		{kind: "method", method: "GET", path: post, status: 405, allow: "POST"},
		{kind: "method", method: "GET", path: of + "/claim", status: 405, allow: "POST"},
		{kind: "method", method: "DELETE", path: of + "/count", status: 405, allow: "GET"},
		{kind: "method", method: "POST", path: "/healthz", status: 405, allow: "GET"},
		{kind: "resource", method: "GET", path: "/", status: 404},
		{kind: "resource", method: "GET", path: of, status: 404},
	} {
		t.Run(test.kind, func(t *testing.T) {
			if test.kind == "limited" {
				for range 3 {
					ask(h, test.method, test.path, test.body, test.header)
				}
			}
			got := ask(h, test.method, test.path, test.body, test.header)
			var problem directoryhttp.Problem
			if body := read(t, got); json.Unmarshal([]byte(body), &problem) != nil {
				t.Fatalf("%s: %s", got.Status, body)
			}
			if problem.Detail == "" || problem.Title == "" {
				t.Errorf("it says nothing: %+v", problem)
			}
			want := directoryhttp.Problem{
				Type:  "https://github.com/mlsconform/mlsconform/tree/main/impl/directory/http#" + test.kind,
				Title: problem.Title, Detail: problem.Detail,
				Status: test.status, Requirements: test.requirements, Index: test.index, RetryAfter: test.retry,
			}
			if diff := cmp.Diff(want, problem); diff != "" {
				t.Errorf("problem (-want +got):\n%s", diff)
			}
			retry := ""
			if test.retry > 0 {
				retry = fmt.Sprint(test.retry)
			}
			header := map[string]string{"Content-Type": "application/problem+json", "Retry-After": retry, "Allow": test.allow, "Cache-Control": "no-store"}
			for name, want := range header {
				if got := got.Header.Get(name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
			if got.StatusCode != test.status {
				t.Errorf("status %s, want %d", got.Status, test.status)
			}
		})
	}
}

func TestFull(t *testing.T) {
	p := newPerson(t, 1, still)
	d, err := directory.New(directory.NewMemory(), directory.Options{Name: "here", MaxPackages: 1, Now: still})
	if err != nil {
		t.Fatal(err)
	}
	body := encode(t, p.sign(t, directory.Publication{KeyPackages: p.build(t, 2, keypackage.Options{})}))
	if got := ask(directoryhttp.NewHandler(d, directoryhttp.Options{}), "POST", "/v1/key-packages", body, nil); got.StatusCode != http.StatusConflict {
		t.Error(got.Status)
	}
}

// What fails inside is logged, and callers learn nothing of it.
func TestFaults(t *testing.T) {
	b, err := directory.OpenBolt(filepath.Join(t.TempDir(), "db"))
	if err != nil {
		t.Fatal(err)
	}
	p := newPerson(t, 1, still)
	var logged bytes.Buffer
	h := directoryhttp.NewHandler(newDirectory(t, b, unlimited(), still), directoryhttp.Options{Log: log.New(&logged, "", 0)})
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	of := fmt.Sprintf("/v1/key-packages/1/%x", p.key.Public())
	for _, test := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", "/v1/key-packages", encode(t, p.sign(t, directory.Publication{})), http.StatusInternalServerError},
		{"POST", of + "/claim", "", http.StatusInternalServerError},
		{"GET", of + "/count", "", http.StatusInternalServerError},
		{"GET", "/healthz", "", http.StatusServiceUnavailable},
	} {
		logged.Reset()
		got := ask(h, test.method, test.path, test.body, nil)
		body := read(t, got)
		if got.StatusCode != test.status || strings.Contains(body, "database") {
			t.Errorf("%s: %s: %s", test.path, got.Status, body)
		}
		if want := test.method + " " + test.path + ": "; !strings.HasPrefix(logged.String(), want) || !strings.Contains(logged.String(), "database not open") {
			t.Errorf("logged %q", &logged)
		}
	}
}

func TestRemoteCaller(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.1:1234":                       "192.0.2.1",
		"[::ffff:192.0.2.1]:1234":              "192.0.2.1",
		"[2001:db8:1:2:3:4:5:6]:1234":          "2001:db8:1:2::/64",
		"[2001:db8:1:2:ffff:ffff:ffff:ffff]:1": "2001:db8:1:2::/64",
		"[fe80::1%eth0]:1":                     "fe80::/64",
		"@":                                    "@",
	} {
		if got := directoryhttp.RemoteCaller(&http.Request{RemoteAddr: address}); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
}

// FuzzHandler posts anything. Whatever it is, the answer is a problem of the
// caller's.
func FuzzHandler(f *testing.F) {
	p := newPerson(f, 1, still)
	r := p.sign(f, directory.Publication{KeyPackages: p.build(f, 1, keypackage.Options{}), Withdraw: [][]byte{{1, 2}}})
	valid := encode(f, r)
	f.Add([]byte(valid[:len(valid)-1]))
	f.Add([]byte(valid + "\x00"))
	r.Nonce[0]++
	f.Add([]byte(encode(f, r)))
	f.Fuzz(func(t *testing.T, body []byte) {
		if string(body) == valid {
			return
		}
		h := directoryhttp.NewHandler(newDirectory(t, directory.NewMemory(), unlimited(), still), directoryhttp.Options{})
		got := ask(h, "POST", "/v1/key-packages", string(body), nil)
		var problem directoryhttp.Problem
		if err := json.Unmarshal([]byte(read(t, got)), &problem); err != nil || problem.Status != got.StatusCode {
			t.Errorf("%s: %+v, %v", got.Status, problem, err)
		}
		if got.StatusCode < 400 || got.StatusCode > 499 {
			t.Errorf("%s for %x", got.Status, body)
		}
	})
}
