package script

import "errors"

// An action of the format: who acts, what it makes and how its other keys are
// read.
type action struct {
	name  Action
	actor need
	makes product
	parse func(*parser, *object) any
}

// A need is what the actor of a step needs to have.
type need int

const (
	nobody  need = iota // there is no actor
	anybody             // nothing
	member              // a state in the group of the step
	joiner              // a KeyPackage
	signer              // the key of an external signer
)

// actions lists the actions. It is never changed.
var actions = []action{
	{ActionCreateGroup, anybody, 0, parseCreateGroup},
	{ActionCreateKeyPackage, anybody, keyPackage, func(p *parser, _ *object) any {
		p.begin(p.step.Actor)
		return &CreateKeyPackage{}
	}},
	{ActionJoinGroup, joiner, 0, func(p *parser, o *object) any {
		p.enter(p.step.Actor)
		return &JoinGroup{Welcome: p.reference(o, "welcome", welcome)}
	}},
	{ActionExternalJoin, member, commit, parseExternalJoin},
	{ActionInstallExternalPSK, nobody, psk, parseInstallExternalPSK},
	{ActionGroupInfo, member, 0, func(_ *parser, o *object) any {
		return &GroupInfo{ExternalTree: o.flag("externalTree")}
	}},
	{ActionAddProposal, member, proposal, func(p *parser, o *object) any {
		return &AddProposal{KeyPackage: p.reference(o, "keyPackage", keyPackage)}
	}},
	{ActionUpdateProposal, member, proposal, func(*parser, *object) any {
		return &UpdateProposal{}
	}},
	{ActionRemoveProposal, member, proposal, func(p *parser, o *object) any {
		return &RemoveProposal{Removed: p.known(o, "removed")}
	}},
	{ActionExternalPSKProposal, member, proposal, func(p *parser, o *object) any {
		return &ExternalPSKProposal{PSK: p.reference(o, "pskID", psk)}
	}},
	{ActionResumptionPSKProposal, member, proposal, func(_ *parser, o *object) any {
		return &ResumptionPSKProposal{Epoch: o.number("epochID", 64)}
	}},
	{ActionGroupContextExtensionsProposal, member, proposal, func(_ *parser, o *object) any {
		return &GroupContextExtensionsProposal{Extensions: parseExtensions(o)}
	}},
	{ActionFullCommit, member, commit | welcome, parseFullCommit},
	{ActionCommit, member, commit | welcome, func(p *parser, o *object) any {
		c := p.parseCommit(o)
		return &c
	}},
	{ActionHandleCommit, member, 0, func(p *parser, o *object) any {
		return &HandleCommit{
			Commit:      p.reference(o, "commit", commit),
			ByReference: p.references(o, "byReference", proposal),
		}
	}},
	{ActionHandlePendingCommit, member, 0, func(*parser, *object) any {
		return &HandlePendingCommit{}
	}},
	{ActionProtect, member, ciphertext, func(_ *parser, o *object) any {
		return &Protect{AuthenticatedData: o.text("authenticatedData"), Plaintext: o.text("plaintext")}
	}},
	{ActionUnprotect, member, 0, func(p *parser, o *object) any {
		return &Unprotect{Ciphertext: p.reference(o, "ciphertext", ciphertext)}
	}},
	{ActionReInit, nobody, 0, parseReInit},
	{ActionBranch, member, 0, parseBranch},
	{ActionNewMemberAddProposal, member, proposal, func(p *parser, o *object) any {
		a := &NewMemberAddProposal{Joiner: p.newRole(o, "joiner")}
		p.begin(a.Joiner)
		return a
	}},
	{ActionAddExternalSigner, member, proposal, func(p *parser, o *object) any {
		a := &AddExternalSigner{Signer: p.newRole(o, "signer")}
		p.signers[a.Signer] = true
		return a
	}},
	{ActionExternalSignerProposal, signer, proposal, func(p *parser, o *object) any {
		a := &ExternalSignerProposal{Member: p.member(o, "member")}
		a.Description = p.parseProposal(o.object("description"))
		return a
	}},
	{ActionExport, nobody, 0, func(p *parser, o *object) any {
		return &Export{
			Members: p.some(o, "members"),
			Label:   o.text("label"),
			Context: o.hex("context"),
			Length:  uint32(o.number("length", 32)),
		}
	}},
	{ActionStateAuth, nobody, 0, func(p *parser, o *object) any {
		return &StateAuth{Members: p.some(o, "members"), Others: p.members(o, "others")}
	}},
}

// some is members, but for at least one.
func (p *parser) some(o *object, key string) []string {
	names := p.members(o, key)
	if len(names) == 0 {
		o.fail(key, errors.New("missing"))
	}
	return names
}

func parseCreateGroup(p *parser, o *object) any {
	a := &CreateGroup{Members: p.newRoles(o, "members")}
	p.enter(p.step.Actor)
	for _, role := range a.Members {
		p.enter(role)
	}
	return a
}

