//go:build mutation

package local_test

import (
	"testing"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/runner/subject/local"
	"github.com/mlsconform/mlsconform/vectors/format"
)

var decodingChecks = []check{
	{"nothing ends before it is complete", endOfInput},
	{"presence octets are 0 or 1", []rule.ID{"rfc9420-2.1.1-01"}},
	{"lengths are in their shortest form", []rule.ID{"rfc9420-2.1.2-02"}},
	{"lengths do not begin with two bits set", []rule.ID{"rfc9420-2.1.2-03"}},
	{"vectors end where an element ends", []rule.ID{"rfc9420-2.1.2-06"}},
	{"wire format", []rule.ID{"rfc9420-6-05"}},
	{"sender_type", []rule.ID{"rfc9420-6-06"}},
	{"content_type", []rule.ID{"rfc9420-6-07"}},
	{"leaf_node_source", []rule.ID{"rfc9420-7.2-10"}},
	{"psktype", []rule.ID{"rfc9420-8.4-04"}},
	{"type of ProposalOrRef", []rule.ID{"rfc9420-12.4-09"}},
}

func TestDecodingCasesNoticeAMissingCheck(t *testing.T) {
	all := decodingCases(t)
	accepted := func(c *format.DecodingCase) []byte {
		if c.Result == format.Accept {
			return c.Bytes
		}
		return nil
	}
	var cases []question
	for _, c := range all {
		r := c.Request()
		r.Bytes = inBuffer(c.Bytes, c.IDs, all, accepted)
		cases = append(cases, question{c.ID, c.Expectation, func() format.Verdict { return local.JudgeDecoding(r) }})
	}
	noticeMissingChecks(t, decodingChecks, cases)
}
