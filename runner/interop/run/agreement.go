package run

import (
	"bytes"
	"errors"

	"github.com/mlsconform/mlsconform/runner/interop/mlsclient"
	"github.com/mlsconform/mlsconform/runner/interop/script"
	"github.com/mlsconform/mlsconform/runner/result"
)

// An agreement is what the members were found to derive alike, beside what the
// script asks of them.
type agreement struct {
	outcome result.Outcome // empty as long as nobody was asked
	detail  string
	failure *failure
}

// over reports whether there is no more to ask.
func (a *agreement) over() bool {
	return a.failure != nil && a.outcome != result.Unsupported || a.outcome == result.Broken
}

// err is why members do not agree.
func (a *agreement) err() error {
	if a.failure == nil {
		return nil
	}
	return a.failure
}

// note takes the answer of a member into account. What one client does not
// implement says nothing about others.
func (a *agreement) note(err error) {
	f, failed := errors.AsType[*failure](err)
	switch {
	case a.over():
	case err == nil:
		if a.outcome == "" {
			a.outcome = result.Pass
		}
	case !failed:
		a.outcome, a.detail = result.Broken, err.Error()
	case f.outcome == result.Unsupported && a.outcome == result.Unsupported:
	default:
		a.outcome, a.detail, a.failure = f.outcome, f.detail, f
	}
}

// settle asks those that came to a new epoch in this step for its epoch
// authenticator.
func (w *world) settle() {
	for len(w.arrived) > 0 && !w.agreement.over() {
		m := w.arrived[0]
		w.arrived = w.arrived[1:]
		if m.group.ended || w.quiet(m, "StateAuth") {
			continue
		}
		w.agreement.note(w.authenticate(m))
	}
	w.arrived = w.arrived[:0]
}

func (w *world) authenticate(m *member) error {
	answer, err := w.stateAuthOf(m)
	if err != nil {
		return err
	}
	e := m.epoch
	if e.witness == nil {
		e.witness, e.authenticator = m, answer
		return nil
	}
	if bytes.Equal(answer, e.authenticator) {
		return nil
	}
	return w.differ("StateAuth", "epoch authenticator", m.role, answer, e.witness.role, e.authenticator)
}

// differ says that two roles have different values. The values are on lines of
// their own, so that the first line is the same for all that fail alike.
func (w *world) differ(rpc, what, role string, got []byte, other string, want []byte) error {
	return failf(w.players[role], rpc, "%s to %s (%s): another %s than %s (%s) has\n%s: %s\n%s: %s",
		rpc, role, w.player(role), what, other, w.player(other), role, shown(got), other, shown(want))
}

func (w *world) stateAuthOf(m *member) ([]byte, error) {
	response, err := call(w, m.role, "StateAuth", api.StateAuth, &mlsclient.StateAuthRequest{StateId: m.state})
	w.listen(m.role, "StateAuth", err)
	return response.GetStateAuthSecret(), err
}

// A mute client does not implement an RPC. It is not asked again.
type mute struct {
	i   *instance
	rpc string
}

// quiet reports whether the client of a member does not implement an RPC.
func (w *world) quiet(m *member, rpc string) bool { return w.mute[mute{w.players[m.role], rpc}] }

func (w *world) listen(role, rpc string, err error) {
	if f, ok := errors.AsType[*failure](err); ok && f.outcome == result.Unsupported {
		w.mute[mute{w.players[role], rpc}] = true
	}
}

// conclude compares, in each group that still is one, what the members in its
// newest epoch export, and lets them read each other.
func (w *world) conclude() {
	for _, g := range w.groups {
		if g.ended || g.newest == nil {
			continue
		}
		var members []*member
		for _, r := range w.c.Roles {
			for _, m := range w.seatsOf(r.Role) {
				if m.epoch == g.newest {
					members = append(members, m)
				}
			}
		}
		if len(members) < 2 {
			continue
		}
		w.compareExports(members)
		w.converse(members)
	}
}

// What members are asked to export.
const (
	exportLabel  = "mlsconform agreement"
	exportLength = 32
)

