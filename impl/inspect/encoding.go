package inspect

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// MaxInput is the greatest length of an input, in bytes.
const MaxInput = 16 << 20

// ErrEncoding reports an input that is not in the encoding that was asked for,
// or that is a text in none.
var ErrEncoding = errors.New("inspect: wrong encoding")

// Encodings lists the encodings of an input that can be asked for.
func Encodings() []string { return []string{"auto", "binary", "hex", "base64"} }

// An Input is an object as bytes, and the encoding that it came in.
type Input struct {
	Encoding string
	Data     []byte
}

// Decode undoes an encoding: one of [Encodings]; empty means auto. Detection can
// leave more than one possibility, since the digits of hex are letters of base64
// as well. The most likely one comes first.
func Decode(raw []byte, encoding string) ([]Input, error) {
	switch encoding {
	case "", "auto":
		return detect(raw)
	case "binary":
		return []Input{{"binary", raw}}, nil
	case "hex":
		return decoded(encoding, unhex, raw)
	case "base64":
		return decoded(encoding, unbase64, raw)
	}
	return nil, fmt.Errorf("%w: there is no encoding %q", ErrEncoding, encoding)
}

func decoded(encoding string, decode func([]byte) ([]byte, error), raw []byte) ([]Input, error) {
	data, err := decode(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: no %s: %w", ErrEncoding, encoding, err)
	}
	return []Input{{encoding, data}}, nil
}

func detect(raw []byte) ([]Input, error) {
	var inputs []Input
	data, hexErr := unhex(raw)
	switch {
	case hexErr == nil:
		inputs = append(inputs, Input{"hex", data})
	case errors.Is(hexErr, hex.ErrLength): // hex with a digit missing, rather than base64
		return nil, fmt.Errorf("%w: no hex: %w", ErrEncoding, hexErr)
	}
	data, base64Err := unbase64(raw)
	if base64Err == nil {
		inputs = append(inputs, Input{"base64", data})
	}
	switch {
	case len(inputs) > 0:
		return inputs, nil
	case isText(raw):
		return nil, fmt.Errorf("%w: a text, but no hex (%w) and no base64 (%w)", ErrEncoding, hexErr, base64Err)
	}
	return []Input{{"binary", raw}}, nil
}

// isText reports whether the input has the letters of a text only. The objects
// of MLS have zeros in them.
func isText(raw []byte) bool {
	return !bytes.ContainsFunc(raw, func(r rune) bool {
		return r == unicode.ReplacementChar || !unicode.IsPrint(r) && !unicode.IsSpace(r)
	})
}

func withoutSpace(raw []byte) []byte {
	return bytes.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, raw)
}

func unhex(raw []byte) ([]byte, error) {
	digits := withoutSpace(raw)
	data := make([]byte, hex.DecodedLen(len(digits)))
	if _, err := hex.Decode(data, digits); err != nil {
		return nil, err
	}
	return data, nil
}

// unbase64 takes both alphabets, with and without padding.
func unbase64(raw []byte) ([]byte, error) {
	text := strings.NewReplacer("-", "+", "_", "/").Replace(string(withoutSpace(raw)))
	data, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return nil, err
	}
	return data, nil
}
