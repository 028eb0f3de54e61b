package differential

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/inspect"
	"github.com/mlsconform/mlsconform/vectors/format"
)

// A review is what a message is beyond its structure: the remarks name what is
// unusual and right, which a stack may stumble over; the objections are why a
// decoder may refuse what it could decode, so that either verdict is right (see
// docs/vectors.md on the family decoding).
type review struct {
	remarks    []string
	objections []string
	shape      []string // types of the message, of its content and of its proposals
}

// reviewMessage looks through a message that decodes.
func reviewMessage(data []byte) *review {
	r := &review{}
	result, err := inspect.Read(data, inspect.Options{Type: "message", Encoding: "binary", Now: now})
	if err != nil || len(result.Readings) == 0 {
		r.object("cannot be looked at")
		return r
	}
	r.walk(result.Readings[0].Root, nil)
	for _, list := range []*[]string{&r.remarks, &r.objections, &r.shape} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return r
}

func (r *review) remark(format string, args ...any) {
	r.remarks = append(r.remarks, fmt.Sprintf(format, args...))
}

func (r *review) object(format string, args ...any) {
	r.objections = append(r.objections, fmt.Sprintf(format, args...))
}

// walk looks at a node, which stands within others: the outermost first.
func (r *review) walk(n *inspect.Node, within []*inspect.Node) {
	for _, c := range n.Checks {
		if c.Verdict == inspect.Invalid {
			r.object("%s: %s", c.Name, c.Reason)
		}
	}
	switch n.Kind {
	case inspect.Code:
		r.code(n, within)
	case inspect.Codes:
		r.codes(n)
	case inspect.List:
		r.list(n, within)
	}
	switch typeOf(n) {
	case "PublicMessage":
		r.roles(n)
	case "uint32": // which here is always a leaf's index, or a sender's
		if n.Number >= maxLeaves {
			r.object("%s: not in groups of all sizes", n.Name)
		}
	case "HPKEPublicKey", "SignaturePublicKey":
		if n.Length < 33 {
			r.object("a key of %d bytes", n.Length-1)
		}
	}
	within = append(within, n)
	for _, c := range n.Children {
		r.walk(c, within)
		if c.Content != nil {
			r.walk(c.Content, append(within, c))
		}
	}
}

// maxLeaves is more than a stack need have room for: RFC 9420 says nothing of how large
// groups may become, and mls-rs stops here.
const maxLeaves = 1 << 24

func inside(within []*inspect.Node, types ...string) bool {
	return slices.ContainsFunc(within, func(n *inspect.Node) bool { return slices.Contains(types, typeOf(n)) })
}

// typeOf returns the type of a node, which is the same where it is optional.
func typeOf(n *inspect.Node) string {
	return strings.TrimSuffix(strings.TrimPrefix(n.Type, "optional<"), ">")
}

// code looks at a value of a registry.
func (r *review) code(n *inspect.Node, within []*inspect.Node) {
	unassigned := n.Note != ""
	switch {
	case n.Name == "wire_format":
		r.shape = append(r.shape, n.Text)
	case n.Name == "proposal_type":
		r.shape = append(r.shape, n.Text)
		if unassigned {
			r.object("proposal_type: %s", n.Note)
		}
	case n.Name == "leaf_node_source":
		r.source(n, within)
	case !unassigned:
	case inside(within, "ReInit") && n.Type != "ExtensionType":
		r.remark("ReInit: %s: %s", n.Name, n.Note)
	case n.Type == "ExtensionType" && !inside(within, "GroupContext", "GroupContextExtensions", "ReInit"):
		r.remark("extension: %s", n.Note)
	default:
		r.object("%s: %s", n.Name, n.Note)
	}
}

// codes looks at a list of values, as capabilities have.
func (r *review) codes(n *inspect.Node) {
	for _, v := range n.Values {
		if v.Note != "" {
			r.remark("%s: %s", n.Name, v.Note)
		}
	}
}

