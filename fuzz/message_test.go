package fuzz_test

import (
	"os"
	"sync"
	"testing"

	"github.com/mlsconform/mlsconform/fuzz/mutate"
	"github.com/mlsconform/mlsconform/fuzz/seed"
)

// FuzzMessage gives any bytes, taken as an MLSMessage, to all who read one. Its
// corpus is committed, so that it begins with the project's own objects only.
func FuzzMessage(f *testing.F) {
	var known [][]byte
	eachObject(func(pool, object int, data []byte) {
		if pool == 0 {
			f.Add(byte(object), data)
			known = append(known, data)
		}
	})
	all := examiners(known...)
	f.Fuzz(func(t *testing.T, receiver byte, data []byte) {
		all[int(receiver)%len(all)].examine(t, data)
	})
}

// FuzzStructure does the same with messages that are changed along the
// presentation language. The program says how; see [mutate.Pool.Mutate].
func FuzzStructure(f *testing.F) {
	var known [][]byte
	eachObject(func(pool, object int, data []byte) {
		f.Add(byte(object), byte(pool), uint16(object), []byte{})
		known = append(known, data)
	})
	all := examiners(known...)
	f.Fuzz(func(t *testing.T, receiver, pool byte, object uint16, program []byte) {
		p := pools[int(pool)%len(pools)]()
		if p.Len() == 0 {
			return // there is nothing on this machine
		}
		all[int(receiver)%len(all)].examine(t, p.Mutate(int(object), program))
	})
}

// pools are that of the project's own objects, which the committed corpus is
// about, and that of what else is on the machine, unless that is not wanted.
var pools = [...]func() *mutate.Pool{
	sync.OnceValue(func() *mutate.Pool {
		var objects []seed.Object
		for _, s := range scenes() {
			for _, m := range s.all() {
				objects = append(objects, seed.Object{Type: "message", Data: m})
			}
		}
		return poolOf(append(objects, must(seed.Own())...))
	}),
	sync.OnceValue(func() *mutate.Pool {
		if os.Getenv("MLSCONFORM_FUZZ_SEEDS") == "own" {
			return new(mutate.Pool)
		}
		return poolOf(append(must(seed.Official()), must(seed.Interop("../reports/out"))...))
	}),
}

// poolOf returns a pool of the messages; of all else only parts are used.
func poolOf(objects []seed.Object) *mutate.Pool {
	p := new(mutate.Pool)
	for _, o := range objects {
		add := p.Add
		if o.Type != "message" {
			add = p.AddParts
		}
		if err := add(o.Type, o.Data); err != nil {
			panic(err)
		}
	}
	return p
}

// eachObject calls f for all objects of the pools.
func eachObject(f func(pool, object int, data []byte)) {
	for i, pool := range pools {
		for object := range pool().Len() {
			f(i, object, pool().Mutate(object, nil))
		}
	}
}
