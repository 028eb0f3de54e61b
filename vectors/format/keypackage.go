package format

// A KeyPackageCase is one case of the family key-package: may this key package
// be used so?
type KeyPackageCase struct {
	ID      string `json:"id"`      // key-package/WHAT/suiteN
	Comment string `json:"comment"` // one sentence: what is special, and why the verdict is right
	KeyPackageInput
	Expectation
	Expected *KeyPackageFields `json:"expected,omitzero"` // of an accept, and only of one
}

// A KeyPackageRequest is what a subject gets to see of a case.
type KeyPackageRequest struct {
	Family string `json:"family"` // [KeyPackage]
	ID     string `json:"id"`
	KeyPackageInput
}

// CaseID returns the id of the case.
func (r *KeyPackageRequest) CaseID() string { return r.ID }

// Request returns the case without what it expects.
func (c *KeyPackageCase) Request() *KeyPackageRequest {
	return &KeyPackageRequest{Family: KeyPackage, ID: c.ID, KeyPackageInput: c.KeyPackageInput}
}

// A KeyPackageInput is the question that a case asks.
type KeyPackageInput struct {
	Suite        uint16  `json:"suite"` // of the group
	Form         Form    `json:"form"`
	Bytes        Hex     `json:"bytes"` // the key package, in that form
	Use          Use     `json:"use"`
	Time         uint64  `json:"time"`                   // now, in Unix seconds, below 2^53
	GroupContext Hex     `json:"group_context,omitzero"` // GroupContext of the group that the key package is for
	RatchetTree  Hex     `json:"ratchet_tree,omitzero"`  // its members: the ratchet_tree extension's data
	MaxLifetime  *uint64 `json:"max_lifetime,omitzero"`  // longest lifetime that is taken, in seconds, below 2^53
}

// A Form is how a key package is encoded.
type Form string

// The forms.
const (
	Message Form = "message" // an MLSMessage with wire format mls_key_package
	Struct  Form = "struct"  // the bare KeyPackage
)

// A Use is what the key package is judged for.
type Use string

// The uses.
const (
	Add     Use = "add"     // fetched in order to be added: its lifetime has to cover the time
	Receive Use = "receive" // received in an Add proposal of somebody else
)

// KeyPackageFields are what a key package says, after it was accepted.
type KeyPackageFields struct {
	Version        uint16       `json:"version"`
	CipherSuite    uint16       `json:"cipher_suite"`
	InitKey        Hex          `json:"init_key"`
	EncryptionKey  Hex          `json:"encryption_key"`
	SignatureKey   Hex          `json:"signature_key"`
	Credential     Credential   `json:"credential"`
	Lifetime       Lifetime     `json:"lifetime"`
	Capabilities   Capabilities `json:"capabilities"`
	Extensions     Types        `json:"extensions"`      // of the key package, in their order
	LeafExtensions Types        `json:"leaf_extensions"` // of its leaf node, in their order
	LastResort     bool         `json:"last_resort"`     // it has the extension of that name
	Reference      Hex          `json:"reference"`       // KeyPackageRef
}

// A Credential is one of the two types that RFC 9420 defines.
type Credential struct {
	Type         uint16 `json:"type"`
	Identity     Hex    `json:"identity,omitzero"`     // basic, and only there; may be empty, not nil
	Certificates []Hex  `json:"certificates,omitzero"` // x509, and only there; DER, the end entity first
}

// A Lifetime is in Unix seconds. JSON has them as strings of decimal digits,
// since many readers of JSON numbers lose digits beyond 2^53.
type Lifetime struct {
	NotBefore uint64 `json:"not_before,string"`
	NotAfter  uint64 `json:"not_after,string"`
}

// Capabilities are lists of code points, in their order.
type Capabilities struct {
	Versions     Types `json:"versions"`
	CipherSuites Types `json:"cipher_suites"`
	Extensions   Types `json:"extensions"`
	Proposals    Types `json:"proposals"`
	Credentials  Types `json:"credentials"`
}
