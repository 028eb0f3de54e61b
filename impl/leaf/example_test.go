package leaf_test

import (
	"fmt"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/rule"
)

// A group can require more of its members than the RFC does.
func ExampleRequiredCapabilities_MetBy() {
	required := leaf.RequiredCapabilities{
		ExtensionTypes: []codepoint.ExtensionType{codepoint.ExtensionExternalPub, 0xf001},
	}
	client := leaf.DefaultCapabilities()
	fmt.Println(required.MetBy(&client))

	client.Extensions = append(client.Extensions, 0xf001)
	fmt.Println(required.MetBy(&client))
	// Output:
	// required extension 0xf001 is not listed in capabilities [rfc9420-7.3-02]
	// <nil>
}

// Default types are supported by everyone and not listed. Reserved values make
// sure that peers ignore what they do not know.
func ExampleCapabilities() {
	capabilities := leaf.DefaultCapabilities()
	fmt.Println(capabilities.SupportsProposal(codepoint.ProposalAdd), capabilities.SupportsProposal(0xf001))

	if err := capabilities.AddGREASE(seeded(1)); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(capabilities.Proposals), len(capabilities.WithoutGREASE().Proposals))
	// Output:
	// true false
	// 1 0
}

// An application decides whom it believes; the group asks for each new
// credential.
func ExamplePolicy() {
	policy := leaf.Policy{
		Authenticate: func(presented *leaf.Credential, signatureKey []byte, replaces *leaf.Credential) error {
			if replaces != nil && !presented.Equal(replaces) {
				return fmt.Errorf("%s may not be called %s", replaces.Identity, presented.Identity)
			}
			return nil
		},
	}
	alice, mallory := leaf.Basic([]byte("alice")), leaf.Basic([]byte("mallory"))
	err := policy.AuthenticateCredential(&mallory, []byte("key"), &alice)
	fmt.Println(rule.Of(err), err)
	// Output:
	// rfc9420-5.3.1-02 credential: alice may not be called mallory [rfc9420-5.3.1-02]
}
