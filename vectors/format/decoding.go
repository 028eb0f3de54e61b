package format

// A DecodingCase is one case of the family decoding: are these bytes a
// well-formed MLSMessage?
type DecodingCase struct {
	ID      string `json:"id"`      // decoding/WHAT
	Comment string `json:"comment"` // one sentence: what is special, and why the verdict is right
	DecodingInput
	Expectation
}

// A DecodingRequest is what a subject gets to see of a case.
type DecodingRequest struct {
	Family string `json:"family"` // [Decoding]
	ID     string `json:"id"`
	DecodingInput
}

// CaseID returns the id of the case.
func (r *DecodingRequest) CaseID() string { return r.ID }

// Request returns the case without what it expects.
func (c *DecodingCase) Request() *DecodingRequest {
	return &DecodingRequest{Family: Decoding, ID: c.ID, DecodingInput: c.DecodingInput}
}

// A DecodingInput is the question that a case asks. An accepted message has one
// encoding only (RFC 9420, Section 2.1), which is Bytes.
type DecodingInput struct {
	Bytes Hex `json:"bytes"` // an MLSMessage (RFC 9420, Section 6), or what is none
}
