package script_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mlsconform/mlsconform/runner/interop/script"
)

func ExampleParse() {
	scripts, err := script.Parse("scripts/first.json", []byte(`{"scripts": {"hello": [
		{"action": "createGroup", "actor": "alice", "members": ["bob"]},
		{"action": "protect", "actor": "alice", "plaintext": "hello"},
		{"action": "unprotect", "actor": "bob", "ciphertext": 1}
	]}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	s := scripts[0]
	fmt.Println(s.File, s.Name, s.Roles, s.Steps[1].Args.(*script.Protect).Plaintext)

	_, err = script.Parse("scripts/first.json", []byte(`{"scripts": {"hello": [
		{"action": "createGroup", "actor": "alice", "members": ["bob"]},
		{"action": "unprotect", "actor": "bob", "ciphertext": 2},
		{"action": "protect", "actor": "alice", "plaintext": "hello"}
	]}}`))
	fmt.Println(err)
	// Output:
	// first hello [alice bob] hello
	// scripts/first.json: script "hello": step 1 (unprotect): ciphertext: step 2 comes later
}

// file puts steps into the one script of a file.
func file(steps ...string) []byte {
	return []byte(`{"scripts": {"s": [` + strings.Join(steps, ",") + `]}}`)
}

const (
	pair = `{"action": "createGroup", "actor": "alice", "members": ["bob"]}`
	key  = `{"action": "createKeyPackage", "actor": "carol"}`
	psk  = `{"action": "installExternalPSK", "clients": ["alice", "bob"]}`
)

// Every action with all of its keys, in both spellings somewhere.
func TestEveryActionIsRead(t *testing.T) {
	steps := []struct {
		raw  string
		want any
	}{
		{`{"action": "createGroup", "actor": "alice", "members": ["bob"], "comment": "why"}`, &script.CreateGroup{Members: []string{"bob"}}},
		{`{"action": "createKeyPackage", "actor": "carol"}`, &script.CreateKeyPackage{}},
		{`{"action": "installExternalPSK", "clients": ["alice", "bob", "carol"]}`, &script.InstallExternalPSK{Clients: []string{"alice", "bob", "carol"}}},
		{`{"action": "groupInfo", "actor": "alice", "external_tree": true}`, &script.GroupInfo{ExternalTree: true}},
		{`{"action": "addProposal", "actor": "alice", "key_package": 1}`, &script.AddProposal{KeyPackage: 1}},
		{`{"action": "updateProposal", "actor": "bob"}`, &script.UpdateProposal{}},
		{`{"action": "removeProposal", "actor": "bob", "removed": "alice"}`, &script.RemoveProposal{Removed: "alice"}},
		{`{"action": "externalPSKProposal", "actor": "bob", "pskId": 2}`, &script.ExternalPSKProposal{PSK: 2}},
		{`{"action": "resumptionPSKProposal", "actor": "bob", "epochId": 18446744073709551615}`, &script.ResumptionPSKProposal{Epoch: 1<<64 - 1}},
		{
			`{"action": "groupContextExtensionsProposal", "actor": "bob", "extensions": [{"extensionType": 65535, "extension_data": "AAE="}, {"extension_type": 1}]}`,
			&script.GroupContextExtensionsProposal{Extensions: []script.Extension{{Type: 65535, Data: []byte{0, 1}}, {Type: 1}}},
		},
		{
			`{"action": "commit", "actor": "alice", "by_reference": [4, 5], "byValue": [
				{"proposalType": "add", "keyPackage": 1}, {"proposalType": "remove", "removed": "bob"},
				{"proposalType": "externalPSK", "psk_id": 2}, {"proposalType": "resumptionPSK", "epochID": 3},
				{"proposalType": "groupContextExtensions", "extensions": []}, {"proposal_type": "reinit", "changeGroupId": true}
			], "ForcePath": true, "externalTree": true}`,
			&script.Commit{ByReference: []int{4, 5}, ByValue: []script.Proposal{
				{Type: script.Add, KeyPackage: 1},
				{Type: script.Remove, Removed: "bob"},
				{Type: script.ExternalPSK, PSK: 2},
				{Type: script.ResumptionPSK, Epoch: 3},
				{Type: script.GroupContextExtensions},
				{Type: script.Reinitialize, ChangeGroupID: true},
			}, ForcePath: true, ExternalTree: true},
		},
		{`{"action": "handlePendingCommit", "actor": "alice"}`, &script.HandlePendingCommit{}},
		{`{"action": "handleCommit", "actor": "bob", "commit": 10, "byReference": [4, 5]}`, &script.HandleCommit{Commit: 10, ByReference: []int{4, 5}}},
		{`{"action": "joinGroup", "actor": "carol", "welcome": 10}`, &script.JoinGroup{Welcome: 10}},
		{
			`{"action": "fullCommit", "actor": "carol", "members": ["bob"], "joiners": null, "force_path": true}`,
			&script.FullCommit{Commit: script.Commit{ForcePath: true}, Members: []string{"bob"}},
		},
		{
			`{"action": "externalJoin", "actor": "bob", "joiner": "dave", "members": ["carol"], "psks": [2], "external_tree": true, "remove_prior": true}`,
			&script.ExternalJoin{Joiner: "dave", Members: []string{"carol"}, PSKs: []int{2}, ExternalTree: true, RemovePrior: true},
		},
		{`{"action": "protect", "actor": "dave", "authenticated_data": "with", "plaintext": "text"}`, &script.Protect{AuthenticatedData: "with", Plaintext: "text"}},
		{`{"action": "unprotect", "actor": "bob", "ciphertext": 16}`, &script.Unprotect{Ciphertext: 16}},
		{`{"action": "newMemberAddProposal", "actor": "bob", "joiner": "eve"}`, &script.NewMemberAddProposal{Joiner: "eve"}},
		{`{"action": "addExternalSigner", "actor": "bob", "signer": "frank"}`, &script.AddExternalSigner{Signer: "frank"}},
		{
			`{"action": "externalSignerProposal", "actor": "frank", "member": "bob", "description": {"proposalType": "remove", "removed": "dave"}}`,
			&script.ExternalSignerProposal{Member: "bob", Description: script.Proposal{Type: script.Remove, Removed: "dave"}},
		},
		{
			`{"action": "branch", "actor": "bob", "members": ["dave"], "extensions": [], "forcePath": true, "external_tree": true, "x-newGroup": "sub"}`,
			&script.Branch{Members: []string{"dave"}, ForcePath: true, ExternalTree: true, NewGroup: "sub"},
		},
		{
			`{"action": "reinit", "proposer": "bob", "committer": "carol", "welcomer": "bob", "members": ["dave"], "changeCiphersuite": true,
				"changeGroupID": true, "extensions": [{"extension_type": 3}], "forcePath": true, "externalTree": true, "x-newGroup": "next"}`,
			&script.ReInit{
				Proposer: "bob", Committer: "carol", Welcomer: "bob", Members: []string{"dave"}, ChangeSuite: true,
				ChangeGroupID: true, Extensions: []script.Extension{{Type: 3}}, ForcePath: true, ExternalTree: true, NewGroup: "next",
			},
		},
		{`{"action": "installExternalPSK", "clients": ["dave"], "x-psk": 2}`, &script.InstallExternalPSK{Clients: []string{"dave"}, Reuse: 2}},
		{
			`{"action": "x-export", "members": ["bob"], "label": "odd \u0000", "context": "00ff", "length": 65536}`,
			&script.Export{Members: []string{"bob"}, Label: "odd \x00", Context: []byte{0, 255}, Length: 65536},
		},
		{`{"action": "x-stateAuth", "members": ["bob"], "others": ["dave"]}`, &script.StateAuth{Members: []string{"bob"}, Others: []string{"dave"}}},
		{`{"action": "commit", "actor": "carol", "x-group": "next"}`, &script.Commit{}},
	}
	var raws []string
	for _, s := range steps {
		raws = append(raws, s.raw)
	}
	scripts, err := script.Parse("a/b.json", file(raws...))
	if err != nil {
		t.Fatal(err)
	}
	s := scripts[0]
	for i, step := range s.Steps {
		if diff := cmp.Diff(steps[i].want, step.Args, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("step %d, %s (-want +got)\n%s", i, step.Action, diff)
		}
		if step.Index != i || string(step.Raw) != raws[i] {
			t.Errorf("step %d is %d, %s", i, step.Index, step.Raw)
		}
	}
	if s.File != "b" || s.Name != "s" || s.Steps[0].Comment != "why" || !s.ChangesSuite {
		t.Errorf("got %+v", s)
	}
	if diff := cmp.Diff([]string{"alice", "bob", "carol", "dave", "eve", "frank"}, s.Roles); diff != "" {
		t.Errorf("roles (-want +got)\n%s", diff)
	}
	if last := s.Steps[len(s.Steps)-1]; last.Group != "next" || last.Actor != "carol" {
		t.Errorf("got %+v", last)
	}
}

// A mistake in a step is found with file, script, step and field.
func TestFaults(t *testing.T) {
	for _, test := range []struct {
		name  string
		steps []string // the last is wrong
		field string
		text  string
	}{
		{"unknown action", []string{`{"action": "destroyGroup", "actor": "alice"}`}, "action", "unknown action"},
		{"no action", []string{`{"actor": "alice"}`}, "action", "missing"},
		{"action is no text", []string{`{"action": 7}`}, "action", "want a string, got 7"},
		{"not an object", []string{`["createGroup"]`}, "", "not a JSON object"},
		{"unknown key", []string{`{"action": "createGroup", "actor": "alice", "member": []}`}, "member", "unknown key"},
		{"key of another action", []string{`{"action": "createGroup", "actor": "alice", "force_path": true}`}, "force_path", "unknown key"},
		{"unknown own key", []string{`{"action": "createGroup", "actor": "alice", "x-try": 1}`}, "x-try", "unknown key"},
		{"key twice", []string{`{"action": "createGroup", "actor": "alice", "actor": "bob"}`}, "actor", "given twice"},
		{"key in two spellings", []string{pair, `{"action": "fullCommit", "actor": "alice", "forcePath": true, "force_path": false}`}, "force_path", "also as forcePath"},
		{"missing actor", []string{`{"action": "createGroup", "members": ["bob"]}`}, "actor", "missing"},
		{"empty actor", []string{`{"action": "createGroup", "actor": ""}`}, "actor", "missing"},
		{"actor in no group", []string{pair, key, `{"action": "commit", "actor": "carol"}`}, "actor", "no earlier step brings carol into a group"},
		{"actor in another group", []string{pair, `{"action": "commit", "actor": "bob", "x-group": "sub"}`}, "actor", `into the group "sub"`},
		{"actor without KeyPackage", []string{pair, `{"action": "commit", "actor": "bob"}`, `{"action": "joinGroup", "actor": "carol", "welcome": 1}`}, "actor", "no earlier step makes a KeyPackage of carol"},
		{"actor no signer", []string{pair, `{"action": "externalSignerProposal", "actor": "bob", "member": "alice", "description": {"proposalType": "resumptionPSK", "epochID": 1}}`}, "actor", "external signer"},
		{"member nobody knows", []string{pair, `{"action": "fullCommit", "actor": "alice", "members": ["bob", "zoe"]}`}, "members[1]", "no earlier step brings zoe into a group"},
		{"member twice", []string{`{"action": "createGroup", "actor": "alice", "members": ["bob", "bob"]}`}, "members[1]", "bob is named twice"},
		{"member is the actor", []string{pair, `{"action": "fullCommit", "actor": "alice", "members": ["bob", "alice"]}`}, "members[1]", "alice is the actor"},
		{"member without name", []string{`{"action": "createGroup", "actor": "alice", "members": [""]}`}, "members[0]", "empty"},
		{"members no list", []string{`{"action": "createGroup", "actor": "alice", "members": "bob"}`}, "members", "want an array"},
		{"joiner without KeyPackage", []string{pair, `{"action": "fullCommit", "actor": "alice", "joiners": ["dave"]}`}, "joiners[0]", "KeyPackage of dave"},
		{"joiner missing", []string{pair, `{"action": "externalJoin", "actor": "alice"}`}, "joiner", "missing"},
		{"removed nobody knows", []string{pair, `{"action": "removeProposal", "actor": "alice", "removed": "zoe"}`}, "removed", "no earlier step names zoe"},
		{"removed missing", []string{pair, `{"action": "removeProposal", "actor": "alice"}`}, "removed", "missing"},
		{"PSK for nobody", []string{pair, `{"action": "installExternalPSK"}`}, "clients", "missing"},
		{"PSK for somebody in no group", []string{pair, `{"action": "installExternalPSK", "clients": ["zoe"]}`}, "clients[0]", "no earlier step brings zoe"},
		{"forward reference", []string{pair, `{"action": "fullCommit", "actor": "alice", "byReference": [2]}`, `{"action": "updateProposal", "actor": "bob"}`}, "byReference[0]", "step 2 comes later"},
		{"reference to itself", []string{pair, `{"action": "fullCommit", "actor": "alice", "byReference": [1]}`}, "byReference[0]", "step 1 is this step itself"},
		{"index too high", []string{pair, `{"action": "unprotect", "actor": "bob", "ciphertext": 9}`}, "ciphertext", "there is no step 9; the script has steps 0 to 1"},
		{"index negative", []string{pair, `{"action": "unprotect", "actor": "bob", "ciphertext": -1}`}, "ciphertext", "there is no step -1"},
		{"index no number", []string{pair, `{"action": "unprotect", "actor": "bob", "ciphertext": "1"}`}, "ciphertext", `want the index of a step, got "1"`},
		{"index with a fraction", []string{pair, `{"action": "unprotect", "actor": "bob", "ciphertext": 0.0}`}, "ciphertext", "want the index of a step"},
		{"index missing", []string{pair, `{"action": "unprotect", "actor": "bob"}`}, "ciphertext", "missing"},
		{"reference to another thing", []string{pair, key, `{"action": "unprotect", "actor": "bob", "ciphertext": 1}`}, "ciphertext", "step 1 (createKeyPackage) makes no ciphertext"},
		{"reference to what fails", []string{pair, `{"action": "protect", "actor": "bob", "x-expectError": true}`, `{"action": "unprotect", "actor": "bob", "ciphertext": 1}`}, "ciphertext", "step 1 is to fail"},
		{"joining what fails", []string{pair, `{"action": "createKeyPackage", "actor": "carol", "x-expectError": true}`, `{"action": "fullCommit", "actor": "alice", "joiners": ["carol"]}`}, "joiners[0]", "KeyPackage of carol"},
		{"unknown proposal", []string{pair, `{"action": "fullCommit", "actor": "alice", "byValue": [{"proposalType": "update"}]}`}, "byValue[0].proposalType", "unknown proposal type"},
		{"proposal with a field too many", []string{pair, key, `{"action": "fullCommit", "actor": "alice", "byValue": [{"proposalType": "add", "keyPackage": 1}, {"proposalType": "add", "keyPackage": 1, "removed": "bob"}]}`}, "byValue[1].removed", "unknown key"},
		{"proposal with a field too few", []string{pair, `{"action": "fullCommit", "actor": "alice", "byValue": [{"proposalType": "externalPSK"}]}`}, "byValue[0].pskID", "missing"},
		{"proposal of no PSK", []string{pair, psk, key, `{"action": "externalPSKProposal", "actor": "alice", "pskID": 2}`}, "pskID", "makes no external PSK"},
		{"extension without type", []string{pair, `{"action": "groupContextExtensionsProposal", "actor": "alice", "extensions": [{"extension_data": ""}]}`}, "extensions[0].extension_type", "missing"},
		{"extension type too large", []string{pair, `{"action": "groupContextExtensionsProposal", "actor": "alice", "extensions": [{"extension_type": 65536}]}`}, "extensions[0].extension_type", "16 bits"},
		{"extension data in hex", []string{pair, `{"action": "branch", "actor": "alice", "extensions": [{"extension_type": 1, "extension_data": "fff"}]}`}, "extensions[0].extension_data", "base64"},
		{"epoch negative", []string{pair, `{"action": "resumptionPSKProposal", "actor": "alice", "epochID": -1}`}, "epochID", "unsigned"},
		{"flag as text", []string{pair, `{"action": "fullCommit", "actor": "alice", "force_path": "yes"}`}, "forcePath", `want true or false, got "yes"`},
		{"description missing", []string{pair, `{"action": "addExternalSigner", "actor": "alice", "signer": "ds"}`, `{"action": "externalSignerProposal", "actor": "ds", "member": "alice"}`}, "description", "missing"},
		{"reinit without proposer", []string{pair, `{"action": "reinit", "committer": "alice", "welcomer": "bob"}`}, "proposer", "missing"},
		{"reinit with two proposers", []string{
			pair, `{"action": "addExternalSigner", "actor": "alice", "signer": "ds"}`,
			`{"action": "externalSignerProposal", "actor": "ds", "member": "alice", "description": {"proposalType": "reinit"}}`,
			`{"action": "reinit", "externalReinitProposal": 2, "proposer": "alice", "committer": "alice", "welcomer": "bob"}`,
		}, "proposer", "nobody else"},
		{"reinit of nobody", []string{pair, `{"action": "reinit", "proposer": "alice", "committer": "zoe", "welcomer": "bob"}`}, "committer", "no earlier step brings zoe"},
		{"new group is the old one", []string{pair, `{"action": "branch", "actor": "alice", "x-newGroup": ""}`}, "x-newGroup", "empty"},
		{"who fails is not clear", []string{`{"action": "createGroup", "actor": "alice", "members": ["bob"], "x-expectError": true}`}, "x-expectError", "several RPCs"},
		{"export by nobody", []string{pair, `{"action": "x-export", "length": 1}`}, "members", "missing"},
		{"export without length", []string{pair, `{"action": "x-export", "members": ["bob"]}`}, "length", "missing"},
		{"export context in base64", []string{pair, `{"action": "x-export", "members": ["bob"], "context": "AA==", "length": 1}`}, "context", "hex"},
		{"authenticator of nobody", []string{pair, `{"action": "x-stateAuth", "others": ["bob"]}`}, "members", "missing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			at := len(test.steps) - 1
			if test.name == "forward reference" {
				at = 1
			}
			_, err := script.Parse("dir/faulty.json", file(test.steps...))
			e, ok := errors.AsType[*script.Error](err)
			if !ok {
				t.Fatalf("got %v", err)
			}
			if e.File != "dir/faulty.json" || e.Script != "s" || e.Step != at || e.Field != test.field {
				t.Errorf("%s, script %s, step %d, field %s; want step %d, field %s", e.File, e.Script, e.Step, e.Field, at, test.field)
			}
			text := err.Error()
			for _, part := range []string{"dir/faulty.json", `script "s"`, fmt.Sprintf("step %d", at), test.text} {
				if !strings.Contains(text, part) {
					t.Errorf("%q does not say %q", text, part)
				}
			}
		})
	}
}

func TestFaultsOfAFile(t *testing.T) {
	for _, test := range []struct{ name, data, text string }{
		{"empty", "", "unexpected EOF"},
		{"not JSON", `{"scripts": {`, "not JSON"},
		{"an array", `[]`, "not a JSON object"},
		{"no scripts", `{}`, "scripts: missing"},
		{"not one script", `{"scripts": {}}`, "there are none"},
		{"more behind", `{"scripts": {"s": [` + pair + `]}} {}`, "more follows"},
		{"unknown key", `{"scripts": {"s": [` + pair + `]}, "script": {}}`, "script: unknown key"},
		{"no steps", `{"scripts": {"s": []}}`, `script "s": has no steps`},
		{"steps no array", `{"scripts": {"s": {}}}`, "want an array"},
		{"no name", `{"scripts": {"": [` + pair + `]}}`, "has no name"},
		{"a name twice", `{"scripts": {"s": [` + pair + `], "s": [` + pair + `]}}`, `script "s": given twice`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := script.Parse("f.json", []byte(test.data))
			if err == nil {
				t.Fatal("no error")
			}
			if text := err.Error(); !strings.HasPrefix(text, "f.json: ") || !strings.Contains(text, test.text) {
				t.Errorf("%q does not say %q", text, test.text)
			}
		})
	}
}

// Scripts come in the order of the file, and their names may look alike.
func TestOrderOfScripts(t *testing.T) {
	scripts, err := script.Parse("f.json", []byte(`{"comment": "c", "mode": "random", "scripts": {"b_c": [`+pair+`], "a": [`+pair+`], "bc": [`+pair+`]}}`))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range scripts {
		names = append(names, s.Name)
	}
	if diff := cmp.Diff([]string{"b_c", "a", "bc"}, names); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	if _, err := script.Load(dir); err == nil {
		t.Error("an empty folder has scripts")
	}
	if _, err := script.Load(filepath.Join(dir, "none.json")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	for _, name := range []string{"b.json", "a.json", "notes.txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), file(pair), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	scripts, err := script.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(scripts) != 2 || scripts[0].File != "a" || scripts[1].File != "b" {
		t.Errorf("got %d scripts", len(scripts))
	}
	one, err := script.Load(filepath.Join(dir, "notes.txt"))
	if err != nil || len(one) != 1 || one[0].File != "notes.txt" {
		t.Errorf("one file: %v, %v", one, err)
	}
	if !slices.Equal(one[0].Roles, []string{"alice", "bob"}) {
		t.Errorf("roles %v", one[0].Roles)
	}
}
