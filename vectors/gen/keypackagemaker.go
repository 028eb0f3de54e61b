package main

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/mlsconform/mlsconform/vectors/format"
)

// present is the time of all key packages, in Unix seconds.
var present = uint64(now().Unix())

const (
	hour = 3600
	day  = 24 * hour
)

// Code points of RFC 9420, Sections 6 and 17, and of the MLS extensions draft.
const (
	mls10                 = 1
	wireKeyPackage        = 5
	basicCredential       = 1
	x509Credential        = 2
	sourceKeyPackage      = 1
	sourceUpdate          = 2
	sourceCommit          = 3
	applicationID         = 1
	ratchetTree           = 2
	requiredCapabilities  = 3
	externalPub           = 4
	externalSenders       = 5
	lastResort            = 10
	privateUse            = 0xf001 // unknown everywhere
	unknownType           = 0x1234 // not assigned, and not for private use
	packageTBSLabel       = "KeyPackageTBS"
	leafPlace             = "leaf " // in front of the fields of a leaf that a KeyPackage has as well
	certificatePlace      = "cert_data "
	extensionPlace        = "extension_data "
	unknownCredentialBody = "an opaque body"
)

// greaseValues are those of Section 13.5.
func greaseValues() []uint16 {
	return []uint16{0x0a0a, 0x1a1a, 0x2a2a, 0x3a3a, 0x4a4a, 0x5a5a, 0x6a6a, 0x7a7a, 0x8a8a, 0x9a9a, 0xaaaa, 0xbaba, 0xcaca, 0xdada, 0xeaea}
}

type extension struct {
	number uint16
	data   []byte
}

// A credential is basic, x509, or of an unknown type with its content in
// identity.
type credential struct {
	number       uint16
	identity     []byte
	certificates [][]byte
}

// A signing says how a signature is made. What stands in it replaces what is
// usual.
type signing struct {
	signer
	message func(tbs []byte) []byte       // what is signed, in place of SignContent
	edit    func(signature []byte) []byte // the last change
}

func (s *signing) over(label string, tbs []byte) []byte {
	message := labelled(protocol+label, tbs)
	if s.message != nil {
		message = s.message(tbs)
	}
	signature := s.sign(message)
	if s.edit != nil {
		signature = s.edit(signature)
	}
	return signature
}

// A leafSketch describes a LeafNode (Section 7.2).
type leafSketch struct {
	encryptionKey []byte
	signatureKey  []byte
	credential    credential
	capabilities  format.Capabilities
	source        uint8
	notBefore     uint64 // of source key_package
	notAfter      uint64
	parentHash    []byte // of source commit
	extensions    []extension
	signing       signing
	place         []byte // group_id and leaf_index, where the signature covers them
}

func (l *leafSketch) write(w *writer) {
	start := len(w.bytes)
	w.opaque("encryption_key", l.encryptionKey)
	w.opaque("signature_key", l.signatureKey)
	l.credential.write(w)
	w.types("versions", l.capabilities.Versions)
	w.types("cipher_suites", l.capabilities.CipherSuites)
	w.types("capabilities.extensions", l.capabilities.Extensions)
	w.types("proposals", l.capabilities.Proposals)
	w.types("credentials", l.capabilities.Credentials)
	w.number("leaf_node_source", uint64(l.source), 1)
	switch l.source {
	case sourceKeyPackage:
		w.number("not_before", l.notBefore, 8)
		w.number("not_after", l.notAfter, 8)
	case sourceCommit:
		w.opaque("parent_hash", l.parentHash)
	}
	writeExtensions(w, leafPlace, l.extensions)
	tbs := slices.Concat(w.bytes[start:], l.place)
	w.opaque(leafPlace+"signature", l.signing.over(leafLabel, tbs))
}

