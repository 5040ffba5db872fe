package kernel

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// sources is what the kernel keeps beside files of the machine, for all containers of a node: an ordinary user cannot give files away, nor make
// one that he himself cannot read, so owners and modes are kept here.
type sources struct {
	mu    sync.Mutex
	files map[string]owner // by path on the machine
	sweep int              // how many there must be for the next look at what is gone
}

// owner is what a file of the machine shows instead of its own.
type owner struct {
	uid, gid int
	mode     fs.FileMode // changeable bits
	moded    bool        // mode counts
	fifo     *fifo       // the file stands for a named pipe
	ino      uint64      // of the file meant, if the machine has such numbers: another file of that name is not it
}

func newSources() *sources {
	return &sources{files: map[string]owner{}, sweep: firstSweep}
}

// firstSweep is how many entries there are before anybody looks whether their files are gone. Volumes are removed from outside.
const firstSweep = 2048

// tidy forgets what is gone from the machine, when entries have doubled since the last time. Locked.
func (s *sources) tidy() {
	if len(s.files) < s.sweep {
		return
	}
	maps.DeleteFunc(s.files, func(path string, _ owner) bool {
		_, err := os.Lstat(path)
		return errors.Is(err, fs.ErrNotExist)
	})
	s.sweep = max(firstSweep, 2*len(s.files))
}

// get is what is kept beside a file with that number; 0 is any.
func (s *sources) get(path string, ino uint64) (owner, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.files[path]
	return o, ok && (o.ino == ino || o.ino == 0 || ino == 0)
}

func (s *sources) set(path string, o owner) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tidy()
	s.files[path] = o
}

// share sets what is kept for all names of a file below a source.
func (s *sources) share(source string, o owner) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for path, known := range s.files {
		if known.ino == o.ino && below(path, source) {
			s.files[path] = o
		}
	}
}

// forget drops a path and, if it was a directory, all below it.
func (s *sources) forget(path string, dir bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.files, path)
	if !dir {
		return
	}
	for known := range s.files {
		if below(known, path) {
			delete(s.files, known)
		}
	}
}

// move follows a rename; what was at the new path before is forgotten.
func (s *sources) move(from, to string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	moved := map[string]owner{}
	for known, o := range s.files {
		switch {
		case known == from || below(known, from):
			moved[to+strings.TrimPrefix(known, from)] = o
			delete(s.files, known)
		case known == to || below(known, to):
			delete(s.files, known)
		}
	}
	for path, o := range moved {
		s.files[path] = o
	}
}

// below says whether a path lies under a directory.
func below(path, dir string) bool {
	return strings.HasPrefix(path, dir+string(filepath.Separator))
}
