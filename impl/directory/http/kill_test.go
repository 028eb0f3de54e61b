package http_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mlsconform/mlsconform/impl/directory"
	directoryhttp "github.com/mlsconform/mlsconform/impl/directory/http"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/rule"
)

const (
	// envChild makes the test program a server with this file.
	envChild = "MLSCONFORM_DIRECTORY_CHILD"
	// envKills says how often the server is killed.
	envKills     = "MLSCONFORM_DIRECTORY_KILLS"
	defaultKills = 20
)

func TestMain(m *testing.M) {
	if path := os.Getenv(envChild); path != "" {
		fmt.Fprintln(os.Stderr, child(path))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// child serves until it is killed.
func child(path string) error {
	b, err := directory.OpenBolt(path)
	if err != nil {
		return err
	}
	d, err := directory.New(b, directory.Options{Name: "here", Limits: unlimited()})
	if err != nil {
		return err
	}
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("http://%s\n", l.Addr())
	return new(directoryhttp.Server).Serve(context.Background(), l, directoryhttp.NewHandler(d, directoryhttp.Options{}))
}

// A ledger holds what the clients of a directory know.
type ledger struct {
	t       *testing.T
	people  []*person
	answers chan struct{}

	mu           sync.Mutex
	acknowledged map[string]*published // KeyPackages that the directory said it has
	received     map[string]int        // how often a KeyPackage was handed out
	unanswered   int                   // claims without an answer
	open         []*sent               // requests to publish without an answer
	done         []*sent               // some of those that were carried out
}

type sent struct {
	by       *person
	request  *directory.Request
	packages []*keypackage.KeyPackage
}

// A published KeyPackage is kept until it is received.
type published struct {
	by *person
	k  *keypackage.KeyPackage
}

func (l *ledger) acknowledge(s *sent) {
	for _, k := range s.packages {
		r := ref(l.t, k)
		if l.acknowledged[r] = (&published{s.by, k}); l.received[r] > 0 {
			l.acknowledged[r].k = nil
		}
	}
	if l.done = append(l.done, s); len(l.done) > 5 {
		l.done = l.done[1:]
	}
}

// answered counts an answer.
func (l *ledger) answered() {
	select {
	case l.answers <- struct{}{}:
	default:
	}
}

// publish publishes until there is no answer.
func (l *ledger) publish(ctx context.Context, c *directoryhttp.Client, p *person) {
	for {
		s := &sent{by: p, packages: p.build(l.t, 5, keypackage.Options{})}
		s.request = p.sign(l.t, directory.Publication{KeyPackages: s.packages})
		receipt, err := c.Publish(ctx, s.request)
		if errors.Is(err, directory.ErrFull) {
			l.answered()
			continue
		}
		l.mu.Lock()
		if err == nil {
			l.acknowledge(s)
		} else {
			l.open = append(l.open, s)
		}
		l.mu.Unlock()
		if err != nil {
			l.lost(err)
			return
		}
		if receipt.Published != len(s.packages) {
			l.t.Errorf("%d of %d were published", receipt.Published, len(s.packages))
		}
		l.answered()
	}
}

func (l *ledger) receive(ref string) {
	l.received[ref]++
	if p := l.acknowledged[ref]; p != nil {
		p.k = nil
	}
}

// claim claims until there is no answer.
func (l *ledger) claim(ctx context.Context, c *directoryhttp.Client, p *person) {
	for {
		got, err := c.Claim(ctx, p.client())
		if errors.Is(err, directory.ErrNone) {
			continue
		}
		l.mu.Lock()
		if err == nil {
			l.receive(string(got.Ref))
		} else {
			l.unanswered++
		}
		l.mu.Unlock()
		if err != nil {
			l.lost(err)
			return
		}
		l.answered()
	}
}

// lost checks that an error is that of a connection.
func (l *ledger) lost(err error) {
	if _, ok := errors.AsType[*url.Error](err); !ok && !strings.Contains(err.Error(), "EOF") {
		l.t.Errorf("no connection was lost: %v", err)
	}
}

// settle asks again what was not answered before the server was killed, and
// tries to have carried out twice what was.
func (l *ledger) settle(ctx context.Context, c *directoryhttp.Client) {
	for _, s := range l.open {
		receipt, err := c.Publish(ctx, s.request)
		switch {
		case errors.Is(err, directory.ErrReplayed):
		case err != nil:
			l.t.Errorf("asked again: %v", err)
			continue
		case receipt.Published != len(s.packages):
			l.t.Errorf("half of a request was carried out: %d of %d were new", receipt.Published, len(s.packages))
		}
		l.acknowledge(s)
	}
	l.open = nil
	for _, s := range l.done {
		if receipt, err := c.Publish(ctx, s.request); !errors.Is(err, directory.ErrReplayed) {
			l.t.Errorf("carried out again: %+v, %v", receipt, err)
		}
	}
}

// A process is a server that can be killed.
type process struct {
	cmd    *exec.Cmd
	client *directoryhttp.Client
}

func startProcess(t *testing.T, path string) *process {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), envChild+"="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the server did not start: %v", err)
	}
	return &process{cmd, &directoryhttp.Client{
		URL:  strings.TrimSpace(line),
		HTTP: &http.Client{Timeout: enough, Transport: &http.Transport{MaxIdleConnsPerHost: 100}},
	}}
}

