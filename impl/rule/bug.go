package rule

// A Bug is one of those that builds with the tag "planted" can have, which show
// that the fuzz targets find bugs. Package fuzz/planted says what each is.
type Bug string

// PlantedBug is the variable of the environment that says which bug such a build
// has. So one build serves for all, and the workers of a fuzz target have the bug too.
const PlantedBug = "MLSCONFORM_PLANTED"

// The bugs.
const (
	UncheckedLength  Bug = "unchecked-length"
	Varint           Bug = "varint"
	MissingSortCheck Bug = "missing-sort-check"
	Duplicate        Bug = "duplicate"
	SkippedSignature Bug = "skipped-signature"
	StaleTreeHash    Bug = "stale-tree-hash"
	ReusedGeneration Bug = "reused-generation"
	UnboundedSkip    Bug = "unbounded-skip"
	LostRollback     Bug = "lost-rollback"
	WrongPadding     Bug = "wrong-padding"
)

// Bugs returns all bugs.
func Bugs() []Bug {
	return []Bug{
		UncheckedLength, Varint, MissingSortCheck, Duplicate, SkippedSignature,
		StaleTreeHash, ReusedGeneration, UnboundedSkip, LostRollback, WrongPadding,
	}
}
