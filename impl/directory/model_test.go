package directory_test

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/directory"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/rule"
)

// A known is a KeyPackage of the model, with what became of it.
type known struct {
	k                          *keypackage.KeyPackage
	ref                        string
	lastResort                 bool
	notBefore, notAfter        int64
	published, used, withdrawn bool
}

func (k *known) there() bool { return k.published && !k.used && !k.withdrawn }

func (k *known) usable(now int64) bool {
	return k.there() && k.notBefore <= now && now <= k.notAfter
}

// A model is what a directory should be, as simple as can be: a list.
type model struct {
	person *person
	all    []*known
}

const modelMax = 12

// newModel makes KeyPackages with lifetimes that begin and end on different days.
func newModel(t testing.TB, n uint64) *model {
	m := &model{person: newPerson(t, newClock(), codepoint.X25519AES128GCMSHA256Ed25519, n)}
	for i := range 40 {
		from := begin.Add(time.Duration(i%4) * 20 * day)
		until := from.Add(time.Duration(1+i%7*i%7) * 10 * day)
		m.person.clock = &clock{now: from}
		k := m.person.build(t, keypackage.Options{
			NotBefore: uint64(from.Unix()), NotAfter: uint64(until.Unix()), LastResort: i%5 == 0,
		})
		m.all = append(m.all, &known{k: k, ref: ref(t, k), lastResort: i%5 == 0, notBefore: from.Unix(), notAfter: until.Unix()})
	}
	return m
}

// fresh returns the model without a past.
func (m *model) fresh() *model {
	n := &model{person: m.person}
	for _, k := range m.all {
		again := *k
		n.all = append(n.all, &again)
	}
	return n
}

func (m *model) count(now int64) directory.Count {
	var c directory.Count
	for _, k := range m.all {
		switch {
		case !k.there() || now > k.notAfter:
		case now < k.notBefore:
			c.Pending++
		case k.lastResort:
			c.LastResort++
		default:
			c.Fresh++
		}
	}
	return c
}

// verdict returns the error of publishing, nil when it should be done.
func (m *model) verdict(packages []*known, leaving []*known, now int64) func(error) bool {
	for _, k := range packages {
		if now > k.notAfter {
			return func(err error) bool { return slices.Contains(rule.All(err), "rfc9420-7.3-05") }
		}
	}
	for i, k := range packages {
		if slices.Contains(packages[:i], k) {
			return func(err error) bool { return rule.Of(err) == "rfc9420-10-04" }
		}
	}
	n := 0
	for _, k := range m.all {
		if k.there() && now <= k.notAfter && !slices.Contains(leaving, k) {
			n++
		}
	}
	for _, k := range packages {
		switch {
		case k.used:
			return func(err error) bool { return rule.Of(err) == "rfc9420-10-01" }
		case k.withdrawn:
			return func(err error) bool { return errors.Is(err, directory.ErrWithdrawn) }
		case !k.published:
			n++
		}
	}
	if n > modelMax {
		return func(err error) bool { return errors.Is(err, directory.ErrFull) }
	}
	return nil
}

// claimable returns those of which one should be handed out.
func (m *model) claimable(now int64) []*known {
	var fresh, last []*known
	soonest, latest := int64(1<<62), int64(0)
	for _, k := range m.all {
		if !k.usable(now) {
			continue
		}
		if k.lastResort {
			latest = max(latest, k.notAfter)
			last = append(last, k)
		} else {
			soonest = min(soonest, k.notAfter)
			fresh = append(fresh, k)
		}
	}
	if len(fresh) > 0 {
		return slices.DeleteFunc(fresh, func(k *known) bool { return k.notAfter != soonest })
	}
	return slices.DeleteFunc(last, func(k *known) bool { return k.notAfter != latest })
}

// A run compares a directory with the models of its clients.
type run struct {
	t        testing.TB
	clock    *clock
	d        *directory.Directory
	clients  []*model
	requests []*directory.Request // that were carried out
}

func (r *run) now() int64 { return r.clock.Now().Unix() }

func (r *run) pick(t *rapid.T) *model {
	return r.clients[rapid.IntRange(0, len(r.clients)-1).Draw(t, "client")]
}

