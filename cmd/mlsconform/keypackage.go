package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/inspect"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/syntax"
)

// KeypackageCmd is about key packages.
type KeypackageCmd struct {
	Create   KeypackageCreateCmd   `cmd:"" help:"Make key packages: keep the private keys, print the public part."`
	Inspect  KeypackageInspectCmd  `cmd:"" help:"Show key packages."`
	Validate KeypackageValidateCmd `cmd:"" help:"Print each rule that key packages meet, or do not."`
	Ref      KeypackageRefCmd      `cmd:"" help:"Print the references of key packages."`
	Publish  KeypackagePublishCmd  `cmd:"" help:"Publish key packages at a directory."`
	Claim    KeypackageClaimCmd    `cmd:"" help:"Get a key package of a client from a directory."`
}

// The forms of a key package.
const (
	formMessage = "message" // an MLSMessage
	formStruct  = "struct"  // the bare KeyPackage
)

// messageHeader is what an MLSMessage has before a KeyPackage: version and wire
// format.
const messageHeader = 4

// readFlags say how key packages are read.
type readFlags struct {
	Encoding string `enum:"${inspect_encodings}" default:"auto" help:"How the input is encoded: ${enum}."`
	Form     string `enum:"auto,message,struct" default:"auto" help:"What the input is: a message (MLSMessage), a struct (the bare KeyPackage), or auto."`
}

// An item is a key package as it was read, or something that is none.
type item struct {
	*keypackage.KeyPackage // nil when it does not decode
	err                    error
	encoding, form         string
	raw, data              []byte // encoded, and not
}

// bare returns the encoded KeyPackage of an item that decodes.
func (i *item) bare() []byte {
	if i.form == formMessage {
		return i.data[messageHeader:]
	}
	return i.data
}

// signed returns what the signatures of an item cover, as it was read.
func (i *item) signed() (*keypackage.SignedParts, error) {
	s := cryptobyte.String(i.bare())
	return keypackage.ReadSigned(&s)
}

// readItems reads the key packages of a file. There is one, or one on each line.
func (f *readFlags) readItems(a *app, file string) ([]item, error) {
	raw, err := a.readObject(file)
	if err != nil {
		return nil, usageError{err}
	}
	if len(raw) > inspect.MaxInput {
		return nil, usagef("%s: more than %d bytes", file, inspect.MaxInput)
	}
	inputs := f.split(raw)
	items := make([]item, len(inputs))
	for n, input := range inputs {
		if items[n], err = f.read(input); err != nil {
			return nil, usagef("%s: %w", place(file, n, len(inputs)), err)
		}
	}
	return items, nil
}

// readKeyPackages reads a file in which everything has to decode.
func (f *readFlags) readKeyPackages(a *app, file string) ([]item, error) {
	items, err := f.readItems(a, file)
	if err != nil {
		return nil, err
	}
	for n := range items {
		if err := items[n].err; err != nil {
			fmt.Fprintf(a.stderr, "mlsconform: %s: not a key package: %v\n", place(file, n, len(items)), err)
			return nil, exitStatus(statusFailed)
		}
	}
	return items, nil
}

// place names one of the key packages in a file.
func place(file string, n, of int) string {
	if file == "-" {
		file = "standard input"
	}
	if of == 1 {
		return file
	}
	return fmt.Sprintf("%s, key package %d", file, n+1)
}

// split takes the lines of a text apart where each begins like a key package.
func (f *readFlags) split(raw []byte) [][]byte {
	lines := bytes.Fields(raw)
	for _, line := range lines {
		if f.Encoding == "binary" || !bytes.HasPrefix(line, []byte("0001")) && !bytes.HasPrefix(line, []byte("AAE")) {
			return [][]byte{raw}
		}
	}
	if len(lines) == 0 {
		return [][]byte{raw}
	}
	return lines
}

// read decodes what can be more than one thing as the first that it can be.
func (f *readFlags) read(raw []byte) (item, error) {
	inputs, err := inspect.Decode(raw, f.Encoding)
	if err != nil {
		return item{}, err
	}
	var items []item
	for _, input := range inputs {
		if len(input.Data) == 0 {
			return item{}, fmt.Errorf("%w: the input is empty", inspect.ErrInput)
		}
		i := f.parse(input)
		i.raw = raw
		if i.err == nil {
			return i, nil
		}
		items = append(items, i)
	}
	return items[0], nil
}

