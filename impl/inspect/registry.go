package inspect

import "slices"

// A tier says when a type is tried for an object of unknown type.
type tier uint8

const (
	never  tier = iota // encoded like another type, or never sent
	first              // has so many fields that little else fits by chance
	second             // tried when none of the first fits
)

// A registration makes a structure available under the name of a type.
type registration struct {
	name   string
	tier   tier
	new    func() structure
	secret bool // what does not decode is not shown either
}

func registry() []registration {
	return []registration{
		{name: "message", tier: first, new: mlsMessage},
		{name: "key-package", tier: first, new: keyPackage},
		{name: "group-info", tier: first, new: groupInfo},
		{name: "welcome", tier: first, new: welcome},
		{name: "group-secrets", tier: first, new: groupSecrets, secret: true},
		{name: "ratchet-tree", tier: first, new: ratchetTree},
		{name: "leaf-node", tier: first, new: leafNode},
		{name: "update-path", tier: first, new: updatePath},
		{name: "commit", tier: first, new: commit},
		{name: "proposal", tier: first, new: proposal},
		{name: "public-message", tier: first, new: publicMessage},
		{name: "private-message", tier: first, new: privateMessage},
		{name: "authenticated-content", tier: first, new: authenticatedContent},
		{name: "framed-content", tier: first, new: framedContent},
		{name: "group-context", tier: first, new: groupContext},

		{name: "add", new: add},
		{name: "update", new: update},
		{name: "remove", tier: second, new: remove},
		{name: "pre-shared-key", tier: second, new: preSharedKey},
		{name: "reinit", tier: second, new: reInit},
		{name: "external-init", tier: second, new: externalInit},
		{name: "group-context-extensions", tier: second, new: groupContextExtensions},
		{name: "proposal-or-ref", tier: second, new: proposalOrRef},
		{name: "pre-shared-key-id", new: preSharedKeyID},
		{name: "node", tier: second, new: treeNode},
		{name: "parent-node", tier: second, new: parentNode},
		{name: "update-path-node", tier: second, new: updatePathNode},
		{name: "hpke-ciphertext", tier: second, new: hpkeCiphertext},
		{name: "encrypted-group-secrets", tier: second, new: encryptedGroupSecrets},
		{name: "path-secret", new: pathSecret, secret: true},
		{name: "credential", tier: second, new: credential},
		{name: "certificate", new: certificate},
		{name: "capabilities", tier: second, new: capabilities},
		{name: "lifetime", tier: second, new: lifetime},
		{name: "sender", tier: second, new: sender},
		{name: "sender-data", tier: second, new: senderData},
		{name: "extension", tier: second, new: extension},
		{name: "extensions", new: extensionList},
		{name: "required-capabilities", tier: second, new: requiredCapabilities},
		{name: "external-pub", new: externalPub},
		{name: "external-senders", tier: second, new: externalSenders},
		{name: "external-sender", tier: second, new: externalSender},

		{name: "key-package-tbs", tier: second, new: keyPackageTBS},
		{name: "leaf-node-tbs", tier: second, new: leafNodeTBS},
		{name: "group-info-tbs", tier: second, new: groupInfoTBS},
		{name: "framed-content-tbs", tier: second, new: framedContentTBS},
		{name: "authenticated-content-tbm", tier: second, new: authenticatedContentTBM},
		{name: "confirmed-transcript-hash-input", tier: second, new: confirmedTranscriptHashInput},
		{name: "private-content-aad", tier: second, new: privateContentAAD},
		{name: "sender-data-aad", tier: second, new: senderDataAAD},
		{name: "private-application", new: func() structure { return privateMessageContent("application") }},
		{name: "private-proposal", new: func() structure { return privateMessageContent("proposal") }},
		{name: "private-commit", new: func() structure { return privateMessageContent("commit") }},
		{name: "tree-hash-input", tier: second, new: treeHashInput},
		{name: "parent-hash-input", new: parentHashInput},
		{name: "psk-label", tier: second, new: pskLabel},
		{name: "kdf-label", tier: second, new: kdfLabel},
		{name: "sign-content", new: func() structure { return labelled("SignContent", "content") }},
		{name: "encrypt-context", new: func() structure { return labelled("EncryptContext", "context") }},
		{name: "ref-hash-input", new: func() structure { return labelled("RefHashInput", "value") }},
	}
}

// Types returns the names of the types that an object can be taken as.
func Types() []string {
	var names []string
	for _, t := range registry() {
		names = append(names, t.name)
	}
	return names
}

func within(types []registration, t tier) []registration {
	return slices.DeleteFunc(slices.Clone(types), func(r registration) bool { return r.tier != t })
}
