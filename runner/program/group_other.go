//go:build !unix

package program

import (
	"os"
	"os/exec"
)

// OwnGroup does nothing: there are no groups.
func OwnGroup(*exec.Cmd) {}

// KillGroup kills the process. What it started ends when it finds its pipes
// closed.
func KillGroup(leader *os.Process) { leader.Kill() }

// AskToEnd does nothing: there is no way to ask.
func AskToEnd(*os.Process) {}
