package group_test

import (
	"testing"

	"github.com/mlsconform/mlsconform/impl/codepoint"
)

// Without faults the forge makes what an honest member makes: all accept it.
func TestForgeMakesWhatIsAccepted(t *testing.T) {
	base := newScene(t)
	for _, format := range []codepoint.WireFormat{public, private} {
		for i := range base.members {
			s := base.fork(t)
			m, err := s.committing(s.members[i]).forge(format)
			if err != nil {
				t.Fatal(err)
			}
			s.deliver(m, s.except(s.members[i])...)
		}
	}
}
