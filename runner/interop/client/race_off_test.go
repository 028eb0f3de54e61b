//go:build !race

package client_test

// randomPrograms is how many random programs a client serves.
const randomPrograms = 1000
