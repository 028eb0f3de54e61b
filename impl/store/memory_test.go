package store_test

import (
	"testing"

	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/store"
	"github.com/mlsconform/mlsconform/impl/store/storetest"
)

func TestMemory(t *testing.T) {
	storetest.Run(t, func(testing.TB) group.Store { return new(store.Memory) })
}
