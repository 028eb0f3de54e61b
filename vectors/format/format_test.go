package format_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/runner/strict"
	"github.com/mlsconform/mlsconform/vectors/format"
)

type packages = format.File[format.KeyPackageCase]

func keyPackages() *packages {
	longest := uint64(3600)
	basic := format.KeyPackageFields{
		Version: 1, CipherSuite: 1, InitKey: format.Hex{1}, EncryptionKey: format.Hex{2}, SignatureKey: format.Hex{3},
		Credential:   format.Credential{Type: 1, Identity: format.Hex{}},
		Lifetime:     format.Lifetime{NotBefore: 0, NotAfter: 1<<64 - 1},
		Capabilities: format.Capabilities{Versions: format.Types{1}, CipherSuites: format.Types{1, 2}, Credentials: format.Types{1}},
		LastResort:   true, Extensions: format.Types{10}, Reference: format.Hex{0xff},
	}
	x509 := basic
	x509.Credential = format.Credential{Type: 2, Certificates: []format.Hex{{4}, {5, 6}}}
	return &packages{
		Schema: format.KeyPackageSchema, Family: format.KeyPackage, Generator: "by hand",
		Cases: []format.KeyPackageCase{
			{
				ID: "key-package/10-basic/suite1", Comment: "Nothing special.",
				KeyPackageInput: format.KeyPackageInput{Suite: 1, Form: format.Struct, Bytes: format.Hex{0, 1}, Use: format.Add, Time: 1<<53 - 1},
				Expectation:     format.Expectation{Result: format.Accept},
				Expected:        &basic,
			},
			{
				ID: "key-package/10-x509/suite7", Comment: "Certificates.",
				KeyPackageInput: format.KeyPackageInput{Suite: 7, Form: format.Message, Use: format.Receive, GroupContext: format.Hex{0}, RatchetTree: format.Hex{0}},
				Expectation:     format.Expectation{Result: format.Accept, IDs: []rule.ID{"rfc9420-5.3-01"}},
				Expected:        &x509,
			},
			{
				ID: "key-package/7.2-07-too-long/suite1", Comment: "Too long.",
				KeyPackageInput: format.KeyPackageInput{Suite: 1, Form: format.Struct, Use: format.Add, MaxLifetime: &longest},
				Expectation:     format.Expectation{Result: format.Reject, IDs: []rule.ID{"rfc9420-7.2-07", "rfc9420-10.1-03"}},
			},
			{
				ID: "key-package/7.3-06-over/suite1", Comment: "Over.",
				KeyPackageInput: format.KeyPackageInput{Suite: 1, Form: format.Struct, Use: format.Receive},
				Expectation:     format.Expectation{Result: format.Either, IDs: []rule.ID{"rfc9420-7.3-06"}},
			},
		},
	}
}

// everyFunction are arguments for each of the functions.
func everyFunction() []format.Arguments {
	return []format.Arguments{
		&format.HashArguments{Out: format.Hex{1}},
		&format.RefHashArguments{Label: "MLS 1.0 KeyPackage Reference"},
		&format.ExpandWithLabelArguments{Length: 1<<32 - 1},
		&format.DeriveSecretArguments{Label: "\u00fc \""},
		&format.DeriveTreeSecretArguments{Generation: 1<<32 - 1},
		&format.VerifyWithLabelArguments{Signature: format.Hex{1, 2}},
		&format.EncryptWithLabelArguments{Public: format.Hex{3}},
		&format.DecryptWithLabelArguments{KEMOutput: format.Hex{4}},
		&format.AEADOpenArguments{Nonce: format.Hex{5}},
		&format.MACArguments{Tag: format.Hex{6}},
		&format.DeriveKeyPairArguments{IKM: format.Hex{7}},
	}
}

func ciphersuites() *format.File[format.CiphersuiteCase] {
	f := &format.File[format.CiphersuiteCase]{Schema: format.CiphersuiteSchema, Family: format.Ciphersuite, Generator: "by hand"}
	for _, args := range everyFunction() {
		in := format.Call(3, args)
		f.Cases = append(f.Cases, format.CiphersuiteCase{
			ID: "ciphersuite/" + string(in.Function) + "-right/suite3", Comment: "As it should be.", CiphersuiteInput: in,
			Expectation: format.Expectation{Result: format.Accept},
		})
	}
	return f
}