func (p *process) kill(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Wait(); err == nil {
		t.Fatal("the server ended in order")
	}
}

// TestKill kills the server again and again while clients publish and claim. At
// the end nothing that was acknowledged is lost, and nothing was handed out twice.
func TestKill(t *testing.T) {
	kills := defaultKills
	if s := os.Getenv(envKills); s != "" {
		var err error
		if kills, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	path := filepath.Join(t.TempDir(), "db")
	l := &ledger{t: t, answers: make(chan struct{}), acknowledged: map[string]*published{}, received: map[string]int{}}
	for n := range byte(3) {
		l.people = append(l.people, newPerson(t, n, time.Now))
	}
	for range kills {
		p := startProcess(t, path)
		l.settle(t.Context(), p.client)
		var wg sync.WaitGroup
		for _, who := range l.people {
			wg.Go(func() { l.publish(t.Context(), p.client, who) })
			for range 5 {
				wg.Go(func() { l.claim(t.Context(), p.client, who) })
			}
		}
		for range 20 + random.IntN(80) {
			<-l.answers
		}
		p.kill(t)
		wg.Wait()
	}

	p := startProcess(t, path)
	l.settle(t.Context(), p.client)
	p.kill(t)
	l.balance(path)
}

// balance compares what the clients know with what is left in the file.
func (l *ledger) balance(path string) {
	b, err := directory.OpenBolt(path)
	if err != nil {
		l.t.Fatal(err)
	}
	defer b.Close()
	d := newDirectory(l.t, b, unlimited(), time.Now)
	left := 0
	for _, p := range l.people {
		for {
			got, err := d.Claim("somebody", p.client())
			if errors.Is(err, directory.ErrNone) {
				break
			}
			if err != nil {
				l.t.Fatal(err)
			}
			l.receive(string(got.Ref))
			left++
		}
	}
	for r, n := range l.received {
		if n != 1 || l.acknowledged[r] == nil {
			l.t.Errorf("%x was handed out %d times", r, n)
		}
	}
	missing := 0
	for r, p := range l.acknowledged {
		if p.k == nil {
			continue
		}
		missing++
		_, err := d.Publish("somebody", p.by.sign(l.t, directory.Publication{KeyPackages: []*keypackage.KeyPackage{p.k}}))
		if rule.Of(err) != "rfc9420-10-01" {
			l.t.Errorf("%x is lost, and was not handed out: %v", r, err)
		}
	}
	if missing > l.unanswered {
		l.t.Errorf("%d key packages are missing, after %d claims without an answer", missing, l.unanswered)
	}
	l.t.Logf("%d published, %d received, %d left, %d handed out in one of %d claims without an answer",
		len(l.acknowledged), len(l.received)-left, left, missing, l.unanswered)
}