func parseExternalJoin(p *parser, o *object) any {
	a := &ExternalJoin{
		Joiner:       p.newRole(o, "joiner"),
		Members:      p.others(o, "members"),
		ExternalTree: o.flag("externalTree"),
		RemovePrior:  o.flag("removePrior"),
		PSKs:         p.references(o, "psks", psk),
	}
	p.enter(a.Joiner)
	return a
}

func parseInstallExternalPSK(p *parser, o *object) any {
	a := &InstallExternalPSK{Clients: o.names("clients")}
	if len(a.Clients) == 0 {
		o.fail("clients", errors.New("missing"))
	}
	for i, role := range a.Clients {
		if !p.transactions[role] { // whose PSKs a client keeps, too
			p.checkMember(o, at("clients", i), role)
		}
	}
	if _, ok := o.take("x-psk"); ok {
		a.Reuse = p.reference(o, "x-psk", psk)
	}
	return a
}

func parseFullCommit(p *parser, o *object) any {
	a := &FullCommit{Commit: p.parseCommit(o), Members: p.others(o, "members"), Joiners: o.names("joiners")}
	for i, role := range a.Joiners {
		p.checkJoiner(o, at("joiners", i), role)
		p.enter(role)
	}
	return a
}

func (p *parser) parseCommit(o *object) Commit {
	c := Commit{
		ByReference:  p.references(o, "byReference", proposal),
		ForcePath:    o.flag("forcePath"),
		ExternalTree: o.flag("externalTree"),
	}
	for _, inner := range o.objects("byValue") {
		c.ByValue = append(c.ByValue, p.parseProposal(inner))
	}
	return c
}

func (p *parser) parseProposal(o *object) Proposal {
	v := Proposal{Type: ProposalType(o.name("proposalType"))}
	switch v.Type {
	case Add:
		v.KeyPackage = p.reference(o, "keyPackage", keyPackage)
	case Remove:
		v.Removed = p.known(o, "removed")
	case ExternalPSK:
		v.PSK = p.reference(o, "pskID", psk)
	case ResumptionPSK:
		v.Epoch = o.number("epochID", 64)
	case GroupContextExtensions:
		v.Extensions = parseExtensions(o)
	case Reinitialize:
		v.Extensions = parseExtensions(o)
		v.ChangeGroupID = o.flag("changeGroupID")
		v.ChangeSuite = o.flag("changeCipherSuite")
		p.script.ChangesSuite = p.script.ChangesSuite || v.ChangeSuite
	default:
		o.fail("proposalType", errors.New("unknown proposal type"))
	}
	o.end()
	return v
}

func parseExtensions(o *object) []Extension {
	var extensions []Extension
	for _, inner := range o.objects("extensions") {
		extensions = append(extensions, Extension{
			Type: uint16(inner.number("extension_type", 16)),
			Data: inner.base64("extension_data"),
		})
		inner.end()
	}
	return extensions
}

func parseReInit(p *parser, o *object) any {
	a := &ReInit{
		Committer:     p.member(o, "committer"),
		Welcomer:      p.member(o, "welcomer"),
		Members:       p.members(o, "members"),
		ChangeSuite:   o.flag("changeCipherSuite"),
		ChangeGroupID: o.flag("changeGroupID"),
		Extensions:    parseExtensions(o),
		ForcePath:     o.flag("forcePath"),
		ExternalTree:  o.flag("externalTree"),
	}
	if _, external := o.take("externalReinitProposal"); external {
		a.ExternalProposal = p.reference(o, "externalReinitProposal", proposal)
		if o.text("proposer") != "" {
			o.fail("proposer", errors.New("there is an externalReinitProposal, which nobody else proposes"))
		}
	} else {
		a.Proposer = p.member(o, "proposer")
	}
	p.script.ChangesSuite = p.script.ChangesSuite || a.ChangeSuite
	a.NewGroup = p.newGroup(o, append([]string{a.Proposer, a.Committer, a.Welcomer}, a.Members...))
	return a
}

func parseBranch(p *parser, o *object) any {
	a := &Branch{
		Members:      p.others(o, "members"),
		Extensions:   parseExtensions(o),
		ForcePath:    o.flag("forcePath"),
		ExternalTree: o.flag("externalTree"),
	}
	a.NewGroup = p.newGroup(o, append([]string{p.step.Actor}, a.Members...))
	return a
}

// newGroup reads the name of the group that a step makes, and brings roles into
// it.
func (p *parser) newGroup(o *object, roles []string) string {
	if _, ok := o.take("x-newGroup"); !ok {
		return ""
	}
	name := o.name("x-newGroup")
	if name == p.step.Group {
		o.fail("x-newGroup", errors.New("that is the group of the step"))
	}
	for _, role := range roles {
		p.enterGroup(name, role)
	}
	return name
}
