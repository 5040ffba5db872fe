package console

import (
	"fmt"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"time"
)

// guestProcesses is how many processes a guest's lab has for consoles and their
// commands: each takes some 60 MB of a machine that others work on, too.
const guestProcesses = 12

// refillAfter is how long the pool waits before it starts another process, so
// as not to compete with the command that has just been given one.
const refillAfter = 300 * time.Millisecond

// pool keeps processes warm: started, initialised, without a part to play yet.
type pool struct {
	program string
	env     []string
	warm    int
	most    int // that are given away at once; 0 is any number

	mu     sync.Mutex
	ready  []*process
	live   map[*process]bool // given away, not ended yet
	refill *time.Timer
	closed bool
}

func newPool(program string, env []string, warm int) *pool {
	p := &pool{program: program, env: env, warm: warm, live: map[*process]bool{}}
	p.refill = time.AfterFunc(never, p.fill)
	return p
}

// never is longer than any pool lives.
const never = 1 << 62

// prepare begins to warm processes.
func (p *pool) prepare() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.refill.Reset(0)
	}
}

// take gives away a process, warm if there is one.
func (p *pool) take() (*process, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, errClosed
	}
	if p.most > 0 && len(p.live) >= p.most {
		return nil, fmt.Errorf("%d commands run already: end one of them first (jobs, kill)", len(p.live))
	}
	p.refill.Reset(refillAfter)
	for len(p.ready) > 0 {
		proc := p.ready[0]
		p.ready = p.ready[1:]
		if !proc.ended() {
			p.follow(proc)
			return proc, nil
		}
	}
	proc, err := startProcess(p.program, p.env)
	if err == nil {
		p.follow(proc)
	}
	return proc, err
}

// follow remembers a process until it ends. The caller holds the lock.
func (p *pool) follow(proc *process) {
	p.live[proc] = true
	go func() {
		<-proc.done
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.live, proc)
	}()
}

// fill starts processes until enough are warm.
func (p *pool) fill() {
	for p.wanting() {
		proc, err := startProcess(p.program, p.env)
		if err != nil {
			return // the next take tells
		}
		p.add(proc)
	}
}

func (p *pool) wanting() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.closed && len(p.ready) < p.warm
}

func (p *pool) add(proc *process) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		proc.kill()
		return
	}
	p.ready = append(p.ready, proc)
}

// close kills all processes and waits for their ends.
func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	p.refill.Stop()
	all := p.ready
	for proc := range p.live {
		all = append(all, proc)
	}
	p.ready = nil
	p.mu.Unlock()
	for _, proc := range all {
		proc.kill()
	}
	for _, proc := range all {
		<-proc.done
	}
}

// process is a worker of this program.
type process struct {
	wire *wire
	cmd  *exec.Cmd
	said *firstWords   // of its standard error, which only a crash writes to
	done chan struct{} // closed when it has ended
	// lent says that it runs a command for a shell, which is told how that ended: a
	// program that ends itself tells nobody.
	lent atomic.Bool
}

// startProcess starts PROGRAM tool with one end of a wire as its descriptor 3.
// It gets no environment but what a process needs to start.
func startProcess(program string, env []string) (*process, error) {
	w, other, err := newPair()
	if err != nil {
		return nil, err
	}
	p := &process{wire: w, said: &firstWords{}, done: make(chan struct{})}
	p.cmd = exec.Command(program, "tool")
	p.cmd.Env = append(workerEnv(), env...)
	p.cmd.Dir = os.TempDir()
	p.cmd.ExtraFiles = []*os.File{other}
	p.cmd.Stderr = p.said
	p.cmd.SysProcAttr = ownGroup()
	if err := p.cmd.Start(); err != nil {
		w.Close()
		other.Close()
		return nil, fmt.Errorf("starting a process for the console: %w", err)
	}
	own, err := newWire(other)
	if err != nil {
		p.kill()
		return nil, err
	}
	go func() {
		_ = p.cmd.Wait()
		if p.lent.Load() {
			_ = own.send(message{Kind: kindDone, Code: statusOf(p.cmd.ProcessState)}) // nobody left to tell is as good
		}
		own.Close()
		close(p.done)
	}()
	return p, nil
}

// workerEnv is for processes that run one short command: with the collector's own
// pace a third of their time would go into collecting what ends with them anyway.
// The limit lets a large one collect before it is ended. And upstream's command tree,
// with which a shell's guard parses, shall read no kuberc: it ends the process over
// one that is not there.
func workerEnv() []string {
	return []string{"GOGC=400", "GOMEMLIMIT=768MiB", "GOMAXPROCS=2", "GOTRACEBACK=single", noKuberc}
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// kill ends the process and all of its group at once.
func (p *process) kill() {
	if !p.ended() {
		killGroup(p.cmd.Process)
	}
	p.wire.Close()
}

// firstWords keeps the first bytes that a dying process says: a Go crash tells its
// cause first.
type firstWords struct {
	mu   sync.Mutex
	text []byte
}

const wordsSize = 4 << 10

func (t *firstWords) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if room := wordsSize - len(t.text); room > 0 {
		t.text = append(t.text, b[:min(room, len(b))]...)
	}
	return len(b), nil
}

func (t *firstWords) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}
