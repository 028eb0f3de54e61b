package mutate_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/mlsconform/mlsconform/fuzz/mutate"
	"github.com/mlsconform/mlsconform/fuzz/seed"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/syntax/syntaxtest"
)

// objects returns the objects of the project's own vectors.
func objects(t testing.TB) []seed.Object {
	t.Helper()
	own, err := seed.Own()
	if err != nil {
		t.Fatal(err)
	}
	return own
}

func TestEveryObjectIsTakenApart(t *testing.T) {
	types := map[string]int{}
	for _, o := range objects(t) {
		types[o.Type]++
		if _, err := mutate.Of(o.Type, o.Data); err != nil {
			t.Errorf("%v: %x", err, o.Data)
		}
	}
	if len(types) < 14 || types["message"] < 500 {
		t.Errorf("too few objects: %v", types)
	}
}

func TestOfRefuses(t *testing.T) {
	for typ, data := range map[string][]byte{"message": {0, 1, 0, 9}, "nonsense": {1}, "leaf-node": nil} {
		if _, err := mutate.Of(typ, data); err == nil {
			t.Errorf("%s: no error", typ)
		}
	}
}

// messages returns a pool of the messages among the objects.
func messages(t testing.TB) (*mutate.Pool, [][]byte) {
	t.Helper()
	var pool mutate.Pool
	var encoded [][]byte
	for _, o := range objects(t) {
		if o.Type != "message" {
			continue
		}
		before := pool.Len()
		if err := pool.Add(o.Type, o.Data); err != nil {
			t.Fatal(err)
		}
		if pool.Len() > before {
			encoded = append(encoded, o.Data)
		}
	}
	return &pool, encoded
}

func TestAnEmptyProgramChangesNothing(t *testing.T) {
	pool, encoded := messages(t)
	for i, want := range encoded {
		if got := pool.Mutate(i, nil); !bytes.Equal(got, want) {
			t.Fatalf("object %d: got %x, want %x", i, got, want)
		}
	}
}

// Where a plain change hits a header, nothing behind it decodes. Most mutants are
// well formed.
func TestMutantsDecode(t *testing.T) {
	pool, encoded := messages(t)
	r := rand.New(rand.NewPCG(1, 2))
	const rounds = 5000
	var structured, plain, changed int
	for range rounds {
		i := r.IntN(len(encoded))
		program := make([]byte, 8)
		for k := range program {
			program[k] = byte(r.Uint32())
		}
		mutant := pool.Mutate(i, program)
		if again := pool.Mutate(i, program); !bytes.Equal(mutant, again) {
			t.Fatalf("program %x of object %d makes two mutants", program, i)
		}
		if !bytes.Equal(mutant, encoded[i]) {
			changed++
		}
		syntaxtest.Target[framing.MLSMessage, *framing.MLSMessage]{}.Check(t, mutant)
		if syntax.Unmarshal(mutant, new(framing.MLSMessage)) == nil {
			structured++
		}
		flipped := bytes.Clone(encoded[i])
		for range 3 {
			at := r.IntN(len(flipped))
			flipped = append(flipped[:at:at], append([]byte{byte(r.Uint32())}, flipped[at+r.IntN(2):]...)...)
		}
		if syntax.Unmarshal(flipped, new(framing.MLSMessage)) == nil {
			plain++
		}
	}
	t.Logf("of %d mutants %d differ and %d decode; of those made without knowledge %d", rounds, changed, structured, plain)
	if changed < rounds*8/10 || structured < rounds/2 || plain > structured/2 {
		t.Errorf("of %d mutants %d differ and %d decode; of those made without knowledge %d", rounds, changed, structured, plain)
	}
}

func BenchmarkMutate(b *testing.B) {
	pool, encoded := messages(b)
	program := []byte("some choices")
	i := 0
	for b.Loop() {
		pool.Mutate(i%len(encoded), program)
		i++
	}
}

// What is left of a mutant still has what is looked for, and hardly anything else.
func TestShrink(t *testing.T) {
	pool, encoded := messages(t)
	object := slices.IndexFunc(encoded, func(m []byte) bool { return m[3] == byte(codepoint.WireFormatKeyPackage) })
	whole := pool.Mutant(object, nil)
	asked, smallest := 0, len(encoded[object])
	whole.Shrink(1000, func(m []byte) bool {
		asked++
		k, err := framing.ParseKeyPackage(m)
		same := err == nil && len(k.InitKey) > 2
		if same {
			smallest = len(m)
		}
		return same
	})
	got := whole.Encode()
	// Version, wire format, version, suite, a key of three bytes, two empty ones and
	// a credential; five empty lists, source and lifetime; no extensions nor signatures.
	if want := 4 + 4 + 4 + 2 + 3 + 5 + 17 + 4; len(got) != want || smallest != want {
		t.Errorf("%d bytes are left, want %d: %x", len(got), want, got)
	}
	for _, tries := range []int{0, 1, 7} {
		asked = 0
		pool.Mutant(object, nil).Shrink(tries, func([]byte) bool { asked++; return false })
		if asked != tries {
			t.Errorf("asked %d times, want %d", asked, tries)
		}
	}
}
