package inspect_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlsconform/mlsconform/impl/inspect"
)

func hexOf(b []byte) string { return hex.EncodeToString(b) }

func jsonOf(t testing.TB, r *inspect.Result, secrets bool) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := r.JSON(&b, secrets); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestJSON(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct {
		name string
		data []byte
	}{
		{"key-package", w.encode(w.message(w.keyPackage("alice")))},
		{"group-secrets", w.encode(w.groupSecrets())},
		{"cut-off", w.encode(w.keyPackage("alice"))[:120]},
	} {
		t.Run(tt.name, func(t *testing.T) {
			golden(t, tt.name+".json", jsonOf(t, read(t, tt.data, ""), false))
		})
	}
}

// A script finds a field by the names of the RFC.
func TestJSONByName(t *testing.T) {
	w := newWorld(t)
	type code struct {
		Value uint16
		Name  string
	}
	type result struct {
		Schema   string
		Encoding string
		Bytes    int
		Decoded  bool
		Readings []struct {
			Type, Structure string
			Value           struct {
				GroupInfo struct {
					GroupContext struct {
						CipherSuite code `json:"cipher_suite"`
						Epoch       uint64
					} `json:"group_context"`
					Extensions []struct {
						ExtensionType code `json:"extension_type"`
						Content       json.RawMessage
					}
					Signer uint32
				} `json:"group_info"`
			}
			Derived []struct {
				Path, Name string
				Value      json.RawMessage
			}
			Checks []struct{ Path, Name, Verdict string }
			Fields []struct {
				Path           string
				Offset, Length int
			}
		}
	}
	var got result
	data := w.encode(w.message(w.groupInfo()))
	if err := json.Unmarshal(jsonOf(t, read(t, data, ""), false), &got); err != nil {
		t.Fatal(err)
	}
	if got.Schema != inspect.Schema || got.Encoding != "binary" || got.Bytes != len(data) || !got.Decoded || len(got.Readings) != 1 {
		t.Fatalf("got %+v", got)
	}
	info := got.Readings[0].Value.GroupInfo
	if info.GroupContext.Epoch != 7 || info.GroupContext.CipherSuite != (code{1, "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519"}) {
		t.Errorf("group_context: %+v", info.GroupContext)
	}
	var nodes []any
	if err := json.Unmarshal(info.Extensions[0].Content, &nodes); err != nil || len(nodes) != 7 || nodes[2] != nil {
		t.Errorf("the ratchet tree is %s: %v", info.Extensions[0].Content, err)
	}
	for _, c := range got.Readings[0].Checks {
		if c.Verdict != "valid" {
			t.Errorf("%s of %s is %s", c.Name, c.Path, c.Verdict)
		}
	}
	hash := hexOf(w.groupInfo().GroupContext.TreeHash)
	if d := got.Readings[0].Derived[0]; d.Name != "tree_hash" || d.Path != "group_info.extensions[0].content" || string(d.Value) != `"`+hash+`"` {
		t.Errorf("derived: %+v", d)
	}
	fields := got.Readings[0].Fields
	if last := fields[len(fields)-1]; last.Path != "group_info.signature" || last.Offset+last.Length != len(data) {
		t.Errorf("the last field is %+v", last)
	}
}

// Numbers of 64 bits keep their value.
func TestJSONNumbers(t *testing.T) {
	data := bytes.Repeat([]byte{0xff}, 16)
	var got struct {
		Readings []struct {
			Value map[string]json.Number
		}
	}
	if err := json.Unmarshal(jsonOf(t, read(t, data, "lifetime"), false), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]json.Number{"not_before": "18446744073709551615", "not_after": "18446744073709551615"}
	if diff := cmp.Diff(want, got.Readings[0].Value); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
