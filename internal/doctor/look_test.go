package doctor

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

func TestLookAtPlace(t *testing.T) {
	t.Parallel()
	there := t.TempDir()
	file := filepath.Join(there, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if p := LookAtPlace(there); p.Denied != nil || p.Above != there || p.Free == 0 {
		t.Errorf("a directory: %+v", p)
	}
	if p := LookAtPlace(filepath.Join(there, "a", "b")); p.Denied != nil || p.Above != there {
		t.Errorf("one to be made: %+v", p)
	}
	if p := LookAtPlace(filepath.Join(file, "a")); p.Denied == nil {
		t.Errorf("below a file: %+v", p)
	}
	if p := LookAtPlace(file); p.Denied == nil {
		t.Errorf("a file: %+v", p)
	}
	if left, err := filepath.Glob(filepath.Join(there, "*")); err != nil || len(left) != 1 {
		t.Errorf("it left %v behind, %v", left, err)
	}
}

func TestLookAtClosedPlace(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 || runtime.GOOS == "windows" {
		t.Skip("modes mean nothing to root, nor on Windows")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	if p := LookAtPlace(filepath.Join(dir, "a")); p.Denied == nil {
		t.Errorf("it may be written: %+v", p)
	}
}

func TestReadTmux(t *testing.T) {
	t.Parallel()
	if got := readTmux("500|screen-256color|external\n"); got == nil || *got != (Tmux{500, "screen-256color", "external"}) {
		t.Errorf("%+v", got)
	}
	for _, said := range []string{"", "no server running", "|tmux-256color|on", "a|b|c|d"} {
		if got := readTmux(said); got != nil {
			t.Errorf("%q: %+v", said, got)
		}
	}
}

func TestOnPath(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name := "ed"
	if runtime.GOOS == "windows" {
		name = "ed.exe"
	}
	if err := os.WriteFile(filepath.Join(dir, name), nil, 0o700); err != nil {
		t.Fatal(err)
	}
	other := t.TempDir()
	for _, c := range []struct {
		command, path string
		want          bool
	}{
		{"ed", other + string(os.PathListSeparator) + dir, true},
		{filepath.Join(dir, name), "", true},
		{"ed", other, false},
		{filepath.Join(other, "ed"), dir, false},
	} {
		if got := OnPath(c.command, c.path); got != c.want {
			t.Errorf("%s on %s: %v", c.command, c.path, got)
		}
	}
}

func TestLookAtClock(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "kubetutor.db")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	if c := LookAtClock(now, dir); len(c.examine()) != 1 || c.examine()[0].Level != Fine {
		t.Errorf("%+v: %v", c, c.examine())
	}
	ahead := now.Add(30 * 24 * time.Hour)
	if err := os.Chtimes(file, ahead, ahead); err != nil {
		t.Fatal(err)
	}
	if c := LookAtClock(now, filepath.Join(dir, "none"), dir); c.File != file || c.examine()[0].ID != "clock-behind" {
		t.Errorf("%+v: %v", c, c.examine())
	}
}
