package reports

import (
	"bytes"
	_ "embed"
	"html/template"
)

//go:embed page/matrix.html
var matrixHTML string

//go:embed page/cell.html
var cellHTML string

// HTML shows the matrix as one page that needs nothing else, neither a network
// nor scripts.
func (m *Matrix) HTML() ([]byte, error) {
	t, err := template.New("matrix").Parse(matrixHTML + cellHTML)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, m.page()); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

type matrixPage struct {
	Policy, Lead string
	Style        template.CSS
	Parts        []matrixPart
	Notes        []string
}

func (m *Matrix) page() *matrixPage {
	p := &matrixPage{Policy: policy(), Lead: m.lead(), Style: template.CSS(pageStyle), Parts: m.parts()}
	for _, note := range m.notes {
		p.Notes = append(p.Notes, printable(note))
	}
	return p
}

// Cell is the tally as the template shows it. That a failure is known makes no
// stack any better.
func (c matrixText) Cell() *pageCell {
	shown := cell(c.Tally)
	switch {
	case c.Tally.Known > 0 && c.Tally.Good() > 0:
		shown.Class = "mixed-cell"
	case c.Tally.Known > 0:
		shown.Class = "bad-cell"
	}
	return &shown
}

// Shown is the text without what would steer a browser.
func (c matrixText) Shown() string { return printable(c.Text) }