func (c *credential) write(w *writer) {
	w.number("credential_type", uint64(c.number), 2)
	if c.number != x509Credential {
		w.opaque("identity", c.identity)
		return
	}
	w.vector("certificates", func() {
		for i, der := range c.certificates {
			w.opaque(fmt.Sprint(certificatePlace, i), der)
		}
	})
}

func writeExtensions(w *writer, where string, extensions []extension) {
	w.vector(where+"extensions", func() {
		for i, e := range extensions {
			w.number(fmt.Sprint(where, "extension_type ", i), uint64(e.number), 2)
			w.opaque(fmt.Sprint(where, extensionPlace, i), e.data)
		}
	})
}

// placeOf is what stands behind the LeafNodeTBS of source update and commit.
func placeOf(groupID []byte, leafIndex uint32) []byte {
	return binary.BigEndian.AppendUint32(vector(groupID), leafIndex)
}

// A sketch describes a case: the KeyPackage (Section 10), and the question that
// is asked about it. In the family decoding it can be another message.
type sketch struct {
	input format.KeyPackageInput

	messageVersion uint16
	wireFormat     uint16
	version        uint16
	suite          *suite // whose signatures and hash the KeyPackage has
	cipherSuite    uint16
	initKey        []byte
	leaf           leafSketch
	extensions     []extension
	signing        signing
	body           part // of the message, in place of the KeyPackage

	forms   map[string]func(length int) []byte
	edits   map[string]func(content []byte) []byte
	cut     func(w *writer) int // where the bytes end, when that is too early
	trailer []byte
}

// A change makes a usual case a special one.
type change func(*sketch)

// write returns the KeyPackage without and with what the form puts around it.
func (s *sketch) write() (bare, whole []byte) {
	w := &writer{forms: s.forms, edits: s.edits}
	if s.input.Form == format.Message {
		w.number("message version", uint64(s.messageVersion), 2)
		w.number("wire_format", uint64(s.wireFormat), 2)
	}
	start := len(w.bytes)
	if s.body == nil {
		s.body = keyPackage
	}
	s.body(w, s)
	if s.cut != nil {
		return nil, w.bytes[:s.cut(w)]
	}
	return w.bytes[start:], slices.Concat(w.bytes, s.trailer)
}

// A part writes fields of a message. Its client is that of the sketch.
type part func(w *writer, s *sketch)

func keyPackage(w *writer, s *sketch) {
	start := len(w.bytes)
	w.number("version", uint64(s.version), 2)
	w.number("cipher_suite", uint64(s.cipherSuite), 2)
	w.opaque("init_key", s.initKey)
	s.leaf.write(w)
	writeExtensions(w, "", s.extensions)
	w.opaque("signature", s.signing.over(packageTBSLabel, w.bytes[start:]))
}

// fields is what a reader finds in an accepted KeyPackage.
func (s *sketch) fields(bare []byte) *format.KeyPackageFields {
	l := &s.leaf
	c := format.Credential{Type: l.credential.number}
	if c.Type == basicCredential {
		c.Identity = append(format.Hex{}, l.credential.identity...)
	}
	for _, der := range l.credential.certificates {
		c.Certificates = append(c.Certificates, der)
	}
	kinds := func(extensions []extension) (list format.Types) {
		for _, e := range extensions {
			list = append(list, e.number)
		}
		return list
	}
	return &format.KeyPackageFields{
		Version:        s.version,
		CipherSuite:    s.cipherSuite,
		InitKey:        s.initKey,
		EncryptionKey:  l.encryptionKey,
		SignatureKey:   l.signatureKey,
		Credential:     c,
		Lifetime:       format.Lifetime{NotBefore: l.notBefore, NotAfter: l.notAfter},
		Capabilities:   l.capabilities,
		Extensions:     kinds(s.extensions),
		LeafExtensions: kinds(l.extensions),
		LastResort:     slices.Contains(kinds(s.extensions), lastResort),
		Reference:      digest(s.suite.hash, labelled(keyPackageLabel, bare)),
	}
}
