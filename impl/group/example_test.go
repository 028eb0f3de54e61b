package group_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/store"
)

// newClient returns the keys of a client. An application keeps them.
func newClient(name string) (*keypackage.Bundle, *ciphersuite.SignatureKey) {
	suite := must(ciphersuite.Lookup(codepoint.X25519AES128GCMSHA256Ed25519))
	signer := must(suite.GenerateSignatureKey(rand.Reader))
	return must(keypackage.Build(suite, leaf.Basic([]byte(name)), signer, keypackage.Options{})), signer
}

// newPair returns the groups of two members.
func newPair() (alice, bob *group.Group) {
	bundle, signer := newClient("alice")
	alice = must(group.Create(group.Config{}, bundle, signer, group.CreateOptions{}))
	bundle, signer = newClient("bob")
	commit := must(alice.AddMembers(must(alice.ValidateKeyPackage(&bundle.KeyPackage))))
	must(alice.Process(commit.Message))
	return alice, must(group.Join(group.Config{}, commit.Welcome, bundle, signer, group.JoinOptions{}))
}

func ExampleCreate() {
	bundle, signer := newClient("alice")
	alice, err := group.Create(group.Config{}, bundle, signer, group.CreateOptions{GroupID: []byte("readers")})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s, epoch %d\n", alice.ID(), alice.Epoch())
	for i, l := range alice.Members() {
		fmt.Printf("leaf %d: %s\n", i, l.Credential.Identity)
	}
	// Output:
	// readers, epoch 0
	// leaf 0: alice
}

