package reports_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/runner/result"
)

// envScreenshots names a folder to put what the browser shows into, for people
// to look at.
const envScreenshots = "MLSCONFORM_SCREENSHOTS"

// A browser is a headless one with a page open.
type browser struct {
	t        *testing.T
	ctx      context.Context
	mu       sync.Mutex
	messages []string // errors and warnings of its console
}

// openBrowser opens the page from a file. It returns nil where there is no
// browser.
func openBrowser(t *testing.T, html string) *browser {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "headless-shell"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Log("not run: there is no chromium here")
		return nil
	}
	file := filepath.Join(t.TempDir(), "interop.html")
	if err := os.WriteFile(file, []byte(html), 0o644); err != nil {
		t.Fatal(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.NoSandbox, // which does not start as root
		chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.WSURLReadTimeout(time.Minute),
	)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &browser{t: t, ctx: ctx}
	chromedp.ListenTarget(ctx, b.hear)
	b.do(log.Enable(), runtime.Enable(), chromedp.Navigate("file://"+file))
	t.Cleanup(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.messages != nil {
			t.Errorf("the console says %q", b.messages)
		}
	})
	return b
}

// hear keeps what the page complains of, and answers what nobody should ask.
func (b *browser) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *log.EventEntryAdded:
		b.messages = append(b.messages, e.Entry.Text)
	case *runtime.EventConsoleAPICalled:
		b.messages = append(b.messages, "console."+string(e.Type))
	case *runtime.EventExceptionThrown:
		b.messages = append(b.messages, e.ExceptionDetails.Error())
	case *page.EventJavascriptDialogOpening:
		b.messages = append(b.messages, "a dialog: "+e.Message)
		go chromedp.Run(b.ctx, page.HandleJavaScriptDialog(false))
	}
}

func (b *browser) do(actions ...chromedp.Action) {
	b.t.Helper()
	if err := chromedp.Run(b.ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// value evaluates JavaScript.
func value[T any](b *browser, script string) T {
	b.t.Helper()
	var v T
	b.do(chromedp.Evaluate(script, &v))
	return v
}

// choose sets a filter as a user does.
func (b *browser) choose(name, option string) {
	b.t.Helper()
	// Typing would depend on how fast the machine is.
	if !value[bool](b, fmt.Sprintf(`(() => {
		const control = document.querySelector("#filters [name=%s]"), text = %q;
		const value = control.options ? [...control.options].find(o => o.text.startsWith(text))?.value : text;
		if (value === undefined) return false;
		control.value = value;
		for (const name of ["input", "change"]) control.dispatchEvent(new Event(name, {bubbles: true}));
		return true;
	})()`, name, option)) {
		b.t.Fatalf("%s has no option %s", name, option)
	}
}

func (b *browser) shown() []string {
	b.t.Helper()
	return value[[]string](b, `[...document.querySelectorAll(".case")].filter(c => c.checkVisibility()).map(c => c.id)`)
}

// cell is what a cell of a table shows.
func (b *browser) cell(selector string) string {
	b.t.Helper()
	return value[string](b, fmt.Sprintf(`[...document.querySelectorAll(%q + " > button > :not([hidden])")].map(n => n.firstElementChild?.tagName === "B" ? n.querySelector("b").textContent + n.classList[1] : "none").join(" ")`, selector))
}

// looks sees to it that the page fits into wide and narrow windows, in both
// colors and as printed, and takes pictures for those who want to look at them.
func (b *browser) looks(name string) {
	b.t.Helper()
	dir := os.Getenv(envScreenshots)
	for _, look := range []string{"light", "dark", "print"} {
		media := emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: look}})
		if look == "print" {
			media = emulation.SetEmulatedMedia().WithMedia("print")
		}
		for _, width := range []int64{1280, 390} {
			b.do(media, chromedp.EmulateViewport(width, 2000), chromedp.Evaluate("scrollTo(0, 0)", nil))
			overflow := value[int](b, "document.documentElement.scrollWidth - document.documentElement.clientWidth")
			if overflow > 0 && look != "print" {
				b.t.Errorf("%s: the page is %d pixels wider than the window of %d", name, overflow, width)
			}
			if dir == "" {
				continue
			}
			var image []byte
			b.do(chromedp.CaptureScreenshot(&image))
			path := filepath.Join(dir, fmt.Sprintf("%s-%s-%d.png", name, look, width))
			if err := os.WriteFile(path, image, 0o644); err != nil {
				b.t.Fatal(err)
			}
		}
	}
}

