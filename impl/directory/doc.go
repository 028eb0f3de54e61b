// Package directory is the part of a delivery service that concerns
// KeyPackages (RFC 9420, Sections 10 and 16.8): clients publish them, and
// whoever wants to add a client to a group claims one.
//
// A client is a cipher suite and a signature public key. Nobody is registered:
// a request to publish proves by a signature that it comes from the holder of
// the key, and every KeyPackage in it has the same key and suite. So nobody
// publishes for another client, or takes away what that one has published. Who
// may publish at all is for [Options.Authenticate] to decide.
//
// What the directory promises:
//
//   - A request happens as a whole or not at all. A KeyPackage that breaks a rule
//     of RFC 9420, Section 10.1 is refused with the id of the rule.
//   - A KeyPackage is handed out once, and is gone for good before it is handed
//     out. One that is marked as the last resort is handed out when nothing else
//     is left, and stays.
//   - Only KeyPackages in their lifetime are handed out. Those past it go away.
//   - What was handed out, withdrawn or has expired does not come back. A request
//     that is sent again is refused: it names the directory, is good for a few
//     minutes, and its nonce is remembered for longer than that. Who publishes a
//     used KeyPackage in a new request is told so.
//   - One caller cannot drain a client's KeyPackages: claims have limits per
//     caller, per client, and for both together.
//
// To keep these promises the directory remembers the init key of each KeyPackage
// until a day after the end of its lifetime, which has a bound
// ([Options.MaxLifetime]), and each nonce until a day after its request has
// become stale. So a clock that is put back by less than a day does no harm, and
// what has to be remembered is bounded by what the limits let in during one
// lifetime.
//
// There are two storages: [NewMemory] and [OpenBolt], a file. What the latter
// has acknowledged survives the end of the process at any time. The limits are
// in memory in any case.
package directory
