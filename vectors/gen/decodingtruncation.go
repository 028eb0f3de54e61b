package main

import (
	"fmt"

	"github.com/mlsconform/mlsconform/impl/rule"
)

// cutSamples end inside of each field, and where it should begin (Sections 2.1,
// 2.1.1 and 2.1.2).
func (d *decodings) cutSamples() {
	d.reject("2.1-01-empty", "There are no bytes at all.", ids{"rfc9420-2.1-01"}, endsAfter("message version", 0))
	type end struct {
		sample string
		at     int
	}
	seen := map[end]bool{}
	d.eachField(func(m *sample, w *writer, e extent) {
		cut := func(at int, what, comment string) {
			if at == 0 || seen[end{m.what, at}] {
				return
			}
			seen[end{m.what, at}] = true
			d.reject(fmt.Sprintf("2.1-01-%s-%s-%s", m.what, what, nameOf(e.place)), fmt.Sprintf(comment, e.place, m.comment), cutIDs(w, at),
				m.change, func(s *sketch) { s.cut = func(*writer) int { return at } })
		}
		cut(e.header, "without", "The input ends where %s of %s should begin.")
		switch {
		case !e.isVector():
			cut(e.end-1, "inside", "The last byte of the integer %s of %s is missing.")
		case e.content-e.header > 1:
			cut(e.header+1, "in-length-of", "The input ends after the first of two bytes of the length of %s of %s.")
			fallthrough
		case e.end > e.content:
			cut(e.content, "behind-length-of", "The input ends behind the length of %s of %s.")
			cut(e.end-1, "inside", "The last byte of the vector %s of %s is missing.")
		}
	})
}

// cutHeaders end inside of a header of four bytes (Section 2.1.2).
func (d *decodings) cutHeaders() {
	long := d.public(proposes(removeProposal(0)), func(f *framed) { f.aad = pattern(16384) })
	for n := 1; n <= 3; n++ {
		d.reject(fmt.Sprintf("2.1.2-08-four-bytes-%d", n), fmt.Sprintf("Of the four bytes of the length of authenticated_data, the input has %d.", n),
			ids{"rfc9420-2.1-01", "rfc9420-2.1.2-08"}, long, endsAfter("authenticated_data", n))
	}
}

// cutIDs are the requirements that name what is wrong with an input that ends
// there.
func cutIDs(w *writer, at int) ids {
	broken := ids{"rfc9420-2.1-01"}
	var inHeader, inVector, inPath, inConfirmation, inMembership bool
	for _, e := range w.extents {
		inHeader = inHeader || e.header < at && at < e.content
		inVector = inVector || e.isVector() && e.content <= at && at < e.end
		within := e.header <= at && at < e.end
		switch e.place {
		case pathPlace + "nodes":
			inPath = at >= w.at(presencePlace).end && at < e.end
		case "confirmation_tag":
			inConfirmation = within && w.bytes[3] == wirePublicMessage
		case "membership_tag":
			inMembership = within
		}
	}
	for _, c := range []struct {
		in bool
		id rule.ID
	}{
		{inHeader, "rfc9420-2.1.2-08"},
		{inVector, "rfc9420-2.1.2-05"},
		{inPath, "rfc9420-2.1.1-02"},
		{inConfirmation, "rfc9420-6.1-13"},
		{inMembership, "rfc9420-6.2-01"},
	} {
		if c.in {
			broken = append(broken, c.id)
		}
	}
	return broken
}

// missingTags are Commits with one tag too few. A member's can be taken for one
// without either of its tags (Section 6.1).
func (d *decodings) missingTags() {
	for _, m := range d.samples() {
		switch m.what {
		case "commit":
			d.reject("6.1-13-one-tag", "A member's Commit has one tag behind its signature, and not both confirmation_tag and membership_tag.",
				ids{"rfc9420-6.1-13", "rfc9420-6.2-01", "rfc9420-2.1-01"}, m.change, endsAfter("membership_tag", 0))
		case "external-commit":
			d.reject("6.1-13-no-tag", "An external Commit has no confirmation_tag behind its signature.",
				ids{"rfc9420-6.1-13", "rfc9420-2.1-01"}, m.change, endsAfter("confirmation_tag", 0))
		}
	}
}
