//go:build !planted

package rule

// Planted reports whether this program has a bug. That is only possible in
// builds with the tag "planted".
func Planted(Bug) bool { return false }
