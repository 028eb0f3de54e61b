// Package subjecttest is a subject for tests: a program whose verdicts, and
// whose misbehavior, are in the ids of the cases.
package subjecttest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"
)

// argument makes a test binary the subject.
const argument = "be-the-subject"

// Main makes a program of a test binary that is to be the subject. It belongs
// at the beginning of TestMain, and does nothing in an ordinary test.
func Main() {
	if len(os.Args) > 1 && os.Args[1] == argument {
		os.Exit(serve())
	}
}

// Command runs the running test binary as a subject.
func Command() []string {
	path, err := os.Executable()
	if err != nil {
		path = os.Args[0]
	}
	return []string{path, argument}
}

func serve() int {
	requests := bufio.NewScanner(os.Stdin)
	requests.Buffer(nil, 16<<20)
	for requests.Scan() {
		var r struct {
			ID string `json:"id"`
		}
		if err := json.Unmarshal(requests.Bytes(), &r); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		behave(r.ID)
	}
	return 0
}

// behave does what the last but one part of the id says, as in
// key-package/crash/suite1.
func behave(id string) {
	parts := strings.Split(id, "/")
	do := parts[max(0, len(parts)-2)]
	do, _, _ = strings.Cut(do, "-") // what follows only tells cases apart
	switch do {
	case "crash", "leave", "halve", "babble", "muddle", "dither", "mistake", "swell", "close":
		fmt.Fprintf(os.Stderr, "asked to %s\n", do)
	}
	switch do {
	case "accept", "reject":
		say(id, do)
	case "lack":
		fmt.Printf("{\"id\":%q,\"result\":\"unsupported\",\"detail\":\"suite 9\"}\n", id)
	case "slow":
		time.Sleep(10 * time.Millisecond)
		say(id, "accept")
	case "explain":
		fmt.Printf("{\"id\":%q,\"result\":\"reject\",\"detail\":\"bad signature\",\"ids\":[\"rfc9420-7.3-01\"]}\n", id)
	case "read":
		fmt.Printf("{\"id\":%q,\"result\":\"accept\",\"reference\":\"00ff\"}\n", id)
	case "crash":
		os.Exit(3)
	case "leave":
		os.Exit(0)
	case "halve":
		fmt.Printf("{\"id\":%q,", id)
		os.Exit(0)
	case "hang":
		time.Sleep(time.Hour)
	case "babble":
		fmt.Println("Hello!")
	case "muddle":
		fmt.Printf("{\"id\":%q,\"result\":\"accept\",\"verdict\":1}\n", id)
	case "dither":
		say(id, "either")
	case "mistake":
		say("key-package/another/suite1", "accept")
	case "repeat":
		say(id, "accept")
		say(id, "accept")
	case "swell":
		fmt.Println(strings.Repeat("x", 2<<20))
	case "flood":
		fmt.Fprint(os.Stderr, strings.Repeat("y", 1<<20)+"the end\n")
		say(id, "reject")
	case "close":
		os.Stdout.Close()
		time.Sleep(time.Hour)
	}
}

func say(id, result string) { fmt.Printf("{\"id\":%q,\"result\":%q}\n", id, result) }
