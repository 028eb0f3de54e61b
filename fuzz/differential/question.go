package differential

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/mlsconform/mlsconform/fuzz/mutate"
	"github.com/mlsconform/mlsconform/fuzz/seed"
	"github.com/mlsconform/mlsconform/runner/strict"
	"github.com/mlsconform/mlsconform/vectors"
	"github.com/mlsconform/mlsconform/vectors/format"
)

// Seeds are what questions are made of. Those that a program makes of the
// project's own objects are the same on every machine.
type Seeds struct {
	messages mutate.Pool               // of questions about decoding
	others   mutate.Pool               // the same, of objects that are not the project's own
	packages mutate.Pool               // of questions about KeyPackages
	inputs   []*format.KeyPackageInput // what else such a question says, for each object of packages
}

// NewSeeds collects the objects of the project's own vectors, and others.
func NewSeeds(others []seed.Object) (*Seeds, error) {
	own, err := seed.Own()
	if err != nil {
		return nil, err
	}
	s := &Seeds{}
	if err := fill(&s.messages, own); err != nil {
		return nil, err
	}
	if err := fill(&s.others, others); err != nil {
		return nil, err
	}
	return s, s.addPackages()
}

// fill adds messages; of all else only parts are used.
func fill(pool *mutate.Pool, objects []seed.Object) error {
	for _, o := range objects {
		add := pool.Add
		if o.Type != "message" {
			add = pool.AddParts
		}
		if err := add(o.Type, o.Data); err != nil {
			return err
		}
	}
	return nil
}

// maxSuite is the last of the suites that are quick everywhere. With the others,
// some stacks take seconds for an answer.
const maxSuite = 3

// addPackages takes the KeyPackages of the project's vectors that are valid, with
// the groups that they are for.
func (s *Seeds) addPackages() error {
	own, err := vectors.Own(format.KeyPackage)
	if err != nil {
		return err
	}
	var f format.File[format.KeyPackageCase]
	if err := strict.Decode(own.Data, &f); err != nil {
		return err
	}
	for _, c := range f.Cases {
		if c.Suite > maxSuite || c.Result != format.Accept || c.Expected.Credential.Certificates != nil || c.MaxLifetime != nil {
			continue
		}
		in := c.KeyPackageInput
		message, err := adopt(messageOf(&format.KeyPackageRequest{KeyPackageInput: in}))
		if err != nil {
			return fmt.Errorf("%s: %w", c.ID, err)
		}
		before := s.packages.Len()
		if err := s.packages.Add("message", message); err != nil {
			return fmt.Errorf("%s: %w", c.ID, err)
		}
		if s.packages.Len() > before {
			in.Time = uint64(present.Unix())
			s.inputs = append(s.inputs, &in)
		}
	}
	return nil
}

// first returns a question about a KeyPackage for each suite.
func (s *Seeds) first() []format.Request {
	var requests []format.Request
	for i, in := range s.inputs {
		if int(in.Suite) > len(requests) {
			requests = append(requests, s.Question(asKeyPackage, uint16(i), nil).Request(nil))
		}
	}
	return requests
}

// The bits of a program's first choice: what is asked about a mutant, and how.
const (
	asKeyPackage   = 1 << iota // a question about adding, not about decoding
	bareStruct                 // without the MLSMessage around it
	received                   // in the Add of somebody else
	unsignedLeaf               // whose signature is left as it was
	unsignedBundle             // the same for that of the whole KeyPackage
	ofOthers                   // a message that is not the project's own
	oneByte                    // is another in the end, whatever it is part of
	cutOff                     // somewhere
)

// Each calls add for every object, as it is.
func (s *Seeds) Each(add func(how byte, object uint16)) {
	for i := range s.messages.Len() {
		add(0, uint16(i))
	}
	for i := range s.others.Len() {
		add(ofOthers, uint16(i))
	}
	for i := range s.packages.Len() {
		add(asKeyPackage, uint16(i))
	}
}

// A Question is a request that a program makes.
type Question struct {
	seeds   *Seeds
	how     byte
	object  int
	place   int  // of oneByte or cutOff, in messages of any length
	value   byte // of oneByte
	program []byte
}

// Question returns the question of a program: how says what is asked, and the
// rest how an object is changed before.
func (s *Seeds) Question(how byte, object uint16, program []byte) *Question {
	q := &Question{seeds: s, how: how, object: int(object), program: program}
	if how&(oneByte|cutOff) > 0 && len(program) >= 3 {
		q.place, q.value, q.program = int(program[0])<<8|int(program[1]), program[2], program[3:]
	} else {
		q.how &^= oneByte | cutOff
	}
	return q
}

// roughen changes a message without regard to what its parts are.
func (q *Question) roughen(message []byte) []byte {
	if len(message) == 0 {
		return message
	}
	place := q.place % len(message)
	if q.how&oneByte > 0 {
		message[place] = q.value
	}
	if q.how&cutOff > 0 {
		message = message[:place]
	}
	return message
}

func (q *Question) pool() *mutate.Pool {
	switch {
	case q.how&asKeyPackage > 0:
		return &q.seeds.packages
	case q.how&ofOthers > 0 && q.seeds.others.Len() > 0:
		return &q.seeds.others
	}
	return &q.seeds.messages
}

// Request returns what is asked, about other bytes than the program's unless
// these are nil.
func (q *Question) Request(message []byte) format.Request {
	if message == nil {
		message = q.pool().Mutate(q.object, q.program)
	}
	message = q.roughen(message)
	if q.how&asKeyPackage == 0 {
		return &format.DecodingRequest{Family: format.Decoding, ID: format.Decoding + "/fuzz", DecodingInput: format.DecodingInput{Bytes: message}}
	}
	var signed repairs
	if q.how&unsignedLeaf == 0 {
		signed |= repairLeaf
	}
	if q.how&unsignedBundle == 0 {
		signed |= repairPackage
	}
	message = repair(message, signed)
	in := *q.seeds.inputs[q.object%len(q.seeds.inputs)]
	in.Form, in.Use, in.Bytes = format.Message, format.Add, message
	if q.how&bareStruct > 0 && bytes.HasPrefix(message, header) {
		in.Form, in.Bytes = format.Struct, message[len(header):]
	}
	if q.how&received > 0 {
		in.Use = format.Receive
	}
	return &format.KeyPackageRequest{Family: format.KeyPackage, ID: fmt.Sprintf("%s/fuzz/suite%d", format.KeyPackage, in.Suite), KeyPackageInput: in}
}

// shrink looks for smaller requests that are the same as the first one: with less
// of the program, and then with less of what it makes. The first request is that
// of the question itself.
func (q *Question) shrink(tries int, same func(format.Request) bool) {
	if !same(q.Request(nil)) {
		return
	}
	n := 0
	for ; n < len(q.program) && tries > 0; n++ {
		tries--
		if same(q.Request(q.pool().Mutate(q.object, q.program[:n]))) {
			break
		}
	}
	q.pool().Mutant(q.object, q.program[:n]).Shrink(tries, func(message []byte) bool { return same(q.Request(message)) })
}

// suffix is what follows the name of a case in its id.
func suffix(request format.Request) string {
	_, after, _ := strings.Cut(strings.TrimPrefix(request.CaseID(), "key-package/fuzz"), "/")
	if strings.HasPrefix(after, "suite") {
		return "/" + after
	}
	return ""
}
