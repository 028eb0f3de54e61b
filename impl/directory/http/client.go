package http

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/mlsconform/mlsconform/impl/directory"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

const (
	requestType = "application/octet-stream"
	messageType = "message/mls" // RFC 9420, Section 17.10
)

const (
	clientTimeout = 30 * time.Second
	maxAnswer     = 1 << 20
)

// A Client asks a directory over HTTP. Its errors are those of package
// directory: one that comes from the directory is a [Problem] that wraps them.
type Client struct {
	URL  string       // where the directory is, such as http://127.0.0.1:8080
	HTTP *http.Client // nil means one that waits for half a minute
}

// Audience returns the name that a directory goes by unless it has been given
// another: host and port of its URL.
func (c *Client) Audience() (string, error) {
	u, err := url.Parse(c.URL)
	if err != nil {
		return "", err
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", fmt.Errorf("directory: %q is not the URL of a directory, such as http://127.0.0.1:8080", c.URL)
	}
	return u.Host, nil
}

// Publish sends a request. An answer that is lost leaves open whether the
// request was carried out. To send the same one again is safe, and
// [directory.ErrReplayed] then means that it was.
func (c *Client) Publish(ctx context.Context, r *directory.Request) (*directory.Receipt, error) {
	encoded, err := syntax.Marshal(r)
	if err != nil {
		return nil, err
	}
	body, err := c.ask(ctx, http.MethodPost, "/v1/key-packages", encoded, "application/json")
	if err != nil {
		return nil, err
	}
	var done receipt
	if err := json.Unmarshal(body, &done); err != nil {
		return nil, fmt.Errorf("directory: unexpected answer: %w", err)
	}
	return &directory.Receipt{Published: done.Published, Withdrawn: done.Withdrawn, Count: directory.Count(done.counts)}, nil
}

// Claim gets a KeyPackage of a client.
func (c *Client) Claim(ctx context.Context, of directory.Client) (*directory.Claimed, error) {
	message, err := c.ask(ctx, http.MethodPost, path(of)+"/claim", nil, messageType)
	if err != nil {
		return nil, err
	}
	return directory.ParseClaimed(of, message)
}

// Count returns how many KeyPackages of a client there are.
func (c *Client) Count(ctx context.Context, of directory.Client) (directory.Count, error) {
	body, err := c.ask(ctx, http.MethodGet, path(of)+"/count", nil, "application/json")
	if err != nil {
		return directory.Count{}, err
	}
	var n counts
	if err := json.Unmarshal(body, &n); err != nil {
		return directory.Count{}, fmt.Errorf("directory: unexpected answer: %w", err)
	}
	return directory.Count(n), nil
}

func path(of directory.Client) string {
	return fmt.Sprintf("/v1/key-packages/%d/%x", uint16(of.Suite), of.SignatureKey)
}

// ask sends a request and returns the body of the answer, which has to be of
// the wanted type.
func (c *Client) ask(ctx context.Context, method, path string, body []byte, want string) ([]byte, error) {
	if _, err := c.Audience(); err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.URL, "/")+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body != nil {
		r.Header.Set("Content-Type", requestType)
	}
	answer, err := cmp.Or(c.HTTP, &http.Client{Timeout: clientTimeout}).Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	got, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	if err != nil {
		return nil, fmt.Errorf("directory: answer: %w", err)
	}
	t, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	switch {
	case len(got) > maxAnswer:
		return nil, fmt.Errorf("directory: answer of more than %d bytes", maxAnswer)
	case answer.StatusCode != http.StatusOK:
		return nil, readProblem(answer, got)
	case t != want:
		return nil, fmt.Errorf("directory: unexpected answer of type %q", t)
	}
	return got, nil
}
