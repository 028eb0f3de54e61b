package differential

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/tree"
	"github.com/mlsconform/mlsconform/vectors/format"
)

// present is a time in the lifetimes of the KeyPackages.
var present = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)

func now() time.Time { return present }

// header is what an MLSMessage has in front of a KeyPackage.
var header = []byte{0, 1, 0, 5}

// messageOf returns the bytes of a request as an MLSMessage.
func messageOf(q *format.KeyPackageRequest) []byte {
	if q.Form == format.Struct {
		return slices.Concat(header, q.Bytes)
	}
	return q.Bytes
}

// reviewKeyPackage looks through a KeyPackage that is accepted, for what others
// may refuse: RFC 9420 recommends it, leaves it to applications, or says two
// things about it.
func reviewKeyPackage(q *format.KeyPackageRequest) *review {
	r := reviewMessage(messageOf(q))
	k, err := framing.ParseKeyPackage(messageOf(q))
	if err != nil {
		r.object("cannot be looked at")
		return r
	}
	for _, w := range k.Warnings() {
		r.object("%v", w)
	}
	n := &k.LeafNode
	if _, ok := n.Extensions.Find(codepoint.ExtensionApplicationID); ok {
		r.object("an application_id, which may have to be listed") // rfc9420-7.2-04
	}
	if bytes.Equal(n.EncryptionKey, n.SignatureKey) {
		r.object("a key is used twice") // rfc9420-16.7-02
	}
	if l := n.Lifetime; l.NotBefore == q.Time || l.NotAfter == q.Time || l.NotAfter > lifetime.NotAfter {
		r.object("a lifetime at its bounds, or very long") // rfc9420-7.3-05, rfc9420-7.2-07
	}
	if suite, err := ciphersuite.Lookup(k.CipherSuite); err == nil {
		for _, key := range [][]byte{k.InitKey, n.EncryptionKey} {
			if _, err := suite.EncryptWithLabel(newStream("ephemeral"), key, "", nil, nil); err != nil {
				r.object("nothing can be encrypted to a key") // rfc9420-5.1.3-02
			}
		}
	}
	if slices.ContainsFunc(r.remarks, func(remark string) bool { return strings.HasSuffix(remark, ": reserved") }) {
		r.object("a reserved value in capabilities, which may count as unknown") // rfc9420-7.2-06
	}
	r.group(q, k)
	return r
}

// group looks at what the group has to do with it, where that can be decoded.
func (r *review) group(q *format.KeyPackageRequest, k *keypackage.KeyPackage) {
	var context schedule.GroupContext
	if q.GroupContext != nil && syntax.Unmarshal(q.GroupContext, &context) == nil {
		r.remark("for a group with extensions")
		required, err := context.Extensions.RequiredCapabilities()
		if err == nil && required != nil && (slices.ContainsFunc(required.ExtensionTypes, codepoint.ExtensionType.IsDefault) ||
			slices.ContainsFunc(required.ProposalTypes, codepoint.ProposalType.IsDefault)) {
			r.object("a default type is required") // rfc9420-11.1-03
		}
	}
	suite, err := ciphersuite.Lookup(codepoint.CipherSuite(q.Suite))
	if err != nil || q.RatchetTree == nil {
		return
	}
	members, err := tree.Parse(suite, q.RatchetTree)
	if err != nil {
		return
	}
	for _, n := range members.Leaves() {
		if bytes.Equal(n.Credential.Identity, k.LeafNode.Credential.Identity) {
			r.object("the identity of a member") // rfc9420-12.2-07
		}
		if bytes.Equal(n.EncryptionKey, k.InitKey) {
			r.object("the key of a member in another place") // rfc9420-7.3-10
		}
	}
}

// repairs say which signatures of a KeyPackage are made anew.
type repairs uint8

const (
	repairLeaf repairs = 1 << iota
	repairPackage
)

// repair makes signatures anew in an MLSMessage with a KeyPackage that decodes, so
// that a change in it is judged for itself.
func repair(message []byte, what repairs) []byte {
	k, err := framing.ParseKeyPackage(message)
	if err != nil || what == 0 {
		return message
	}
	suite, err := ciphersuite.Lookup(k.CipherSuite)
	if err != nil {
		return message
	}
	repaired, err := resign(suite, k, what)
	if err != nil {
		return message
	}
	return repaired
}

func resign(suite *ciphersuite.Suite, k *keypackage.KeyPackage, what repairs) ([]byte, error) {
	signer, err := suite.GenerateSignatureKey(newStream("signer"))
	if err != nil {
		return nil, err
	}
	if what&repairLeaf > 0 {
		if err := k.LeafNode.Sign(suite, signer, nil, 0); err != nil {
			return nil, err
		}
	}
	if what&repairPackage > 0 {
		if err := k.Sign(suite, signer); err != nil {
			return nil, err
		}
	}
	return syntax.Marshal(&framing.MLSMessage{KeyPackage: k})
}

// lifetime is that of all KeyPackages to begin with. Some stacks look at the clock
// of the machine, whatever the time of the request is.
var lifetime = leaf.Lifetime{
	NotBefore: uint64(present.AddDate(0, -1, 0).Unix()),
	NotAfter:  uint64(present.AddDate(10, 0, 0).Unix()),
}

// adopt gives a KeyPackage a signature key whose private part is known here.
func adopt(message []byte) ([]byte, error) {
	k, err := framing.ParseKeyPackage(message)
	if err != nil {
		return nil, err
	}
	suite, err := ciphersuite.Lookup(k.CipherSuite)
	if err != nil {
		return nil, err
	}
	signer, err := suite.GenerateSignatureKey(newStream("signer"))
	if err != nil {
		return nil, err
	}
	k.LeafNode.SignatureKey = signer.Public()
	k.LeafNode.Lifetime = lifetime
	return resign(suite, k, repairLeaf|repairPackage)
}
