package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"

	"github.com/alecthomas/kong"

	"github.com/mlsconform/mlsconform/runner"
)

// commands is the command line.
type commands struct {
	Conformance  ConformanceCmd  `cmd:"" help:"Replay test vectors and report what passed and what did not."`
	Families     FamiliesCmd     `cmd:"" help:"List the families of test vectors."`
	Suites       SuitesCmd       `cmd:"" help:"List the cipher suites."`
	Requirements RequirementsCmd `cmd:"" help:"List the requirements of RFC 9420, where they are enforced and what tests them."`
	Inspect      InspectCmd      `cmd:"" help:"Show a message, key package, ratchet tree or any other object of MLS."`
	Directory    DirectoryCmd    `cmd:"" help:"Serve a directory of key packages."`
	Interop      InteropCmd      `cmd:"" help:"Let implementations of MLS talk to each other, over the MLS working group's interop API."`
	Peers        PeersCmd        `cmd:"" help:"Build implementations that have a peer.json, and list them."`
	Report       ReportCmd       `cmd:"" help:"Merge and show the reports of interop runs."`
	Fuzz         FuzzCmd         `cmd:"" help:"Run fuzz targets, and share time among them."`
	Keypackage   KeypackageCmd   `cmd:"" help:"Make, show, validate, publish and claim key packages."`
	Subject      SubjectCmd      `cmd:"" help:"Answer the requests of a conformance run: an example of a subject."`
	Vectors      VectorsCmd      `cmd:"" help:"Handle mlsconform's own test vectors."`
	Completion   CompletionCmd   `cmd:"" help:"Print the completion script of a shell."`
	VersionCmd   VersionCmd      `cmd:"" name:"version" help:"Print the version."`

	Version kong.VersionFlag `help:"Print the version and exit."`
}

// An app is the world that a command runs in.
type app struct {
	ctx            context.Context
	stdin          io.Reader
	stdout, stderr io.Writer
}

// The exit statuses. Zero is for a run in which everything passed.
const (
	statusFailed      = 1   // a case failed
	statusUsage       = 2   // the arguments, or what they name, are wrong
	statusFault       = 3   // the tool itself is at fault
	statusNothing     = 4   // nothing passed or failed
	statusInterrupted = 130 // as a shell reports it
)

// An exitStatus ends the command after it has said everything itself.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// A usageError says that the user asked for what cannot be.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error {
	return usageError{fmt.Errorf(format, args...)}
}

func (a *app) run(args []string) int {
	exited := false
	parser, err := kong.New(&commands{},
		kong.Name("mlsconform"),
		kong.Description("Tests implementations of MLS, the Messaging Layer Security protocol of RFC 9420."),
		kong.Writers(a.stdout, a.stderr),
		kong.Exit(func(int) { exited = true }),
		kong.Vars{"version": versionLine(), "timeout": runner.DefaultTimeout.String()},
		inspectVars(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	if err != nil {
		return a.fault(err)
	}
	command, err := parser.Parse(args)
	switch {
	case exited: // --help or --version, which have done their work
		return 0
	case err != nil:
		fmt.Fprintf(a.stderr, "mlsconform: %v\nTry mlsconform --help.\n", err)
		return statusUsage
	}
	return a.status(command.Run(a))
}

// status reports the error of a command and returns the exit status for it.
func (a *app) status(err error) int {
	if err == nil {
		return 0
	}
	if s, ok := errors.AsType[exitStatus](err); ok {
		return int(s)
	}
	if _, ok := errors.AsType[usageError](err); ok {
		fmt.Fprintf(a.stderr, "mlsconform: %v\n", err)
		return statusUsage
	}
	return a.fault(err)
}

func (a *app) fault(err error) int {
	fmt.Fprintf(a.stderr, "mlsconform: %v\n", err)
	return statusFault
}

func (a *app) crashed(p any) int {
	fmt.Fprintf(a.stderr, "mlsconform: this is a bug in mlsconform: %v\n%s", p, debug.Stack())
	return statusFault
}
