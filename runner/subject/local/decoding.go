package local

import (
	"fmt"

	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/vectors/format"
)

// JudgeDecoding decodes the MLSMessage of the case, and encodes it again.
func JudgeDecoding(r *format.DecodingRequest) format.Verdict {
	var m framing.MLSMessage
	var encoding []byte
	err := syntax.Unmarshal(r.Bytes, &m)
	if err == nil {
		if encoding, err = syntax.Marshal(&m); err != nil {
			err = fmt.Errorf("decoded, but not to be encoded: %w", err)
		}
	}
	if err != nil {
		return format.Verdict{Result: format.Reject, Detail: err.Error(), IDs: rule.All(err)}
	}
	return format.Verdict{Result: format.Accept, Encoding: encoding}
}
