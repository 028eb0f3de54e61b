package client_test

import (
	"context"
	"slices"
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/mlsconform/mlsconform/fuzz/mutate"
	pb "github.com/mlsconform/mlsconform/runner/interop/mlsclient"
)

// maxCalls is how many calls a program makes.
const maxCalls = 32

// A program is a sequence of calls. Any bytes are one: they are read as choices,
// and where they end no more calls are made.
type program struct {
	choices []byte
	ended   bool
}

// choose returns a number below n, which is at most 256 or else takes two bytes.
func (p *program) choose(n int) int {
	chosen := 0
	for limit := 1; limit < n; limit <<= 8 {
		chosen = chosen<<8 | int(p.next())
	}
	return chosen % max(1, n)
}

func (p *program) next() byte {
	if len(p.choices) == 0 {
		p.ended = true
		return 0
	}
	b := p.choices[0]
	p.choices = p.choices[1:]
	return b
}

// take returns up to n bytes.
func (p *program) take(n int) []byte {
	n = min(n, len(p.choices))
	taken := p.choices[:n]
	p.choices = p.choices[n:]
	return taken
}

// A call is one that is going to be made.
type call struct {
	method protoreflect.MethodDescriptor
	req    proto.Message
}

// A failure is a call that failed in a way that is not promised.
type failure struct {
	call
	err error
}

// A player makes the calls of a program. Their fields are filled from what has
// come along, so that one follows from the other as long as nothing is changed.
type player struct {
	*seen
	program
	made  int
	codes map[codes.Code]int // with which the calls ended
	// succeeded names those that did.
	succeeded []protoreflect.Name
	failed    *failure // the first one
	parts     mutate.Pool
	pooled    map[protoreflect.Name]int // how many values have become parts
}

func newPlayer(s *seen, choices []byte) *player {
	return &player{seen: s, program: program{choices: choices}, codes: make(map[codes.Code]int), pooled: make(map[protoreflect.Name]int)}
}

// play makes the calls, up to the first failure.
func (p *player) play(ctx context.Context) *failure {
	for p.made < maxCalls && p.failed == nil {
		how := p.choose(8)
		c := p.call()
		if p.ended {
			break
		}
		switch how {
		default:
			p.inTurn(ctx, c)
		case 5:
			p.inTurn(ctx, slices.Repeat([]call{c}, 2+p.choose(6))...)
		case 6:
			p.inTurn(ctx, p.toAll(c)...)
		case 7:
			p.atOnce(ctx, c, p.call(), p.call())
		}
	}
	return p.failed
}

var methods = pb.File_mls_client_proto.Services().ByName("MLSClient").Methods()

// call decides on a call.
func (p *player) call() call {
	c := call{method: methods.Get(p.choose(methods.Len()))}
	c.req = message(c.method.Input())
	m := c.req.ProtoReflect()
	p.fill(m)
	for range []int{0, 0, 0, 0, 0, 1, 1, 3}[p.choose(8)] {
		p.change(m)
	}
	return c
}

func message(d protoreflect.MessageDescriptor) proto.Message {
	typ, err := protoregistry.GlobalTypes.FindMessageByName(d.FullName())
	if err != nil {
		panic(err) // all of them are in the generated package
	}
	return typ.New().Interface()
}

// toAll returns the call with each of the handles that it can have.
func (p *player) toAll(c call) []call {
	f := c.method.Input().Fields().ByNumber(1)
	if f == nil || !isHandle(f) {
		return []call{c}
	}
	var calls []call
	for _, id := range p.handlesFor(f) {
		req := proto.Clone(c.req)
		req.ProtoReflect().Set(f, protoreflect.ValueOfUint32(id))
		calls = append(calls, call{c.method, req})
	}
	return calls
}

func (p *player) inTurn(ctx context.Context, calls ...call) {
	for _, c := range calls {
		p.atOnce(ctx, c)
	}
}

// atOnce makes calls side by side. In which order they are served is the only
// thing that a program does not decide.
func (p *player) atOnce(ctx context.Context, calls ...call) {
	answers, errs := make([]proto.Message, len(calls)), make([]error, len(calls))
	var wg sync.WaitGroup
	for i, c := range calls {
		answers[i] = message(c.method.Output())
		invoke := func() {
			path := "/" + string(c.method.Parent().FullName()) + "/" + string(c.method.Name())
			errs[i] = p.ClientConnInterface.Invoke(ctx, path, c.req, answers[i])
		}
		if i+1 < len(calls) {
			wg.Go(invoke)
		} else {
			invoke()
		}
	}
	wg.Wait()
	p.made += len(calls)
	for i, err := range errs {
		if !promised(err) && p.failed == nil {
			p.failed = &failure{calls[i], err}
		}
		p.codes[status.Code(err)]++
		if err == nil {
			p.succeeded = append(p.succeeded, calls[i].method.Name())
			p.keep(answers[i])
		}
	}
}
