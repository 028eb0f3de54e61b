// Package docs holds the pages for people who test an implementation of MLS
// against the vectors and the subject protocol, in whatever language.
package docs

import (
	"embed"
	"io/fs"
)

//go:embed vectors.md subject.md peers.md templates
var pages embed.FS

//go:embed export.md
var export []byte

// Pages returns the pages, and the templates that they speak of.
func Pages() fs.FS { return pages }

// Export returns the page that comes first among exported vectors.
func Export() []byte { return export }
