package faulty

import (
	"crypto/rand"
	"errors"

	"github.com/mlsconform/mlsconform/impl/ciphersuite"
	"github.com/mlsconform/mlsconform/impl/codepoint"
	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/leaf"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/schedule"
	"github.com/mlsconform/mlsconform/impl/syntax"
	"github.com/mlsconform/mlsconform/impl/treemath"
	pb "github.com/mlsconform/mlsconform/runner/interop/mlsclient"
)

// wrongParentHash makes an external Commit in which nothing is wrong but the
// parent hash: it is changed, and what is signed is signed anew.
func wrongParentHash(r *pb.ExternalJoinRequest) ([]byte, error) {
	m, err := framing.Parse(r.GetGroupInfo())
	if err != nil {
		return nil, err
	}
	info := m.GroupInfo
	if info == nil {
		return nil, errors.New("faulty: no GroupInfo")
	}
	suite, err := ciphersuite.Lookup(info.GroupContext.CipherSuite)
	if err != nil {
		return nil, err
	}
	signer, err := suite.GenerateSignatureKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	g, commit, err := join(r, info, signer)
	if err != nil {
		return nil, err
	}
	return forge(suite, commit, info, signer, g.OwnIndex())
}

// join joins honestly, but in the place of nobody.
func join(r *pb.ExternalJoinRequest, info *message.GroupInfo, signer ciphersuite.Signer) (*group.Group, *framing.MLSMessage, error) {
	psks := make(map[string]ciphersuite.Secret)
	o := group.ExternalOptions{}
	for _, psk := range r.GetPsks() {
		psks[string(psk.GetPskId())] = psk.GetPskSecret()
		o.PSKs = append(o.PSKs, schedule.PreSharedKeyID{Type: schedule.PSKExternal, ID: psk.GetPskId()})
	}
	if len(r.GetRatchetTree()) > 0 {
		o.RatchetTree = r.GetRatchetTree()
	}
	config := group.Config{NoGREASE: true, PSK: func(id *schedule.PreSharedKeyID) (ciphersuite.Secret, bool) {
		secret, ok := psks[string(id.ID)]
		return secret, ok
	}}
	return group.JoinExternal(config, info, group.Identity{Credential: leaf.Basic(r.GetIdentity()), Signer: signer}, o)
}

func forge(suite *ciphersuite.Suite, commit *framing.MLSMessage, info *message.GroupInfo, signer ciphersuite.Signer, place treemath.LeafIndex) ([]byte, error) {
	p := commit.PublicMessage
	n := p.Content.Commit.Path.LeafNode.Clone()
	// A member that is alone in its tree has an empty parent hash.
	if n.ParentHash = append([]byte{}, n.ParentHash...); len(n.ParentHash) == 0 {
		n.ParentHash = make([]byte, suite.HashSize())
	}
	n.ParentHash[0] ^= 1
	if err := n.Sign(suite, signer, info.GroupContext.GroupID, place); err != nil {
		return nil, err
	}
	p.Content.Commit.Path.LeafNode = *n
	context, err := syntax.Marshal(&info.GroupContext)
	if err != nil {
		return nil, err
	}
	a := &framing.AuthenticatedContent{WireFormat: codepoint.WireFormatPublicMessage, Content: p.Content, Auth: p.Auth}
	if err := a.Sign(suite, signer, context); err != nil {
		return nil, err
	}
	if p, err = framing.ProtectPublic(suite, a, nil, nil); err != nil {
		return nil, err
	}
	return syntax.Marshal(&framing.MLSMessage{PublicMessage: p})
}
