package differential

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"

	"github.com/mlsconform/mlsconform/runner/peer"
	"github.com/mlsconform/mlsconform/runner/subject"
	"github.com/mlsconform/mlsconform/runner/subject/process"
	"github.com/mlsconform/mlsconform/vectors/format"
)

// Find returns the stacks that users name, as [peer.Find] takes them, without
// those that are not built: these are what missing tells about. A stack is started
// with the first question.
func Find(arguments []string) (stacks []Stack, missing []string, err error) {
	for _, argument := range arguments {
		p, err := peer.Find(argument)
		if err != nil {
			return nil, nil, err
		}
		if why := p.Unbuilt(p.Subject.Command); why != "" {
			missing = append(missing, fmt.Sprintf("%s is not built: %s", p.Name, why))
			continue
		}
		// A relative program would be looked for in another folder by each test.
		dir, err := filepath.Abs(p.Dir)
		if err != nil {
			return nil, nil, err
		}
		if p.Dir == "" {
			dir = ""
		}
		stacks = append(stacks, Stack{p.Name, p.Version, &program{command: p.Subject.Command, dir: dir}, p.Subject.Known})
	}
	return stacks, missing, nil
}

// Close ends the programs of stacks.
func Close(stacks []Stack) {
	for _, s := range stacks {
		if p, ok := s.Subject.(*program); ok {
			p.close()
		}
	}
}

// A program is a subject that is not started before it is asked.
type program struct {
	command []string
	dir     string

	mu      sync.Mutex
	started *process.Subject
}

func (p *program) Judge(ctx context.Context, r format.Request) (subject.Answer, error) {
	s, err := p.start()
	if err != nil {
		return subject.Answer{}, err
	}
	return s.Judge(ctx, r)
}

func (p *program) start() (*process.Subject, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.started == nil {
		s, err := process.Start(p.command, p.dir)
		if err != nil {
			return nil, err
		}
		p.started = s
	}
	return p.started, nil
}

func (p *program) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.started != nil {
		p.started.Close()
		p.started = nil
	}
}
