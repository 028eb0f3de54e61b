package fuzz

import (
	"fmt"
	"regexp"
	"slices"
)

// Module is where the targets are.
const Module = "github.com/mlsconform/mlsconform"

// A Kind says what a target is about.
type Kind string

// The kinds.
const (
	Codec     Kind = "codec"     // one type: decoding and encoding
	Structure Kind = "structure" // whole objects, changed along the presentation language
	Crypto    Kind = "crypto"    // changed inside of signatures and encryption, which are made anew
	State     Kind = "state"     // members of groups over time
	Input     Kind = "input"     // anything else that takes bytes from outside

	Differential Kind = "differential" // whole objects, given to other stacks as well; needs these
)

// A Target is a fuzz function of this module.
type Target struct {
	Package string // its folder, from the module's root
	Name    string // of the function
	Kind    Kind
}

func (t Target) String() string { return t.Package + "." + t.Name }

// Targets returns all fuzz targets, sorted by package; those of one package
// stand in the order of the RFC.
func Targets() []Target {
	return slices.Concat(
		in("fuzz", Input, "FuzzMessage"),
		in("fuzz", Structure, "FuzzStructure"),
		in("fuzz", State, "FuzzState"),
		in("fuzz/differential", Differential, "FuzzDifferential"),
		in("impl/ciphersuite", Codec, "FuzzHPKECiphertext"),
		in("impl/ciphersuite", Input, "FuzzSuite"),
		in("impl/directory", Codec, "FuzzClient", "FuzzOpaque", "FuzzContents", "FuzzRequest"),
		in("impl/directory", Input, "FuzzPublish"),
		in("impl/directory/http", Input, "FuzzHandler"),
		in("impl/framing", Codec,
			"FuzzSender", "FuzzFramedContent", "FuzzMLSMessage", "FuzzAuthenticatedContent", "FuzzFramedContentAuthData",
			"FuzzPublicMessage", "FuzzPrivateMessage", "FuzzPrivateMessageContent"),
		in("impl/group", Crypto, "FuzzForge", "FuzzForgeWelcome", "FuzzForgeGroupInfo"),
		in("impl/group", Input, "FuzzRestore"),
		in("impl/inspect", Input, "FuzzInspect"),
		in("impl/keypackage", Codec, "FuzzKeyPackage", "FuzzTBS"),
		in("impl/keypackage", Input, "FuzzBuild", "FuzzValidate"),
		in("impl/leaf", Codec,
			"FuzzCertificate", "FuzzCredential", "FuzzApplicationID", "FuzzCapabilities", "FuzzLifetime",
			"FuzzExtension", "FuzzExtensions", "FuzzLeafNode", "FuzzRequiredCapabilities",
			"FuzzExternalSender", "FuzzExternalSenders", "FuzzExternalPub"),
		in("impl/message", Codec,
			"FuzzProposal", "FuzzAdd", "FuzzUpdate", "FuzzRemove", "FuzzPreSharedKey", "FuzzReInit", "FuzzExternalInit",
			"FuzzGroupContextExtensions", "FuzzCustom", "FuzzProposalOrRef", "FuzzCommit",
			"FuzzGroupInfo", "FuzzGroupInfoTBS", "FuzzPathSecret", "FuzzGroupSecrets", "FuzzEncryptedGroupSecrets", "FuzzWelcome"),
		in("impl/schedule", Codec,
			"FuzzSenderData", "FuzzGroupContext", "FuzzPreSharedKeyID",
			"FuzzEpoch", "FuzzKeyNonce", "FuzzRatchet", "FuzzSubtreeState", "FuzzSecretTree"),
		in("impl/schedule", State, "FuzzReceiver"),
		in("impl/store", Codec, "FuzzBundleRecord", "FuzzKeyRecord"),
		in("impl/store", Input, "FuzzDecodeBundle"),
		in("impl/store/bolt", Codec, "FuzzGroupRecord"),
		in("impl/syntax", Codec, "FuzzRecord"),
		in("impl/tree", Codec, "FuzzParentNode", "FuzzUpdatePathNode", "FuzzUpdatePath", "FuzzNode", "FuzzRatchetTree"),
		in("impl/tree", State, "FuzzOperations"),
		in("runner", Input, "FuzzSplit"),
		in("runner/interop/client", State, "FuzzCalls"),
		in("runner/interop/script", Input, "FuzzParse"),
		in("runner/strict", Input, "FuzzDecode"),
	)
}

// Choose returns the targets of a kind whose name, with its package, a regular
// expression matches; what is empty excludes none. There has to be one.
func Choose(kind Kind, pattern string) ([]Target, error) {
	matches, err := regexp.Compile(pattern)
	if err != nil {
		return nil, err
	}
	chosen := slices.DeleteFunc(Targets(), func(t Target) bool {
		return kind != "" && t.Kind != kind || !matches.MatchString(t.String())
	})
	if len(chosen) == 0 {
		return nil, fmt.Errorf("no target of kind %q matches %q", kind, pattern)
	}
	return chosen, nil
}

func in(folder string, kind Kind, names ...string) []Target {
	var targets []Target
	for _, name := range names {
		targets = append(targets, Target{folder, name, kind})
	}
	return targets
}
