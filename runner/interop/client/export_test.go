package client

// Held returns how many handles there are, with those in the making.
func (s *Server) Held() int {
	s.handles.mu.Lock()
	defer s.handles.mu.Unlock()
	return len(s.handles.entries) + s.handles.reserved
}

// Guard is what stands between calls and a client.
var Guard = guard
