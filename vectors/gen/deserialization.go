package main

import (
	"fmt"

	"golang.org/x/crypto/cryptobyte"

	"github.com/mlsconform/mlsconform/impl/syntax"
)

type deserializationVector struct {
	Header hexBytes `json:"vlbytes_header"`
	Length int      `json:"length"`
}

func deserialization() family {
	f := family{name: "deserialization"}
	for _, v := range []struct {
		length int
		reason string
	}{
		{0, "an empty vector"},
		{1, "the shortest vector that is not empty"},
		{0x2a, "one byte of header, other bits"},
		{63, "the longest vector with one byte of header"},
		{64, "the shortest vector with two bytes of header"},
		{0x1234, "two bytes of header, all digits different"},
		{0x2100, "two bytes of header, the last one zero"},
		{16383, "the longest vector with two bytes of header"},
		{16384, "the shortest vector with four bytes of header"},
		{0x12345678, "four bytes of header, all digits different"},
		{0x21000000, "four bytes of header, the last three zero"},
		{syntax.MaxLength, "the longest vector that there is"},
	} {
		f.scenarios = append(f.scenarios, scenario{
			id:     fmt.Sprintf("length-%d", v.length),
			reason: v.reason,
			make:   func(*maker) any { return headerOf(v.length) },
		})
	}
	return f
}

func headerOf(length int) deserializationVector {
	var b cryptobyte.Builder
	syntax.AddLength(&b, length)
	return deserializationVector{Header: must(b.Bytes()), Length: length}
}
