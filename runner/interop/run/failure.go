package run

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/runner/result"
)

// A failure is why a case does not pass.
type failure struct {
	outcome result.Outcome
	detail  string

	// What follows is of the RPC that failed, if one did.
	rpc          string
	client       string
	code         string
	requirements []rule.ID
	refused      bool // the client answered, and its answer is no
	dead         bool // the client no longer answers
}

func (f *failure) Error() string { return f.detail }

// failf is a failure that lies in what a client answered to an RPC.
func failf(i *instance, rpc, format string, args ...any) error {
	return &failure{outcome: result.Fail, rpc: rpc, client: i.client.Name, detail: fmt.Sprintf(format, args...)}
}

// The ends of a case that are not its own. They are the causes of its context.
var (
	errInterrupted = errors.New("the run was interrupted")
	errTotal       = errors.New("the time of the whole run was up")
	errCaseLimit   = errors.New("the time of the case was up")
)

// explain says why an RPC failed. Its context is rpcCtx, that of the case ctx.
func explain(ctx, rpcCtx context.Context, i *instance, role, rpc string, limit time.Duration, err error) *failure {
	s := status.Convert(err)
	if at, ok := rpcCtx.Deadline(); ok && time.Until(at) < limit/20 {
		<-rpcCtx.Done() // the server knows the deadline too, and was faster
	}
	f := &failure{outcome: result.Fail, rpc: rpc, client: i.client.Name, code: codeName(s.Code())}
	who := fmt.Sprintf("%s to %s (%s)", rpc, role, i.client.Name)
	if role == "" {
		who = fmt.Sprintf("%s to %s", rpc, i.client.Name)
	}
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errCaseLimit):
		f.outcome, f.dead = result.Timeout, true
		f.detail = fmt.Sprintf("%s: %v before it was answered", who, cause)
		return f
	case cause != nil:
		f.outcome, f.code, f.detail = result.Skipped, "", cause.Error()
		return f
	case rpcCtx.Err() != nil:
		f.outcome, f.dead = result.Timeout, true
		f.detail = fmt.Sprintf("%s: no answer within %v", who, limit)
		return f
	}
	f.requirements = requirements(s)
	f.detail = fmt.Sprintf("%s: %s: %s", who, f.code, s.Message())
	switch s.Code() {
	case codes.Unimplemented:
		f.outcome = result.Unsupported
	case codes.Unavailable:
		f.dead = true
		f.detail = fmt.Sprintf("%s: the connection broke: %s", who, s.Message())
		if i.child != nil && i.child.died() {
			f.detail = fmt.Sprintf("%s: the client died: %s", who, i.child.end())
		}
	default:
		f.refused = true
	}
	return f
}

// requirements are those that the client says an input breaks.
func requirements(s *status.Status) []rule.ID {
	const domain = "mlsconform"
	for _, d := range s.Details() {
		info, ok := d.(*errdetails.ErrorInfo)
		if !ok || info.GetDomain() != domain {
			continue
		}
		var ids []rule.ID
		for id := range strings.SplitSeq(info.GetMetadata()["requirements"], ",") {
			if id != "" {
				ids = append(ids, rule.ID(id))
			}
		}
		if len(ids) == 0 && info.GetReason() != "" {
			ids = append(ids, rule.ID(info.GetReason()))
		}
		return ids
	}
	return nil
}

// codeName is the name that the gRPC specification gives a code.
func codeName(c codes.Code) string {
	names := []string{
		"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND",
		"ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
		"ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS",
		"UNAUTHENTICATED",
	}
	if int(c) < len(names) {
		return names[c]
	}
	return fmt.Sprintf("code %d", uint32(c))
}
