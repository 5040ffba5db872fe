package controlplane

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestListenKeepsThePort(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, moved, err := listen(dir)
	if err != nil || moved != 0 {
		t.Fatal(err, moved)
	}
	port := portOf(first)
	second, moved, err := listen(dir) // while the first has it
	if err != nil || moved != port || portOf(second) == port {
		t.Errorf("a taken port: moved from %d, %v", moved, err)
	}
	first.Close()
	second.Close()
	third, moved, err := listen(dir)
	if err != nil || moved != 0 || portOf(third) != portOf(second) {
		t.Errorf("port %d, then %d; moved from %d, %v", portOf(second), portOf(third), moved, err)
	}
	third.Close()
}

func TestReadPort(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"6443\n": 6443, "": 0, "x": 0, "0": 0, "65536": 0, "-1": 0} {
		file := filepath.Join(t.TempDir(), "port")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := readPort(file); got != want {
			t.Errorf("readPort of %q = %d, want %d", text, got, want)
		}
	}
}

func TestSocketPathLimit(t *testing.T) {
	t.Parallel()
	if _, err := socketPath("/tmp", "etcd.sock"); err != nil {
		t.Error(err)
	}
	if _, err := socketPath("/"+strings.Repeat("long", 25), "etcd.sock"); err == nil {
		t.Error("a path of 110 bytes was accepted")
	}
}

func TestBootMark(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "running")
	mark := &bootMark{file: file, id: "this"}
	if mark.lost() {
		t.Error("lost before it ever ran")
	}
	if err := mark.set(); err != nil || mark.lost() {
		t.Error("lost in the same boot", err)
	}
	if later := (&bootMark{file: file, id: "next"}); !later.lost() {
		t.Error("a later boot was not noticed")
	}
	if unknown := (&bootMark{file: file}); unknown.lost() || unknown.known() {
		t.Error("without an id of the boot nothing is known")
	}
	if err := mark.clear(); err != nil || (&bootMark{file: file, id: "next"}).lost() {
		t.Error("lost after a clean end", err)
	}
}