func (r *run) publish(t *rapid.T) {
	m := r.pick(t)
	some := rapid.SliceOfN(rapid.SampledFrom(m.all), 0, 4)
	packages, withdraw := some.Draw(t, "packages"), some.Draw(t, "withdraw")
	all := rapid.IntRange(0, 9).Draw(t, "all") == 0
	p := directory.Publication{WithdrawAll: all}
	for _, k := range packages {
		p.KeyPackages = append(p.KeyPackages, k.k)
	}
	for _, k := range withdraw {
		p.Withdraw = append(p.Withdraw, []byte(k.ref))
	}
	var leaving []*known
	for _, k := range m.all {
		if k.there() && r.now() <= k.notAfter && (all || slices.Contains(withdraw, k)) && !slices.Contains(packages, k) {
			leaving = append(leaving, k)
		}
	}
	m.person.clock = r.clock
	request := m.person.sign(r.t, p)
	receipt, err := r.d.Publish("somebody", request)
	if wrong := m.verdict(packages, leaving, r.now()); wrong != nil {
		if !wrong(err) {
			t.Fatalf("published: %+v, %v", receipt, err)
		}
		return
	}
	if err != nil {
		t.Fatalf("refused: %v", err)
	}
	r.requests = append(r.requests, request)
	added := 0
	for _, k := range packages {
		if !k.published {
			added++
			k.published = true
		}
	}
	for _, k := range leaving {
		k.withdrawn = true
	}
	// What has expired may count as withdrawn as long as it is in the storage.
	if receipt.Published != added || receipt.Withdrawn < len(leaving) || receipt.Count != m.count(r.now()) {
		t.Fatalf("receipt %+v, want %d published, %d withdrawn, then %+v", receipt, added, len(leaving), m.count(r.now()))
	}
}

func (r *run) claim(t *rapid.T) {
	m := r.pick(t)
	want := m.claimable(r.now())
	got, err := r.d.Claim("somebody", m.person.client())
	if len(want) == 0 {
		if !errors.Is(err, directory.ErrNone) {
			t.Fatalf("claimed %+v, %v, where there is none", got, err)
		}
		return
	}
	if err != nil {
		t.Fatalf("not handed out: %v", err)
	}
	i := slices.IndexFunc(want, func(k *known) bool { return k.ref == string(got.Ref) })
	if i < 0 {
		t.Fatalf("claimed %x, which is not next", got.Ref)
	}
	want[i].used = !want[i].lastResort
}

func (r *run) replay(t *rapid.T) {
	if len(r.requests) == 0 {
		return
	}
	request := rapid.SampledFrom(r.requests).Draw(t, "request")
	want := directory.ErrReplayed
	if r.now()-int64(request.Time) > int64(directory.Window/time.Second) {
		want = directory.ErrStale
	}
	if receipt, err := r.d.Publish("somebody", request); !errors.Is(err, want) {
		t.Fatalf("replay: %+v, %v, want %v", receipt, err, want)
	}
}

func (r *run) check(t *rapid.T) {
	for n, m := range r.clients {
		if got, err := r.d.Count(m.person.client()); err != nil || got != m.count(r.now()) {
			t.Fatalf("client %d: %+v, %v, want %+v", n, got, err, m.count(r.now()))
		}
	}
}

func (r *run) pass(t *rapid.T) {
	r.clock.move(rapid.SampledFrom([]time.Duration{time.Second, time.Minute, time.Hour, day, 10 * day}).Draw(t, "time"))
}

func (r *run) purge(t *rapid.T) {
	if err := r.d.Purge(); err != nil {
		t.Fatal(err)
	}
}

func TestDirectoryIsAsTheModel(t *testing.T) {
	people := []*model{newModel(t, 1), newModel(t, 2)}
	play := func(rt *rapid.T, s directory.Storage, reopen func() directory.Storage) {
		r := &run{t: t, clock: newClock()}
		for _, m := range people {
			r.clients = append(r.clients, m.fresh())
		}
		open := func(s directory.Storage) {
			var err error
			r.d, err = directory.New(s, directory.Options{Name: "here", Limits: unlimited(), MaxPackages: modelMax, Now: r.clock.Now})
			if err != nil {
				rt.Fatal(err)
			}
		}
		open(s)
		actions := map[string]func(*rapid.T){
			"publish": r.publish, "publish more": r.publish, "claim": r.claim, "claim more": r.claim,
			"replay": r.replay, "pass": r.pass, "purge": r.purge, "": r.check,
		}
		if reopen != nil {
			actions["restart"] = func(*rapid.T) { open(reopen()) }
		}
		rt.Repeat(actions)
	}
	t.Run("memory", func(t *testing.T) {
		rapid.Check(t, func(rt *rapid.T) { play(rt, directory.NewMemory(), nil) })
	})
	t.Run("bolt", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "db")
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			var b *directory.Bolt
			reopen := func() directory.Storage {
				if b != nil {
					if err := b.Close(); err != nil {
						rt.Fatal(err)
					}
				}
				var err error
				if b, err = directory.OpenBolt(path + "-" + string(rune('a'+n%26)) + time.Duration(n).String()); err != nil {
					rt.Fatal(err)
				}
				b.DB().NoSync = true // a file that is closed in order is complete
				return b
			}
			s := reopen()
			defer func() {
				if err := b.Close(); err != nil {
					rt.Error(err)
				}
			}()
			play(rt, s, reopen)
		})
	})
}
