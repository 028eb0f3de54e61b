package impl_test

import (
	"bytes"
	"crypto/rand"
	"fmt"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

// Two members talk. What goes from one to the other is bytes.
func Example() {
	suite := must(ciphersuite.Lookup(codepoint.X25519AES128GCMSHA256Ed25519))

	// Each has a signature key, and a KeyPackage by which others can add it.
	aliceKey := must(suite.GenerateSignatureKey(rand.Reader))
	aliceBundle := must(keypackage.Build(suite, leaf.Basic([]byte("alice")), aliceKey, keypackage.Options{}))
	bobKey := must(suite.GenerateSignatureKey(rand.Reader))
	bobBundle := must(keypackage.Build(suite, leaf.Basic([]byte("bob")), bobKey, keypackage.Options{}))

	// Alice starts a group and adds Bob. Her Commit takes effect when the delivery
	// service has accepted it.
	alice := must(group.Create(group.Config{}, aliceBundle, aliceKey, group.CreateOptions{}))
	commit := must(alice.AddMembers(must(alice.ValidateKeyPackage(&bobBundle.KeyPackage))))
	if err := alice.ApplyPending(); err != nil {
		panic(err)
	}
	welcome := encode(&framing.MLSMessage{Welcome: commit.Welcome})

	// Bob joins.
	bob := must(group.Join(group.Config{}, parse(welcome).Welcome, bobBundle, bobKey, group.JoinOptions{}))
	fmt.Println("epoch", bob.Epoch(), bytes.Equal(alice.EpochAuthenticator(), bob.EpochAuthenticator()))

	hello := encode(must(alice.Encrypt([]byte("Hello, Bob."), nil)))
	received := must(bob.Process(parse(hello)))
	fmt.Printf("%s: %s\n", bob.Member(received.Sender.LeafIndex).Credential.Identity, received.ApplicationData)

	answer := encode(must(bob.Encrypt([]byte("Hello, Alice."), nil)))
	received = must(alice.Process(parse(answer)))
	fmt.Printf("%s: %s\n", alice.Member(received.Sender.LeafIndex).Credential.Identity, received.ApplicationData)

	// Output:
	// epoch 1 true
	// alice: Hello, Bob.
	// bob: Hello, Alice.
}

func encode(m *framing.MLSMessage) []byte { return must(syntax.Marshal(m)) }

func parse(data []byte) *framing.MLSMessage { return must(framing.Parse(data)) }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
