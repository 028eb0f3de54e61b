package vectors

import (
	"bytes"
	"compress/gzip"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
)

// maxOwn bounds what one embedded file unpacks to.
const maxOwn = 64 << 20

//go:embed own key-package ciphersuite decoding
var ownFiles embed.FS

//go:embed schema/*.json
var schemaFiles embed.FS

// Schemas returns the folder schema: the JSON Schemas of the families that only
// this project has.
func Schemas() fs.FS { return schemaFiles }

// Own returns the project's own vectors of a family. The error is
// [ErrNoSource] when there are none.
func Own(family string) (Source, error) {
	pin, err := official().find(family)
	if err != nil {
		return Source{}, err
	}
	s := Source{Family: family}
	found, err := new(Resolver).own(context.Background(), pin, &s)
	if err == nil && !found {
		err = ErrNoSource
	}
	if err != nil {
		return Source{}, fmt.Errorf("%s: %w", family, err)
	}
	return s, nil
}

// own is the last resort: vectors made by this project. They are never
// official, whatever their bytes.
func (r *Resolver) own(_ context.Context, pin Pin, s *Source) (bool, error) {
	path := "own/" + pin.Name + ".json.gz"
	if pin.ours() {
		path = pin.Name + "/" + pin.Name + ".json.gz"
	}
	var set fs.FS = ownFiles
	if r.packed != nil {
		set = r.packed
	}
	data, err := readPacked(set, path, maxOwn)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	s.set(KindOwn, path, false, data)
	return true, nil
}

// readPacked returns what a gzip file of fsys unpacks to, at most limit bytes.
func readPacked(fsys fs.FS, path string, limit int64) ([]byte, error) {
	packed, err := fs.ReadFile(fsys, path)
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	data, err := readAtMost(z, limit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return data, nil
}
