package ciphersuite

import (
	"fmt"
	"io"
	"log/slog"
)

// hidden is what is printed in place of secret bytes.
const hidden = "[secret]"

// A Secret is a key or a value that keys are derived from. Printing or logging
// one shows "[secret]". The fmt package cannot call methods on the unexported
// fields of a struct, so a struct that keeps a Secret in such a field has to
// hide it itself.
type Secret []byte

// String returns "[secret]".
func (Secret) String() string { return hidden }

// GoString returns "[secret]".
func (Secret) GoString() string { return hidden }

// Format prints "[secret]" for every verb.
func (Secret) Format(f fmt.State, _ rune) { io.WriteString(f, hidden) }

// LogValue returns "[secret]".
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }
