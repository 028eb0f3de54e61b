// Package differential gives the same bytes to mlsconform and to other stacks,
// and looks for inputs on which they disagree: one takes what the other refuses,
// or encodes it anew in another way, or breaks.
//
// Two kinds of disagreement are no finding: where RFC 9420 leaves the verdict
// open, and where the stack's peer.json knows about it. Any other is made small,
// and written once, as a case of the vector families, to a folder. mlsconform's
// verdict is what the case expects; whether that is right is for somebody to say
// who has read the RFC's text.
//
//	make fuzz-differential FUZZTIME=10m
//	cat reports/out/differential/README.md
//	mlsconform conformance decoding=reports/out/differential/FILE.json --subject peers/NAME
//
// FuzzDifferential does not build peers, and is skipped where none is built. It
// goes on after a finding, since stacks deviate in many places. Environment:
//
//	MLSCONFORM_DIFFERENTIAL         the folder, in place of reports/out/differential
//	MLSCONFORM_DIFFERENTIAL_PEERS   folders or commands, as --subject takes them, separated
//	                                as in PATH; in place of those in peers
//	MLSCONFORM_DIFFERENTIAL_STRICT  1: a new finding fails the target
package differential
