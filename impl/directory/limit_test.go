package directory_test

import (
	"errors"
	"testing"
	"time"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/directory"
	"github.com/mlsconform/mlsconform/impl/keypackage"
)

// limited returns a directory with one limit, and claimers of its only KeyPackage,
// which is of last resort.
func limited(t *testing.T, limits directory.Limits) (c *clock, claim func(caller string, n int) error) {
	t.Helper()
	c = newClock()
	d, err := directory.New(directory.NewMemory(), directory.Options{Name: "here", Limits: limits, Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	people := make([]*person, 2)
	for i := range people {
		people[i] = newPerson(t, c, codepoint.X25519AES128GCMSHA256Ed25519, uint64(i))
		people[i].publish(t, d, people[i].build(t, keypackage.Options{LastResort: true}))
	}
	return c, func(caller string, n int) error {
		_, err := d.Claim(caller, people[n].client())
		return err
	}
}

func wait(t *testing.T, err error) time.Duration {
	t.Helper()
	limit, ok := errors.AsType[*directory.LimitError](err)
	if !ok {
		t.Fatalf("got %v, want a limit", err)
	}
	return limit.RetryAfter
}

func TestLimits(t *testing.T) {
	none := unlimited()
	type claim struct {
		caller string
		of     int
	}
	for _, test := range []struct {
		name   string
		limits directory.Limits
		// What uses up two claims in the same way as one more, and what does not.
		first, second, third, other claim
	}{
		{
			"of a caller", directory.Limits{Caller: directory.Rate{N: 2, Per: time.Minute}, CallerClient: none.Client, Client: none.Client},
			claim{"eve", 0}, claim{"eve", 1}, claim{"eve", 0}, claim{"bob", 0},
		},
		{
			"of a caller and a client", directory.Limits{Caller: none.Client, CallerClient: directory.Rate{N: 2, Per: time.Minute}, Client: none.Client},
			claim{"eve", 0}, claim{"eve", 0}, claim{"eve", 0}, claim{"eve", 1},
		},
		{
			"of a client", directory.Limits{Caller: none.Client, CallerClient: none.Client, Client: directory.Rate{N: 2, Per: time.Minute}},
			claim{"eve", 0}, claim{"bob", 0}, claim{"kim", 0}, claim{"kim", 1},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			clock, do := limited(t, test.limits)
			for _, c := range []claim{test.first, test.second} {
				if err := do(c.caller, c.of); err != nil {
					t.Fatalf("%v: %v", c, err)
				}
			}
			if got := wait(t, do(test.third.caller, test.third.of)); got != 30*time.Second {
				t.Errorf("wait for %v, want 30s", got)
			}
			if err := do(test.other.caller, test.other.of); err != nil {
				t.Errorf("%v: %v", test.other, err)
			}
			clock.move(29 * time.Second)
			if got := wait(t, do(test.third.caller, test.third.of)); got != time.Second {
				t.Errorf("wait for %v, want 1s", got)
			}
			clock.move(time.Second)
			if err := do(test.third.caller, test.third.of); err != nil {
				t.Errorf("after the wait: %v", err)
			}
			if got := wait(t, do(test.third.caller, test.third.of)); got != 30*time.Second {
				t.Errorf("wait for %v, want 30s", got)
			}
			// However long nothing happens, no more than the whole comes at once.
			clock.move(time.Hour)
			for range 2 {
				if err := do(test.third.caller, test.third.of); err != nil {
					t.Errorf("after an hour: %v", err)
				}
			}
			wait(t, do(test.third.caller, test.third.of))
		})
	}
}

func TestOneCallerCannotDrainAClient(t *testing.T) {
	c := newClock()
	d, err := directory.New(directory.NewMemory(), directory.Options{Name: "here", Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	p := newPerson(t, c, codepoint.X25519AES128GCMSHA256Ed25519, 1)
	p.publish(t, d, p.buildN(t, 100)...)
	for range 3600 { // an hour, with a try each second
		_, err := d.Claim("eve", p.client())
		if err != nil {
			wait(t, err)
		}
		c.move(time.Second)
	}
	if n, err := d.Count(p.client()); err != nil || n.Fresh < 80 {
		t.Errorf("left: %+v, %v", n, err)
	}
}

func TestLimitOfPublishing(t *testing.T) {
	c := newClock()
	d, err := directory.New(directory.NewMemory(), directory.Options{
		Name: "here", Limits: directory.Limits{Publish: directory.Rate{N: 4, Per: 4 * time.Minute}}, Now: c.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	p := newPerson(t, c, codepoint.X25519AES128GCMSHA256Ed25519, 1)
	publish := func(caller string, n int) error {
		_, err := d.Publish(caller, p.sign(t, directory.Publication{KeyPackages: p.buildN(t, n)}))
		return err
	}
	if err := publish("eve", 2); err != nil {
		t.Fatal(err)
	}
	if got := wait(t, publish("eve", 3)); got != time.Minute {
		t.Errorf("wait for %v, want 1m", got)
	}
	for range 2 { // what carries nothing is work, too
		if err := publish("eve", 0); err != nil {
			t.Error(err)
		}
	}
	if got := wait(t, publish("eve", 0)); got != time.Minute {
		t.Errorf("wait for %v, want 1m", got)
	}
	if err := publish("bob", 5); err != nil {
		t.Errorf("more than there ever are, from a full bucket: %v", err)
	}
	if got := wait(t, publish("bob", 5)); got != 4*time.Minute {
		t.Errorf("wait for %v, want 4m", got)
	}
}

// A clock that is put back far does not lock callers out for as long.
func TestLimitWhenTheClockIsPutBack(t *testing.T) {
	limits := unlimited()
	limits.Caller = directory.Rate{N: 2, Per: time.Minute}
	clock, do := limited(t, limits)
	if err := do("eve", 0); err != nil {
		t.Fatal(err)
	}
	clock.move(-time.Hour)
	if got := wait(t, do("eve", 0)); got != 30*time.Second {
		t.Errorf("wait for %v, want 30s", got)
	}
	clock.move(30 * time.Second)
	if err := do("eve", 0); err != nil {
		t.Error(err)
	}
}

func TestRateText(t *testing.T) {
	for text, want := range map[string]directory.Rate{
		"60/1m":         {N: 60, Per: time.Minute},
		"1/1.5s":        {N: 1, Per: 1500 * time.Millisecond},
		"none":          {N: -1},
		"10/1ns":        {},
		"60":            {},
		"60/":           {},
		"0/1m":          {},
		"-1/1m":         {},
		"1/-1m":         {},
		"":              {},
		"many/1m":       {},
		"5000000000/1h": {},
	} {
		var got directory.Rate
		err := got.UnmarshalText([]byte(text))
		if want == (directory.Rate{}) {
			if err == nil {
				t.Errorf("%q was taken, as %v", text, got)
			}
			continue
		}
		if err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
		again, err := got.MarshalText()
		if err != nil {
			t.Error(err)
		}
		var back directory.Rate
		if err := back.UnmarshalText(again); err != nil || back != want {
			t.Errorf("%q became %q: %v, %v", text, again, back, err)
		}
	}
}
