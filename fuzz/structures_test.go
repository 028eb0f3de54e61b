package fuzz_test

import (
	"slices"
	"testing"
	"unicode"

	"github.com/mlsconform/mlsconform/vectors"
)

// inspected is the target of what is only encoded, to be hashed or signed. It is
// decoded by the inspector alone.
const inspected = "impl/inspect.FuzzInspect"

// structures are those of RFC 9420 in its order, and a target for each.
var structures = []struct{ section, name, target string }{
	{"2.1.1", "optional", "impl/syntax.FuzzRecord"},
	{"2.1.2", "StructWithVectors", "impl/syntax.FuzzRecord"},
	{"5.1.2", "SignContent", inspected},
	{"5.1.3", "EncryptContext", inspected},
	{"5.2", "RefHashInput", inspected},
	{"5.3", "Certificate", "impl/leaf.FuzzCertificate"},
	{"5.3", "Credential", "impl/leaf.FuzzCredential"},
	{"5.3.3", "application_id", "impl/leaf.FuzzApplicationID"},
	{"6", "Sender", "impl/framing.FuzzSender"},
	{"6", "FramedContent", "impl/framing.FuzzFramedContent"},
	{"6", "MLSMessage", "impl/framing.FuzzMLSMessage"},
	{"6", "AuthenticatedContent", "impl/framing.FuzzAuthenticatedContent"},
	{"6.1", "FramedContentTBS", inspected},
	{"6.1", "FramedContentAuthData", "impl/framing.FuzzFramedContentAuthData"},
	{"6.2", "PublicMessage", "impl/framing.FuzzPublicMessage"},
	{"6.2", "AuthenticatedContentTBM", inspected},
	{"6.3", "PrivateMessage", "impl/framing.FuzzPrivateMessage"},
	{"6.3.1", "PrivateMessageContent", "impl/framing.FuzzPrivateMessageContent"},
	{"6.3.1", "PrivateContentAAD", inspected},
	{"6.3.2", "SenderData", "impl/schedule.FuzzSenderData"},
	{"6.3.2", "SenderDataAAD", inspected},
	{"7.1", "ParentNode", "impl/tree.FuzzParentNode"},
	{"7.2", "Capabilities", "impl/leaf.FuzzCapabilities"},
	{"7.2", "Lifetime", "impl/leaf.FuzzLifetime"},
	{"7.2", "Extension", "impl/leaf.FuzzExtension"},
	{"7.2", "LeafNode", "impl/leaf.FuzzLeafNode"},
	{"7.2", "LeafNodeTBS", inspected},
	{"7.6", "HPKECiphertext", "impl/ciphersuite.FuzzHPKECiphertext"},
	{"7.6", "UpdatePathNode", "impl/tree.FuzzUpdatePathNode"},
	{"7.6", "UpdatePath", "impl/tree.FuzzUpdatePath"},
	{"7.8", "TreeHashInput", inspected},
	{"7.8", "LeafNodeHashInput", inspected},
	{"7.8", "ParentNodeHashInput", inspected},
	{"7.9", "ParentHashInput", inspected},
	{"8", "KDFLabel", inspected},
	{"8.1", "GroupContext", "impl/schedule.FuzzGroupContext"},
	{"8.2", "ConfirmedTranscriptHashInput", inspected},
	{"8.2", "InterimTranscriptHashInput", ""}, // one opaque value, which is hashed
	{"8.4", "PreSharedKeyID", "impl/schedule.FuzzPreSharedKeyID"},
	{"8.4", "PSKLabel", inspected},
	{"10", "KeyPackage", "impl/keypackage.FuzzKeyPackage"},
	{"10", "KeyPackageTBS", "impl/keypackage.FuzzTBS"},
	{"11.1", "RequiredCapabilities", "impl/leaf.FuzzRequiredCapabilities"},
	{"12.1", "Proposal", "impl/message.FuzzProposal"},
	{"12.1.1", "Add", "impl/message.FuzzAdd"},
	{"12.1.2", "Update", "impl/message.FuzzUpdate"},
	{"12.1.3", "Remove", "impl/message.FuzzRemove"},
	{"12.1.4", "PreSharedKey", "impl/message.FuzzPreSharedKey"},
	{"12.1.5", "ReInit", "impl/message.FuzzReInit"},
	{"12.1.6", "ExternalInit", "impl/message.FuzzExternalInit"},
	{"12.1.7", "GroupContextExtensions", "impl/message.FuzzGroupContextExtensions"},
	{"12.1.8.1", "ExternalSender", "impl/leaf.FuzzExternalSender"},
	{"12.1.8.1", "external_senders", "impl/leaf.FuzzExternalSenders"},
	{"12.4", "ProposalOrRef", "impl/message.FuzzProposalOrRef"},
	{"12.4", "Commit", "impl/message.FuzzCommit"},
	{"12.4.3", "GroupInfo", "impl/message.FuzzGroupInfo"},
	{"12.4.3", "GroupInfoTBS", "impl/message.FuzzGroupInfoTBS"},
	{"12.4.3.1", "PathSecret", "impl/message.FuzzPathSecret"},
	{"12.4.3.1", "GroupSecrets", "impl/message.FuzzGroupSecrets"},
	{"12.4.3.1", "EncryptedGroupSecrets", "impl/message.FuzzEncryptedGroupSecrets"},
	{"12.4.3.1", "Welcome", "impl/message.FuzzWelcome"},
	{"12.4.3.2", "ExternalPub", "impl/leaf.FuzzExternalPub"},
	{"12.4.3.3", "Node", "impl/tree.FuzzNode"},
	{"12.4.3.3", "ratchet_tree", "impl/tree.FuzzRatchetTree"},
}

// values are objects of the catalogue that are no structures: opaque values,
// numbers, and a secret or key in general.
var values = []string{"CipherSuite", "HPKEPublicKey", "Key", "KeyPackageRef", "MAC", "ProposalRef", "Secret", "SignaturePublicKey"}

func TestEveryStructureHasATarget(t *testing.T) {
	known := slices.Clone(values)
	for _, s := range structures {
		known = append(known, s.name)
		if s.target != "" && !slices.Contains(names(), s.target) {
			t.Errorf("%s of Section %s: there is no target %s", s.name, s.section, s.target)
		}
	}
	for _, r := range vectors.Catalogue() {
		for _, object := range r.Objects {
			if unicode.IsUpper(rune(object[0])) && !slices.Contains(known, object) {
				t.Errorf("%s of %s is not in the table", object, r.ID)
			}
		}
	}
}
