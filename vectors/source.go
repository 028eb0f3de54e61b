// Package vectors finds the test vectors that a run replays, and holds what is
// known about them: the catalogue of requirements, the pins of the official
// files, the project's own vectors, and where each requirement is enforced.
package vectors

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"sync"
	"time"
)

// A Kind says where a family's vectors come from.
type Kind string

// The kinds of source, in the order in which they are tried.
const (
	KindFile     Kind = "file"     // named by the user
	KindDir      Kind = "dir"      // in a folder that the user named
	KindShared   Kind = "shared"   // beside the checkout, in ../shared
	KindCache    Kind = "cache"    // downloaded by an earlier run
	KindDownload Kind = "download" // from the upstream repository
	KindOwn      Kind = "own"      // the project's vectors, part of the program
)

// A Source is the vector file of one family, and where it was found.
type Source struct {
	Family   string
	Kind     Kind
	Path     string // of the file; the address for KindDownload
	Official bool   // the bytes are those that the manifest pins
	Data     []byte

	// Notes are the troubles on the way to this source that did not stop it,
	// such as a failed download or a cache that cannot be written.
	Notes []error
}

var (
	// ErrUnusable reports a file or folder that the user named, or put beside
	// the checkout, and that cannot be read or is not what it has to be.
	ErrUnusable = errors.New("unusable vectors")

	// ErrUnknownFamily reports a name that is no family's.
	ErrUnknownFamily = errors.New("unknown vector family")

	// ErrNoSource reports a family that no source has.
	ErrNoSource = errors.New("no source has this family")
)

// A Resolver finds the one source of each family. The zero value works. One
// Resolver serves one run, because it remembers that the network failed; it
// may be used concurrently.
type Resolver struct {
	Dir      string        // folder with FAMILY.json files, empty for none
	Root     string        // project root beside which ../shared is looked for, empty to search upward from the working directory
	CacheDir string        // holds COMMIT/FAMILY.json, empty for mlsconform in the user's cache folder
	BaseURL  string        // of REPOSITORY/COMMIT/PATH, empty for GitHub's
	Offline  bool          // never download
	Limit    time.Duration // longest wait for an answer, or for more of it; zero means 5 s

	// Progress, if not nil, is told how far a download is.
	Progress func(Progress)

	mu     sync.Mutex // held while downloading
	gaveUp error      // why the first failed download failed

	pins      *Manifest         // nil for Official()
	packed    fs.FS             // nil for the embedded set
	transport http.RoundTripper // nil for that of net/http
}

// Resolve returns the family's vectors from the first source that has them:
// the folder Dir, ../shared, the cache, the upstream repository, and the
// project's own. Families that only this project has are in the first and the
// last of these. Troubles with the cache and the network are notes in the
// source. Files that the user named one by one are read with [ReadFile].
func (r *Resolver) Resolve(ctx context.Context, family string) (Source, error) {
	pin, err := r.manifest().find(family)
	if err != nil {
		return Source{}, err
	}
	tries := []func(context.Context, Pin, *Source) (bool, error){r.dir, r.shared, r.cache, r.download, r.own}
	if pin.ours() {
		tries = []func(context.Context, Pin, *Source) (bool, error){r.dir, r.own}
	}
	s := Source{Family: family}
	for _, try := range tries {
		found, err := try(ctx, pin, &s)
		if err != nil {
			return Source{}, fmt.Errorf("%s: %w", family, err)
		}
		if found {
			return s, nil
		}
	}
	return Source{}, fmt.Errorf("%s: %w", family, errors.Join(append(s.Notes, ErrNoSource)...))
}

func (r *Resolver) manifest() Manifest {
	if r.pins != nil {
		return *r.pins
	}
	return official()
}

func (s *Source) set(kind Kind, path string, official bool, data []byte) {
	s.Kind, s.Path, s.Official, s.Data = kind, path, official, data
}

func (s *Source) note(err error) {
	if err != nil {
		s.Notes = append(s.Notes, err)
	}
}
