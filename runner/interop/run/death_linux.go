package run

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// awaitDeath returns when the process has ended. It leaves its status to be
// looked up, and so its id in use: nothing else can be killed in its place.
func awaitDeath(p *os.Process) {
	for {
		err := unix.Waitid(unix.P_PID, p.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			return
		}
	}
}
