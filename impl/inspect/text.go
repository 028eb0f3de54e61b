package inspect

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"github.com/mlsconform/mlsconform/impl/rule"
)

// TextOptions say what [Result.Text] shows.
type TextOptions struct {
	Full        bool // bytes without omissions
	ShowSecrets bool
	Color       bool
	// Rule tells what a requirement asks for; nil when that is not to be shown.
	Rule func(rule.ID) string
}

// Text writes a result for a person: each field with the offset and the length
// of its encoding, values that follow from it after an equals sign, and checks
// after a star.
func (r *Result) Text(w io.Writer, o TextOptions) error {
	p := &printer{w: bufio.NewWriter(w), o: o}
	for i, reading := range r.Readings {
		if i > 0 {
			p.line("")
		}
		p.reading(r, reading)
	}
	if len(r.Readings) == 0 {
		p.failed(r)
	}
	return p.w.Flush()
}

type printer struct {
	w *bufio.Writer
	o TextOptions
}

// The colors of the text, as SGR parameters.
const (
	plain  = ""
	bold   = "1"
	faint  = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
)

func (p *printer) color(sgr, text string) string {
	if !p.o.Color || sgr == plain || text == "" {
		return text
	}
	return "\x1b[" + sgr + "m" + text + "\x1b[0m"
}

func (p *printer) line(format string, args ...any) { fmt.Fprintf(p.w, format+"\n", args...) }

// gutter is what stands in front of what has no place in the input.
const gutter = "              "

func (p *printer) reading(r *Result, reading *Reading) {
	p.heading(r, reading)
	p.line("%s", p.color(faint, "offset length"))
	p.inside(reading.Root, 0)
	p.summary(reading)
}

func (p *printer) heading(r *Result, reading *Reading) {
	title := fmt.Sprintf("%s, %s from %s", reading.Root.Type, plural(len(r.Input.Data), "byte"), r.Input.Encoding)
	if reading.Root.Kind == List {
		title += ", " + plural(len(reading.Root.Children), "element")
	}
	if reading.Root.Text != "" {
		title += ": " + reading.Root.Text
	}
	if reading.Root.Note != "" {
		title += " (" + reading.Root.Note + ")"
	}
	p.line("%s", p.color(bold, title))
}

// inside prints what is in a node.
func (p *printer) inside(n *Node, depth int) {
	indent := strings.Repeat("  ", depth)
	for _, d := range n.Derived {
		p.printNode(gutter+indent+"= ", d, len(d.Name))
	}
	for _, c := range n.Checks {
		p.check(indent, &c)
	}
	width := 0
	for _, c := range n.Children {
		width = max(width, len(c.Name))
	}
	for _, c := range n.Children {
		p.printNode(p.place(c)+indent, c, width)
		p.inside(c, depth+1)
	}
	if n.Content != nil {
		p.printNode(p.place(n.Content)+indent, n.Content, 0)
		p.inside(n.Content, depth+1)
	}
}

func (p *printer) place(n *Node) string {
	return p.color(faint, fmt.Sprintf("%6d %6d", n.Offset, n.Length)) + " "
}

func (p *printer) printNode(prefix string, n *Node, width int) {
	name := fmt.Sprintf("%-*s  ", width, n.Name)
	value := p.value(n)
	if n.Note != "" {
		value += "  " + p.color(yellow, "("+n.Note+")")
	}
	if n.Kind == Codes || n.Kind == Numbers || n.Kind == Members {
		value = wrap(value, len(name)+visible(prefix))
	}
	p.line("%s%s%s", prefix, name, value)
}

// value shows what a node holds, in one line.
func (p *printer) value(n *Node) string {
	switch n.Kind {
	case Struct:
		if n.Text != "" {
			return p.color(bold, n.Type) + ": " + n.Text
		}
		return p.color(bold, n.Type)
	case List:
		return p.list(n)
	case Bytes:
		return p.bytes(n)
	case Secret:
		if !p.o.ShowSecrets {
			return hidden(n)
		}
		return p.bytes(n)
	case Number:
		if n.Text != "" {
			return fmt.Sprintf("%d  %s", n.Number, n.Text)
		}
		return fmt.Sprint(n.Number)
	case Code:
		return code(n.Number, n.Text, n.Length)
	case Text:
		return n.Text
	case Absent:
		if n.Text != "" {
			return n.Text
		}
		return "absent"
	}
	return values(n)
}

func (p *printer) list(n *Node) string {
	text := fmt.Sprintf("%s, %s", p.color(bold, n.Type), plural(len(n.Children), "element"))
	if len(n.Children) == 0 {
		text = "none"
	}
	if n.Text != "" {
		text += ": " + n.Text
	}
	return text
}

func (p *printer) bytes(n *Node) string {
	if len(n.Bytes) == 0 {
		return "empty"
	}
	shown := shortHex(n.Bytes)
	if p.o.Full {
		shown = hex.EncodeToString(n.Bytes)
	}
	if n.Text != "" {
		shown = n.Text + " = " + shown
	}
	return fmt.Sprintf("%s  %s", shown, p.color(faint, plural(len(n.Bytes), "byte")))
}

// hidden stands for a secret.
func hidden(n *Node) string { return fmt.Sprintf("[secret, %s]", plural(len(n.Bytes), "byte")) }

// code shows a code point; those of one byte are decimal in the RFC.
func code(number uint64, name string, length int) string {
	digits := fmt.Sprintf("0x%04x", number)
	if length == 1 {
		digits = fmt.Sprint(number)
	}
	if name == "" {
		return digits
	}
	return name + " (" + digits + ")"
}

// values lists numbers with a comma and a space in between.
func values(n *Node) string {
	if len(n.Values) == 0 {
		return "none"
	}
	parts := make([]string, len(n.Values))
	for i, v := range n.Values {
		switch n.Kind {
		case Codes:
			parts[i] = code(v.Number, v.Name, 2)
			if v.Note != "" {
				parts[i] += " " + v.Note
			}
		case Members:
			parts[i] = fmt.Sprintf("leaf %d %s", v.Number, v.Name)
		default:
			parts[i] = fmt.Sprint(v.Number)
		}
	}
	return strings.Join(parts, ", ")
}

// columns is the width at which long lists go on in the next line.
const columns = 120

func wrap(list string, indent int) string {
	var b strings.Builder
	at := indent
	for i, part := range strings.SplitAfter(list, ", ") {
		if i > 0 && at+len(part) > columns {
			b.WriteString("\n" + strings.Repeat(" ", indent))
			at = indent
		}
		b.WriteString(part)
		at += len(part)
	}
	return strings.ReplaceAll(b.String(), " \n", "\n")
}

// visible is the width of a text without its colors.
func visible(s string) int {
	n := 0
	for s != "" {
		if before, after, ok := strings.Cut(s, "\x1b["); ok {
			n += len(before)
			_, s, _ = strings.Cut(after, "m")
			continue
		}
		return n + len(s)
	}
	return n
}

func (p *printer) check(indent string, c *Check) {
	text := gutter + indent + "* " + c.Name + "  "
	switch c.Verdict {
	case Valid:
		p.line("%s%s", text, p.color(green, "valid"))
	case Invalid:
		p.line("%s%s: %s%s", text, p.color(red, "INVALID"), c.Reason, ids(c.Rules))
	case Unknown:
		p.line("%s%s: %s", text, p.color(yellow, "cannot tell"), c.Reason)
	}
}

func ids(rules []rule.ID) string {
	if len(rules) == 0 {
		return ""
	}
	return fmt.Sprintf("  %v", rules)
}
