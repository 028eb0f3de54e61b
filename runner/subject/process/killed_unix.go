//go:build unix

package process

import (
	"os"
	"syscall"
)

// killed reports whether the process did not end by itself.
func killed(state *os.ProcessState) bool {
	status, ok := state.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}
