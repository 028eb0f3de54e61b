package group_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/mlsconform/mlsconform/impl/framing"
	"github.com/mlsconform/mlsconform/impl/group"
	"github.com/mlsconform/mlsconform/impl/message"
	"github.com/mlsconform/mlsconform/impl/rule"
)

// A welcomeCase is a Welcome with one fault, to the group of [eight].
type welcomeCase struct {
	id   rule.ID // the rule that it breaks
	name string
	at   step
	do   func(*welcomeDraft)
	// client changes the client that gets the Welcome.
	client func(*client, *group.JoinOptions)
	// reports is the rule that the client names where it cannot tell that id is
	// the cause.
	reports rule.ID
}

func (c *welcomeCase) want() rule.ID {
	if c.reports != "" {
		return c.reports
	}
	return c.id
}

// refused asserts that an input was refused for a rule.
func refused(t *testing.T, err error, want rule.ID) {
	t.Helper()
	if err == nil {
		t.Errorf("accepted, want %s", want)
	} else if !slices.Contains(rule.All(err), want) {
		t.Errorf("refused with %v, want %s", err, want)
	}
}

// tryJoin sends a Welcome over the wire to a client.
func (c *client) tryJoin(w *message.Welcome, o group.JoinOptions) (*group.Group, error) {
	c.w.t.Helper()
	return group.Join(c.config, reparse(c.w.t, &framing.MLSMessage{Welcome: w}).Welcome, c.bundle, c.signer, o)
}

// run gives the faulty Welcome and then the genuine one to the client.
func (c *welcomeCase) run(t *testing.T) {
	w := suite1(t)
	f, joe := eight(w)
	d := f.forge(c.at, c.do)
	changed := *joe
	var o group.JoinOptions
	if c.client != nil {
		c.client(&changed, &o)
	}
	_, err := changed.tryJoin(d.welcome, o)
	refused(t, err, c.want())
	joe.joinGenuine(f)
}

// joinGenuine has the client join by a Welcome without faults, and compares the
// secrets of the epoch.
func (c *client) joinGenuine(f *welcomeForge) {
	c.w.t.Helper()
	d := f.forge(genuine, nil)
	g, err := c.tryJoin(d.welcome, group.JoinOptions{})
	if err != nil {
		c.w.t.Fatalf("genuine Welcome: %v", err)
	}
	if !bytes.Equal(g.EpochAuthenticator(), d.epoch.EpochAuthenticator) {
		c.w.t.Error("genuine Welcome: another epoch")
	}
	if g.OwnIndex() != f.place || !bytes.Equal(g.GroupContext().TreeHash, d.context.TreeHash) {
		c.w.t.Error("genuine Welcome: another tree")
	}
	c.Group = g
}

// runExternal has a client join by an external Commit, first with the faulty
// GroupInfo and then with the genuine one.
func (c *welcomeCase) runExternal(t *testing.T) {
	w := suite1(t)
	f, _ := eight(w)
	d := f.forge(c.at, c.do)
	eve := w.client("eve")
	changed := *eve
	var o group.JoinOptions
	if c.client != nil {
		c.client(&changed, &o)
	}
	_, _, err := changed.tryExternal(d.info, group.ExternalOptions{JoinOptions: o})
	refused(t, err, c.want())
	refused(t, err, "rfc9420-12.4.3.2-07")
	if _, _, err := eve.tryExternal(f.forge(genuine, nil).info, group.ExternalOptions{}); err != nil {
		t.Errorf("genuine GroupInfo: %v", err)
	}
}

// tryExternal joins by an external Commit with a GroupInfo that came over the
// wire.
func (c *client) tryExternal(info *message.GroupInfo, o group.ExternalOptions) (*group.Group, *framing.MLSMessage, error) {
	c.w.t.Helper()
	return group.JoinExternal(c.config, reparse(c.w.t, &framing.MLSMessage{GroupInfo: info}).GroupInfo, c.identity(), o)
}

// identity is what the client puts into the leaf of an external Commit.
func (c *client) identity() group.Identity {
	l := &c.bundle.KeyPackage.LeafNode
	return group.Identity{Credential: l.Credential, Signer: c.signer, Capabilities: l.Capabilities}
}

func runWelcomeCases(t *testing.T, cases []welcomeCase, external bool) {
	for _, c := range cases {
		t.Run(string(c.id)+"/"+c.name, func(t *testing.T) {
			c.run(t)
			if external {
				c.runExternal(t)
			}
		})
	}
}
