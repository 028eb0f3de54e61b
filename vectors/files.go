package vectors

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxFile bounds what is read from one file, so that a device or a pipe
// without end is an error. The largest official file has 3 MB.
const maxFile = 256 << 20

// ReadFile returns a file that the user named as the source of a family.
func ReadFile(family, path string) (Source, error) { return official().readNamed(family, path) }

func (m Manifest) readNamed(family, path string) (Source, error) {
	pin, err := m.find(family)
	if err != nil {
		return Source{}, err
	}
	data, err := readFile(path)
	if err != nil {
		return Source{}, fmt.Errorf("%s: %w: %w", family, ErrUnusable, err)
	}
	s := Source{Family: family}
	s.set(KindFile, path, pin.verify(path, data) == nil, data)
	return s, nil
}

// dir looks into the folder that the user named. A folder may hold some
// families only, but it has to exist: a mistyped name must not go unnoticed.
func (r *Resolver) dir(_ context.Context, pin Pin, s *Source) (bool, error) {
	if r.Dir == "" {
		return false, nil
	}
	if info, err := os.Stat(r.Dir); err != nil {
		return false, fmt.Errorf("%w: %w", ErrUnusable, err)
	} else if !info.IsDir() {
		return false, fmt.Errorf("%w: %s is not a folder", ErrUnusable, r.Dir)
	}
	path := filepath.Join(r.Dir, pin.Name+".json")
	data, err := readFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("%w: %w", ErrUnusable, err)
	}
	s.set(KindDir, path, pin.verify(path, data) == nil, data)
	return true, nil
}

// shared looks beside the checkout. The files there are meant to be the
// official ones, so others are an error rather than a reason to look further.
func (r *Resolver) shared(_ context.Context, pin Pin, s *Source) (bool, error) {
	root := r.Root
	if root == "" {
		wd, err := os.Getwd()
		if err != nil {
			return false, nil
		}
		if root, err = FindRoot(wd); err != nil {
			return false, nil
		}
	}
	path := filepath.Join(root, "..", "shared", "mls-implementations", filepath.FromSlash(pin.Path))
	data, err := readFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err == nil {
		err = pin.verify(path, data)
	}
	if err != nil {
		return false, fmt.Errorf("%w: %w", ErrUnusable, err)
	}
	s.set(KindShared, path, true, data)
	return true, nil
}

// FindRoot returns the folder of this module's go.mod, which is dir or one
// above it. The error is [fs.ErrNotExist] outside of a checkout.
func FindRoot(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for {
		if isRoot(dir) {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fmt.Errorf("the project's go.mod: %w", fs.ErrNotExist)
		}
		dir = parent
	}
}

func isRoot(dir string) bool {
	f, err := os.Open(filepath.Join(dir, "go.mod"))
	if err != nil {
		return false
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if words := strings.Fields(lines.Text()); len(words) > 1 && words[0] == "module" {
			return words[1] == "github.com/mlsconform/mlsconform"
		}
	}
	return false
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := readAtMost(f, maxFile)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return data, nil
}

// readAtMost reads r to its end and refuses more than limit bytes.
func readAtMost(r io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("more than %d bytes", limit)
	}
	return data, err
}