func decodings() *format.File[format.DecodingCase] {
	of := func(what string, bytes format.Hex, result format.Result, ids ...rule.ID) format.DecodingCase {
		return format.DecodingCase{
			ID: "decoding/" + what, Comment: "An encoding.", DecodingInput: format.DecodingInput{Bytes: bytes},
			Expectation: format.Expectation{Result: result, IDs: ids},
		}
	}
	return &format.File[format.DecodingCase]{
		Schema: format.DecodingSchema, Family: format.Decoding, Generator: "by hand",
		Cases: []format.DecodingCase{
			of("10-minimal", format.Hex{0, 1}, format.Accept),
			of("2.1.2-07-long", format.Hex{0, 2}, format.Accept, "rfc9420-2.1.2-07"),
			of("2.1-01-empty", format.Hex{}, format.Reject, "rfc9420-2.1-01"),
			of("2.1-03-byte-behind", format.Hex{0, 1, 0}, format.Either, "rfc9420-2.1-03"),
		},
	}
}

func encode(t *testing.T, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func schema(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile("../schema/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(t *testing.T, s *jsonschema.Schema, data []byte) error {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(value)
}

// What the types encode to is what the schemas and the strict decoder take.
func TestFiles(t *testing.T) {
	testFile(t, keyPackages())
	testFile(t, ciphersuites())
	testFile(t, decodings())
}

func testFile[C any](t *testing.T, f *format.File[C]) {
	t.Helper()
	data := encode(t, f)
	if err := validate(t, schema(t, f.Family+"-v1.schema.json"), data); err != nil {
		t.Errorf("%v\n%s", err, data)
	}
	var read format.File[C]
	if err := strict.Decode(data, &read); err != nil {
		t.Fatal(err)
	}
	if again := encode(t, read); !bytes.Equal(data, again) {
		t.Errorf("encodes to\n%s\nand, read again, to\n%s", data, again)
	}
}

// Each function has its arguments in the schema: all fields, and no others.
func TestEveryFunctionIsInTheSchema(t *testing.T) {
	s := schema(t, "ciphersuite-v1.schema.json")
	for _, c := range ciphersuites().Cases {
		args := reflect.TypeOf(c.Arguments)
		if got := reflect.TypeOf(c.NewValue("arguments")); got != args {
			t.Errorf("%s: the arguments are decoded into %v, want %v", c.Function, got, args)
		}
		var fields map[string]any
		if err := json.Unmarshal(encode(t, c.Arguments), &fields); err != nil {
			t.Fatal(err)
		}
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			without := maps.Clone(fields)
			delete(without, name)
			if validate(t, s, ciphersuiteFile(t, c, without)) == nil {
				t.Errorf("%s: the schema takes arguments without %s", c.Function, name)
			}
		}
		fields["more"] = 1
		if validate(t, s, ciphersuiteFile(t, c, fields)) == nil {
			t.Errorf("%s: the schema takes another argument", c.Function)
		}
	}
}

// ciphersuiteFile is a file with the case c, but other arguments.
func ciphersuiteFile(t *testing.T, c format.CiphersuiteCase, arguments map[string]any) []byte {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal(encode(t, c), &fields); err != nil {
		t.Fatal(err)
	}
	fields["arguments"] = arguments
	return encode(t, map[string]any{
		"schema": format.CiphersuiteSchema, "family": format.Ciphersuite, "generator": "by hand", "cases": []any{fields},
	})
}

func TestKeyPackageSchemaRefuses(t *testing.T) {
	s := schema(t, "key-package-v1.schema.json")
	for name, spoil := range map[string]func(*packages){
		"another schema":              func(f *packages) { f.Schema = "mlsconform/key-package/v2" },
		"another family":              func(f *packages) { f.Family = format.Ciphersuite },
		"no cases":                    func(f *packages) { f.Cases = []format.KeyPackageCase{} },
		"an id without suite":         func(f *packages) { f.Cases[0].ID = "key-package/10-basic" },
		"no comment":                  func(f *packages) { f.Cases[0].Comment = "" },
		"an unknown suite":            func(f *packages) { f.Cases[0].Suite = 8 },
		"an unknown form":             func(f *packages) { f.Cases[0].Form = "bare" },
		"an unknown use":              func(f *packages) { f.Cases[0].Use = "update" },
		"a time beyond 2^53":          func(f *packages) { f.Cases[0].Time = 1 << 53 },
		"unsupported as expectation":  func(f *packages) { f.Cases[2].Result = format.Unsupported },
		"an accept without fields":    func(f *packages) { f.Cases[0].Expected = nil },
		"a reject with fields":        func(f *packages) { f.Cases[2].Expected = f.Cases[0].Expected },
		"a reject without ids":        func(f *packages) { f.Cases[2].IDs = nil },
		"an either without ids":       func(f *packages) { f.Cases[3].IDs = nil },
		"an id twice":                 func(f *packages) { f.Cases[2].IDs[1] = f.Cases[2].IDs[0] },
		"a made-up id":                func(f *packages) { f.Cases[2].IDs[0] = "7.3" },
		"a basic one of certificates": func(f *packages) { f.Cases[1].Expected.Credential.Type = 1 },
		"a chain without certificate": func(f *packages) {
			f.Cases[1].Expected.Credential.Certificates = []format.Hex{}
		},
		"a basic one without identity": func(f *packages) { f.Cases[0].Expected.Credential.Identity = nil },
	} {
		f := keyPackages()
		spoil(f)
		if validate(t, s, encode(t, f)) == nil {
			t.Errorf("the schema takes %s", name)
		}
	}
	upper := strings.Replace(string(encode(t, keyPackages())), `"reference":"ff"`, `"reference":"FF"`, 1)
	if validate(t, s, []byte(upper)) == nil {
		t.Error("the schema takes upper-case digits")
	}
}

func TestCiphersuiteSchemaRefuses(t *testing.T) {
	s := schema(t, "ciphersuite-v1.schema.json")
	for name, spoil := range map[string]func(*format.CiphersuiteCase){
		"an unknown function":         func(c *format.CiphersuiteCase) { c.Function = "sign" },
		"another function":            func(c *format.CiphersuiteCase) { c.Function = format.MAC },
		"a reject without ids":        func(c *format.CiphersuiteCase) { c.Result = format.Reject },
		"an id of the other family":   func(c *format.CiphersuiteCase) { c.ID = "key-package/hash-right/suite3" },
		"an expectation that is none": func(c *format.CiphersuiteCase) { c.Result = "" },
	} {
		f := ciphersuites()
		spoil(&f.Cases[0])
		if validate(t, s, encode(t, f)) == nil {
			t.Errorf("the schema takes %s", name)
		}
	}
}

func TestDecodingSchemaRefuses(t *testing.T) {
	s := schema(t, "decoding-v1.schema.json")
	for name, spoil := range map[string]func([]format.DecodingCase){
		"an id with a suite":          func(c []format.DecodingCase) { c[0].ID += "/suite1" },
		"an id of another family":     func(c []format.DecodingCase) { c[0].ID = "key-package/10-minimal" },
		"no comment":                  func(c []format.DecodingCase) { c[0].Comment = "" },
		"a reject without ids":        func(c []format.DecodingCase) { c[2].IDs = nil },
		"an either without ids":       func(c []format.DecodingCase) { c[3].IDs = nil },
		"unsupported as expectation":  func(c []format.DecodingCase) { c[2].Result = format.Unsupported },
		"an expectation that is none": func(c []format.DecodingCase) { c[0].Result = "" },
	} {
		f := decodings()
		spoil(f.Cases)
		if validate(t, s, encode(t, f)) == nil {
			t.Errorf("the schema takes %s", name)
		}
	}
}

// A request holds all that a case asks, and nothing of what it expects.
func TestRequests(t *testing.T) {
	answers := []string{"comment", "result", "ids", "expected"}
	requests := map[string]any{}
	cases := map[string]any{}
	for _, c := range keyPackages().Cases {
		cases[c.ID], requests[c.ID] = c, c.Request()
	}
	for _, c := range ciphersuites().Cases {
		cases[c.ID], requests[c.ID] = c, c.Request()
	}
	for _, c := range decodings().Cases {
		cases[c.ID], requests[c.ID] = c, c.Request()
	}
	for id, c := range cases {
		want, got := map[string]any{}, map[string]any{}
		if err := json.Unmarshal(encode(t, c), &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(encode(t, requests[id]), &got); err != nil {
			t.Fatal(err)
		}
		for _, name := range answers {
			delete(want, name)
		}
		want["family"], _, _ = strings.Cut(id, "/")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", id, diff)
		}
	}
}
