package main

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
)

// A signerFile holds a signature key pair, as JSON. The private key is a seed for
// EdDSA and a scalar for ECDSA, both keys in the forms of RFC 9420, Section 5.1.
type signerFile struct {
	Format      string                `json:"format"`
	CipherSuite codepoint.CipherSuite `json:"cipher_suite"` // whose scheme the key is for
	PublicKey   string                `json:"public_key"`   // in hexadecimal, like the next
	PrivateKey  string                `json:"private_key"`
}

const signerFormat = "mlsconform signature key 1"

var errSigner = errors.New("not a signature key of this suite's scheme")

// readSigner reads a key pair. One file serves all suites that share a scheme.
func readSigner(path string, suite *ciphersuite.Suite) (*ciphersuite.SignatureKey, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	defer clear(data)
	var f signerFile
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if f.Format != signerFormat {
		return nil, fmt.Errorf("%s: the format is %q, not %q", path, f.Format, signerFormat)
	}
	private, err := hex.DecodeString(f.PrivateKey)
	if err != nil {
		return nil, fmt.Errorf("%s: private_key is not in hexadecimal", path) // without its letters
	}
	defer clear(private)
	key, err := suite.ParseSignatureKey(private)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: it was made for cipher suite %d", path, errSigner, f.CipherSuite)
	}
	if hex.EncodeToString(key.Public()) != f.PublicKey {
		return nil, fmt.Errorf("%s: %w: the private and the public key do not belong together, or it was made for cipher suite %d", path, errSigner, f.CipherSuite)
	}
	return key, nil
}

// makeSigner puts a new key pair into a file that only the user can read. The
// file is there as a whole, on the disk, or not at all; it does not take the
// place of another.
func makeSigner(path string, suite *ciphersuite.Suite) error {
	key, err := suite.GenerateSignatureKey(rand.Reader)
	if err != nil {
		return err
	}
	private := key.Private()
	defer clear(private)
	data, err := json.MarshalIndent(signerFile{signerFormat, suite.ID(), hex.EncodeToString(key.Public()), hex.EncodeToString(private)}, "", "  ")
	if err != nil {
		return err
	}
	defer clear(data)
	return writeNew(path, append(data, '\n'))
}

func writeNew(path string, data []byte) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*") // for the user only
	if err != nil {
		if p, ok := errors.AsType[*fs.PathError](err); ok {
			p.Path = path // the other is a name that nobody asked for
		}
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	// Unlike Rename, Link does not replace the key of a process that was faster.
	if err := os.Link(f.Name(), path); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// signer returns the key pair of a file, which is made when it is not there.
func (a *app) signer(path string, suite *ciphersuite.Suite) (*ciphersuite.SignatureKey, error) {
	key, err := readSigner(path, suite)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	switch err := makeSigner(path, suite); {
	case err == nil:
		fmt.Fprintf(a.stderr, "mlsconform: new signature key in %s\n", path)
	case !errors.Is(err, fs.ErrExist):
		return nil, err
	}
	return readSigner(path, suite)
}

// ownFile returns the path of a file in the folder in which the user's programs
// keep what is theirs. The folder is made.
func ownFile(name string) (string, error) {
	config, err := os.UserConfigDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(config, "mlsconform")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	return filepath.Join(dir, name), nil
}

// signerFlag names the file of a signature key.
type signerFlag struct {
	Signer string `placeholder:"FILE" help:"The file of the signature key. It is made when it is not there. Without the flag, mlsconform/signer-N.json in the user's folder for configuration, for suite N."`
}

func (f *signerFlag) path(suite *ciphersuite.Suite) (string, error) {
	if f.Signer != "" {
		return f.Signer, nil
	}
	path, err := ownFile(fmt.Sprintf("signer-%d.json", uint16(suite.ID())))
	if err != nil {
		return "", usagef("--signer is missing: %w", err)
	}
	return path, nil
}
