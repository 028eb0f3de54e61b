//go:build unix

package run

import (
	"os"
	"os/exec"
	"syscall"
)

// ownGroup makes the process the leader of a group, so that what it starts can
// be ended with it, and an interrupt at the terminal is left to this program.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// killGroup kills the group that the process leads. There is nobody to tell
// when that fails: the group is gone then.
func killGroup(leader *os.Process) { syscall.Kill(-leader.Pid, syscall.SIGKILL) }

// askToEnd lets the group end in order.
func askToEnd(leader *os.Process) { syscall.Kill(-leader.Pid, syscall.SIGTERM) }
