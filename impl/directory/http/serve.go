package http

import (
	"cmp"
	"context"
	"errors"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// A Server serves a handler with bounds on what clients can hold up. The zero
// value of a field means its default.
type Server struct {
	// Timeout is how long a request may take to come, and as much again an
	// answer to go; 30 s.
	Timeout time.Duration
	// Grace is how long the end waits for what is going on; 10 s.
	Grace time.Duration
	// Connections is how many are served at once; 512. More have to wait.
	Connections int
	Log         *log.Logger // nil means [log.Default]
}

// Serve serves what comes to the listener until the context is done, and then
// ends in order: requests that have begun are answered.
func (s *Server) Serve(ctx context.Context, l net.Listener, h http.Handler) error {
	timeout := cmp.Or(s.Timeout, 30*time.Second)
	server := &http.Server{
		Handler:        h,
		ReadTimeout:    timeout,
		WriteTimeout:   2 * timeout, // it begins when the header has been read
		IdleTimeout:    timeout,
		MaxHeaderBytes: 16 << 10,
		ErrorLog:       s.Log,
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(limitConnections(l, cmp.Or(s.Connections, 512))) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), cmp.Or(s.Grace, 10*time.Second))
	defer cancel()
	err := server.Shutdown(grace)
	if errors.Is(err, context.DeadlineExceeded) {
		err = server.Close() // on clients that do not come to an end
	}
	<-served
	return err
}

// limitConnections accepts no more than n connections at once.
func limitConnections(l net.Listener, n int) net.Listener {
	return &limitedListener{Listener: l, slots: make(chan struct{}, n), closed: make(chan struct{})}
}

type limitedListener struct {
	net.Listener
	slots  chan struct{}
	closed chan struct{}
	once   sync.Once
}

func (l *limitedListener) Accept() (net.Conn, error) {
	select {
	case l.slots <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.slots
		return nil, err
	}
	return &limitedConn{Conn: c, release: sync.OnceFunc(func() { <-l.slots })}, nil
}

func (l *limitedListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

type limitedConn struct {
	net.Conn
	release func()
}

func (c *limitedConn) Close() error {
	defer c.release()
	return c.Conn.Close()
}
