package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/mlsconform/mlsconform/vectors"
)

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// colored says whether to write to w in colors; see https://no-color.org.
func colored(w io.Writer) bool {
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && isTerminal(w)
}

// A progress shows on a terminal how far the work is. Elsewhere it says only
// which files it downloads.
type progress struct {
	what   string
	w      io.Writer
	shown  bool // on a terminal
	bar    *progressbar.ProgressBar
	family string // the download that the bar is about
}

func (a *app) progress(what string) *progress {
	return &progress{what: what, w: a.stderr, shown: isTerminal(a.stderr)}
}

// cases shows that so many cases are done.
func (p *progress) cases(done, total int) {
	if !p.shown {
		return
	}
	if p.bar == nil {
		p.bar = p.newBar(int64(total), p.what)
	}
	p.bar.Set(done) // a bar that cannot be drawn is no loss
}

// download shows how far a download is.
func (p *progress) download(d vectors.Progress) {
	if p.family != d.Family {
		p.finish()
		p.family = d.Family
		if !p.shown {
			fmt.Fprintf(p.w, "%s %s\n", p.what, d.Family)
			return
		}
		p.bar = p.newBar(d.Total, p.what+" "+d.Family)
	}
	if p.bar != nil {
		p.bar.Set64(d.Done)
	}
}

func (p *progress) newBar(total int64, what string) *progressbar.ProgressBar {
	return progressbar.NewOptions64(total,
		progressbar.OptionSetDescription(what),
		progressbar.OptionSetWriter(p.w),
		progressbar.OptionSetWidth(30),
		progressbar.OptionShowCount(),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionThrottle(50*time.Millisecond),
		progressbar.OptionSetPredictTime(true),
	)
}

// finish takes the bar away.
func (p *progress) finish() {
	if p.bar != nil {
		p.bar.Finish()
		p.bar = nil
	}
}
