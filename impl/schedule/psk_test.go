package schedule_test

import (
	"encoding/hex"
	"testing"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/rule"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/syntax/syntaxtest"
)

func externalID() schedule.PreSharedKeyID {
	return schedule.PreSharedKeyID{Type: schedule.PSKExternal, ID: []byte("id"), Nonce: []byte{1, 2, 3}}
}

func resumptionID(usage schedule.ResumptionPSKUsage) schedule.PreSharedKeyID {
	return schedule.PreSharedKeyID{
		Type: schedule.PSKResumption, Usage: usage, GroupID: []byte("group"), Epoch: 7, Nonce: []byte{4, 5},
	}
}

func allIDs() []schedule.PreSharedKeyID {
	return []schedule.PreSharedKeyID{
		externalID(),
		{Type: schedule.PSKExternal},
		resumptionID(schedule.UsageApplication),
		resumptionID(schedule.UsageReInit),
		resumptionID(schedule.UsageBranch),
	}
}

func TestPreSharedKeyIDCodec(t *testing.T) { syntaxtest.Codec(t, allIDs()...) }

func FuzzPreSharedKeyID(f *testing.F) { syntaxtest.FuzzCodec(f, allIDs()...) }

const (
	externalHex   = "01" + "026964" + "03010203"
	resumptionHex = "02" + "01" + "0567726f7570" + "0000000000000007" + "020405"
)

func TestPreSharedKeyIDBytes(t *testing.T) {
	for want, id := range map[string]schedule.PreSharedKeyID{
		externalHex:   externalID(),
		resumptionHex: resumptionID(schedule.UsageApplication),
	} {
		got, err := syntax.Marshal(&id)
		if err != nil {
			t.Fatal(err)
		}
		if hex.EncodeToString(got) != want {
			t.Errorf("encoding = %x, want %s", got, want)
		}
	}
}

func TestPreSharedKeyIDRefusesUnknownValues(t *testing.T) {
	for _, c := range []struct {
		name, encoded string
		value         schedule.PreSharedKeyID
		want          rule.ID
	}{
		{"type 0", "00" + externalHex[2:], schedule.PreSharedKeyID{Type: 0}, "rfc9420-8.4-04"},
		{"type 3", "03" + externalHex[2:], schedule.PreSharedKeyID{Type: 3}, "rfc9420-8.4-04"},
		{"usage 0", "0200" + resumptionHex[4:], resumptionID(0), "rfc9420-8.4-05"},
		{"usage 4", "0204" + resumptionHex[4:], resumptionID(4), "rfc9420-8.4-05"},
	} {
		t.Run(c.name, func(t *testing.T) {
			encoded, err := hex.DecodeString(c.encoded)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := syntax.Parse[schedule.PreSharedKeyID](encoded); rule.Of(err) != c.want {
				t.Errorf("Parse: %v, want %s", err, c.want)
			}
			if _, err := syntax.Marshal(&c.value); rule.Of(err) != c.want {
				t.Errorf("Marshal: %v, want %s", err, c.want)
			}
		})
	}
}

func TestPreSharedKeyIDEqual(t *testing.T) {
	change := func(id schedule.PreSharedKeyID, edit func(*schedule.PreSharedKeyID)) schedule.PreSharedKeyID {
		edit(&id)
		return id
	}
	resumption := resumptionID(schedule.UsageApplication)
	for _, c := range []struct {
		name string
		a, b schedule.PreSharedKeyID
		want bool
	}{
		{"external", externalID(), externalID(), true},
		{"resumption", resumption, resumptionID(schedule.UsageApplication), true},
		{"type", externalID(), change(externalID(), func(id *schedule.PreSharedKeyID) { id.Type = schedule.PSKResumption }), false},
		{"id", externalID(), change(externalID(), func(id *schedule.PreSharedKeyID) { id.ID = []byte("ID") }), false},
		{"external nonce", externalID(), change(externalID(), func(id *schedule.PreSharedKeyID) { id.Nonce = nil }), false},
		{"external, field of the other type", externalID(), change(externalID(), func(id *schedule.PreSharedKeyID) { id.Epoch = 1 }), true},
		{"usage", resumption, resumptionID(schedule.UsageBranch), false},
		{"group", resumption, change(resumption, func(id *schedule.PreSharedKeyID) { id.GroupID = nil }), false},
		{"epoch", resumption, change(resumption, func(id *schedule.PreSharedKeyID) { id.Epoch++ }), false},
		{"resumption nonce", resumption, change(resumption, func(id *schedule.PreSharedKeyID) { id.Nonce = []byte{4, 6} }), false},
		{"resumption, field of the other type", resumption, change(resumption, func(id *schedule.PreSharedKeyID) { id.ID = []byte{1} }), true},
	} {
		if got := c.a.Equal(&c.b); got != c.want {
			t.Errorf("%s: Equal = %v", c.name, got)
		}
		if got := c.b.Equal(&c.a); got != c.want {
			t.Errorf("%s, other way round: Equal = %v", c.name, got)
		}
	}
}

func TestPSKNames(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{schedule.PSKExternal.String(), "external"},
		{schedule.PSKResumption.String(), "resumption"},
		{schedule.PSKType(3).String(), "0x03"},
		{schedule.UsageApplication.String(), "application"},
		{schedule.UsageReInit.String(), "reinit"},
		{schedule.UsageBranch.String(), "branch"},
		{schedule.ResumptionPSKUsage(0).String(), "0x00"},
	} {
		if c.got != c.want {
			t.Errorf("String = %q, want %q", c.got, c.want)
		}
	}
}

func TestPSKSecret(t *testing.T) {
	eachSuite(t, func(t *testing.T, suite *ciphersuite.Suite, ref reference) {
		psks := []schedule.PSK{
			{ID: externalID(), Secret: []byte("short")},
			{ID: resumptionID(schedule.UsageApplication), Secret: secret("psk", ref.nh)},
		}
		zero := make([]byte, ref.nh)
		input := func(psk schedule.PSK, encodedID string, index, count byte) []byte {
			label, err := hex.DecodeString(encodedID)
			if err != nil {
				t.Fatal(err)
			}
			label = append(label, 0, index, 0, count)
			return ref.expand(ref.extract(zero, psk.Secret), "derived psk", label, ref.nh)
		}
		one := ref.extract(input(psks[0], externalHex, 0, 1), zero)
		two := ref.extract(input(psks[0], externalHex, 0, 2), zero)
		two = ref.extract(input(psks[1], resumptionHex, 1, 2), two)

		for n, want := range [][]byte{zero, one, two} {
			got, err := schedule.PSKSecret(suite, psks[:n])
			if err != nil {
				t.Fatal(err)
			}
			wantBytes(t, "psk_secret", got, want)
		}
		wantBytes(t, "first key afterwards", psks[0].Secret, []byte("short"))
	})
}

func TestPSKSecretRefuses(t *testing.T) {
	suite, _ := suite1(t)
	if _, err := schedule.PSKSecret(suite, make([]schedule.PSK, 1<<16)); rule.Of(err) != "rfc9420-8.4-03" {
		t.Errorf("65536 keys: %v", err)
	}
	psks := []schedule.PSK{{ID: externalID()}, {ID: schedule.PreSharedKeyID{Type: 3}}}
	if _, err := schedule.PSKSecret(suite, psks); rule.Of(err) != "rfc9420-8.4-04" {
		t.Errorf("unknown type: %v", err)
	}
}
