package client_test

import (
	"testing"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/runner/interop/client"
	pb "github.com/mlsconform/mlsconform/runner/interop/mlsclient"
)

// A KeyPackage has GREASE values when the call asks for them, and else none; so
// has the leaf of an external Commit.
func TestGREASE(t *testing.T) {
	w := newWorld(t, 1, false)
	for _, wanted := range []bool{false, true} {
		ctx := t.Context()
		if wanted {
			ctx = client.WithGREASE(ctx)
		}
		check := func(what string, n, least int) {
			if (n >= least) != wanted || n > 0 && !wanted {
				t.Errorf("%s: wanted %v, found %d values", what, wanted, n)
			}
		}
		r, err := w.rpc.CreateKeyPackage(ctx, &pb.CreateKeyPackageRequest{CipherSuite: 1, Identity: []byte("alice")})
		if err != nil {
			t.Fatal(err)
		}
		m, err := framing.Parse(r.GetKeyPackage())
		if err != nil {
			t.Fatal(err)
		}
		check("KeyPackage", greaseIn(&m.KeyPackage.LeafNode)+greaseAmong(m.KeyPackage.Extensions), 3)

		w.create("bob")
		info := must(w, w.rpc.GroupInfo, &pb.GroupInfoRequest{StateId: w.states["bob"]})
		j, err := w.rpc.ExternalJoin(ctx, &pb.ExternalJoinRequest{GroupInfo: info.GetGroupInfo(), Identity: []byte("alice")})
		if err != nil {
			t.Fatal(err)
		}
		if m, err = framing.Parse(j.GetCommit()); err != nil {
			t.Fatal(err)
		}
		check("external Commit", greaseIn(&m.PublicMessage.Content.Commit.Path.LeafNode), 2)
	}
}

func greaseIn(n *leaf.LeafNode) int {
	count := greaseAmong(n.Extensions)
	for _, v := range n.Capabilities.CipherSuites {
		if codepoint.IsGREASE(uint16(v)) {
			count++
		}
	}
	return count
}

func greaseAmong(extensions leaf.Extensions) int {
	count := 0
	for _, e := range extensions {
		if codepoint.IsGREASE(uint16(e.Type)) {
			count++
		}
	}
	return count
}
