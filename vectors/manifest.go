package vectors

import (
	"crypto/sha256"
	_ "embed"
	"fmt"
	"slices"
	"sync"

	"github.com/mlsconform/mlsconform/vectors/format"
)

// A Manifest pins the official vector files to one commit of their repository.
type Manifest struct {
	Repository string `json:"repository"` // on GitHub, owner/name
	Commit     string `json:"commit"`
	Families   []Pin  `json:"families"`
}

// A Pin says what the official file of one family is.
type Pin struct {
	Name   string `json:"name"`
	Path   string `json:"path"` // in the repository
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
	Cases  int    `json:"cases"` // elements of the file's top-level array
}

// Official returns the pins of the official files. The list of families is
// shared and must not be changed.
func Official() Manifest { return official() }

// Pin returns the pin of a family.
func (m Manifest) Pin(family string) (Pin, bool) {
	i := slices.IndexFunc(m.Families, func(p Pin) bool { return p.Name == family })
	if i < 0 {
		return Pin{}, false
	}
	return m.Families[i], true
}

// find returns the pin of a family, which is a mere name for those that only
// this project has.
func (m Manifest) find(family string) (Pin, error) {
	if pin, ok := m.Pin(family); ok {
		return pin, nil
	}
	if slices.Contains(format.Families(), family) {
		return Pin{Name: family}, nil
	}
	return Pin{}, fmt.Errorf("%w %q", ErrUnknownFamily, family)
}

// ours says that there is no official file to pin.
func (p Pin) ours() bool { return p.Path == "" }

//go:embed official/manifest.json
var manifestJSON []byte

var official = sync.OnceValue(func() Manifest { return decodeEmbedded[Manifest]("official/manifest.json", manifestJSON) })

// A ChecksumError reports a file that is not the one that the manifest pins.
type ChecksumError struct {
	Path      string // or the address
	Want, Got string // SHA-256
}

func (e *ChecksumError) Error() string {
	return fmt.Sprintf("%s: SHA-256 is %s, want %s", e.Path, e.Got, e.Want)
}

// verify reports whether data, which came from path, is the pinned file.
func (p Pin) verify(path string, data []byte) error {
	if got := fmt.Sprintf("%x", sha256.Sum256(data)); got != p.SHA256 {
		return &ChecksumError{Path: path, Want: p.SHA256, Got: got}
	}
	return nil
}
