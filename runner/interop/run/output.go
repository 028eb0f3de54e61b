package run

import "sync"

// maxOutput bounds what is kept of what a client writes during a case. It is
// the end of it: what a client says last tells most about why it failed.
const maxOutput = 64 << 10

// An output keeps the end of what a client writes to its standard output and
// its standard error.
type output struct {
	mu   sync.Mutex
	data []byte
}

// Write never fails.
func (o *output) Write(data []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.data = append(o.data, data[max(0, len(data)-maxOutput):]...)
	if over := len(o.data) - maxOutput; over > 0 {
		o.data = append(o.data[:0], o.data[over:]...)
	}
	return len(data), nil
}

// reset forgets what belongs to cases before.
func (o *output) reset() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.data = o.data[:0]
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.data)
}
