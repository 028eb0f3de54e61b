//go:build !unix

package run

import (
	"os"
	"os/exec"
)

func ownGroup(*exec.Cmd) {}

// killGroup kills the process, and not what it started.
func killGroup(leader *os.Process) { leader.Kill() }

// askToEnd does nothing: there is no way to ask.
func askToEnd(*os.Process) {}
