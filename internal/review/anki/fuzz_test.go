package anki

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// FuzzRead reads archives.
func FuzzRead(f *testing.F) {
	for _, b := range packages(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		found, err := read(briefly(t), b, options())
		sound(t, found, err)
	})
}

// FuzzDatabase reads databases that are in a sound archive.
func FuzzDatabase(f *testing.F) {
	for _, b := range packages(f) {
		f.Add(inside(f, b))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		file := filepath.Join(t.TempDir(), "collection")
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		found, err := readCollection(briefly(t), file, options())
		sound(t, found, err)
	})
}

// packages are real ones.
func packages(tb testing.TB) [][]byte {
	list := [][]byte{written(tb, sample())}
	for _, name := range []string{"anki-2.1.16.apkg", "schema18.apkg"} {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			tb.Fatal(err)
		}
		list = append(list, b)
	}
	return list
}

// inside is the database of a package.
func inside(tb testing.TB, b []byte) []byte {
	tb.Helper()
	files, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		tb.Fatal(err)
	}
	name, err := collectionName(files)
	if err != nil {
		tb.Fatal(err)
	}
	file := filepath.Join(tb.TempDir(), "db")
	if err := unpack(context.Background(), files, name, file, MaxCollection); err != nil {
		tb.Fatal(err)
	}
	in, err := os.Open(file)
	if err != nil {
		tb.Fatal(err)
	}
	defer in.Close()
	db, err := io.ReadAll(in)
	if err != nil {
		tb.Fatal(err)
	}
	return db
}

// briefly is a context for one input.
func briefly(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// sound finds in what was read nothing that does not make sense.
func sound(t *testing.T, found *Found, err error) {
	if err != nil {
		if found != nil {
			t.Error("an error comes with notes")
		}
		return
	}
	o := options()
	for _, n := range found.Notes {
		if len(n.GUID) < len(prefix) || n.GUID[:len(prefix)] != prefix {
			t.Errorf("the note %q was not asked for", n.GUID)
		}
		c := n.Card
		if c.Stage < New || c.Stage > Relearning || c.Reps < 0 || c.Lapses < 0 || c.Interval < 0 || c.Left < 0 || c.Last.After(o.Now) {
			t.Errorf("the card is %+v", c)
		}
		if c.Stability != 0 && !between(c.Stability, 0.001, 36500) || c.Difficulty != 0 && !between(c.Difficulty, 1, 10) {
			t.Errorf("its memory is %+v", c)
		}
		for _, r := range c.Log {
			if r.At.Before(earliest) || r.At.After(o.Now) || r.Ease < 1 || r.Ease > 4 || r.Took < 0 || r.Interval < 0 || r.Before < 0 {
				t.Errorf("a rating is %+v", r)
			}
		}
	}
}
