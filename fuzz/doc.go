// Package fuzz lists the project's fuzz targets, and holds those that cross
// packages. The others stand beside what they are about.
//
// Corpora are replayed with every go test; make fuzz goes on from there.
package fuzz
