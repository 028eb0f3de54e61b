package format

// A CiphersuiteCase is one case of the family ciphersuite: does the function
// take these arguments, and is the outcome that they claim the right one?
type CiphersuiteCase struct {
	ID      string `json:"id"`      // ciphersuite/FUNCTION-WHAT/suiteN
	Comment string `json:"comment"` // one sentence: what is special, and why the verdict is right
	CiphersuiteInput
	Expectation
}

// A CiphersuiteRequest is what a subject gets to see of a case.
type CiphersuiteRequest struct {
	Family string `json:"family"` // [Ciphersuite]
	ID     string `json:"id"`
	CiphersuiteInput
}

// CaseID returns the id of the case.
func (r *CiphersuiteRequest) CaseID() string { return r.ID }

// Request returns the case without what it expects.
func (c *CiphersuiteCase) Request() *CiphersuiteRequest {
	return &CiphersuiteRequest{Family: Ciphersuite, ID: c.ID, CiphersuiteInput: c.CiphersuiteInput}
}

// A CiphersuiteInput is the question that a case asks.
type CiphersuiteInput struct {
	Suite     uint16    `json:"suite"`
	Function  Function  `json:"function"`
	Arguments Arguments `json:"arguments"` // those of the function
}

// Call returns the input for the function that args belong to.
func Call(suite uint16, args Arguments) CiphersuiteInput {
	return CiphersuiteInput{Suite: suite, Function: args.function(), Arguments: args}
}

// NewValue returns what to decode the arguments into: that depends on the
// function. It is nil when there is no such function.
func (in *CiphersuiteInput) NewValue(string) any {
	for _, args := range []Arguments{
		new(HashArguments),
		new(RefHashArguments),
		new(ExpandWithLabelArguments),
		new(DeriveSecretArguments),
		new(DeriveTreeSecretArguments),
		new(VerifyWithLabelArguments),
		new(EncryptWithLabelArguments),
		new(DecryptWithLabelArguments),
		new(AEADOpenArguments),
		new(MACArguments),
		new(DeriveKeyPairArguments),
	} {
		if args.function() == in.Function {
			return args
		}
	}
	return nil
}

// A Function is one of a cipher suite's.
type Function string

// The functions. Each is accepted when it takes its arguments and gives what
// they claim.
const (
	Hash             Function = "hash"
	RefHash          Function = "ref_hash"           // RFC 9420, Section 5.2
	ExpandWithLabel  Function = "expand_with_label"  // Section 8
	DeriveSecret     Function = "derive_secret"      // Section 8
	DeriveTreeSecret Function = "derive_tree_secret" // Section 9
	VerifyWithLabel  Function = "verify_with_label"  // Section 5.1.2
	EncryptWithLabel Function = "encrypt_with_label" // Section 5.1.3; what comes out is random, and not compared
	DecryptWithLabel Function = "decrypt_with_label" // Section 5.1.3
	AEADOpen         Function = "aead_open"          // Section 5.1
	MAC              Function = "mac"                // Section 5.1; HMAC with the suite's hash
	DeriveKeyPair    Function = "derive_key_pair"    // Section 5.1; of the suite's KEM
)

// Arguments are a pointer to the Arguments type of the case's function. Labels
// are as the caller gives them, without "MLS 1.0 " in front.
type Arguments interface{ function() Function }

// HashArguments claim that Out is the hash of Data.
type HashArguments struct {
	Data Hex `json:"data"`
	Out  Hex `json:"out"`
}

// RefHashArguments claim that Out is RefHash(Label, Value).
type RefHashArguments struct {
	Label string `json:"label"` // taken as it is: RefHash puts nothing in front
	Value Hex    `json:"value"`
	Out   Hex    `json:"out"`
}

// ExpandWithLabelArguments claim that Out is ExpandWithLabel(Secret, Label,
// Context, Length).
type ExpandWithLabelArguments struct {
	Secret  Hex    `json:"secret"`
	Label   string `json:"label"`
	Context Hex    `json:"context"`
	Length  uint32 `json:"length"` // beyond uint16 there is no such call: reject
	Out     Hex    `json:"out"`
}

// DeriveSecretArguments claim that Out is DeriveSecret(Secret, Label).
type DeriveSecretArguments struct {
	Secret Hex    `json:"secret"`
	Label  string `json:"label"`
	Out    Hex    `json:"out"`
}

// DeriveTreeSecretArguments claim that Out is DeriveTreeSecret(Secret, Label,
// Generation, Length).
type DeriveTreeSecretArguments struct {
	Secret     Hex    `json:"secret"`
	Label      string `json:"label"`
	Generation uint32 `json:"generation"`
	Length     uint32 `json:"length"`
	Out        Hex    `json:"out"`
}

// VerifyWithLabelArguments claim that VerifyWithLabel(Public, Label, Content,
// Signature) is true.
type VerifyWithLabelArguments struct {
	Public    Hex    `json:"pub"` // in the format of RFC 9420, Section 5.1.1
	Label     string `json:"label"`
	Content   Hex    `json:"content"`
	Signature Hex    `json:"signature"`
}

// EncryptWithLabelArguments claim that something can be encrypted to Public.
type EncryptWithLabelArguments struct {
	Public    Hex    `json:"pub"`
	Label     string `json:"label"`
	Context   Hex    `json:"context"`
	Plaintext Hex    `json:"plaintext"`
}

// DecryptWithLabelArguments claim that Plaintext is what
// DecryptWithLabel(Private, Label, Context, KEMOutput, Ciphertext) returns.
type DecryptWithLabelArguments struct {
	Private    Hex    `json:"priv"`
	Public     Hex    `json:"pub"` // that of Private, for those who need it to decrypt
	Label      string `json:"label"`
	Context    Hex    `json:"context"`
	KEMOutput  Hex    `json:"kem_output"`
	Ciphertext Hex    `json:"ciphertext"`
	Plaintext  Hex    `json:"plaintext"`
}

// AEADOpenArguments claim that Ciphertext, tag included, opens to Plaintext.
type AEADOpenArguments struct {
	Key        Hex `json:"key"`
	Nonce      Hex `json:"nonce"`
	AAD        Hex `json:"aad"`
	Ciphertext Hex `json:"ciphertext"`
	Plaintext  Hex `json:"plaintext"`
}

// MACArguments claim that Tag is the MAC of Data under Key.
type MACArguments struct {
	Key  Hex `json:"key"`
	Data Hex `json:"data"`
	Tag  Hex `json:"tag"`
}

// DeriveKeyPairArguments claim that Public is the public key of the pair that
// the KEM derives from IKM. There is no private key, since one X25519 or X448
// key has several encodings.
type DeriveKeyPairArguments struct {
	IKM    Hex `json:"ikm"`
	Public Hex `json:"pub"`
}

func (*HashArguments) function() Function             { return Hash }
func (*RefHashArguments) function() Function          { return RefHash }
func (*ExpandWithLabelArguments) function() Function  { return ExpandWithLabel }
func (*DeriveSecretArguments) function() Function     { return DeriveSecret }
func (*DeriveTreeSecretArguments) function() Function { return DeriveTreeSecret }
func (*VerifyWithLabelArguments) function() Function  { return VerifyWithLabel }
func (*EncryptWithLabelArguments) function() Function { return EncryptWithLabel }
func (*DecryptWithLabelArguments) function() Function { return DecryptWithLabel }
func (*AEADOpenArguments) function() Function         { return AEADOpen }
func (*MACArguments) function() Function              { return MAC }
func (*DeriveKeyPairArguments) function() Function    { return DeriveKeyPair }
