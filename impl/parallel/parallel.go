// Package parallel spreads independent work over the cores.
package parallel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Each calls f(0) to f(n-1) on all cores. It returns the error of the lowest
// index for which f failed, however the calls were spread; once one failed, no
// call begins for a higher index. A panic in f becomes one of the caller.
func Each(n int, f func(i int) error) error {
	workers := min(n, runtime.GOMAXPROCS(0))
	if workers <= 1 {
		for i := range n {
			if err := f(i); err != nil {
				return err
			}
		}
		return nil
	}
	var (
		next   atomic.Int64
		mu     sync.Mutex
		failed = n // the lowest index that failed
		first  error
		broken any
		wg     sync.WaitGroup
	)
	work := func() {
		defer func() {
			if p := recover(); p != nil {
				mu.Lock()
				defer mu.Unlock()
				broken = p
				next.Store(int64(n))
			}
		}()
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			if err := f(i); err != nil {
				mu.Lock()
				defer mu.Unlock()
				if i < failed {
					failed, first = i, err
				}
				// The indices below i are all taken, so the rest can be left.
				next.Store(int64(n))
				return
			}
		}
	}
	for range workers {
		wg.Go(work)
	}
	wg.Wait()
	if broken != nil {
		panic(broken)
	}
	return first
}
