package leaf

// Broken returns what every check of Validate says that fails, so that a test
// can tell an input with one fault from one with several.
func (n *LeafNode) Broken(c *Checks) []error {
	var errs []error
	for _, check := range leafChecks {
		if err := check(n, c); err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}
