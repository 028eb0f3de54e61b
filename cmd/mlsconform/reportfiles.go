package main

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mlsconform/mlsconform/reports"
	"github.com/mlsconform/mlsconform/runner/result"
)

// InteropReports are the flags that say where the reports of an interop run go.
type InteropReports struct {
	Out      string `help:"Write interop.txt, .json, .xml, .md and .html into this folder." placeholder:"DIR"`
	JSON     string `name:"json" help:"Write the results as JSON; - is the standard output." placeholder:"FILE"`
	JUnit    string `name:"junit" help:"Write the results as JUnit XML; - is the standard output." placeholder:"FILE"`
	Markdown string `help:"Write a summary as Markdown; - is the standard output." placeholder:"FILE"`
	HTML     string `name:"html" help:"Write the results as one HTML page; - is the standard output." placeholder:"FILE"`
}

func (r *InteropReports) check() error {
	if r.toStdout() > 1 {
		return usagef("only one of --json, --junit, --markdown and --html can go to the standard output")
	}
	return nil
}

func (r *InteropReports) toStdout() int {
	n := 0
	for _, path := range []string{r.JSON, r.JUnit, r.Markdown, r.HTML} {
		if path == "-" {
			n++
		}
	}
	return n
}

// write prints the table and writes the files that were asked for. The
// transcripts of cases are in the folders.
func (r *InteropReports) write(a *app, run *result.Interop, folders []string) error {
	table := a.stdout
	if r.toStdout() > 0 {
		table = a.stderr
	}
	if _, err := table.Write(reports.InteropText(run, colored(table))); err != nil {
		return err
	}
	if r.Out != "" {
		if err := os.MkdirAll(r.Out, 0o755); err != nil {
			return usageError{err}
		}
	}
	for _, f := range []struct {
		path, suffix string
		make         func() ([]byte, error)
	}{
		{"", ".txt", func() ([]byte, error) { return reports.InteropText(run, false), nil }},
		{r.JSON, ".json", func() ([]byte, error) { return reports.InteropJSON(run) }},
		{r.JUnit, ".xml", func() ([]byte, error) { return reports.InteropJUnit(run) }},
		{r.Markdown, ".md", func() ([]byte, error) { return reports.InteropMarkdown(run), nil }},
		{r.HTML, ".html", func() ([]byte, error) {
			return reports.InteropHTML(run, reports.HTMLOptions{Transcript: transcripts(folders)})
		}},
	} {
		paths := []string{f.path}
		if r.Out != "" {
			paths = append(paths, filepath.Join(r.Out, "interop"+f.suffix))
		}
		if paths = slices.DeleteFunc(paths, func(p string) bool { return p == "" }); len(paths) == 0 {
			continue
		}
		data, err := f.make()
		if err != nil {
			return err
		}
		for _, path := range paths {
			if err := a.writeReport(path, data); err != nil {
				return err
			}
		}
	}
	return nil
}

// folders returns where the files are, each folder once.
func folders(files []string) []string {
	var dirs []string
	for _, f := range files {
		if dir := filepath.Dir(f); !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// transcripts finds the transcript of a case beneath cases in one of the
// folders. Reports come from elsewhere, so that what they call a folder is only
// looked for there.
func transcripts(folders []string) func(*result.InteropCase) string {
	return func(c *result.InteropCase) string {
		for at := c.Folder; ; {
			_, below, ok := strings.Cut("/"+filepath.ToSlash(at), "/cases/")
			if !ok {
				return ""
			}
			for _, dir := range folders {
				if text := readWithin(dir, "cases/"+below+"/transcript.txt"); text != "" {
					return text
				}
			}
			at = below
		}
	}
}

// readWithin reads the end of a file that is in dir, or nothing.
func readWithin(dir, name string) string {
	const most = 1 << 20
	root, err := os.OpenRoot(dir)
	if err != nil {
		return ""
	}
	defer root.Close()
	f, err := root.Open(filepath.FromSlash(name))
	if err != nil {
		return ""
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return ""
	}
	data, err := io.ReadAll(io.NewSectionReader(f, max(0, info.Size()-most), most))
	if err != nil {
		return ""
	}
	return string(data)
}
