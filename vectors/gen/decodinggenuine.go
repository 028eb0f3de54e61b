package main

import (
	"fmt"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/vectors/format"
)

// genuine messages are what passive clients receive in other families. They are
// the only ones here that impl makes.
func (d *decodings) genuine() {
	for _, c := range []struct {
		what, comment string
		scenario      func(*maker) any
	}{
		{"private", "a group that encrypts all handshake messages", emptyPrivate},
		{"updates", "a group with Updates", updates},
		{"psks", "a group with PSKs of both types", psks},
		{"extensions", "a group that changes its extensions", extensionsReplaced},
		{"reinit", "a group that goes on in a new one", reinit},
		{"outside", "a group that gets proposals from outside", externalProposals},
		{"external-commits", "a group that clients join by external Commits", externalCommits},
	} {
		v := c.scenario(newMaker("decoding/genuine-"+c.what, ciphersuite.All()[0])).(passiveClientVector)
		genuine := func(what, comment string, encoded []byte) {
			d.ask("6-genuine-"+c.what+"-"+what, comment+" of "+c.comment+".", encoded, format.Expectation{Result: format.Accept})
		}
		genuine("key-package", "The KeyPackage of a client", v.KeyPackage)
		genuine("welcome", "The Welcome", v.Welcome)
		for i, e := range v.Epochs {
			for j, p := range e.Proposals {
				genuine(fmt.Sprintf("proposal-%d-%d", i, j), fmt.Sprintf("Proposal %d of epoch %d after the Welcome", j, i), p)
			}
			genuine(fmt.Sprintf("commit-%d", i), fmt.Sprintf("The Commit of epoch %d after the Welcome", i), e.Commit)
		}
	}
}
