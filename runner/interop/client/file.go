package client

import "errors"

// errFile reports that the file could not be written or read.
var errFile = errors.New("client: file")

// A file keeps what a client has for the next process. A nil file keeps nothing.
type file struct{}

func (f *file) lease(uint32) error { return nil }
func (f *file) put(entry) error    { return nil }
func (f *file) forget(entry) error { return nil }

// Open returns a client that keeps everything in a file.
func Open(string, Options) (*Server, error) { return nil, errFile }

// Close closes the file.
func (s *Server) Close() error { return nil }
