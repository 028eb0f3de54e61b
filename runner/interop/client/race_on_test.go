//go:build race

package client_test

// mutatedRPCs is how many random RPCs a client gets. The race detector makes them
// some ten times slower.
const mutatedRPCs = 5_000
