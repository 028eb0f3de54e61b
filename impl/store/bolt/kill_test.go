package bolt_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/mlsconform/mlsconform/impl/store/bolt"
)

const (
	// killsVariable says how often TestKill kills.
	killsVariable = "MLSCONFORM_KILLS"
	defaultKills  = 200
	// seedVariable repeats the choices of an earlier run, although not the
	// moments at which the children were killed.
	seedVariable = "MLSCONFORM_SEED"
	// killsPerFile bounds what has to be verified after each kill.
	killsPerFile = 8
)

// Children that build bundles and join groups are killed. Whatever they reported
// is in the file, and of each call in whose middle they were killed, either all
// or nothing is. A join that was interrupted works afterwards, and no other does
// so a second time.
func TestKill(t *testing.T) {
	kills := int(number(t, killsVariable, defaultKills))
	seed := number(t, seedVariable, rand.Uint64N(1e9))
	t.Logf("%s=%d", seedVariable, seed)
	random := rand.New(rand.NewPCG(seed, 0))
	var total flight
	rejoined := 0
	path := newPath(t)
	for i := 0; i < kills; i += killsPerFile {
		f := &victim{random: random, path: path, ledger: newLedger()}
		if random.IntN(2) == 0 {
			f.key = key
		}
		for j := range min(killsPerFile, kills-i) {
			if err := f.kill(strconv.Itoa(j)); err != nil {
				t.Fatalf("kill %d: %v", i+j, err)
			}
		}
		must(t, os.Remove(path))
		total.done += f.ledger.flight.done
		total.undone += f.ledger.flight.undone
		rejoined += f.ledger.rejoined
	}
	t.Logf("%d kills in the middle of %d calls: %d had their effect, %d had none, %d of these were joins that worked later",
		kills, total.done+total.undone, total.done, total.undone, rejoined)
	if total.done+total.undone == 0 {
		t.Error("no call was interrupted: nothing was shown")
	}
}

func number(t *testing.T, variable string, standard uint64) uint64 {
	text := os.Getenv(variable)
	if text == "" {
		return standard
	}
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return n
}

// A victim is a file whose users are killed.
type victim struct {
	random *rand.Rand
	path   string
	key    []byte
	ledger *ledger
}

// kill has a child work on the file and kills it at a random moment.
func (v *victim) kill(name string) error {
	input, err := json.Marshal(job{v.path, v.key, name, v.random.Uint64(), v.ledger.unused(20)})
	if err != nil {
		return err
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"=1")
	cmd.Stdin = bytes.NewReader(input)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	l := &listener{ready: make(chan struct{}), end: make(chan struct{})}
	go l.listen(stdout)
	if v.random.IntN(5) > 0 { // otherwise it may not even have opened the file
		select {
		case <-l.ready:
		case <-l.end:
		}
	}
	time.Sleep(time.Duration(v.random.Int64N(int64(25 * time.Millisecond))))
	killErr := cmd.Process.Kill()
	<-l.end
	_ = cmd.Wait() // it was killed
	if killErr != nil || l.err != nil || stderr.Len() > 0 {
		return fmt.Errorf("the child ended by itself: %v, %v, %s", killErr, l.err, stderr.Bytes())
	}
	return v.verify(l.reported)
}

func (v *victim) verify(reported []operation) error {
	s, err := bolt.Open(v.path, bolt.Options{Key: v.key})
	if err != nil {
		return err
	}
	defer s.Close()
	if err := v.ledger.settle(s, reported); err != nil {
		return err
	}
	if err := v.ledger.verify(s); err != nil {
		return err
	}
	if err := v.ledger.rejoin(s, reported); err != nil {
		return err
	}
	if err := v.ledger.restore(s, reported); err != nil {
		return err
	}
	if err := s.Close(); err != nil {
		return err
	}
	return v.ledger.count(v.path)
}

// A listener takes down what a child reports.
type listener struct {
	ready, end chan struct{} // closed at the first report, and at the end of all
	reported   []operation
	err        error
}

func (l *listener) listen(r io.Reader) {
	defer close(l.end)
	for lines := bufio.NewReader(r); ; {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var o operation
		if l.err = json.Unmarshal(line, &o); l.err != nil {
			return
		}
		if o.Kind == opReady {
			close(l.ready)
		}
		l.reported = append(l.reported, o)
	}
}