func TestInteropHTMLInABrowser(t *testing.T) {
	b := openBrowser(t, interopHTML(t, mixedInterop()))
	if b == nil {
		return
	}
	if title := value[string](b, "document.title"); title != "MLS interop: FAIL" {
		t.Errorf("title %q", title)
	}
	if n := value[int](b, `document.querySelectorAll("img, main script").length`); n != 0 {
		t.Errorf("%d elements that a client made", n)
	}
	if n := value[int](b, `performance.getEntriesByType("resource").length`); n != 0 {
		t.Errorf("the page asks for %d other files", n)
	}
	if got := b.shown(); len(got) != 11 {
		t.Errorf("%d cases at first", len(got))
	}
	if got := b.cell(`#pairs [data-a="0"][data-b="1"]`); got != "2good 1bad 2lack" {
		t.Errorf("cell %q at first", got)
	}
	for _, test := range []struct {
		filters map[string]string
		cases   string
		cell    string // builtin with openmls
		says    string
	}{
		{map[string]string{"a": "ts"}, "case-2 case-3 case-4 case-11 case-1 case-9 case-10", "1good", "7 cases: 1 passed, 4 failed or disagree, 0 unsupported, 2 known or skipped. 7 listed below."},
		{map[string]string{"a": "ts", "b": "openmls"}, "case-2 case-3 case-11", "1good", "3 cases: 1 passed, 2 failed"},
		{map[string]string{"a": "openmls", "b": "openmls"}, "case-6", "none", "1 cases"},
		{map[string]string{"file": "commit"}, "case-4 case-11 case-6", "1good", "3 cases"},
		{map[string]string{"suite": "2"}, "case-2 case-3 case-6 case-8 case-9 case-10", "1lack", "6 cases"},
		{map[string]string{"framing": "private"}, "case-3 case-11 case-6 case-1 case-9 case-10", "1good", "6 cases"},
		{map[string]string{"outcome": "unsupported"}, "case-7 case-8", "2good 1bad 2lack", "13 cases"},
		{map[string]string{"text": "ASSERTION"}, "case-6", "2good 1bad 2lack", "1 listed below."},
		{map[string]string{"file": "commit", "outcome": "skipped"}, "", "1good", "0 listed below."},
	} {
		for _, name := range []string{"a", "b", "file", "suite", "framing", "outcome", "text"} {
			if option, ok := test.filters[name]; ok {
				b.choose(name, option)
			}
		}
		if diff := cmp.Diff(strings.Fields(test.cases), b.shown()); diff != "" && test.cases != "" || test.cases == "" && len(b.shown()) != 0 {
			t.Errorf("%v (-want +got)\n%s", test.filters, diff)
		}
		if got := b.cell(`#pairs [data-a="0"][data-b="1"]`); got != test.cell {
			t.Errorf("%v: cell %q, want %q", test.filters, got, test.cell)
		}
		if got := value[string](b, `document.getElementById("shown").textContent`); !strings.Contains(got, test.says) {
			t.Errorf("%v: says %q, not %q", test.filters, got, test.says)
		}
		b.do(chromedp.Click(`#filters [type=reset]`, chromedp.ByQuery), chromedp.Poll(`document.querySelectorAll(".case[hidden]").length === 0`, nil))
	}

	// A cell, by the keyboard, leads to its cases; a cause, to the first of them.
	b.do(chromedp.Focus(`#files [data-file="1"][data-suite="1"] button`, chromedp.ByQuery), chromedp.KeyEvent("\r"))
	if got, want := b.shown(), []string{"case-4", "case-11"}; !slices.Equal(got, want) {
		t.Errorf("a cell leads to %q, want %q", got, want)
	}
	if got := value[string](b, "document.activeElement.id"); got != "cases" {
		t.Errorf("the focus is on %q", got)
	}
	b.do(chromedp.Click(`#filters [type=reset]`, chromedp.ByQuery), chromedp.Click(`.causes a[href="#case-2"]`, chromedp.ByQuery))
	b.do(chromedp.Poll(`document.getElementById("case-2").open`, nil), chromedp.Click("#case-2 .transcript summary", chromedp.ByQuery))
	if got := value[string](b, `document.querySelector("#case-2 .transcript pre").innerText`); !strings.Contains(got, "<script>document.title='owned'</script>") {
		t.Errorf("the transcript is %q", got)
	}
	b.looks("mixed")
}

