package client_test

import (
	"context"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/mlsconform/mlsconform/runner/interop/client"
	pb "github.com/mlsconform/mlsconform/runner/interop/mlsclient"
)

// A call is one RPC as it was made.
type call struct {
	method   string
	req      proto.Message
	respType protoreflect.MessageType
}

// A recorder keeps the calls of a connection, and all that came along in bytes fields.
type recorder struct {
	grpc.ClientConnInterface
	mu     sync.Mutex
	calls  []call
	bytes  [][]byte
	newest uint32 // the highest handle that has been seen
	// handles are those that came along, by the names of their fields.
	handles map[protoreflect.Name][]uint32
}

func newRecorder(conn grpc.ClientConnInterface) *recorder {
	return &recorder{ClientConnInterface: conn, handles: make(map[protoreflect.Name][]uint32)}
}

func (r *recorder) Invoke(ctx context.Context, method string, req, resp any, opts ...grpc.CallOption) error {
	err := r.ClientConnInterface.Invoke(ctx, method, req, resp, opts...)
	r.mu.Lock()
	defer r.mu.Unlock()
	q, a := req.(proto.Message), resp.(proto.Message)
	r.calls = append(r.calls, call{method, proto.Clone(q), a.ProtoReflect().Type()})
	r.collect(a.ProtoReflect())
	return err
}

func (r *recorder) collect(m protoreflect.Message) {
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch f.Kind() {
		case protoreflect.BytesKind:
			r.bytes = append(r.bytes, v.Bytes())
		case protoreflect.Uint32Kind:
			if !f.IsList() {
				id := uint32(v.Uint())
				r.newest = max(r.newest, id)
				if known := r.handles[f.Name()]; !slices.Contains(known, id) {
					r.handles[f.Name()] = append(known, id)
				}
			}
		}
		return true
	})
}

// everything makes calls of every kind.
func (w *world) everything() {
	w.found("alice", "bob", "carol")
	bob := w.states["bob"]
	for _, name := range []string{"alice", "bob", "carol"} {
		must(w, w.rpc.StorePSK, &pb.StorePSKRequest{StateOrTransactionId: w.states[name], PskId: []byte("psk"), PskSecret: []byte("secret")})
	}
	refs := [][]byte{
		must(w, w.rpc.AddProposal, &pb.AddProposalRequest{StateId: bob, KeyPackage: w.keyPackage("dave")}).Proposal,
		must(w, w.rpc.UpdateProposal, &pb.UpdateProposalRequest{StateId: bob}).Proposal,
		must(w, w.rpc.ExternalPSKProposal, &pb.ExternalPSKProposalRequest{StateId: bob, PskId: []byte("psk")}).Proposal,
		must(w, w.rpc.ResumptionPSKProposal, &pb.ResumptionPSKProposalRequest{StateId: bob, EpochId: 1}).Proposal,
	}
	w.commit("alice", &pb.CommitRequest{ByReference: refs, ExternalTree: true}, "bob", "carol")
	extensions := must(w, w.rpc.GroupContextExtensionsProposal, &pb.GroupContextExtensionsProposalRequest{
		StateId: bob, Extensions: []*pb.Extension{{ExtensionType: 3, ExtensionData: []byte{0, 0, 0}}},
	}).Proposal
	remove := must(w, w.rpc.RemoveProposal, &pb.RemoveProposalRequest{StateId: bob, RemovedId: []byte("dave")}).Proposal
	w.commit("alice", &pb.CommitRequest{ByReference: [][]byte{extensions, remove}}, "bob", "carol")

	s := must(w, w.rpc.CreateExternalSigner, &pb.CreateExternalSignerRequest{CipherSuite: w.suite, Identity: []byte("signer")})
	add := must(w, w.rpc.AddExternalSigner, &pb.AddExternalSignerRequest{StateId: bob, ExternalSender: s.ExternalSender})
	w.commit("alice", &pb.CommitRequest{ByReference: [][]byte{add.Proposal}}, "bob", "carol")
	psk := by("externalPSK")
	psk.PskId = []byte("psk")
	info := must(w, w.rpc.GroupInfo, &pb.GroupInfoRequest{StateId: bob})
	erin := must(w, w.rpc.NewMemberAddProposal, &pb.NewMemberAddProposalRequest{GroupInfo: info.GroupInfo, Identity: []byte("erin")})
	w.waiting["erin"] = erin.TransactionId
	w.commit("alice", &pb.CommitRequest{ByReference: [][]byte{erin.Proposal, w.proposeOutside(s.SignerId, 0, psk)}}, "bob", "carol")

	gone := by("remove")
	gone.RemovedId = []byte("erin")
	w.commit("alice", &pb.CommitRequest{ByValue: []*pb.ProposalDescription{gone}}, "bob", "carol")

	info = must(w, w.rpc.GroupInfo, &pb.GroupInfoRequest{StateId: bob})
	again := must(w, w.rpc.ExternalJoin, &pb.ExternalJoinRequest{GroupInfo: info.GroupInfo, EncryptHandshake: w.encrypt, Identity: []byte("bob"), RemovePrior: true})
	for _, name := range []string{"alice", "carol"} {
		must(w, w.rpc.HandleCommit, &pb.HandleCommitRequest{StateId: w.states[name], Commit: again.Commit})
	}
	w.states["bob"] = again.StateId
	w.agree("alice", "bob", "carol")

	b := must(w, w.rpc.CreateBranch, &pb.CreateBranchRequest{StateId: w.states["alice"], GroupId: []byte("aside"), KeyPackages: [][]byte{w.keyPackage("bob")}})
	must(w, w.rpc.HandleBranch, &pb.HandleBranchRequest{StateId: w.states["bob"], TransactionId: w.waiting["bob"], Welcome: b.Welcome})
	w.reinit(w.suite, "next", nil, false, false)
}

