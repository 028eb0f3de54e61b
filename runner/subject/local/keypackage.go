package local

import (
	"errors"
	"fmt"
	"math"
	"time"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/tree"
	"github.com/mlsconform/mlsconform/vectors/format"
)

// JudgeKeyPackage decodes the KeyPackage of the case and validates it for the
// case's group.
func JudgeKeyPackage(r *format.KeyPackageRequest) format.Verdict {
	g, err := groupOf(r)
	if err != nil {
		return format.Verdict{Result: format.Unsupported, Detail: err.Error()}
	}
	k, err := readKeyPackage(r)
	if err == nil {
		err = g.admit(k)
	}
	if err != nil {
		return format.Verdict{Result: format.Reject, Detail: err.Error(), IDs: rule.All(err)}
	}
	parsed := fieldsOf(k)
	return format.Verdict{Result: format.Accept, Reference: parsed.Reference, Parsed: parsed}
}

// KeyPackageFaults returns all that is wrong with the KeyPackage of a case, where
// [JudgeKeyPackage] tells the first of it. What does not decode has one fault.
func KeyPackageFaults(r *format.KeyPackageRequest) ([]error, error) {
	g, err := groupOf(r)
	if err != nil {
		return nil, err
	}
	k, err := readKeyPackage(r)
	if err != nil {
		return []error{err}, nil
	}
	checks, err := g.checksOf(k)
	if err != nil {
		return []error{err}, nil
	}
	findings := k.Examine(checks)
	if g.members != nil {
		findings = append(findings, group.ExamineAdd(g.members, &k.LeafNode)...)
	}
	var faults []error
	for _, f := range findings {
		if f.Err != nil && f.ID != "rfc9420-10.1-03" { // the leaf is not valid, for reasons that follow
			faults = append(faults, f.Err)
		}
	}
	return faults, nil
}

// A received KeyPackage comes with the bytes that it was read from.
type received struct {
	*keypackage.KeyPackage
	encoded []byte
}

func readKeyPackage(r *format.KeyPackageRequest) (*received, error) {
	if r.Form == format.Struct {
		k := &received{new(keypackage.KeyPackage), r.Bytes}
		return k, syntax.Unmarshal(r.Bytes, k.KeyPackage)
	}
	var m framing.MLSMessage
	if err := syntax.Unmarshal(r.Bytes, &m); err != nil {
		return nil, err
	}
	if m.KeyPackage == nil {
		return nil, rule.Errorf("rfc9420-6-05", "wire_format is %v", m.WireFormat())
	}
	s := cryptobyte.String(r.Bytes)
	var version codepoint.ProtocolVersion
	var wireFormat codepoint.WireFormat
	if err := errors.Join(syntax.ReadUint16(&s, &version), syntax.ReadUint16(&s, &wireFormat)); err != nil {
		return nil, err
	}
	return &received{m.KeyPackage, s}, nil
}

// A target is what the case says about the group that the KeyPackage is for.
type target struct {
	checks  *keypackage.Checks
	members *tree.RatchetTree // nil: not known
}

func groupOf(r *format.KeyPackageRequest) (*target, error) {
	suite, err := ciphersuite.Lookup(codepoint.CipherSuite(r.Suite))
	if err != nil {
		return nil, err
	}
	policy, err := policyOf(r)
	if err != nil {
		return nil, err
	}
	g := &target{}
	if r.RatchetTree != nil {
		if g.members, err = tree.Parse(suite, r.RatchetTree); err != nil {
			return nil, fmt.Errorf("%w: ratchet_tree: %w", errCase, err)
		}
	}
	context := &schedule.GroupContext{Version: codepoint.MLS10, CipherSuite: suite.ID()}
	if r.GroupContext != nil {
		if err := syntax.Unmarshal(r.GroupContext, context); err != nil {
			return nil, fmt.Errorf("%w: group_context: %w", errCase, err)
		}
	}
	if context.CipherSuite != suite.ID() {
		return nil, fmt.Errorf("%w: group_context is of %v", errCase, context.CipherSuite)
	}
	if g.checks, err = group.AddChecks(context, g.members, policy); err != nil {
		return nil, fmt.Errorf("%w: %w", errCase, err)
	}
	g.checks.Sending = r.Use == format.Add
	return g, nil
}

// policyOf has the lifetime checked on receipt too, as RFC 9420, Section 7.3
// recommends.
func policyOf(r *format.KeyPackageRequest) (*leaf.Policy, error) {
	policy := &leaf.Policy{
		CheckLifetime: true,
		Now:           func() time.Time { return time.Unix(int64(r.Time), 0) },
	}
	if r.MaxLifetime != nil {
		seconds := *r.MaxLifetime
		if seconds == 0 || seconds > math.MaxInt64/uint64(time.Second) {
			return nil, fmt.Errorf("no limit of %d seconds can be set", seconds)
		}
		policy.MaxLifetime = time.Duration(seconds) * time.Second
	}
	return policy, nil
}

// checksOf returns the checks of one KeyPackage.
func (g *target) checksOf(k *received) (*keypackage.Checks, error) {
	checks := *g.checks
	s := cryptobyte.String(k.encoded)
	var err error
	checks.Received, err = keypackage.ReadSigned(&s)
	return &checks, err
}

func (g *target) admit(k *received) error {
	checks, err := g.checksOf(k)
	if err != nil {
		return err
	}
	if _, err := k.Validate(checks); err != nil || g.members == nil {
		return err
	}
	for _, f := range group.ExamineAdd(g.members, &k.LeafNode) {
		if f.Err != nil {
			return f.Err
		}
	}
	return nil
}

func fieldsOf(k *received) *format.KeyPackageFields {
	n := &k.LeafNode
	fields := &format.KeyPackageFields{
		Version:        uint16(k.Version),
		CipherSuite:    uint16(k.CipherSuite),
		InitKey:        k.InitKey,
		EncryptionKey:  n.EncryptionKey,
		SignatureKey:   n.SignatureKey,
		Credential:     credentialOf(&n.Credential),
		Lifetime:       format.Lifetime{NotBefore: n.Lifetime.NotBefore, NotAfter: n.Lifetime.NotAfter},
		Extensions:     typesOf(k.Extensions),
		LeafExtensions: typesOf(n.Extensions),
		Capabilities: format.Capabilities{
			Versions:     numbers(n.Capabilities.Versions),
			CipherSuites: numbers(n.Capabilities.CipherSuites),
			Extensions:   numbers(n.Capabilities.Extensions),
			Proposals:    numbers(n.Capabilities.Proposals),
			Credentials:  numbers(n.Capabilities.Credentials),
		},
		LastResort: k.IsLastResort(),
	}
	if suite, err := ciphersuite.Lookup(k.CipherSuite); err == nil {
		fields.Reference = suite.KeyPackageRef(k.encoded)
	}
	return fields
}

func credentialOf(c *leaf.Credential) format.Credential {
	f := format.Credential{Type: uint16(c.Type)}
	if c.Type == codepoint.CredentialBasic {
		f.Identity = c.Identity
	}
	for _, cert := range c.Certificates {
		f.Certificates = append(f.Certificates, cert.Data)
	}
	return f
}

func typesOf(extensions leaf.Extensions) format.Types {
	types := make(format.Types, len(extensions))
	for i, e := range extensions {
		types[i] = uint16(e.Type)
	}
	return types
}

func numbers[T ~uint16](list []T) format.Types {
	types := make(format.Types, len(list))
	for i, v := range list {
		types[i] = uint16(v)
	}
	return types
}
