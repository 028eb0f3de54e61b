package client

import (
	"context"
	"errors"
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/rule"
)

// Domain is that of the ErrorInfo with which a refused message is explained.
const Domain = "mlsconform"

// maxText bounds the text of an error, in bytes. It travels in a header, which
// many clients take only up to a size.
const maxText = 2048

// toStatus gives an error of a call the code that a caller goes by.
func toStatus(err error) error {
	if err == nil {
		return nil
	}
	if s, ok := status.FromError(err); ok {
		return status.Error(s.Code(), shorten(s.Message()))
	}
	if ids := rule.All(err); len(ids) > 0 {
		return broken(err, ids)
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return status.FromContextError(err).Err()
	}
	code := codes.InvalidArgument
	is := func(target error) bool { return errors.Is(err, target) }
	switch {
	case slices.ContainsFunc(preconditions(), is):
		code = codes.FailedPrecondition
	case is(errFile), is(errRandomness):
		code = codes.Internal
	}
	return status.Error(code, shorten(err.Error()))
}

// preconditions are the errors of calls that the state of a group does not allow.
func preconditions() []error {
	return []error{
		group.ErrRemoved, group.ErrReInitialized, group.ErrNotReInitialized,
		group.ErrPendingCommit, group.ErrNoPendingCommit, group.ErrPendingProposals,
	}
}

// broken reports a message that breaks requirements, the outermost first.
func broken(err error, ids []rule.ID) error {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = string(id)
	}
	text := shorten(err.Error())
	if !strings.Contains(text, names[0]) {
		text += " [" + names[0] + "]"
	}
	s, detailErr := status.New(codes.InvalidArgument, text).WithDetails(&errdetails.ErrorInfo{
		Reason:   names[0],
		Domain:   Domain,
		Metadata: map[string]string{"requirements": strings.Join(names, ",")},
	})
	if detailErr != nil {
		return status.Error(codes.InvalidArgument, text)
	}
	return s.Err()
}

func shorten(text string) string {
	if len(text) > maxText {
		text = text[:maxText] + "…"
	}
	return strings.ToValidUTF8(text, "�")
}
