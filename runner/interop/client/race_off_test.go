//go:build !race

package client_test

// mutatedRPCs is how many random RPCs a client gets.
const mutatedRPCs = 100_000
