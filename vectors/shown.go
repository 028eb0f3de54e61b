package vectors

import (
	"encoding/json"
	"fmt"

	"github.com/mlsconform/mlsconform/impl/rule"
)

// Shown returns the requirements that the cases of a family name, if it is one
// that only this project has. Each is there once, in the order of the cases.
func Shown(family string) ([]rule.ID, error) {
	s, err := Own(family)
	if err != nil {
		return nil, err
	}
	var file struct {
		Cases []struct {
			IDs []rule.ID `json:"ids"`
		} `json:"cases"`
	}
	if err := json.Unmarshal(s.Data, &file); err != nil {
		return nil, fmt.Errorf("%s: %w", s.Path, err)
	}
	var shown []rule.ID
	seen := map[rule.ID]bool{}
	for _, c := range file.Cases {
		for _, id := range c.IDs {
			if !seen[id] {
				seen[id] = true
				shown = append(shown, id)
			}
		}
	}
	return shown, nil
}
