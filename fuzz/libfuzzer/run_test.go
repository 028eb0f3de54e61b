package main

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mlsconform/mlsconform/fuzz"
)

// These stand for binaries. They print as libFuzzer does.
const (
	good = `#!/bin/sh
case "$*" in *"-max_total_time=7 "*"-dict="*) ;; *) echo "arguments: $*"; exit 1;; esac
test "$(cat seed)" = "a seed" || exit 1
echo "stat::number_of_executed_units: 120000"
echo "stat::average_exec_per_sec:     2000"
`
	crashing = `#!/bin/sh
for arg; do case $arg in -artifact_prefix=*) prefix=${arg#*=};; esac; done
printf '#12\tNEW    cov: 3\n'
echo "panic: what was found"
echo input > "${prefix}crash-1"
echo "stat::number_of_executed_units: 17"
exit 77
`
	idle = "#!/bin/sh\n"
)

func install(t *testing.T, folder string, target fuzz.Target, script string) {
	t.Helper()
	name := filepath.Join(folder, binary(target))
	if err := os.WriteFile(name, []byte(script), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name+".dict", nil, 0o666); err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	z := zip.NewWriter(&file)
	w, err := z.Create("seed")
	if err == nil {
		_, err = w.Write([]byte("a seed"))
	}
	if err == nil {
		err = z.Close()
	}
	if err == nil {
		err = os.WriteFile(name+"_seed_corpus.zip", file.Bytes(), 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestRun(t *testing.T) {
	folder := t.TempDir()
	all := map[string]fuzz.Target{}
	for name, script := range map[string]string{"Good": good, "Crashing": crashing, "Idle": idle} {
		all[name] = fuzz.Target{Package: "a/b", Name: "Fuzz" + name}
		install(t, folder, all[name], script)
	}
	all["Missing"] = fuzz.Target{Package: "a/b", Name: "FuzzMissing"}

	for _, test := range []struct {
		name  string
		fails bool
		want  []string // in the output
	}{
		{"Good", false, []string{"a-b-FuzzGood", "120000", "2000", "1 targets, 120000 runs"}},
		{"Crashing", true, []string{"panic: what was found", "17"}},
		{"Idle", true, []string{"no runs"}},
		{"Missing", true, []string{"a-b-FuzzMissing"}},
	} {
		var stdout bytes.Buffer
		o := options{out: folder, time: 7 * time.Second, stdout: &stdout}
		if err := runAll(t.Context(), []fuzz.Target{all[test.name]}, o); (err != nil) != test.fails {
			t.Errorf("%s: %v\n%s", test.name, err, &stdout)
		}
		if strings.Contains(stdout.String(), "cov: 3") {
			t.Errorf("%s: it tells how far it was:\n%s", test.name, &stdout)
		}
		for _, want := range test.want {
			if !strings.Contains(stdout.String(), want) {
				t.Errorf("%s: there is no %q in\n%s", test.name, want, &stdout)
			}
		}
	}
	if _, err := os.Stat(filepath.Join(folder, "crashes", "a-b-FuzzCrashing-crash-1")); err != nil {
		t.Error(err)
	}
}
