package ciphersuite

import (
	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/syntax"
)

// protocolName begins every label but those of RefHash (RFC 9420, Section 5.1.2).
const protocolName = "MLS 1.0 "

// headerRoom is the most that appendHeader adds to the bytes of the label.
const headerRoom = 8

// appendHeader appends what comes before the content in a structure of a label
// and a content, both vectors. SignContent, EncryptContext and RefHashInput are
// such structures, and KDFLabel is one after its first field (RFC 9420,
// Sections 5.1.2, 5.1.3, 5.2 and 8). The content stays apart because hashing it
// needs no copy.
func appendHeader(dst []byte, label string, contentLength int) ([]byte, error) {
	b := cryptobyte.NewBuilder(dst)
	syntax.AddLength(b, len(label))
	b.AddBytes([]byte(label))
	syntax.AddLength(b, contentLength)
	return b.Bytes()
}

// signContent returns an encoded SignContent (RFC 9420, Section 5.1.2).
func signContent(label string, content []byte) ([]byte, error) {
	return unprefixedSignContent(protocolName+label, content)
}

func unprefixedSignContent(label string, content []byte) ([]byte, error) {
	b, err := appendHeader(make([]byte, 0, headerRoom+len(label)+len(content)), label, len(content))
	if err != nil {
		return nil, err
	}
	return append(b, content...), nil
}

// encryptContext returns an EncryptContext without the context at its end
// (RFC 9420, Section 5.1.3).
func encryptContext(label string, contextLength int) ([]byte, error) {
	label = protocolName + label
	return appendHeader(make([]byte, 0, headerRoom+len(label)), label, contextLength)
}

// kdfLabel returns an encoded KDFLabel (RFC 9420, Section 8), with room for the
// byte that HKDF appends.
func kdfLabel(length uint16, label string, context []byte) ([]byte, error) {
	label = protocolName + label
	b := make([]byte, 0, 2+headerRoom+len(label)+len(context)+1)
	b, err := appendHeader(append(b, byte(length>>8), byte(length)), label, len(context))
	if err != nil {
		return nil, err
	}
	return append(b, context...), nil
}
