package lab

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// How often a build's progress is written for other tutors, and read by them.
const sharePeriod = 250 * time.Millisecond

// meter tells of a build's progress: to whoever waits in this process, and
// through a file to other tutors that wait for the same build.
type meter struct {
	changed func(Engine)
	share   string
	now     Engine
	stale   map[string]bool
	shared  time.Time
}

// needs sets what has to be compiled.
func (m *meter) needs(stale []string) {
	m.stale = make(map[string]bool, len(stale))
	for _, name := range stale {
		m.stale[name] = true
	}
	m.now.Needed = len(m.stale)
	m.advance(0)
}

// compiled takes a line of go build's output and tells whether it named a
// package that is being compiled.
func (m *meter) compiled(line string) bool {
	if !m.stale[line] {
		return false
	}
	delete(m.stale, line)
	m.advance(1)
	return true
}

// advance adds n packages. The main package is named as the last one; what
// remains after it is the link.
func (m *meter) advance(n int) {
	next := m.now
	next.Built += n
	if next.Built >= next.Needed-1 {
		next.Phase = "link"
	}
	m.tell(next)
}

// tell passes the progress on.
func (m *meter) tell(e Engine) {
	phase := m.now.Phase != e.Phase
	m.now = e
	m.changed(e)
	if phase || time.Since(m.shared) >= sharePeriod {
		m.shared = time.Now()
		data, _ := json.Marshal(e)
		_ = replaceFile(m.share, data)
	}
}

// end takes the progress back: there is no build any more.
func (m *meter) end() { _ = os.Remove(m.share) }

// replaceFile writes a file that readers see whole or not at all.
func replaceFile(name string, data []byte) error {
	part := name + ".part"
	if err := os.WriteFile(part, data, 0o600); err != nil {
		return err
	}
	return os.Rename(part, name)
}

// lock makes this process the only one that builds. While another one does, it
// tells of that one's progress.
func (b *builder) lock(ctx context.Context, changed func(Engine)) (unlock func(), err error) {
	lock := flock.New(filepath.Join(b.cache, "build.lock"), flock.SetPermissions(0o600))
	for {
		ok, err := lock.TryLock()
		if err != nil {
			return nil, fmt.Errorf("locking the engine's cache %s: %w", b.cache, err)
		}
		if ok {
			return func() { _ = lock.Close() }, nil
		}
		if e, ok := b.others(); ok {
			changed(e)
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(sharePeriod):
		}
	}
}

// others reads how far the other tutor's build is.
func (b *builder) others() (e Engine, ok bool) {
	data, err := os.ReadFile(b.shareFile())
	if err != nil || json.Unmarshal(data, &e) != nil {
		return Engine{}, false
	}
	return e, e.State == EngineBuilding
}
