package vectors

import (
	"io/fs"
	"net/http"
)

// Replace gives a Resolver pins and an embedded set made for a test, because
// the official files are not part of the project.
func (r *Resolver) Replace(pins Manifest, packed fs.FS) { r.pins, r.packed = &pins, packed }

// SetTransport makes rt answer the requests of a Resolver.
func (r *Resolver) SetTransport(rt http.RoundTripper) { r.transport = rt }

// ReadNamed is ReadFile under other pins.
func (m Manifest) ReadNamed(family, path string) (Source, error) { return m.readNamed(family, path) }

// The functions that bound what is read and unpacked.
var (
	ReadAtMost = readAtMost
	ReadPacked = readPacked
)
