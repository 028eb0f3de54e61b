package store_test

import (
	"testing"

	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/store"
	"github.com/mlsconform/mlsconform/impl/store/storetest"
)

func BenchmarkMemory(b *testing.B) {
	storetest.Bench(b, func(testing.TB) group.Store { return new(store.Memory) })
}
