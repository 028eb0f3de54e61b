// Package local is this project's own implementation as a subject, in the same
// process. Each family has its judge in a file of its own.
package local

import (
	"context"
	"fmt"

	"github.com/mlsconform/mlsconform/runner/subject"
	"github.com/mlsconform/mlsconform/vectors/format"
)

// judges are the functions that judge the cases of each family.
type judges struct {
	keyPackage  func(*format.KeyPackageRequest) format.Verdict
	ciphersuite func(*format.CiphersuiteRequest) format.Verdict
}

func all() judges {
	return judges{
		// A line for each family that has a judge, added with its vectors:
		//	keyPackage:  JudgeKeyPackage,
		ciphersuite: JudgeCiphersuite,
	}
}

// Judges reports whether there is a judge for a family.
func Judges(family string) bool {
	switch family {
	case format.KeyPackage:
		return all().keyPackage != nil
	case format.Ciphersuite:
		return all().ciphersuite != nil
	}
	return false
}

// A Subject is the implementation. Judging takes it milliseconds, so that it
// does not look at the context.
type Subject struct{}

// Judge returns the verdict of the implementation.
func (Subject) Judge(_ context.Context, r format.Request) (subject.Answer, error) {
	switch r := r.(type) {
	case *format.KeyPackageRequest:
		if judge := all().keyPackage; judge != nil {
			return subject.Answer{Verdict: judge(r)}, nil
		}
	case *format.CiphersuiteRequest:
		if judge := all().ciphersuite; judge != nil {
			return subject.Answer{Verdict: judge(r)}, nil
		}
	}
	return subject.Answer{Verdict: format.Verdict{Result: format.Unsupported, Detail: fmt.Sprintf("no judge for %s", r.CaseID())}}, nil
}
