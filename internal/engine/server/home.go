package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/gofrs/flock"
)

// Home is the state of one cluster on disk, and the lock on it. Below its
// directory (mode 0700):
//
//	.kubetutor-cluster   says that the directory is ours: only such a one is ever removed
//	lock                 held while a daemon lives
//	control-plane/       of package controlplane
//	nodes/               of package fleet
//	workspace/           the learner's files
//	lab.json             the active attempt, see store.go
//	history              of the console
//	kubelab.log          and kubelab.log.1
type Home struct {
	Name    string
	Dir     string // absolute
	Sockets string // absolute, short, mode 0700

	lock *flock.Flock
}

// ErrTaken means that another daemon has this name.
var ErrTaken = errors.New("another engine serves this cluster already")

const (
	markerFile = ".kubetutor-cluster"
	lockFile   = "lock"
	// maxSocketPath is what fits into a sockaddr_un everywhere: 104 bytes on
	// macOS, with the zero byte and room to spare.
	maxSocketPath = 99
	// lockPatience covers the moment in which a daemon that was asked to sleep
	// has closed its socket, but not yet its lock.
	lockPatience = 3 * time.Second
)

var validName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$`)

// Claim makes the directories if need be, verifies that nobody else can look
// into them, and takes the lock. It returns [ErrTaken] where another daemon
// holds it.
func Claim(ctx context.Context, name, dir, sockets string) (*Home, error) {
	if !validName.MatchString(name) {
		return nil, fmt.Errorf("cluster name %q: use lower-case letters, digits and hyphens, at most 32", name)
	}
	h := &Home{Name: name}
	var err error
	if h.Dir, err = filepath.Abs(dir); err != nil {
		return nil, err
	}
	if h.Sockets, err = filepath.Abs(sockets); err != nil {
		return nil, err
	}
	if n := len(h.Socket()); n > maxSocketPath {
		return nil, fmt.Errorf("the socket's path %s has %d bytes; systems allow %d: choose a shorter directory (XDG_RUNTIME_DIR)", h.Socket(), n, maxSocketPath)
	}
	if err := privateDir(h.Sockets); err != nil {
		return nil, err
	}
	if err := h.claimDir(); err != nil {
		return nil, err
	}
	return h, h.take(ctx)
}

// claimDir makes the state directory ours, or finds that it is.
func (h *Home) claimDir() error {
	if err := privateDir(h.Dir); err != nil {
		return err
	}
	marker := filepath.Join(h.Dir, markerFile)
	if _, err := os.Lstat(marker); err == nil {
		return nil
	}
	entries, err := os.ReadDir(h.Dir)
	if err != nil {
		return fmt.Errorf("reading the cluster's directory: %w", err)
	}
	for _, e := range entries {
		if e.Name() != lockFile { // another daemon may be at the same point
			return fmt.Errorf("%s is not empty and was not made by kubetutor: choose another directory for the cluster's state", h.Dir)
		}
	}
	return os.WriteFile(marker, []byte(h.Name+"\n"), 0o600)
}

// take takes the lock, and makes sure that it is a lock on the file which is
// there now: a daemon that goes down takes its directory away.
func (h *Home) take(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	for {
		lock := flock.New(filepath.Join(h.Dir, lockFile), flock.SetPermissions(0o600))
		ok, err := lock.TryLock()
		switch {
		case err != nil:
			return fmt.Errorf("locking the cluster's directory: %w", err)
		case ok && stillThere(lock):
			h.lock = lock
			return nil
		}
		if err := errors.Join(lock.Close(), h.awaitLock(ctx, ok)); err != nil {
			return err
		}
	}
}

// awaitLock waits a moment for the holder of the lock, unless it serves; a lock
// that was got on a file which is gone needs a new directory instead.
func (h *Home) awaitLock(ctx context.Context, got bool) error {
	if got {
		return h.claimDir()
	}
	if c, err := net.DialTimeout("unix", h.Socket(), time.Second); err == nil {
		c.Close()
		return ErrTaken
	}
	select {
	case <-time.After(20 * time.Millisecond):
		return nil
	case <-ctx.Done():
		return ErrTaken
	}
}

func stillThere(lock *flock.Flock) bool {
	held, err := lock.Stat()
	if err != nil {
		return false
	}
	now, err := os.Lstat(lock.Path())
	return err == nil && os.SameFile(held, now)
}

// Release gives the lock back.
func (h *Home) Release() error {
	if h.lock == nil {
		return nil
	}
	return h.lock.Unlock()
}

// Remove removes the state wholly, links not followed, and with it the lock. The
// directory is renamed first, so that a new daemon of the same name finds either
// all of it or nothing.
func (h *Home) Remove() error {
	if _, err := os.Lstat(filepath.Join(h.Dir, markerFile)); err != nil {
		return fmt.Errorf("%s is left alone, because it does not carry the mark of kubetutor: %w", h.Dir, err)
	}
	gone := fmt.Sprintf("%s.gone-%d", h.Dir, os.Getpid())
	if err := os.Rename(h.Dir, gone); err != nil {
		return fmt.Errorf("removing the cluster's state: %w", err)
	}
	err := errors.Join(makeWritable(gone), os.RemoveAll(gone), os.RemoveAll(h.SocketDir()))
	if err != nil {
		return fmt.Errorf("removing the cluster's state: %w", err)
	}
	return nil
}

// makeWritable opens directories that a learner closed with chmod.
func makeWritable(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if d != nil && d.IsDir() {
			return os.Chmod(path, 0o700)
		}
		return nil
	})
}

// privateDir makes a directory that only we can use, or verifies one.
func privateDir(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return fmt.Errorf("making %s: %w", path, err)
	}
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a directory of its own but a link or a file", path)
	}
	if err := ownedByUs(info); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if info.Mode().Perm()&0o077 != 0 && sharedModeMatters {
		return fmt.Errorf("%s is open to others (mode %04o): chmod 700 it", path, info.Mode().Perm())
	}
	return nil
}

// Socket is where clients find the daemon.
func (h *Home) Socket() string { return filepath.Join(h.Sockets, h.Name+".sock") }

// SocketDir is for the sockets of the cluster's own parts.
func (h *Home) SocketDir() string { return filepath.Join(h.Sockets, h.Name) }

// ControlPlane is the directory of package controlplane.
func (h *Home) ControlPlane() string { return filepath.Join(h.Dir, "control-plane") }

// Nodes is the directory of package fleet.
func (h *Home) Nodes() string { return filepath.Join(h.Dir, "nodes") }

// Workspace is the directory of the learner's files.
func (h *Home) Workspace() string { return filepath.Join(h.Dir, "workspace") }

// History is the file of the console's history.
func (h *Home) History() string { return filepath.Join(h.Dir, "history") }

// Consoles is the directory of the consoles' own files.
func (h *Home) Consoles() string { return filepath.Join(h.Dir, "consoles") }

// LogFile is the daemon's log.
func (h *Home) LogFile() string { return filepath.Join(h.Dir, "kubelab.log") }

func (h *Home) labFile() string { return filepath.Join(h.Dir, "lab.json") }
