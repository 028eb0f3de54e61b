// Package impl holds a reference implementation of MLS (RFC 9420), in layers.
// Each package is a chapter or two of the RFC and imports only lower levels.
//
//	Level  Package      RFC 9420
//	0      rule         ids of the requirements, and the errors that carry one
//	0      codepoint    13.5, 17: registries, GREASE
//	0      treemath     4.1, Appendix C: index arithmetic
//	0      parallel     work on all cores
//	1      syntax       2.1: presentation language
//	2      ciphersuite  5.1, 5.2, and the labelled functions of 8 and 9
//	3      leaf         5.3, 7.2, 7.3, 11.1, 12.1.8.1, 13.4: leaf nodes
//	4      keypackage   10: KeyPackages
//	4      tree         4, 7: ratchet tree, TreeKEM
//	4      schedule     6.3.2, 8, 9: key schedule, secret tree
//	5      message      12.1, 12.4, 12.4.3: proposals, Commit, GroupInfo, Welcome
//	6      framing      6: PublicMessage, PrivateMessage, MLSMessage
//	7      group        11, 12: a member's view of a group
//	8      inspect      any object as a readable tree
//	8      store        16.8: what a client must not lose; store/bolt is on disk
//	9      directory    10, 16.8: publishing and claiming KeyPackages; directory/http
package impl
