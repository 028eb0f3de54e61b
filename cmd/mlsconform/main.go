// Command mlsconform tests implementations of MLS (RFC 9420).
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first interrupt ends the run in order, a second one at once. Programs
	// that end others may send two in a row, which count as one.
	context.AfterFunc(ctx, func() { time.AfterFunc(200*time.Millisecond, stop) })
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run does what the arguments ask for and returns the exit status.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) (status int) {
	a := &app{ctx: ctx, stdin: stdin, stdout: stdout, stderr: stderr}
	defer func() {
		// A panic would exit with 2, which says that the usage was wrong.
		if p := recover(); p != nil {
			status = a.crashed(p)
		}
	}()
	return a.run(args)
}
