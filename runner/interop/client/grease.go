package client

import (
	"context"

	"google.golang.org/grpc/metadata"
)

// greaseKey is the metadata of a call whose KeyPackages are to have GREASE values
// (RFC 9420, Section 13.5). A runner asks for it where a script is about that: a
// stack that does not take them then fails that script, and not every one.
const greaseKey = "mlsconform-grease"

// WithGREASE returns the context of a call that asks for GREASE.
func WithGREASE(ctx context.Context) context.Context {
	return metadata.AppendToOutgoingContext(ctx, greaseKey, "1")
}

func wantsGREASE(ctx context.Context) bool {
	return len(metadata.ValueFromIncomingContext(ctx, greaseKey)) > 0
}
