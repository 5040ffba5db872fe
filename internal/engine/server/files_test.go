package server

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kubetutor/internal/lab/protocol"
)

func discard() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

func TestWorkspaceCannotBeLeft(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := workspace{filepath.Join(dir, "workspace")}
	secret := filepath.Join(dir, "secret")
	touch(t, secret)
	if err := w.put("a/b.txt", []byte("x")); err != nil {
		t.Fatal(err)
	}
	symlink(t, secret, filepath.Join(w.dir, "link"))
	symlink(t, dir, filepath.Join(w.dir, "up"))
	for _, name := range []string{"", ".", "..", "../secret", "/etc/passwd", "link", "up/secret", "a", "a//b.txt", "up/new"} {
		if data, err := w.get(name); err == nil {
			t.Errorf("get %q: %q", name, data)
		}
		if name == "a" {
			continue
		}
		if err := w.put(name, []byte("y")); err == nil {
			t.Errorf("put %q was accepted", name)
		}
	}
	if data, err := w.get("a/b.txt"); err != nil || string(data) != "x" {
		t.Errorf("get a/b.txt: %q %v", data, err)
	}
	if err := w.wipe(); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(w.dir); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if _, err := os.Stat(secret); err != nil {
		t.Errorf("wiping followed a link: %v", err)
	}
}

func TestWorkspaceLimits(t *testing.T) {
	t.Parallel()
	w := workspace{t.TempDir()}
	var e *protocol.Error
	if err := w.put("big", make([]byte, maxFile+1)); !errors.As(err, &e) {
		t.Errorf("put: %v", err)
	}
	big, err := os.Create(filepath.Join(w.dir, "sparse"))
	if err != nil {
		t.Fatal(err)
	}
	defer big.Close()
	if err := big.Truncate(maxFile + 1); err != nil {
		t.Fatal(err)
	}
	if _, err := w.get("sparse"); !errors.As(err, &e) {
		t.Errorf("get: %v", err)
	}
}

func TestLogCannotFillTheDisk(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "kubelab.log")
	l, err := OpenLog(path)
	if err != nil {
		t.Fatal(err)
	}
	line := []byte(strings.Repeat("x", 1<<20-1) + "\n")
	for range 3 * maxLog >> 20 {
		if n, err := l.Write(line); n != len(line) || err != nil {
			t.Fatal(n, err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{path, path + ".1"} {
		if info, err := os.Stat(p); err != nil || info.Size() > maxLog {
			t.Errorf("%s: %v %v", p, info, err)
		}
	}
	if _, err := l.Write(line); err != nil {
		t.Errorf("a closed log: %v", err)
	}
}

func TestLastLines(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log")
	if got := lastLines(path, 3); got != nil {
		t.Errorf("of no file: %q", got)
	}
	if err := os.WriteFile(path, []byte(strings.Repeat("old\n", 50_000)+"a\nb\nc\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(lastLines(path, 3), ","); got != "a,b,c" {
		t.Errorf("got %s", got)
	}
}
