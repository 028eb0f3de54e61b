package http

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"mime"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/mlsconform/mlsconform/impl/directory"
	"github.com/mlsconform/mlsconform/impl/rule"
)

const (
	problemType  = "application/problem+json"
	problemsBase = "https://github.com/mlsconform/mlsconform/tree/main/impl/directory/http#"
)

// A Problem is an error as it goes over the wire (RFC 9457). One that comes from
// a directory wraps the error of package directory that it stands for.
type Problem struct {
	Type         string    `json:"type"`
	Title        string    `json:"title"`
	Status       int       `json:"status"`
	Detail       string    `json:"detail,omitempty"`
	Requirements []rule.ID `json:"requirements,omitempty"`
	Index        *int      `json:"index,omitempty"`
	RetryAfter   int       `json:"retry_after,omitempty"` // in seconds
}

func (p *Problem) Error() string { return cmp.Or(p.Detail, p.Title, http.StatusText(p.Status)) }

// A kind is a sort of problem.
type kind struct {
	name   string
	status int
	title  string
	err    error // that it stands for, if it is one of package directory's
}

var (
	errResource  = errors.New("there is no such resource")
	errMethod    = errors.New("the resource does not know this method")
	errMediaType = errors.New("the request has to be of type application/octet-stream")
)

// kinds are the problems that can be told by an error, the more telling first.
func kinds() []kind {
	return []kind{
		{"none", http.StatusNotFound, "No key package to hand out", directory.ErrNone},
		{"foreign", http.StatusUnprocessableEntity, "A key package has another signature key than the request", directory.ErrForeign},
		{"withdrawn", http.StatusUnprocessableEntity, "A key package was withdrawn before", directory.ErrWithdrawn},
		{"full", http.StatusConflict, "Too many key packages", directory.ErrFull},
		{"replayed", http.StatusConflict, "The request has been carried out before", directory.ErrReplayed},
		{"proof", http.StatusForbidden, "The request is not signed with the client's key", directory.ErrProof},
		{"audience", http.StatusForbidden, "The request is meant for another directory", directory.ErrAudience},
		{"stale", http.StatusForbidden, "The time of the request is not that of the directory", directory.ErrStale},
		{"timeout", http.StatusRequestTimeout, "The request came too slowly", os.ErrDeadlineExceeded},
		{"malformed", http.StatusBadRequest, "The request cannot be read", directory.ErrMalformed},
		{"media-type", http.StatusUnsupportedMediaType, "The request has another type", errMediaType},
		{"method", http.StatusMethodNotAllowed, "The resource knows other methods", errMethod},
		{"resource", http.StatusNotFound, "There is no such resource", errResource},
		{"unavailable", http.StatusServiceUnavailable, "The directory cannot read its storage", errUnavailable},
	}
}

// classify says what kind of problem an error is.
func classify(err error) kind {
	if _, ok := errors.AsType[*directory.LimitError](err); ok {
		return kind{name: "limited", status: http.StatusTooManyRequests, title: "Too many requests"}
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return kind{name: "too-large", status: http.StatusRequestEntityTooLarge, title: "The request is too long"}
	}
	for _, k := range kinds() {
		if errors.Is(err, k.err) {
			return k
		}
	}
	if _, ok := errors.AsType[*directory.PackageError](err); ok {
		return kind{name: "refused", status: http.StatusUnprocessableEntity, title: "A key package breaks a rule"}
	}
	if rule.Of(err) != "" {
		return kind{name: "malformed", status: http.StatusBadRequest, title: "The request cannot be read"}
	}
	return kind{name: "internal", status: http.StatusInternalServerError, title: "The directory failed"}
}

func newProblem(err error) *Problem {
	k := classify(err)
	p := &Problem{
		Type:         problemsBase + k.name,
		Title:        k.title,
		Status:       k.status,
		Detail:       err.Error(),
		Requirements: rule.All(err),
	}
	if k.status >= http.StatusInternalServerError {
		p.Detail = "" // what failed is the business of who runs the directory
	}
	if refused, ok := errors.AsType[*directory.PackageError](err); ok {
		p.Index = &refused.Index
	}
	if limit, ok := errors.AsType[*directory.LimitError](err); ok {
		p.RetryAfter = int(math.Ceil(limit.RetryAfter.Seconds()))
	}
	return p
}

func (p *Problem) write(w http.ResponseWriter) {
	body, err := json.Marshal(p)
	if err != nil {
		panic(err) // the struct holds nothing that has no JSON
	}
	w.Header().Set("Content-Type", problemType)
	w.Header().Set("Cache-Control", "no-store")
	if p.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(p.RetryAfter))
	}
	w.WriteHeader(p.Status)
	w.Write(body) // a caller that is gone needs no answer
}

// readProblem reads the answer of a directory that is not a success.
func readProblem(answer *http.Response, body []byte) error {
	t, _, err := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	p := &Problem{}
	if err != nil || t != problemType || json.Unmarshal(body, p) != nil {
		return fmt.Errorf("directory: unexpected answer: %s", answer.Status)
	}
	return p
}

// Unwrap gives the errors that the problem stands for.
func (p *Problem) Unwrap() []error {
	var causes []error
	name, ok := strings.CutPrefix(p.Type, problemsBase)
	for _, k := range kinds() {
		if ok && k.name == name {
			causes = append(causes, k.err)
		}
	}
	if name == "limited" {
		causes = append(causes, &directory.LimitError{What: "requests", RetryAfter: time.Duration(p.RetryAfter) * time.Second})
	}
	for _, id := range p.Requirements {
		causes = append(causes, rule.Errorf(id, "refused by the directory"))
	}
	if p.Index != nil {
		return []error{&directory.PackageError{Index: *p.Index, Err: errors.Join(causes...)}}
	}
	return causes
}
