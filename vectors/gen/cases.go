package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"

	"github.com/mlsconform/mlsconform/vectors/format"
)

// generator is written into the files. It has no version: the same cases are to
// be the same bytes.
const generator = "mlsconform/vectors/gen"

// packCases makes the file of a family that only this project has.
func packCases[C any](family, schema string, cases func() []C) (packed file, err error) {
	defer func() {
		if p := recover(); p != nil {
			m, ok := p.(mistake)
			if !ok {
				panic(p)
			}
			err = fmt.Errorf("%s: %w", family, m.error)
		}
	}()
	encoded, err := encodeCases(format.File[C]{Schema: schema, Family: family, Generator: generator, Cases: cases()})
	if err != nil {
		return file{}, err
	}
	var b bytes.Buffer
	z := must(gzip.NewWriterLevel(&b, gzip.BestCompression))
	must(z.Write(encoded))
	check(z.Close())
	return file{family + "/" + family + ".json.gz", b.Bytes()}, nil
}

// encodeCases writes one case to a line, for those who compare files.
func encodeCases[C any](f format.File[C]) ([]byte, error) {
	cases := f.Cases
	f.Cases = []C{}
	head, err := json.Marshal(f)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.Write(bytes.TrimSuffix(head, []byte("]}")))
	before := "\n"
	for _, c := range cases {
		line, err := json.Marshal(c)
		if err != nil {
			return nil, err
		}
		b.WriteString(before)
		b.Write(line)
		before = ",\n"
	}
	b.WriteString("\n]}\n")
	return b.Bytes(), nil
}
