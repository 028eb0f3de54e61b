package fuzz_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/mlsconform/mlsconform/fuzz/seed"
	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/keypackage"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/syntax/syntaxtest"
	"github.com/mlsconform/mlsconform/impl/tree"
)

func body[T any, P syntaxtest.Pair[T]](t testing.TB, data []byte) {
	syntaxtest.Target[T, P]{}.Check(t, data)
}

// BenchmarkBody runs the bodies of targets over their corpora.
func BenchmarkBody(b *testing.B) {
	for _, c := range []struct {
		folder, name string
		body         func(testing.TB, []byte)
	}{
		{"ciphersuite", "HPKECiphertext", body[ciphersuite.HPKECiphertext]},
		{"framing", "Sender", body[framing.Sender]},
		{"framing", "FramedContent", body[framing.FramedContent]},
		{"framing", "AuthenticatedContent", body[framing.AuthenticatedContent]},
		{"framing", "PublicMessage", body[framing.PublicMessage]},
		{"framing", "PrivateMessage", body[framing.PrivateMessage]},
		{"framing", "MLSMessage", body[framing.MLSMessage]},
		{"leaf", "Credential", body[leaf.Credential]},
		{"leaf", "Capabilities", body[leaf.Capabilities]},
		{"leaf", "Lifetime", body[leaf.Lifetime]},
		{"leaf", "Extension", body[leaf.Extension]},
		{"leaf", "LeafNode", body[leaf.LeafNode]},
		{"leaf", "RequiredCapabilities", body[leaf.RequiredCapabilities]},
		{"schedule", "PreSharedKeyID", body[schedule.PreSharedKeyID]},
		{"schedule", "GroupContext", body[schedule.GroupContext]},
		{"schedule", "SenderData", body[schedule.SenderData]},
		{"keypackage", "KeyPackage", body[keypackage.KeyPackage]},
		{"tree", "ParentNode", body[tree.ParentNode]},
		{"tree", "UpdatePathNode", body[tree.UpdatePathNode]},
		{"tree", "UpdatePath", body[tree.UpdatePath]},
		{"message", "Remove", body[message.Remove]},
		{"message", "ReInit", body[message.ReInit]},
		{"message", "Proposal", body[message.Proposal]},
		{"message", "Commit", body[message.Commit]},
		{"message", "GroupInfo", body[message.GroupInfo]},
		{"message", "GroupSecrets", body[message.GroupSecrets]},
		{"message", "Welcome", body[message.Welcome]},
	} {
		b.Run(c.name, func(b *testing.B) {
			benchmark(b, c.body, corpus(b, filepath.Join("../impl", c.folder, "testdata/fuzz", "Fuzz"+c.name)))
		})
	}
	b.Run("MLSMessage of vectors", func(b *testing.B) {
		var messages [][]byte
		for _, o := range must(seed.Own()) {
			if o.Type == "message" {
				messages = append(messages, o.Data)
			}
		}
		benchmark(b, body[framing.MLSMessage], messages)
	})
}

func benchmark(b *testing.B, body func(testing.TB, []byte), inputs [][]byte) {
	i := 0
	for b.Loop() {
		body(b, inputs[i%len(inputs)])
		i++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
}

// corpus returns the inputs of a corpus, each of which is one slice of bytes.
func corpus(t testing.TB, folder string) [][]byte {
	t.Helper()
	files, err := filepath.Glob(folder + "/*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no corpus in %s: %v", folder, err)
	}
	var inputs [][]byte
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		quoted, ok := strings.CutPrefix(string(text), "go test fuzz v1\n[]byte(")
		input, err := strconv.Unquote(strings.TrimSuffix(quoted, ")\n"))
		if !ok || err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		inputs = append(inputs, []byte(input))
	}
	return inputs
}