// A Commit is sent to the group, and takes effect when the delivery service
// gives it back. Then the Welcome goes to the new members. The GroupInfo is in it;
// for those who get it from elsewhere, it can be had by itself.
func ExampleGroup_AddMembers() {
	alice, bob := newPair()
	bundle, signer := newClient("carol")
	validated, err := alice.ValidateKeyPackage(&bundle.KeyPackage)
	if err != nil {
		fmt.Println(err)
		return
	}
	commit, err := alice.AddMembers(validated)
	if err != nil {
		fmt.Println(err)
		return
	}
	info, err := commit.GroupInfo(group.GroupInfoOptions{ExternalPub: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("present epoch", alice.Epoch(), "next epoch", info.GroupContext.Epoch)
	for _, member := range []*group.Group{alice, bob} {
		received, err := member.Process(commit.Message)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println("epoch", member.Epoch(), "with new members at", received.Commit.Added)
	}
	carol, err := group.Join(group.Config{}, commit.Welcome, bundle, signer, group.JoinOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("epoch", carol.Epoch(), "of carol at", carol.OwnIndex())
	// Output:
	// present epoch 1 next epoch 2
	// epoch 2 with new members at [2]
	// epoch 2 with new members at [2]
	// epoch 2 of carol at 2
}

// A KeyPackage that does not fit is refused, and the error names the rules. What
// was valid once, or for another group, is verified again.
func ExampleGroup_AddMembers_refused() {
	alice, _ := newPair()
	bundle, _ := newClient("carol")
	carol, err := alice.ValidateKeyPackage(&bundle.KeyPackage)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = alice.AddMembers(carol, carol)
	fmt.Println("twice:", rule.All(err))

	must(alice.AddMembers(carol))
	fmt.Println("applied:", alice.ApplyPending())
	_, err = alice.AddMembers(carol)
	fmt.Println("a member:", rule.All(err))
	// Output:
	// twice: [rfc9420-12.2-01 rfc9420-12.2-06]
	// applied: <nil>
	// a member: [rfc9420-12.2-01 rfc9420-12.2-08]
}

// A client that keeps its bundles itself says which one the Welcome is for.
func ExampleJoin() {
	alice, _ := newPair()
	bundle, signer := newClient("carol")
	commit := must(alice.AddMembers(must(alice.ValidateKeyPackage(&bundle.KeyPackage))))
	must(alice.Process(commit.Message))

	carol, err := group.Join(group.Config{}, commit.Welcome, bundle, signer, group.JoinOptions{
		// A client that is in several groups knows them.
		IsMember: func(groupID []byte) bool { return false },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("leaf", carol.OwnIndex(), "in epoch", carol.Epoch())
	fmt.Println(bytes.Equal(carol.EpochAuthenticator(), alice.EpochAuthenticator()))
	// Output:
	// leaf 2 in epoch 2
	// true
}

func ExampleStageWelcome() {
	alice, _ := newPair()
	bundle, signer := newClient("carol")
	commit := must(alice.AddMembers(must(alice.ValidateKeyPackage(&bundle.KeyPackage))))

	staged, err := group.StageWelcome(group.Config{}, commit.Welcome, bundle, signer, group.JoinOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, by := staged.AddedBy()
	fmt.Printf("%s adds me to a group of %d\n", by.Credential.Identity, staged.Tree().MemberCount())
	// Output:
	// alice adds me to a group of 3
}

// The Welcome says by reference which bundle of the store it is for. Until the
// client has decided to join, nothing is used up.
func ExampleStageStored() {
	var s store.Memory // or one that lasts, of package bolt
	suite := must(ciphersuite.Lookup(codepoint.X25519AES128GCMSHA256Ed25519))
	signer := must(keypackage.NewSigner(&s, suite, nil))
	bundle := must(keypackage.Build(suite, leaf.Basic([]byte("carol")), signer, keypackage.Options{Store: &s}))

	alice, _ := newPair()
	commit := must(alice.AddMembers(must(alice.ValidateKeyPackage(&bundle.KeyPackage))))

	staged, err := group.StageStored(group.Config{}, &s, commit.Welcome, group.JoinOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, by := staged.AddedBy()
	fmt.Printf("%s adds me to a group of %d, in epoch %d\n", by.Credential.Identity, staged.Tree().MemberCount(), staged.GroupContext().Epoch)
	fmt.Println(bytes.Equal(staged.Ref(), must(bundle.KeyPackage.Ref())))
	fmt.Println(&s)

	carol, err := staged.Join()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("leaf", carol.OwnIndex())
	fmt.Println(&s)
	// Output:
	// alice adds me to a group of 3, in epoch 2
	// true
	// memory store: 1 signature keys, 1 bundles, 0 groups
	// leaf 2
	// memory store: 1 signature keys, 0 bundles, 1 groups
}

// Anybody who has a GroupInfo can join without being added.
func ExampleJoinExternal() {
	alice, bob := newPair()
	info, err := alice.GroupInfo(group.GroupInfoOptions{ExternalPub: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, signer := newClient("carol")
	carol, commit, err := group.JoinExternal(group.Config{}, info, group.Identity{
		Credential: leaf.Basic([]byte("carol")),
		Signer:     signer,
	}, group.ExternalOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	must(alice.Process(commit))
	must(bob.Process(commit))
	fmt.Println("epochs", alice.Epoch(), bob.Epoch(), carol.Epoch())
	// Output:
	// epochs 2 2 2
}

func ExampleGroup_Encrypt() {
	alice, bob := newPair()
	message, err := alice.Encrypt([]byte("Hello, Bob."), []byte("header"))
	if err != nil {
		fmt.Println(err)
		return
	}
	received, err := bob.Process(message)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s (%s)\n", received.ApplicationData, received.AuthenticatedData)
	// Output:
	// Hello, Bob. (header)
}

// A message that is refused changes nothing, and the error names the requirement
// that it breaks.
func ExampleGroup_Process() {
	alice, bob := newPair()
	message := must(alice.Encrypt([]byte("Hello, Bob."), nil))

	changed := *message.PrivateMessage
	changed.Ciphertext = bytes.Clone(changed.Ciphertext)
	changed.Ciphertext[0] ^= 1
	_, err := bob.Process(&framing.MLSMessage{PrivateMessage: &changed})
	fmt.Println("changed:", rule.Of(err))

	received, err := bob.Process(message)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("genuine: %s\n", received.ApplicationData)

	_, err = bob.Process(message)
	fmt.Println("again:", rule.Of(err))
	// Output:
	// changed: rfc9420-6.3-02
	// genuine: Hello, Bob.
	// again: rfc9420-9.2-01
}

// A group that is to outlive the process is stored as bytes.
func ExampleRestore() {
	bundle, signer := newClient("alice")
	alice := must(group.Create(group.Config{}, bundle, signer, group.CreateOptions{}))
	snapshot, err := alice.Snapshot()
	if err != nil {
		fmt.Println(err)
		return
	}
	signers := func(public []byte) (ciphersuite.Signer, error) { return signer, nil }
	again, err := group.Restore(group.Config{}, snapshot, signers)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(bytes.Equal(again.EpochAuthenticator(), alice.EpochAuthenticator()))

	snapshot[20] ^= 1
	_, err = group.Restore(group.Config{}, snapshot, signers)
	fmt.Println(errors.Is(err, group.ErrSnapshot))
	// Output:
	// true
	// true
}
