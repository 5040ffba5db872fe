package progress

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// files lists what is in a directory, with sizes.
func files(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestPeekMakesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, path := range []string{dir, filepath.Join(dir, "none")} {
		if _, err := Peek(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: got %v", path, err)
		}
	}
	if left := files(t, dir); len(left) > 0 {
		t.Errorf("it made %v", left)
	}
}

func TestPeekReadsWhatOthersWrite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := open(t, dir)
	record(t, d, Position{Lesson: "a"})
	p, err := Peek(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	record(t, d, Position{Lesson: "b"})
	if at, ok, err := p.Last(t.Context()); err != nil || !ok || at.Lesson != "b" {
		t.Errorf("got %v, %v, %v", at, ok, err)
	}
	if _, err := p.Record(t.Context(), Position{Lesson: "c"}); !errors.Is(err, ErrReadOnly) {
		t.Errorf("recording: %v", err)
	}
}

func TestPeekLeavesTheLogAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := open(t, dir)
	record(t, d, Position{Lesson: "a"})
	killed := t.TempDir() // as after a kill: the log is not in the file yet
	for _, name := range []string{fileName, fileName + "-wal"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(killed, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	before := snapshot(t, killed)
	p, err := Peek(killed)
	if err != nil {
		t.Fatal(err)
	}
	at, _, err := p.Last(t.Context())
	if err := errors.Join(err, p.Close()); err != nil || at.Lesson != "a" {
		t.Errorf("got %v, %v", at, err)
	}
	if after := snapshot(t, killed); !slices.Equal(before, after) {
		t.Error("the file or its log has changed")
	}
}

func snapshot(t *testing.T, dir string) (all []string) {
	t.Helper()
	for _, name := range []string{fileName, fileName + "-wal"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(data))
	}
	return all
}

func TestPeekRefusesWhatIsNotReady(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(d *DB) error{
		"marked as damaged": func(d *DB) error { markDamaged(d.dir); return nil },
		"older tables":      func(d *DB) error { _, err := d.sql.Exec("PRAGMA user_version = 0"); return err },
		"older projections": func(d *DB) error { _, err := d.sql.Exec("UPDATE meta SET value = '0' WHERE name = 'fold'"); return err },
	} {
		d := open(t, t.TempDir())
		if err := spoil(d); err != nil {
			t.Fatal(err)
		}
		if p, err := Peek(d.dir); !errors.Is(err, ErrUnready) {
			t.Errorf("%s: got %v, %v", name, p, err)
		}
	}
}