// All of the report can be read where scripts are off.
func TestInteropHTMLWithoutScripts(t *testing.T) {
	b := openBrowser(t, "<!DOCTYPE html><title>before</title>")
	if b == nil {
		return
	}
	file := filepath.Join(t.TempDir(), "interop.html")
	if err := os.WriteFile(file, []byte(interopHTML(t, mixedInterop())), 0o644); err != nil {
		t.Fatal(err)
	}
	b.do(emulation.SetScriptExecutionDisabled(true), chromedp.Navigate("file://"+file))
	if visible := value[bool](b, `document.getElementById("filters").checkVisibility()`); visible {
		t.Error("there are filters that do nothing")
	}
	if got := b.shown(); len(got) != 11 {
		t.Errorf("%d cases", len(got))
	}
	b.do(chromedp.Click("#case-2 > summary", chromedp.ByQuery), chromedp.Click("#case-2 .transcript summary", chromedp.ByQuery))
	if got := value[string](b, `document.querySelector("#case-2").innerText`); !strings.Contains(got, "rfc9420-7.3-01") || !strings.Contains(got, "JoinGroup to openmls") {
		t.Errorf("an open case shows %q", got)
	}
}

// largeInterop is a run of 20,000 cases of four clients.
func largeInterop() *result.Interop {
	run := &result.Interop{Summary: result.Summary{Seconds: 1234.5, PeakRSSBytes: 98_000_000}}
	names := []string{"builtin", "openmls", "mls-rs", "ts-mls"}
	for _, name := range names {
		run.Clients = append(run.Clients, result.InteropClient{Name: name, Kind: "exec", Stack: name + " 1.0", Suites: []codepoint.CipherSuite{1, 2, 3, 4, 5, 6, 7}, Starts: 2})
	}
	files := []string{"application", "branch", "commit", "deep_random", "external_join", "external_proposals", "reinit", "welcome_join", "own_lost_messages", "own_readd"}
	for i := range 20_000 {
		c := result.InteropCase{
			File: files[i%len(files)], Script: fmt.Sprintf("script_%d", i%7), Suite: codepoint.CipherSuite(1 + i/10%7), Framing: []string{"public", "private"}[i/70%2],
			Roles: roles(names[i/140%4], names[i/560%4], names[i/2240%4]), Outcome: result.Pass, Agreement: result.Pass, Steps: 12, RPCs: 20, Seconds: 0.05,
		}
		c.Script += fmt.Sprintf("_%d", i)
		openmls := slices.ContainsFunc(c.Roles, func(r result.InteropRole) bool { return r.Client == "openmls" })
		switch {
		case openmls && (c.Suite > 3 || c.File == "reinit" || c.File == "branch"):
			c.Outcome, c.Client, c.RPC, c.Code, c.Detail = result.Unsupported, "openmls", "ReInitProposal", "UNIMPLEMENTED", "the library has no re-initialization"
		case i%97 == 3:
			c.Outcome, c.Client, c.RPC, c.Code = result.Fail, c.Roles[1].Client, "HandleCommit", "INVALID_ARGUMENT"
			c.Step, c.Action, c.Detail = new(7), "fullCommit", fmt.Sprintf("the parent hash of node %d is not that of its child\nat tree.rs:%d", i%5, i)
			c.Requirements = []rule.ID{"rfc9420-7.9.2-01"}
		}
		run.Cases = append(run.Cases, c)
	}
	return setUp(run)
}

func TestInteropHTMLOfManyCases(t *testing.T) {
	html := interopHTML(t, largeInterop())
	if len(html) > 8<<20 {
		t.Errorf("%d bytes", len(html))
	}
	b := openBrowser(t, html)
	if b == nil {
		return
	}
	if got := len(b.shown()); got != 5000 {
		t.Errorf("%d cases are listed", got)
	}
	b.choose("outcome", "fail")
	if got := len(b.shown()); got == 0 || got > 300 {
		t.Errorf("%d failures", got)
	}
	b.looks("many")
}
