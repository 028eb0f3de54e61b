package ciphersuite

// RefHash hashes a value under a complete label (RFC 9420, Section 5.2). It is
// nil for a value that has no RefHashInput, because it is longer than a vector
// can be.
func (s *Suite) RefHash(label string, value []byte) []byte {
	header, err := appendHeader(make([]byte, 0, headerRoom+len(label)), label, len(value))
	if err != nil {
		return nil
	}
	return s.Hash(header, value)
}

// KeyPackageRef returns the reference of an encoded KeyPackage.
func (s *Suite) KeyPackageRef(encoded []byte) []byte {
	return s.RefHash("MLS 1.0 KeyPackage Reference", encoded)
}

// ProposalRef returns the reference of the encoded AuthenticatedContent that
// carried a proposal.
func (s *Suite) ProposalRef(encoded []byte) []byte {
	return s.RefHash("MLS 1.0 Proposal Reference", encoded)
}
