//go:build !mutation

package rule

// Skipped reports whether the check of a requirement is taken out. That is only
// possible in builds with the tag "mutation", which show for each check that
// the test vectors notice when it is missing.
func Skipped(ID) bool { return false }
