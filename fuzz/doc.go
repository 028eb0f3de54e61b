// Package fuzz holds the fuzz targets that cross packages. Those of a single
// codec stand beside it.
//
// Seeds run with every go test; go test -fuzz=FuzzProcess ./fuzz goes on from
// there.
package fuzz
