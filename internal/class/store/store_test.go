package store_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"kubetutor/internal/class"
	"kubetutor/internal/class/classtest"
	"kubetutor/internal/class/store"
	"kubetutor/internal/durable"
)

func TestStore(t *testing.T) {
	t.Parallel()
	classtest.TestStore(t, func(t *testing.T) func() class.Store {
		dir := t.TempDir()
		return func() class.Store { return open(t, dir) }
	})
}

func open(t *testing.T, dir string) *store.Store {
	t.Helper()
	s, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestNobodyElseMayRead(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "classes", "one")
	s := open(t, dir)
	if _, err := s.Secret(t.Context(), "key", func() ([]byte, error) { return []byte("k"), nil }); err != nil {
		t.Fatal(err)
	}
	p, err := s.Progress(t.Context(), "abcdefgh")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestExists(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if store.Exists(dir) {
		t.Error("an empty directory is a class")
	}
	open(t, dir)
	if !store.Exists(dir) {
		t.Error("a class is none")
	}
}

func TestWhatIsInTheWay(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(dir string) error
		want  error
	}{
		"no database": {func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "class.db"), bytes.Repeat([]byte("no database "), 1000), 0o600)
		}, store.ErrDamaged},
		"a newer one": {func(dir string) error {
			s := open(t, dir)
			defer s.Close()
			db, err := durable.Connect(filepath.Join(dir, "class.db"), "WAL")
			if err != nil {
				return err
			}
			defer db.Close()
			_, err = db.Exec("PRAGMA user_version = 7")
			return err
		}, class.ErrNewer},
		"a file in place of the directory": {func(dir string) error {
			return errors.Join(os.Remove(dir), os.WriteFile(dir, nil, 0o600))
		}, durable.ErrReadOnly},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "class")
			if err := errors.Join(os.Mkdir(dir, 0o700), c.spoil(dir)); err != nil {
				t.Fatal(err)
			}
			if _, err := store.Open(dir); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}

// TestEventsAreFinal tries to change what is kept.
func TestEventsAreFinal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := class.Create(t.Context(), open(t, dir), classtest.Class()); err != nil {
		t.Fatal(err)
	}
	db, err := durable.Connect(filepath.Join(dir, "class.db"), "WAL")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, change := range []string{`DELETE FROM event`, `UPDATE event SET kind = 'ended'`} {
		if _, err := db.Exec(change); err == nil {
			t.Errorf("%s was carried out", change)
		}
	}
}
