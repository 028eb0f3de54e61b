package parallel_test

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/mlsconform/mlsconform/impl/parallel"
)

func TestEachCallsEveryIndexOnce(t *testing.T) {
	for _, n := range []int{0, 1, 2, 1000} {
		calls := make([]atomic.Int32, n)
		if err := parallel.Each(n, func(i int) error { calls[i].Add(1); return nil }); err != nil {
			t.Fatal(err)
		}
		for i := range calls {
			if got := calls[i].Load(); got != 1 {
				t.Errorf("n = %d: f(%d) was called %d times", n, i, got)
			}
		}
	}
}

func TestEachReturnsTheErrorOfTheLowestIndex(t *testing.T) {
	for range 50 {
		err := parallel.Each(100, func(i int) error {
			if i >= 30 {
				return fmt.Errorf("failed at %d", i)
			}
			return nil
		})
		if err == nil || err.Error() != "failed at 30" {
			t.Fatalf("err = %v, want that of index 30", err)
		}
	}
}

func TestEachPassesAPanicOn(t *testing.T) {
	want := errors.New("broken")
	defer func() {
		if got := recover(); got != want {
			t.Errorf("recovered %v, want %v", got, want)
		}
	}()
	parallel.Each(100, func(i int) error {
		if i == 50 {
			panic(want)
		}
		return nil
	})
	t.Error("no panic")
}
