package docs_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func workflow(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("../.github/workflows/interop.yml")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// step returns the shell commands of the step of that name.
func step(t *testing.T, name string) string {
	t.Helper()
	_, after, ok := strings.Cut(workflow(t), "- name: "+name+"\n")
	if ok {
		_, after, ok = strings.Cut(after, "\n        run: |\n")
	}
	if !ok {
		t.Fatalf("the workflow has no step %s", name)
	}
	var script strings.Builder
	for line := range strings.SplitSeq(after, "\n") {
		inner, ok := strings.CutPrefix(line, "          ")
		if !ok {
			break
		}
		script.WriteString(inner + "\n")
	}
	return script.String()
}

// runStep runs a step as the service does, with a mlsconform that says what it
// was called with, writes a report, and exits as it is told. It returns the
// arguments and the exit status.
func runStep(t *testing.T, name, dir string, env ...string) (args []string, status int) {
	t.Helper()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Logf("not run: %v", err)
		return nil, 0
	}
	bin := t.TempDir()
	fake := `#!/bin/sh
printf '%s\n' "$@" > "$ARGUMENTS"
while [ "$1" != --out ]; do shift; done
mkdir -p "$2"
[ "$EXIT" -eq 2 ] || for f in json md; do echo "a report" > "$2/interop.$f"; done
exit "$EXIT"
`
	if err := os.WriteFile(filepath.Join(bin, "mlsconform"), []byte(fake), 0o755); err != nil {
		t.Fatal(err)
	}
	arguments := filepath.Join(bin, "arguments")
	cmd := exec.CommandContext(t.Context(), bash, "--noprofile", "--norc", "-eo", "pipefail", "-c", step(t, name))
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "ARGUMENTS="+arguments), env...)
	output, err := cmd.CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		status = exit.ExitCode()
	} else if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	data, err := os.ReadFile(arguments)
	if err != nil {
		t.Fatalf("mlsconform was not called: %s", output)
	}
	return strings.Split(strings.TrimSuffix(string(data), "\n"), "\n"), status
}

func TestWorkflowRun(t *testing.T) {
	for _, test := range []struct {
		name string
		env  []string
		want []string
	}{
		{
			"one client", []string{"CLIENTS=mine=./client --port {port}", "BUILTIN=true", "SET=own", "SHARD=2/3"},
			[]string{"interop", "--shard", "2/3", "--out", ".mlsconform/out", "--builtin", "--exec", "mine=./client --port {port}"},
		},
		{
			"all inputs",
			[]string{"CLIENTS=a=one $(x)\n\nb=two\n", "RUNNING=c=127.0.0.1:1\n", "BUILTIN=false", "SET=official", "SHARD=1/1", "BASELINE=known.json", "ARGS=--suite 1\n--jobs 2"},
			[]string{
				"interop", "--shard", "1/1", "--out", ".mlsconform/out", "--exec", "a=one $(x)", "--exec", "b=two", "--client", "c=127.0.0.1:1",
				"--baseline", "known.json", "--script", ".mlsconform/official/interop/configs", "--suite", "1", "--jobs", "2",
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, status := runStep(t, "Run", t.TempDir(), append(test.env, "EXIT=0")...)
			if diff := cmp.Diff(test.want, got); diff != "" && got != nil || status != 0 {
				t.Errorf("exit status %d, arguments (-want +got)\n%s", status, diff)
			}
		})
	}
}

// A shard with failures leaves its report, and it is the merged one that judges.
func TestWorkflowStatuses(t *testing.T) {
	for _, test := range []struct{ exit, run, merge string }{
		{"0", "ok", "ok"}, {"1", "ok", "bad"}, {"2", "bad", "bad"}, {"3", "ok", "bad"}, {"4", "ok", "bad"}, {"130", "bad", "bad"},
	} {
		for name, want := range map[string]string{"Run": test.run, "Merge": test.merge} {
			dir := t.TempDir()
			summary := filepath.Join(dir, "summary.md")
			args, status := runStep(t, name, dir, "EXIT="+test.exit, "GITHUB_STEP_SUMMARY="+summary, "SET=own", "SHARD=1/2", "BUILTIN=true")
			if args == nil {
				return
			}
			if (status == 0) != (want == "ok") {
				t.Errorf("%s: mlsconform exits with %s, the step with %d", name, test.exit, status)
			}
			if name == "Run" {
				continue
			}
			says, err := os.ReadFile(summary)
			if err != nil || strings.Contains(string(says), "a report") == (test.exit == "2") {
				t.Errorf("the summary for exit status %s is %q, %v", test.exit, says, err)
			}
		}
	}
}

// The inputs of the workflow are those of the table; the example has no others.
func TestInteropPageDescribesTheWorkflow(t *testing.T) {
	data, err := os.ReadFile("interop.md")
	if err != nil {
		t.Fatal(err)
	}
	described := string(data)
	inputs := map[string]bool{}
	_, block, _ := strings.Cut(workflow(t), "    inputs:\n")
	block, _, _ = strings.Cut(block, "\npermissions:")
	for _, m := range regexp.MustCompile(`(?m)^      (\w+):$`).FindAllStringSubmatch(block, -1) {
		inputs[m[1]] = true
		if !strings.Contains(described, "\n| `"+m[1]+"` |") {
			t.Errorf("input %s is not described", m[1])
		}
	}
	if len(inputs) < 5 {
		t.Fatalf("inputs %v", inputs)
	}
	_, example, _ := strings.Cut(described, "    with:\n")
	example, _, ok := strings.Cut(example, "```")
	if !ok {
		t.Fatal("there is no example")
	}
	for _, m := range regexp.MustCompile(`(?m)^      (\w+):`).FindAllStringSubmatch(example, -1) {
		if !inputs[m[1]] {
			t.Errorf("the example sets %s, which is no input", m[1])
		}
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\| [^|]* \\| [^|]* \\|$").FindAllStringSubmatch(described, -1) {
		if _, outcome := outcomes[m[1]]; !inputs[m[1]] && !outcome {
			t.Errorf("%s is described, but no input", m[1])
		}
	}
}

// outcomes are the other words in the first column of a table.
var outcomes = map[string]bool{"pass": true, "fail": true, "timeout": true, "unsupported": true, "known": true, "skipped": true, "broken": true}
