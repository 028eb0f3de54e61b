package client_test

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"github.com/mlsconform/mlsconform/impl/syntax/syntaxtest"
	"github.com/mlsconform/mlsconform/runner/interop/client"
	pb "github.com/mlsconform/mlsconform/runner/interop/mlsclient"
)

const (
	// maxHeld is how many handles the client of a rig keeps: few, so that programs
	// get there.
	maxHeld = 8
	// limit is how long the calls of a program may take. They take milliseconds,
	// but machines are busy; package testing ends a process after ten seconds.
	limit = 5 * time.Second
	// maxGrowth is by how many bytes the memory may grow; signatures that are
	// remembered take up to four million.
	maxGrowth = 8 << 20
	// mutator is what package testing takes by itself as soon as it mutates.
	mutator = 100 << 20
	// weighEvery is after how many programs the memory is looked at.
	weighEvery = 500
)

// A rig is a client that serves one program after the other. All of them begin
// with the same group: it is founded when the one before has ended, which shows
// that the client still works.
type rig struct {
	client *client.Server
	rand   *stream
	panics *journal
	conn   grpc.ClientConnInterface
	group  *seen

	runs   int
	before uint64 // the memory that was in use at the beginning
}

// newRig makes one that calls the client directly.
func newRig(t testing.TB) *rig {
	t.Helper()
	return newRigOn(t, func(c *client.Server, log io.Writer) grpc.ClientConnInterface {
		return &direct{client: c, guard: client.Guard(log)}
	})
}

// newServedRig makes one that calls the client by gRPC.
func newServedRig(t testing.TB) *rig {
	t.Helper()
	return newRigOn(t, func(c *client.Server, log io.Writer) grpc.ClientConnInterface { return dial(t, client.Serve(c, log)) })
}

func newRigOn(t testing.TB, connect func(*client.Server, io.Writer) grpc.ClientConnInterface) *rig {
	t.Helper()
	r := &rig{rand: new(stream), panics: new(journal)}
	present := func() time.Time { return time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC) }
	r.client = client.New(client.Options{MaxStates: maxHeld, Rand: r.rand, Now: present})
	r.conn = connect(r.client, r.panics)
	r.found(t)
	return r
}

// found makes the group with which the next program begins: two members encrypt
// their handshake messages, one does not, and somebody wants to join.
func (r *rig) found(t testing.TB) {
	t.Helper()
	r.rand.restart()
	r.group = newSeen(r.conn)
	w := newWorldOn(t, r.group, 1, false)
	w.create("alice")
	w.encrypt = true
	w.invite("alice", "bob", "carol")
	c := must(w, w.rpc.Protect, &pb.ProtectRequest{StateId: w.states["alice"], Plaintext: []byte("hello")})
	must(w, w.rpc.Unprotect, &pb.UnprotectRequest{StateId: w.states["bob"], Ciphertext: c.Ciphertext})
	w.keyPackage("dave")
}

// run has the client serve a program.
func (r *rig) run(t *testing.T, choices []byte) *player {
	t.Helper()
	defer func() {
		if t.Failed() { // what is wrong may be the client's for ever
			*r = *newRig(t)
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	p := newPlayer(r.group, choices)
	if f := p.play(ctx); f != nil {
		t.Errorf("%s: %v\n%v", f.method.Name(), f.err, f.req)
	}
	if n := r.client.Held(); n > maxHeld {
		t.Errorf("there are %d handles, at most %d may be", n, maxHeld)
	}
	if err := p.free(ctx); err != nil {
		t.Errorf("Free: %v", err)
	}
	if n := r.client.Held(); n > 0 && !t.Failed() {
		t.Errorf("%d handles are left after all were freed that came along", n)
	}
	if text := r.panics.String(); text != "" {
		t.Error(text)
	}
	if !t.Failed() {
		r.found(t)
		r.weigh(t)
	}
	return p
}

// weigh compares the memory in use with that at the beginning, now and then.
func (r *rig) weigh(t *testing.T) {
	t.Helper()
	limit := r.before + maxGrowth
	if syntaxtest.Fuzzing() {
		limit += mutator
	}
	r.runs++
	switch {
	case r.runs == weighEvery/10: // signatures are remembered by now, and buffers are there
		r.before = heap()
	case r.runs%weighEvery == 0:
		if after := heap(); after > limit {
			t.Errorf("%d bytes were in use before, %d after all was freed", r.before, after)
		}
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// A stream is randomness that is the same after each restart.
type stream struct {
	mu sync.Mutex
	r  *rand.ChaCha8
}

func (s *stream) restart() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.r = rand.NewChaCha8([32]byte{})
}

func (s *stream) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.r.Read(p)
}

// A journal takes what is written by many.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.String()
}

// FuzzCalls has a client serve programs. Whatever comes, it goes on to serve: no
// call fails in another way than the ones that are promised, none hangs, and what
// it has taken is given back by Free.
func FuzzCalls(f *testing.F) {
	for _, s := range sequences() {
		f.Add(s)
	}
	r := newRig(f)
	f.Fuzz(func(t *testing.T, program []byte) { r.run(t, program) })
}

// The client serves random programs as well.
func TestRandomCalls(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := newServedRig(t)
	made := make(map[codes.Code]int)
	source := rand.NewPCG(seed, 0)
	for range randomPrograms {
		program := make([]byte, 200)
		for i := range program {
			program[i] = byte(source.Uint64())
		}
		for code, n := range r.run(t, program).codes {
			made[code] += n
		}
		if t.Failed() {
			t.Fatalf("%x", program)
		}
	}
	t.Logf("answers: %v", made)
	for _, code := range []codes.Code{codes.OK, codes.InvalidArgument, codes.NotFound, codes.FailedPrecondition, codes.ResourceExhausted} {
		if made[code] == 0 {
			t.Errorf("no call ended with %v", code)
		}
	}
}
