package differential

import (
	"strings"
	"testing"

	"github.com/mlsconform/mlsconform/runner/strict"
	"github.com/mlsconform/mlsconform/runner/subject"
	"github.com/mlsconform/mlsconform/vectors"
	"github.com/mlsconform/mlsconform/vectors/format"
)

func casesOf[C any](t *testing.T, family string) []C {
	t.Helper()
	own, err := vectors.Own(family)
	if err != nil {
		t.Fatal(err)
	}
	var f format.File[C]
	if err := strict.Decode(own.Data, &f); err != nil {
		t.Fatal(err)
	}
	return f.Cases
}

// The vectors say by hand where either verdict is right. A stack that answers
// otherwise than mlsconform differs in the other cases, and in no others.
func checkOpen(t *testing.T, request format.Request, want format.Result) {
	t.Helper()
	ours, err := judge(request)
	if err != nil || ours.Result == format.Unsupported {
		return
	}
	theirs := subject.Answer{Verdict: format.Verdict{Result: format.Accept}}
	if ours.Result == format.Accept {
		theirs.Result = format.Reject
	}
	differs := 0
	for _, d := range compare(request, ours, theirs, nil) {
		if d.kind != open {
			differs++
		}
	}
	if (differs == 0) != (want == format.Either) {
		t.Errorf("%s: %s is right, mlsconform says %s (%s), and %d differences count; objections: %q", request.CaseID(), want, ours.Result, ours.Detail, differs, reviewRequest(request).objections)
	}
}

func TestWhatIsOpenInDecoding(t *testing.T) {
	for _, c := range casesOf[format.DecodingCase](t, format.Decoding) {
		checkOpen(t, c.Request(), c.Result)
	}
}

// Not looked at are X.509, a longest lifetime, and what no mutation makes: keys
// and signatures of which some verifiers think otherwise.
func TestWhatIsOpenInKeyPackages(t *testing.T) {
	for _, c := range casesOf[format.KeyPackageCase](t, format.KeyPackage) {
		strange := strings.Contains(c.ID, "/5.1.1-02-signature-key-") || strings.Contains(c.ID, "-r-torsion/")
		x509 := c.Expected != nil && c.Expected.Credential.Certificates != nil
		if c.Suite <= maxSuite && c.MaxLifetime == nil && !x509 && (!strange || c.Result != format.Either) {
			checkOpen(t, c.Request(), c.Result)
		}
	}
}
