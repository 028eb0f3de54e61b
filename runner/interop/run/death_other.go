//go:build !linux

package run

import "os"

// awaitDeath returns when the process has ended.
func awaitDeath(p *os.Process) {
	p.Wait() // the status is in the command's state, or is lost; that it ended is not
}