// Whatever comes, the client goes on to serve: no call fails in another way than
// the ones that are promised, and what it has taken is given back by Free.
func TestMutatedRPCs(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	conn := dial(t, client.NewServer(client.Options{Log: t.Output(), MaxStates: 500}))
	for round := range 5 { // what is left over from the first rounds is not counted
		record := newRecorder(conn)
		w := newWorldOn(t, record, 1, round%2 == 0)
		w.everything()
		w.free(record.newest)
	}
	before := heap()
	made := make(map[codes.Code]int)
	rng := rand.New(rand.NewPCG(seed, 0))
	last := uint32(0)
	for n := 0; n < mutatedRPCs; {
		record := newRecorder(conn)
		w := newWorldOn(t, record, 1, rng.IntN(2) == 0)
		w.everything()
		newWorldOn(t, record, 1, w.encrypt).found("alice", "bob", "carol")
		calls := slices.Clone(record.calls)
		for range 600 {
			c := calls[rng.IntN(len(calls))]
			req := record.mutated(rng, c.req, last)
			err := record.Invoke(t.Context(), c.method, req, c.respType.New().Interface())
			made[status.Code(err)]++
			if !promised(err) {
				t.Fatalf("%s: %v\n%v", c.method, err, req)
			}
			n++
		}
		w.free(record.newest)
		last = record.newest
	}
	t.Logf("answers: %v", made)
	if made[codes.OK] == 0 || made[codes.InvalidArgument] == 0 || made[codes.NotFound] == 0 {
		t.Errorf("the calls were not of all kinds: %v", made)
	}
	after := heap()
	t.Logf("heap: %d bytes before, %d after", before, after)
	if after > before+8<<20 { // signatures that are remembered take up to four
		t.Errorf("%d bytes were in use before, %d after all was freed", before, after)
	}
}

// promised tells whether a call may fail like that.
func promised(err error) bool {
	return slices.Contains([]codes.Code{
		codes.OK, codes.InvalidArgument, codes.NotFound, codes.FailedPrecondition, codes.ResourceExhausted, codes.Unimplemented,
	}, status.Code(err))
}

// free forgets all handles up to one, whatever they stand for.
func (w *world) free(last uint32) {
	for id := last; id > 0 && id+2000 > last; id-- {
		w.rpc.Free(w.t.Context(), &pb.FreeRequest{StateId: id})
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// mutated returns a request with some of its fields changed, or as it was.
func (r *recorder) mutated(rng *rand.Rand, req proto.Message, first uint32) proto.Message {
	req = proto.Clone(req)
	m := req.ProtoReflect()
	if id := m.Descriptor().Fields().ByNumber(1); id != nil && rng.IntN(4) > 0 {
		// The last ones are those of a group that goes on.
		if ids := r.handles[id.Name()]; len(ids) > 0 {
			m.Set(id, protoreflect.ValueOfUint32(ids[len(ids)-1-rng.IntN(min(len(ids), 6))]))
		}
	}
	for range rng.IntN(3) {
		r.mutate(rng, m, first)
	}
	return req
}

func (r *recorder) mutate(rng *rand.Rand, m protoreflect.Message, first uint32) {
	fields := m.Descriptor().Fields()
	if fields.Len() == 0 {
		return
	}
	f := fields.Get(rng.IntN(fields.Len()))
	if f.IsList() {
		list := m.Mutable(f).List()
		switch n := list.Len(); {
		case n == 0 || rng.IntN(4) == 0:
			if f.Message() != nil {
				r.mutate(rng, list.AppendMutable().Message(), first)
			} else {
				list.Append(r.value(rng, f, protoreflect.ValueOfBytes(nil), first))
			}
		case f.Message() != nil:
			r.mutate(rng, list.Get(rng.IntN(n)).Message(), first)
		default:
			i := rng.IntN(n)
			list.Set(i, r.value(rng, f, list.Get(i), first))
		}
		return
	}
	if f.Message() != nil {
		r.mutate(rng, m.Mutable(f).Message(), first)
		return
	}
	m.Set(f, r.value(rng, f, m.Get(f), first))
}

func (r *recorder) value(rng *rand.Rand, f protoreflect.FieldDescriptor, v protoreflect.Value, first uint32) protoreflect.Value {
	switch f.Kind() {
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes(r.otherBytes(rng, v.Bytes()))
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(string(make([]rune, rng.IntN(300))))
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(!v.Bool())
	case protoreflect.Uint64Kind:
		return protoreflect.ValueOfUint64(rng.Uint64() >> rng.IntN(64))
	default:
		if rng.IntN(4) == 0 {
			return protoreflect.ValueOfUint32(rng.Uint32() >> rng.IntN(32))
		}
		// A handle that is or was there.
		return protoreflect.ValueOfUint32(first + 1 + rng.Uint32N(r.newest-first))
	}
}

func (r *recorder) otherBytes(rng *rand.Rand, b []byte) []byte {
	b = slices.Clone(b)
	switch rng.IntN(6) {
	case 0: // another object
		return slices.Clone(r.bytes[rng.IntN(len(r.bytes))])
	case 1: // a part
		return b[:rng.IntN(len(b)+1)]
	case 2: // too much
		return append(b, byte(rng.Uint32()))
	case 3: // anything
		b = make([]byte, rng.IntN(64))
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		return b
	}
	for range 1 + rng.IntN(3) {
		if len(b) > 0 {
			b[rng.IntN(len(b))] ^= 1 << rng.IntN(8)
		}
	}
	return b
}
