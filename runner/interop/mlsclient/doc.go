// Package mlsclient is the MLS working group's interop gRPC API in Go: the same on the wire as the
// mls_client.proto of that project, so that any client and any runner that speak it can meet.
package mlsclient

//go:generate go run ./gen mls_client.proto