func (f *readFlags) parse(input inspect.Input) item {
	i := item{encoding: input.Encoding, form: f.Form, data: input.Data}
	if i.form == "auto" {
		i.form = formOf(input.Data)
	}
	if i.form == formMessage {
		i.KeyPackage, i.err = framing.ParseKeyPackage(input.Data)
	} else {
		i.KeyPackage, i.err = keypackage.Parse(input.Data)
	}
	if i.err != nil {
		i.KeyPackage = nil
	}
	return i
}

// formOf tells the forms apart by their fifth byte. That of a message begins the
// version of the KeyPackage, and is zero; that of a KeyPackage begins the length
// of init_key, which is not.
func formOf(data []byte) string {
	if len(data) > messageHeader && data[messageHeader] == 0 {
		return formMessage
	}
	return formStruct
}

// writeFlags say how key packages are written.
type writeFlags struct {
	Out      string `default:"-" placeholder:"FILE" help:"Where to write; - is the standard output."`
	Encoding string `enum:"base64,hex,binary" default:"base64" help:"How to encode the output: ${enum}. In base64 and hex each key package is a line."`
	Form     string `enum:"message,struct" default:"message" help:"What to write: a message (MLSMessage) or a struct (the bare KeyPackage)."`
}

// write writes key packages in the form and encoding that were asked for.
func (f *writeFlags) write(a *app, packages ...*keypackage.KeyPackage) error {
	var out bytes.Buffer
	for _, k := range packages {
		var v syntax.Marshaler = k
		if f.Form == formMessage {
			v = &framing.MLSMessage{KeyPackage: k}
		}
		encoded, err := syntax.Marshal(v)
		if err != nil {
			return err
		}
		switch f.Encoding {
		case "base64":
			fmt.Fprintln(&out, base64.StdEncoding.EncodeToString(encoded))
		case "hex":
			fmt.Fprintln(&out, hex.EncodeToString(encoded))
		default:
			out.Write(encoded)
		}
	}
	return a.writeReport(f.Out, out.Bytes())
}

// KeypackageInspectCmd shows key packages.
type KeypackageInspectCmd struct {
	File string `arg:"" optional:"" default:"-" help:"The key packages, one, or one on each line; - is the standard input."`
	readFlags
	JSON bool `help:"Print JSON."`
	Full bool `help:"Print long byte strings in full."`
}

// Run shows what mlsconform inspect shows of the form that the input has.
func (c *KeypackageInspectCmd) Run(a *app) error {
	items, err := c.readItems(a, c.File)
	if err != nil {
		return err
	}
	var failed error
	for n := range items {
		show := InspectCmd{File: "-", Type: "key-package", Encoding: items[n].encoding, JSON: c.JSON, Full: c.Full}
		if items[n].form == formMessage {
			show.Type = "message"
		}
		if n > 0 && !c.JSON {
			fmt.Fprintln(a.stdout)
		}
		err := show.Run(&app{ctx: a.ctx, stdin: bytes.NewReader(items[n].raw), stdout: a.stdout, stderr: a.stderr})
		if _, ok := errors.AsType[exitStatus](err); ok {
			failed = err
		} else if err != nil {
			return err
		}
	}
	return failed
}

// KeypackageRefCmd prints references.
type KeypackageRefCmd struct {
	File string `arg:"" optional:"" default:"-" help:"The key packages, one, or one on each line; - is the standard input."`
	readFlags
}

// Run prints one reference on each line, in hexadecimal.
func (c *KeypackageRefCmd) Run(a *app) error {
	items, err := c.readKeyPackages(a, c.File)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	for n := range items {
		ref, err := items[n].Ref()
		if err != nil {
			fmt.Fprintf(a.stderr, "mlsconform: %s: %v\n", place(c.File, n, len(items)), err)
			return exitStatus(statusFailed)
		}
		fmt.Fprintf(&out, "%x\n", ref)
	}
	_, err = io.Copy(a.stdout, &out)
	return err
}
