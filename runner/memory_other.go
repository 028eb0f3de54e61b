//go:build !unix

package runner

import "runtime"

// PeakRSS is about the most memory that the process has had at once, in
// bytes: what the Go runtime has asked the system for.
func PeakRSS() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.Sys)
}
