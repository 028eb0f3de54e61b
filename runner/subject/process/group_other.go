//go:build !unix

package process

import (
	"os"
	"os/exec"
)

func ownGroup(*exec.Cmd) {}

// killGroup kills the process. What it started ends when it finds its pipes
// closed.
func killGroup(leader *os.Process) { leader.Kill() }

// killed cannot tell here.
func killed(*os.ProcessState) bool { return false }
