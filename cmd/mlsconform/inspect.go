package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/mlsconform/mlsconform/impl/inspect"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/vectors"
)

// InspectCmd shows any object of MLS.
type InspectCmd struct {
	File        string `arg:"" optional:"" default:"-" help:"The object; - is the standard input."`
	Type        string `help:"What the object is. With auto, all readings that take all bytes are shown. The others: ${inspect_list}." enum:"auto,${inspect_types}" default:"auto" placeholder:"TYPE"`
	Encoding    string `help:"How the object is encoded: ${inspect_encodings}." enum:"${inspect_encodings}" default:"auto"`
	JSON        bool   `help:"Print JSON."`
	Full        bool   `help:"Print long byte strings in full."`
	ShowSecrets bool   `help:"Print secrets, such as the joiner_secret of GroupSecrets."`
}

// inspectVars are what the help of the command says.
func inspectVars() kong.Vars {
	return kong.Vars{
		"inspect_types":     strings.Join(inspect.Types(), ","),
		"inspect_list":      strings.Join(inspect.Types(), ", "),
		"inspect_encodings": strings.Join(inspect.Encodings(), ","),
	}
}

// Run prints the object. The exit status is 1 when it does not decode.
func (c *InspectCmd) Run(a *app) error {
	raw, err := a.readObject(c.File)
	if err != nil {
		return usageError{err}
	}
	result, err := inspect.Read(raw, inspect.Options{Type: c.Type, Encoding: c.Encoding})
	if err != nil {
		return usageError{err}
	}
	if c.JSON {
		err = result.JSON(a.stdout, c.ShowSecrets)
	} else {
		err = result.Text(a.stdout, inspect.TextOptions{
			Full:        c.Full,
			ShowSecrets: c.ShowSecrets,
			Color:       colored(a.stdout),
			Rule:        summaryOf,
		})
	}
	if err == nil && len(result.Readings) == 0 {
		return exitStatus(statusFailed)
	}
	return err
}

// readObject reads at most one byte more than an object may have.
func (a *app) readObject(path string) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(io.LimitReader(a.stdin, inspect.MaxInput+1))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, inspect.MaxInput+1))
	return data, errors.Join(err, f.Close())
}

func summaryOf(id rule.ID) string {
	r, ok := vectors.Lookup(id)
	if !ok {
		return ""
	}
	return fmt.Sprintf("%s (%s)", r.Summary, r.Level)
}
