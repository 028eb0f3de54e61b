package bolt_test

import (
	"testing"

	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/store/storetest"
)

func BenchmarkStore(b *testing.B) {
	for _, form := range forms {
		b.Run(form.name, func(b *testing.B) {
			storetest.Bench(b, func(t testing.TB) group.Store { return open(t, newPath(t), form.options) })
		})
	}
}
