package main

import (
	"cmp"
	"slices"
	"strings"
)

// A sample is an accepted message of one kind, to be spoiled at its fields.
type sample struct {
	what, comment string // as in ids, and as in comments
	change        change
}

// samples are messages that together have every structure in them that is not
// encrypted.
func (d *decodings) samples() []sample {
	note := func(f *framed) { f.aad = letters(80) }
	proposal := func(p part) change { return d.public(proposes(p), note) }
	requirement := requires(nil, nil, []uint16{basicCredential})
	root := d.node("root", 2)
	return []sample{
		{"remove", "a Remove", proposal(removeProposal(0))},
		{"add", "an Add", proposal(addProposal())},
		{"update", "an Update", proposal(d.updateProposal())},
		{"external-psk", "a PreSharedKey of type external", proposal(d.externalPSKProposal())},
		{"resumption-psk", "a PreSharedKey of type resumption", proposal(d.resumptionPSKProposal(1))},
		{"reinit", "a ReInit", proposal(reInitProposal(mls10, 1, requirement))},
		{"extensions", "a GroupContextExtensions", proposal(extensionsProposal(requirement))},
		{"external-remove", "a Remove by an external sender", d.public(proposes(removeProposal(0)), note, d.bySender(senderExternal))},
		{"commit", "a Commit", d.public(commits([]part{included(removeProposal(0)), d.referenced("a")}, path(d.newLeaf(sourceCommit), root)), note)},
		{"external-commit", "an external Commit", d.public(commits([]part{included(d.externalInitProposal())}, path(d.clientLeaf(sourceCommit), root)), note,
			d.bySender(senderNewMemberCommit))},
		{"private", "a PrivateMessage", d.private(contentApplication, func(m *sealed) { m.aad = letters(80) })},
		{"welcome", "a Welcome", d.welcome(1, 2)},
		{"group-info", "a GroupInfo", d.groupInfo(d.packages.pair(requirement), extension{unknownType, letters(80)})},
		{"key-package", "a KeyPackage", func(s *sketch) {
			everything(s)
			identity(letters(80))(s)
		}},
	}
}

// wholeSamples show that nothing is wrong with the samples.
func (d *decodings) wholeSamples() {
	for _, m := range d.samples() {
		d.accept("2.1-whole-"+m.what, "This is "+m.comment+" as a whole, of which other cases have something that is spoiled.", nil, m.change)
	}
}

// eachField visits all fields of the samples. Those that several of a wire format
// have are visited in the first of them, and the header of MLSMessage once.
func (d *decodings) eachField(visit func(m *sample, w *writer, e extent)) {
	type field struct {
		wireFormat uint16
		place      string
	}
	seen := map[field]bool{}
	for _, m := range d.samples() {
		s := d.packages.sketch()
		m.change(s)
		var written *writer
		s.cut = func(w *writer) int {
			written = w
			return 0
		}
		s.write()
		slices.SortStableFunc(written.extents, func(a, b extent) int { return cmp.Compare(a.header, b.header) })
		for _, e := range written.extents {
			f := field{s.wireFormat, e.place}
			if e.place == "message version" || e.place == "wire_format" {
				f.wireFormat = 0
			}
			if !seen[f] {
				visit(&m, written, e)
			}
			seen[f] = true
		}
	}
}

func (e *extent) isVector() bool { return e.content > e.header }

// nameOf is the name of a field as in ids.
func nameOf(place string) string {
	return strings.NewReplacer(" ", "-", "_", "-", ".", "-").Replace(place)
}
