package group_test

import (
	"fmt"
	"io"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

var sizes = []int{2, 100, 1000}

func BenchmarkKeyPackageCreate(b *testing.B) {
	suite := ciphersuite.All()[0]
	_, signer := newKeyPackage(b, suite, "client", newStream(b.Name()))
	for b.Loop() {
		if _, err := keypackage.Build(suite, leaf.Basic([]byte("client")), signer, keypackage.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkKeyPackageValidate(b *testing.B) {
	suite := ciphersuite.All()[0]
	bundle, _ := newKeyPackage(b, suite, "client", newStream(b.Name()))
	checks := &keypackage.Checks{Version: 1, Suite: suite, Policy: &leaf.Policy{}}
	for b.Loop() {
		if _, err := bundle.KeyPackage.Validate(checks); err != nil {
			b.Fatal(err)
		}
	}
}

// A flat group was made by one Commit that added everybody: all parent nodes but
// the creator's are blank, so a path has a ciphertext for nearly every member.
// That is the dearest tree of its size.
type flatGroup struct {
	creator *group.Group
	// second is the member at leaf 1.
	second  *group.Group
	bundle  *keypackage.Bundle
	signer2 *ciphersuite.SignatureKey
	welcome *message.Welcome
}

func newFlatGroup(b *testing.B, n int) *flatGroup {
	b.Helper()
	f := &flatGroup{}
	suite := ciphersuite.All()[0]
	rand := newStream(b.Name())
	bundle, signer := newKeyPackage(b, suite, "creator", rand)
	var err error
	if f.creator, err = group.Create(group.Config{}, bundle, signer, group.CreateOptions{}); err != nil {
		b.Fatal(err)
	}
	var kps []*keypackage.Validated
	for i := range n - 1 {
		bundle, signer := newKeyPackage(b, suite, fmt.Sprint("member ", i), rand)
		if i == 0 {
			f.bundle, f.signer2 = bundle, signer
		}
		v, err := f.creator.ValidateKeyPackage(&bundle.KeyPackage)
		if err != nil {
			b.Fatal(err)
		}
		kps = append(kps, v)
	}
	p, err := f.creator.AddMembers(kps...)
	if err != nil {
		b.Fatal(err)
	}
	f.welcome = p.Welcome
	if err := f.creator.ApplyPending(); err != nil {
		b.Fatal(err)
	}
	if f.second, err = group.Join(group.Config{}, f.welcome, f.bundle, f.signer2, group.JoinOptions{}); err != nil {
		b.Fatal(err)
	}
	return f
}

func newKeyPackage(b *testing.B, suite *ciphersuite.Suite, name string, rand io.Reader) (*keypackage.Bundle, *ciphersuite.SignatureKey) {
	b.Helper()
	signer, err := suite.GenerateSignatureKey(rand)
	if err != nil {
		b.Fatal(err)
	}
	bundle, err := keypackage.Build(suite, leaf.Basic([]byte(name)), signer, keypackage.Options{Rand: rand})
	if err != nil {
		b.Fatal(err)
	}
	return bundle, signer
}

func eachSize(b *testing.B, run func(b *testing.B, f *flatGroup)) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) { run(b, newFlatGroup(b, n)) })
	}
}

func BenchmarkJoin(b *testing.B) {
	eachSize(b, func(b *testing.B, f *flatGroup) {
		for b.Loop() {
			if _, err := group.Join(group.Config{}, f.welcome, f.bundle, f.signer2, group.JoinOptions{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkCommitCreate(b *testing.B) {
	eachSize(b, func(b *testing.B, f *flatGroup) {
		for b.Loop() {
			if _, err := f.creator.Commit(group.CommitOptions{}); err != nil {
				b.Fatal(err)
			}
			f.creator.DropPending()
		}
	})
}

func BenchmarkCommitProcess(b *testing.B) {
	eachSize(b, func(b *testing.B, f *flatGroup) {
		for b.Loop() {
			b.StopTimer()
			p, err := f.creator.Commit(group.CommitOptions{})
			if err != nil {
				b.Fatal(err)
			}
			if err := f.creator.ApplyPending(); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
			if _, err := f.second.Process(p.Message); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkAdd(b *testing.B) {
	eachSize(b, func(b *testing.B, f *flatGroup) {
		bundle, _ := newKeyPackage(b, f.creator.Suite(), "newcomer", newStream("newcomer"))
		for b.Loop() {
			kp, err := f.creator.ValidateKeyPackage(&bundle.KeyPackage)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := f.creator.Commit(group.CommitOptions{Proposals: propose(group.Add(kp)), OmitPath: true}); err != nil {
				b.Fatal(err)
			}
			f.creator.DropPending()
		}
	})
}

func BenchmarkSend(b *testing.B) {
	eachSize(b, func(b *testing.B, f *flatGroup) {
		data := make([]byte, 1000)
		for b.Loop() {
			if _, err := f.creator.Encrypt(data, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkReceive(b *testing.B) {
	eachSize(b, func(b *testing.B, f *flatGroup) {
		data := make([]byte, 1000)
		for b.Loop() {
			b.StopTimer()
			m, err := f.creator.Encrypt(data, nil)
			if err != nil {
				b.Fatal(err)
			}
			encoded, err := syntax.Marshal(m)
			if err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
			parsed, err := framing.Parse(encoded)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := f.second.Process(parsed); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkSnapshot(b *testing.B) {
	eachSize(b, func(b *testing.B, f *flatGroup) {
		for b.Loop() {
			if _, err := f.creator.Snapshot(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
