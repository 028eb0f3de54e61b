package main

import (
	"cmp"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/mlsconform/mlsconform/impl/directory"
	directoryhttp "github.com/mlsconform/mlsconform/impl/directory/http"
)

// DirectoryCmd is about directories of key packages.
type DirectoryCmd struct {
	Serve DirectoryServeCmd `cmd:"" help:"Serve a directory of key packages over HTTP, until interrupted."`
}

// DirectoryServeCmd serves a directory.
type DirectoryServeCmd struct {
	Addr             string         `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Where to listen; port 0 takes a free one (${default})."`
	DB               string         `name:"db" required:"" placeholder:"FILE" help:"The file to keep the key packages in. It is made when it is not there."`
	Name             string         `help:"What requests to publish have to call this directory: host and port of its URL, as clients see it. Without it, where it listens."`
	CallerHeader     string         `placeholder:"HEADER" help:"The header in which a proxy says who calls. Without it, callers are told apart by their addresses."`
	CallerRate       directory.Rate `default:"60/1m" placeholder:"RATE" help:"How many key packages a caller may claim (${default}; none for no limit)."`
	CallerClientRate directory.Rate `default:"10/1h" placeholder:"RATE" help:"How many of one client's key packages a caller may claim (${default})."`
	ClientRate       directory.Rate `default:"120/1m" placeholder:"RATE" help:"How many of one client's key packages all callers together may claim (${default})."`
	PublishRate      directory.Rate `default:"2000/1h" placeholder:"RATE" help:"How many key packages a caller may publish (${default})."`
}

// Run serves until the context is done.
func (c *DirectoryServeCmd) Run(a *app) (err error) {
	storage, err := directory.OpenBolt(c.DB)
	if err != nil {
		return usagef("--db: %w", err)
	}
	defer func() { err = errors.Join(err, storage.Close()) }()
	l, err := new(net.ListenConfig).Listen(a.ctx, "tcp", c.Addr)
	if err != nil {
		return usagef("--addr: %w", err)
	}
	defer l.Close() // which the server has done already, if it got that far
	name, err := c.name(l)
	if err != nil {
		return err
	}
	d, err := directory.New(storage, directory.Options{
		Name: name,
		Limits: directory.Limits{
			Caller:       c.CallerRate,
			CallerClient: c.CallerClientRate,
			Client:       c.ClientRate,
			Publish:      c.PublishRate,
		},
	})
	if err != nil {
		return err
	}
	if err := d.Purge(); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(a.stdout, "listening on http://%s\n", l.Addr()); err != nil {
		return err
	}
	errorLog := log.New(a.stderr, "mlsconform: ", 0)
	handler := directoryhttp.NewHandler(d, directoryhttp.Options{Caller: c.caller(), Log: errorLog})
	return (&directoryhttp.Server{Log: errorLog}).Serve(a.ctx, l, handler)
}

func (c *DirectoryServeCmd) name(l net.Listener) (string, error) {
	if c.Name != "" {
		return c.Name, nil
	}
	addr, err := netip.ParseAddrPort(l.Addr().String())
	if err != nil {
		return "", err
	}
	if addr.Addr().IsUnspecified() {
		return "", usagef("--name is missing: %s is not how clients call the directory", c.Addr)
	}
	return addr.String(), nil
}

// caller says how to tell callers apart. Where proxies add to a list, only the
// last entry is from the one next to us. Who came past it is told by the address.
func (c *DirectoryServeCmd) caller() func(*http.Request) string {
	if c.CallerHeader == "" {
		return directoryhttp.RemoteCaller
	}
	return func(r *http.Request) string {
		list := strings.Join(r.Header.Values(c.CallerHeader), ",")
		return cmp.Or(strings.TrimSpace(list[strings.LastIndex(list, ",")+1:]), directoryhttp.RemoteCaller(r))
	}
}
