//go:build race

package client_test

// randomPrograms is how many random programs a client serves. The race detector
// makes them some ten times slower.
const randomPrograms = 300
