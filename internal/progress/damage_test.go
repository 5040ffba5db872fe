package progress

import (
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// unclean makes a store as a killed process leaves it, with a copy of its first
// half, and a log that holds some of the events; ids are all of them.
func unclean(t *testing.T, r *rand.Rand, copied bool) (dir string, ids []string) {
	t.Helper()
	work := t.TempDir()
	d := open(t, work)
	ids = append(ids, record(t, d, randomEvents(r, 40)...)...)
	if copied {
		if err := d.copyNow(t.Context(), "test"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.sql.Exec(`PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		t.Fatal(err)
	}
	ids = append(ids, record(t, d, randomEvents(r, 15)...)...)
	dir = t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(work)); err != nil {
		t.Fatal(err)
	}
	return dir, ids
}

// count tells how many of the ids a store has.
func count(t *testing.T, d *DB, ids []string) int {
	t.Helper()
	all, n := export(t, d), 0
	for _, id := range ids {
		n += strings.Count(all, `{"id":"`+id)
	}
	return n
}

// overwrite changes a file.
func overwrite(t *testing.T, path string, change func([]byte) []byte) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, change(data), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestDamage(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(11, 12))
	noise := func(n int) func([]byte) []byte {
		return func(b []byte) []byte {
			for range n {
				b[r.IntN(len(b))] = byte(r.Uint32())
			}
			return b
		}
	}
	zeroPage := func(b []byte) []byte {
		at := r.IntN(len(b)/pageSize) * pageSize
		clear(b[at : at+pageSize])
		return b
	}
	tests := map[string]struct {
		file   string
		change func([]byte) []byte
	}{
		"noise":          {"", noise(200)},
		"one byte":       {"", noise(1)},
		"header":         {"", func(b []byte) []byte { clear(b[:100]); return b }},
		"header, noise":  {"", func(b []byte) []byte { noise(10)(b[:100]); return b }},
		"first page":     {"", func(b []byte) []byte { clear(b[:pageSize]); return b }},
		"a page":         {"", zeroPage},
		"cut off":        {"", func(b []byte) []byte { return b[:r.IntN(len(b))] }},
		"empty":          {"", func(b []byte) []byte { return nil }},
		"another file":   {"", func([]byte) []byte { return []byte("hello, I am a text file\n") }},
		"log, noise":     {"-wal", noise(100)},
		"log, one byte":  {"-wal", noise(1)},
		"log, header":    {"-wal", func(b []byte) []byte { clear(b[:walHeader]); return b }},
		"log, cut off":   {"-wal", func(b []byte) []byte { return b[:r.IntN(len(b))] }},
		"log, its start": {"-wal", func(b []byte) []byte { clear(b[:2*frameSize]); return b }},
	}
	for name, tt := range tests {
		for round := range 6 {
			copied := round%2 == 0
			dir, ids := unclean(t, r, copied)
			overwrite(t, filepath.Join(dir, fileName+tt.file), tt.change)
			readable := readable(t, dir, ids)
			d, err := Open(dir)
			if err != nil {
				t.Errorf("%s, copied %v: %v", name, copied, err)
				continue
			}
			got := count(t, d, ids)
			if got < readable || copied && got < 40 {
				t.Errorf("%s, copied %v: %d events of %d are there, %d were readable", name, copied, got, len(ids), readable)
			}
			record(t, d, Position{Lesson: "after"})
			if _, ok := d.Recovered(); ok {
				checkKept(t, d)
			}
			d.Close()
		}
	}
}

// readable counts the events whose text is whole in the files, without regard
// to any structure: at least those with an intact checksum must come back.
func readable(t *testing.T, dir string, ids []string) int {
	t.Helper()
	found, err := salvage(filepath.Join(dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, id := range ids {
		if _, ok := found[id]; ok {
			n++
		}
	}
	return n
}

func checkKept(t *testing.T, d *DB) {
	t.Helper()
	rec, _ := d.Recovered()
	if files, err := os.ReadDir(rec.Kept); err != nil || len(files) == 0 {
		t.Errorf("the damaged file was not kept: %v, %v", files, err)
	}
	if notes := d.Notes(); len(notes) != 1 || !strings.Contains(notes[0], rec.Kept) {
		t.Errorf("notes: %q", notes)
	}
}

// TestSalvageReadsAll says that nothing of an undamaged file is overlooked, at
// any size of event.
func TestSalvageReadsAll(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(13, 14))
	dir := t.TempDir()
	d := open(t, dir)
	var ids []string
	for n := range 60 {
		ids = append(ids, record(t, d, Position{Lesson: "x", Focus: strings.Repeat("y", n*n*n/7)})...)
	}
	ids = append(ids, record(t, d, randomEvents(r, 100)...)...)
	for _, step := range []string{"with a log", "without"} {
		if got := readable(t, dir, ids); got != len(ids) {
			t.Errorf("%s: %d of %d", step, got, len(ids))
		}
		if _, err := d.sql.Exec(`PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
			t.Fatal(err)
		}
	}
	if intactEvents, err := salvage(filepath.Join(dir, fileName)); err != nil || len(intactEvents) != len(ids) {
		t.Errorf("%d events, %v", len(intactEvents), err)
	}
}

// TestIntactAgreesWithSQLite checks our reading of a log against a real one.
func TestIntactAgreesWithSQLite(t *testing.T) {
	t.Parallel()
	dir, _ := unclean(t, rand.New(rand.NewPCG(15, 16)), false)
	wal, err := os.ReadFile(filepath.Join(dir, fileName+"-wal"))
	if err != nil {
		t.Fatal(err)
	}
	n := len(frames(wal))
	if valid, committed := intact(wal); n == 0 || valid != n || committed != n {
		t.Errorf("of %d frames %d are intact, %d committed", n, valid, committed)
	}
	if valid, committed := intact(wal[:len(wal)-1]); valid != n-1 || committed >= n-1 {
		t.Errorf("cut off: of %d frames %d are intact, %d committed", n, valid, committed)
	}
	wal[walHeader+3*frameSize+frameHeader+9]++
	if valid, _ := intact(wal); valid != 3 {
		t.Errorf("with the fourth damaged, %d frames are intact", valid)
	}
}

// TestInterruptedRecovery leaves a finished recovery that was not put in place.
func TestInterruptedRecovery(t *testing.T) {
	t.Parallel()
	dir, ids := unclean(t, rand.New(rand.NewPCG(17, 18)), false)
	found, err := salvage(filepath.Join(dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	if err := build(filepath.Join(dir, readyName), "", found); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, fileName+"-wal")); err != nil { // killed half-way
		t.Fatal(err)
	}
	d := open(t, dir)
	if n := count(t, d, ids); n != len(ids) {
		t.Errorf("%d of %d events", n, len(ids))
	}
}

// TestDamageMetLater damages what the start does not look at.
func TestDamageMetLater(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := open(t, dir)
	ids := record(t, d, randomEvents(rand.New(rand.NewPCG(19, 20)), 30)...)
	if _, err := d.sql.Exec(`UPDATE projection SET data = 'no JSON' WHERE kind = 'last'; PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.Last(t.Context()); err == nil {
		t.Error("the damage was not noticed")
	}
	d.Close()
	d = open(t, dir)
	if _, ok, err := d.Last(t.Context()); !ok && count(t, d, ids) > 0 || err != nil {
		t.Errorf("after the repair: %v, %v", ok, err)
	}
}

func TestDamageWhileAnotherIsThere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a, b := open(t, dir), open(t, dir)
	record(t, a, Position{Lesson: "x"})
	if err := b.repair(); err == nil {
		t.Error("a file in use was replaced")
	}
	if err := writeDurably(filepath.Join(dir, markName), nil); err != nil {
		t.Fatal(err)
	}
	record(t, open(t, dir), Position{Lesson: "y"})
}

func TestSevenCopiesAreKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, copiesDir), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"20250101T000000Z-daily.db", "20250102T000000Z-daily.db", "20250103T000000Z-before-v2.db",
		"20250104T000000Z-daily.db", "20250105T000000Z-daily.db", "20250106T000000Z-daily.db", "20250107T000000Z-daily.db", "mine.db"} {
		if err := writeDurably(filepath.Join(dir, copiesDir, name), nil); err != nil {
			t.Fatal(err)
		}
	}
	d := open(t, dir)
	record(t, d, Position{Lesson: "x"})
	d.Close()
	open(t, dir).Close() // the first start with events makes the day's copy
	names := copies(dir)
	if len(names) != copiesKept || names[0] != "20250102T000000Z-daily.db" || !strings.HasSuffix(names[6], "-daily.db") {
		t.Errorf("copies: %q", names)
	}
	if _, err := os.Stat(filepath.Join(dir, copiesDir, "mine.db")); err != nil {
		t.Error("a file of somebody else's was removed")
	}
	open(t, dir).Close()
	if again := copies(dir); again[6] != names[6] {
		t.Errorf("a second copy on the same day: %q", again)
	}
}

func FuzzSalvage(f *testing.F) {
	page := make([]byte, pageSize)
	page[0], page[4] = tableLeaf, 1
	binary.BigEndian.PutUint16(page[8:], 4000)
	f.Add(page, []byte{})
	f.Add([]byte{}, append(make([]byte, walHeader+frameHeader), page...))
	f.Fuzz(func(t *testing.T, file, wal []byte) {
		p := pagesOf(file, frames(wal))
		p.eachLeaf(func(page []byte, header int) { p.leafEvents(page, header, map[string]Event{}) })
		intact(wal)
	})
}
