package reports

import "fmt"

// Markdown shows the matrix as a page of documentation.
func (m *Matrix) Markdown() []byte {
	b := markdown{}
	b.linef("# MLS stacks, and who gets along with whom")
	b.linef("\n<!-- Made by mlsconform report matrix. Changes made by hand are lost. -->")
	b.linef("\n%s", m.lead())
	for _, part := range m.parts() {
		level := "##"
		if part.Sub {
			level = "###"
		}
		b.linef("\n%s %s", level, part.Title)
		if part.Text != "" {
			b.linef("\n%s", part.Text)
		}
		rows := [][]string{nil}
		for _, h := range part.Head {
			rows[0] = append(rows[0], markdownText(h))
		}
		for _, r := range part.Rows {
			row := []string{"**" + r.Name.markdown() + "**"}
			for _, c := range r.Cells {
				row = append(row, c.markdown())
			}
			rows = append(rows, row)
		}
		align := "---:"
		if part.Left {
			align = ":---"
		}
		b.table(rows, align)
	}
	if len(m.notes) > 0 {
		b.linef("\n## Notes\n")
	}
	for _, note := range m.notes {
		b.linef("- %s", markdownText(note))
	}
	return b.Bytes()
}

func (c *matrixText) markdown() string {
	switch {
	case c.Tally != nil:
		return markdownCell(c.Tally)
	case c.Link != "":
		return fmt.Sprintf("[%s](%s)", markdownText(c.Text), markdownLink(c.Link))
	}
	const most = 1000
	return markdownUpTo(most, c.Text)
}
