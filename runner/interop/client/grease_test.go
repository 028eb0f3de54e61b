package client_test

import (
	"testing"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/runner/interop/client"
	pb "github.com/mlsconform/mlsconform/runner/interop/mlsclient"
)

// A KeyPackage has GREASE values when the call asks for them, and else none.
func TestGREASE(t *testing.T) {
	w := newWorld(t, 1, false)
	for _, wanted := range []bool{false, true} {
		ctx := t.Context()
		if wanted {
			ctx = client.WithGREASE(ctx)
		}
		r, err := w.rpc.CreateKeyPackage(ctx, &pb.CreateKeyPackageRequest{CipherSuite: 1, Identity: []byte("alice")})
		if err != nil {
			t.Fatal(err)
		}
		m, err := framing.Parse(r.GetKeyPackage())
		if err != nil {
			t.Fatal(err)
		}
		n, c := 0, &m.KeyPackage.LeafNode.Capabilities
		for _, v := range c.CipherSuites {
			if codepoint.IsGREASE(uint16(v)) {
				n++
			}
		}
		for _, e := range append(m.KeyPackage.Extensions, m.KeyPackage.LeafNode.Extensions...) {
			if codepoint.IsGREASE(uint16(e.Type)) {
				n++
			}
		}
		if (n >= 3) != wanted || n > 0 && !wanted {
			t.Errorf("wanted %v, found %d values", wanted, n)
		}
	}
}
