package rule

// A Check tells whether a subject S meets one requirement in the circumstances C.
type Check[S, C any] struct {
	ID ID
	// Verify returns an error of the requirement when it is not met.
	Verify func(S, C) error
	// Open says why the circumstances do not allow to check; it is empty when they
	// do. Nil stands for a check that is always possible.
	Open func(S, C) string
}

// A Finding is the outcome of checking one requirement.
type Finding struct {
	ID   ID
	Err  error  // why it is not met; nil when it is, and when that was not checked
	Open string // why it was not checked; empty when it was
}

// Verify runs checks in their order up to the first that fails.
func Verify[S, C any](checks []Check[S, C], s S, c C) error {
	for i := range checks {
		if f := checks[i].on(s, c); f.Err != nil {
			return f.Err
		}
	}
	return nil
}

// Examine runs all checks.
func Examine[S, C any](checks []Check[S, C], s S, c C) []Finding {
	findings := make([]Finding, len(checks))
	for i := range checks {
		findings[i] = checks[i].on(s, c)
	}
	return findings
}

// on is where test builds take a check out.
func (k *Check[S, C]) on(s S, c C) Finding {
	f := Finding{ID: k.ID}
	if k.Open != nil {
		f.Open = k.Open(s, c)
	}
	if f.Open == "" && !Skipped(k.ID) {
		f.Err = k.Verify(s, c)
	}
	return f
}
