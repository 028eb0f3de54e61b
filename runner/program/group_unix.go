//go:build unix

package program

import (
	"os"
	"os/exec"
	"syscall"
)

// OwnGroup makes the process the leader of a group, so that what it starts can
// be ended with it, and an interrupt at the terminal is left to this program.
func OwnGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// KillGroup kills the group that the process leads. There is nobody to tell
// when that fails: the group is gone then.
func KillGroup(leader *os.Process) { syscall.Kill(-leader.Pid, syscall.SIGKILL) }

// AskToEnd lets the group end in order.
func AskToEnd(leader *os.Process) { syscall.Kill(-leader.Pid, syscall.SIGTERM) }
