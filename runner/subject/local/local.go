// Package local is this project's own implementation as a subject, in the same
// process. Each family has its judge in a file of its own.
package local

import (
	"context"
	"fmt"

	"github.com/mlsconform/mlsconform/runner/subject"
	"github.com/mlsconform/mlsconform/vectors/format"
)

// A Subject is the implementation. Judging takes it milliseconds, so that it
// does not look at the context.
type Subject struct{}

// Judge returns the verdict of the implementation.
func (Subject) Judge(_ context.Context, r format.Request) (subject.Answer, error) {
	switch r := r.(type) {
	case *format.KeyPackageRequest:
		return subject.Answer{Verdict: JudgeKeyPackage(r)}, nil
	case *format.CiphersuiteRequest:
		return subject.Answer{Verdict: JudgeCiphersuite(r)}, nil
	case *format.DecodingRequest:
		return subject.Answer{Verdict: JudgeDecoding(r)}, nil
	}
	return subject.Answer{}, fmt.Errorf("no judge for a %T", r)
}
