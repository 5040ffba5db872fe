package store_test

import (
	"os"
	"path/filepath"
	"testing"

	"kubetutor/internal/class"
	"kubetutor/internal/class/classtest"
	"kubetutor/internal/class/store"
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
