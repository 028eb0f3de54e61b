//go:build libfuzzer

// Package entry is where libFuzzer enters.
package entry

// #include <signal.h>
// #include <stddef.h>
// #include <stdint.h>
//
// // libFuzzer's signal handlers would run on the small stacks of goroutines.
// static void handle_on_signal_stack(void) {
// 	for (int number = 1; number < SIGRTMIN; number++) {
// 		struct sigaction action;
// 		if (sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN) {
// 			action.sa_flags |= SA_ONSTACK;
// 			sigaction(number, &action, NULL);
// 		}
// 	}
// }
import "C"

import (
	"sync"
	"unsafe"

	"github.com/mlsconform/mlsconform/fuzz/libfuzzer/driver"
)

// Target is set by the main package.
var Target driver.Target

// open comes with the first input, when libFuzzer has set up its handlers.
var open = sync.OnceValue(func() *driver.Runner {
	C.handle_on_signal_stack()
	r, err := driver.Open(Target)
	if err != nil {
		panic(err)
	}
	return r
})

// LLVMFuzzerTestOneInput runs the target with an input. libFuzzer takes the panic
// for what it is, and keeps the input.
//
//export LLVMFuzzerTestOneInput
func LLVMFuzzerTestOneInput(data *C.uint8_t, size C.size_t) C.int {
	if err := open().Run(unsafe.Slice((*byte)(data), size)); err != nil {
		panic(err.Error())
	}
	return 0
}
