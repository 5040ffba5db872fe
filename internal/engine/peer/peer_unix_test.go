//go:build linux || darwin

package peer

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
)

func TestStrangersAreRefused(t *testing.T) {
	t.Parallel()
	if sameUID(1000, 1001) == nil || sameUID(0, 1001) == nil || sameUID(7, 7) != nil {
		t.Error("a stranger is let in, or we are not")
	}
}

func TestListen(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s")
	l, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket is %v, %v", info.Mode(), err)
	}
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	served, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer served.Close()
	if err := Verify(c); err != nil {
		t.Errorf("our own socket is a stranger's: %v", err)
	}
	if pid, err := PID(c); !errors.Is(err, errors.ErrUnsupported) && (err != nil || pid != os.Getpid()) {
		t.Errorf("we are process %d, %v", pid, err)
	}
	if _, err := Listen(path); !errors.Is(err, ErrInUse) {
		t.Errorf("a second listener: %v", err)
	}
}

func TestListenReplacesOnlySockets(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if l, err := Listen(path); err == nil {
		l.Close()
		t.Error("a file was replaced by a socket")
	}
}