func (w *world) compareExports(members []*member) {
	var witness *member
	var secret []byte
	for _, m := range members {
		if w.agreement.over() {
			return
		}
		if w.quiet(m, "Export") {
			continue
		}
		answer, err := w.exportOf(m.role, m.state, exportLabel, []byte(w.c.Script.Name), exportLength)
		w.listen(m.role, "Export", err)
		switch {
		case err != nil:
		case witness == nil:
			witness, secret = m, answer
		case !bytes.Equal(answer, secret):
			err = w.differ("Export", "secret", m.role, answer, witness.role, secret)
		}
		w.agreement.note(err)
	}
}

func (w *world) exportOf(role string, state uint32, label string, context []byte, length uint32) ([]byte, error) {
	exported, err := call(w, role, "Export", api.Export, &mlsclient.ExportRequest{
		StateId:   state,
		Label:     label,
		Context:   context,
		KeyLength: length,
	})
	if err != nil {
		return nil, err
	}
	if got := exported.GetExportedSecret(); uint32(len(got)) != length {
		return nil, failf(w.players[role], "Export", "Export to %s (%s): %d bytes, want %d", role, w.player(role), len(got), length)
	}
	return exported.GetExportedSecret(), nil
}

// audience is how many others read each message. In a group of no more than one
// more all read all; in larger ones each reads as many, since all would be too
// many to wait for.
const audience = 15

// converse has each member send a message that others read.
func (w *world) converse(members []*member) {
	for n, from := range members {
		if w.quiet(from, "Protect") {
			continue
		}
		if w.agreement.over() {
			return
		}
		text := []byte("hello from " + from.role)
		sent, err := call(w, from.role, "Protect", api.Protect, &mlsclient.ProtectRequest{
			StateId:           from.state,
			AuthenticatedData: []byte(exportLabel),
			Plaintext:         text,
		})
		w.listen(from.role, "Protect", err)
		w.agreement.note(err)
		if err != nil {
			continue
		}
		for next := 1; next <= min(audience, len(members)-1); next++ {
			w.hear(members[(n+next)%len(members)], sent.GetCiphertext(), text)
		}
	}
}

// hear has a member read a message of the conversation.
func (w *world) hear(to *member, ciphertext, text []byte) {
	if w.agreement.over() || w.quiet(to, "Unprotect") {
		return
	}
	read, err := call(w, to.role, "Unprotect", api.Unprotect, &mlsclient.UnprotectRequest{
		StateId:    to.state,
		Ciphertext: ciphertext,
	})
	w.listen(to.role, "Unprotect", err)
	if err == nil {
		err = w.read(to.role, read, text, []byte(exportLabel))
	}
	w.agreement.note(err)
}

// export carries out a step of a script, whose members have to refuse where it
// says so.
func (w *world) export(args *script.Export) error {
	var secret []byte
	var refusal error
	for n, role := range args.Members {
		answer, err := w.exportOf(role, w.member(role).state, args.Label, args.Context, args.Length)
		if w.step.ExpectError {
			if err = w.expected(err); err != nil {
				return err
			}
			refusal = &failure{refused: true} // which the step wants
			continue
		}
		if err != nil {
			return err
		}
		if n == 0 {
			secret = answer
		}
		if !bytes.Equal(answer, secret) {
			return w.differ("Export", "secret", role, answer, args.Members[0], secret)
		}
	}
	return refusal
}

// stateAuth carries out a step of a script.
func (w *world) stateAuth(args *script.StateAuth) error {
	var authenticator []byte
	for n, role := range args.Members {
		answer, err := w.stateAuthOf(w.member(role))
		if err != nil {
			return err
		}
		if n == 0 {
			authenticator = answer
		}
		if !bytes.Equal(answer, authenticator) {
			return w.differ("StateAuth", "epoch authenticator", role, answer, args.Members[0], authenticator)
		}
	}
	for _, role := range args.Others {
		answer, err := w.stateAuthOf(w.member(role))
		if err != nil {
			return err
		}
		if bytes.Equal(answer, authenticator) {
			return failf(w.players[role], "StateAuth", "StateAuth to %s (%s): the epoch authenticator of others, which it must not have\ngot  %s",
				role, w.player(role), shown(answer))
		}
	}
	return nil
}
