package keypackage

// Broken returns what every check of Validate says that fails, so that a test
// can tell an input with one fault from one with several.
func (k *KeyPackage) Broken(c *Checks) []error {
	var errs []error
	for _, check := range checks {
		if err := check(k, c); err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}
