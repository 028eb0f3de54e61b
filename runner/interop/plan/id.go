package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/runner/interop/script"
)

// shownRoles is how many roles an id spells out. With more it would be longer
// than a line.
const shownRoles = 6

// prefix begins the ids of a script's cases.
func prefix(s *script.Script, suite codepoint.CipherSuite, f Framing) string {
	return fmt.Sprintf("%s/suite%d/%s/", scriptID(s), uint16(suite), f)
}

func scriptID(s *script.Script) string { return escape(s.File) + "/" + escape(s.Name) }

// rolesID ends the id of a case.
func rolesID(roles []Role) string {
	var names []string
	for _, r := range roles {
		names = append(names, r.Client)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) == 1 {
		return "all=" + names[0]
	}
	var parts []string
	for _, r := range roles {
		parts = append(parts, escape(r.Role)+"="+r.Client)
	}
	whole := strings.Join(parts, ",")
	if len(roles) <= shownRoles {
		return whole
	}
	sum := sha256.Sum256([]byte(whole))
	return strings.Join(names, "+") + "~" + hex.EncodeToString(sum[:8])
}

// escape writes a name so that it can be part of an id: what is no letter or
// digit, and none of ._-, becomes its bytes in hex after a percent sign.
func escape(name string) string {
	var b strings.Builder
	for i, r := range name {
		size := utf8.RuneLen(r)
		if r == utf8.RuneError {
			_, size = utf8.DecodeRuneInString(name[i:])
		} else if plain(r) {
			b.WriteRune(r)
			continue
		}
		for _, c := range []byte(name[i : i+size]) {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func plain(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("._-", r)
}

// CheckName tells why a name cannot be that of a client; nil when it can. Names
// stand in ids as they are. An @ may be there for versions.
func CheckName(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("a client has no name")
	case strings.ContainsFunc(name, func(r rune) bool { return r == utf8.RuneError || r != '@' && !plain(r) }):
		return fmt.Errorf("the name of a client has letters, digits and @._- only, not as in %q", name)
	}
	return nil
}
