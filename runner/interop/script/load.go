package script

import (
	"fmt"
	"os"
	"path/filepath"
)

// Load reads the scripts of a file, or of the files of a folder whose names end
// in .json, in the order of their names.
func Load(path string) ([]*Script, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return loadFile(path)
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	var scripts []*Script
	for _, e := range entries {
		if e.IsDir() || filepath.Ext(e.Name()) != ".json" {
			continue
		}
		more, err := loadFile(filepath.Join(path, e.Name()))
		if err != nil {
			return nil, err
		}
		scripts = append(scripts, more...)
	}
	if len(scripts) == 0 {
		return nil, fmt.Errorf("%s: no file in this folder ends in .json", path)
	}
	return scripts, nil
}

func loadFile(path string) ([]*Script, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, data)
}
