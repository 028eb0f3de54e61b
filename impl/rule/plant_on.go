//go:build planted

package rule

import (
	"os"
	"sync/atomic"
)

var planted atomic.Pointer[Bug]

func init() { Plant(Bug(os.Getenv(PlantedBug))) }

// Planted reports whether this program has a bug.
func Planted(b Bug) bool { return *planted.Load() == b }

// Plant gives the program a bug, in place of the one that it has, until restore
// is called.
func Plant(b Bug) (restore func()) {
	before := planted.Swap(&b)
	return func() { planted.Store(before) }
}