// source compares where a leaf comes from with where it stands.
func (r *review) source(n *inspect.Node, within []*inspect.Node) {
	for place, want := range map[string]string{"KeyPackage": "key_package", "Update": "update", "UpdatePath": "commit"} {
		if inside(within, place) && n.Text != want {
			r.object("a leaf of source %s in %s", n.Text, place)
		}
	}
}

// places are where extensions belong (Section 17.3, and the MLS extensions draft).
var places = map[codepoint.ExtensionType][]string{
	codepoint.ExtensionApplicationID:        {"LeafNode"},
	codepoint.ExtensionRatchetTree:          {"GroupInfo"},
	codepoint.ExtensionRequiredCapabilities: {"GroupContext", "GroupContextExtensions", "ReInit"},
	codepoint.ExtensionExternalPub:          {"GroupInfo"},
	codepoint.ExtensionExternalSenders:      {"GroupContext", "GroupContextExtensions", "ReInit"},
	codepoint.ExtensionLastResort:           {"KeyPackage"},
}

// list looks for extensions that occur twice or do not belong there, and for
// messages about nothing.
func (r *review) list(n *inspect.Node, within []*inspect.Node) {
	seen := map[codepoint.ExtensionType]bool{}
	for _, e := range n.Children {
		if e.Type != "Extension" {
			break
		}
		t := codepoint.ExtensionType(e.Children[0].Number)
		if seen[t] {
			r.object("extension %v occurs twice", t)
		}
		seen[t] = true
		if here := typeOf(within[len(within)-1]); places[t] != nil && !slices.Contains(places[t], here) {
			r.object("extension %v in a %s", t, here)
		}
	}
	if len(n.Children) == 0 && inside(within, "Welcome") && n.Name == "secrets" {
		r.object("a Welcome for nobody")
	}
}

// roles compares who sends with what is sent (Sections 6 and 12.1.8).
func (r *review) roles(n *inspect.Node) {
	content := child(n, "content")
	sender := child(child(content, "sender"), "sender_type").Text
	typ := child(content, "content_type").Text
	r.shape = append(r.shape, "of "+sender, typ)
	var proposals []string
	for _, p := range all(n, "Proposal") {
		proposals = append(proposals, child(p, "proposal_type").Text)
	}
	path := len(all(n, "UpdatePath")) > 0
	only := func(types ...string) bool {
		return !slices.ContainsFunc(proposals, func(p string) bool { return !slices.Contains(types, p) })
	}
	right := false
	switch sender + " " + typ {
	case "member proposal":
		right = only("add", "update", "remove", "psk", "reinit", "group_context_extensions")
	case "member commit":
		right = only("add", "remove", "psk", "reinit", "group_context_extensions") && (path || len(all(n, "ProposalOrRef")) > 0)
	case "external proposal":
		right = only("add", "remove", "psk", "reinit", "group_context_extensions")
	case "new_member_proposal proposal":
		right = only("add")
	case "new_member_commit commit":
		right = only("external_init", "remove", "psk") && path && slices.Contains(proposals, "external_init")
	}
	if !right {
		r.object("%s of %s with %s", typ, sender, strings.Join(proposals, ", "))
	}
	for _, psk := range all(n, "PreSharedKeyID") {
		if usage := child(psk, "usage").Text; usage == "reinit" || usage == "branch" {
			r.object("a PSK for %s", usage)
		}
	}
}

func child(n *inspect.Node, name string) *inspect.Node {
	if i := slices.IndexFunc(n.Children, func(c *inspect.Node) bool { return c.Name == name }); i >= 0 {
		return n.Children[i]
	}
	return new(inspect.Node)
}

// all returns the nodes of a type, wherever they are.
func all(n *inspect.Node, typ string) []*inspect.Node {
	var found []*inspect.Node
	for _, c := range n.Children {
		if typeOf(c) == typ && c.Kind != inspect.Absent {
			found = append(found, c)
		}
		found = append(found, all(c, typ)...)
	}
	return found
}

// reviewRequest looks through what mlsconform accepts.
func reviewRequest(request format.Request) *review {
	switch q := request.(type) {
	case *format.DecodingRequest:
		return reviewMessage(q.Bytes)
	case *format.KeyPackageRequest:
		return reviewKeyPackage(q)
	}
	return &review{}
}
