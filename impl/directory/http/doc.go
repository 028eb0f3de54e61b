// Package http serves a directory of KeyPackages over HTTP, and asks one.
//
//	POST /v1/key-packages
//
// publishes and withdraws. The body is a [directory.Request] in its binary form,
// of type application/octet-stream, and at most a mebibyte long. The answer is a
// JSON object with the numbers published and withdrawn, and, as in the next but
// one, of what is there now.
//
//	POST /v1/key-packages/{suite}/{key}/claim
//
// hands out a KeyPackage of a client: the number of the cipher suite, decimal or
// with 0x in front, and the signature public key in hexadecimal. The answer is an
// MLSMessage, of type message/mls (RFC 9420, Section 17.10).
//
//	GET /v1/key-packages/{suite}/{key}/count
//
// tells, as a JSON object, how many KeyPackages of a client there are: fresh,
// last_resort, and pending, whose lifetime has not begun.
//
//	GET /healthz
//
// answers 200 when the directory can read its storage.
//
// An error is an object of type application/problem+json (RFC 9457). Its type is
// a URI that ends in one of these words:
//
//	none         404  there is no key package to hand out
//	limited      429  the caller has to wait: retry_after seconds, as in Retry-After
//	refused      422  a key package breaks a rule
//	foreign      422  a key package has another signature key than the request
//	withdrawn    422  a key package was withdrawn before
//	full         409  the client has too many key packages in the directory
//	replayed     409  the request has been carried out before
//	proof        403  the request is not signed with the client's key
//	audience     403  the request is meant for another directory
//	stale        403  the time of the request is not that of the directory
//	malformed    400  the request cannot be read
//	timeout      408  the request came too slowly
//	too-large    413  the request is too long
//	media-type   415  the request has another type
//	method       405  the resource knows other methods
//	resource     404  there is no such resource
//	unavailable  503  the directory cannot read its storage
//	internal     500  the directory failed
//
// Where it applies, requirements lists the ids of the rules of RFC 9420 that a
// key package or the request breaks, and index is the place of that key package
// in the request, from 0.
//
// MLS messages are to be carried over a secure transport (RFC 9420, Section
// 16.1), which this package leaves to a proxy in front of it.
package http
