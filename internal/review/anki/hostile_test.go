package anki

import (
	"archive/zip"
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
)

// part is an entry of an archive.
type part struct {
	name string
	data []byte
	mode fs.FileMode
}

// packed makes an archive.
func packed(t testing.TB, parts ...part) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, p := range parts {
		h := &zip.FileHeader{Name: p.name, Method: zip.Deflate}
		h.SetMode(p.mode | 0o600)
		e, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Write(p.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// altered makes a package of the sample, with its database changed by SQL.
func altered(t testing.TB, statements ...string) []byte {
	t.Helper()
	return packed(t, part{name: "collection.anki21", data: database(t, statements...)})
}

func database(t testing.TB, statements ...string) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "db")
	if err := create(t.Context(), file, sample()); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", dsn(file, ""))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func compressed(t testing.TB, b []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll(b, nil)
}

func TestHostileArchivesAreRefused(t *testing.T) {
	t.Parallel()
	good := database(t)
	zeros := make([]byte, 8<<20)
	for name, c := range map[string]struct {
		file []byte
		want error
	}{
		"nothing":             {nil, ErrNoPackage},
		"no zip":              {[]byte("SQLite format 3\x00 and more"), ErrNoPackage},
		"an empty archive":    {packed(t), ErrNoPackage},
		"no collection":       {packed(t, part{name: "media", data: []byte("{}")}), ErrNoPackage},
		"a path of its own":   {packed(t, part{name: "../../collection.anki21", data: good}, part{name: "/collection.anki2", data: good}), ErrNoPackage},
		"a symbolic link":     {packed(t, part{name: "collection.anki21", data: []byte("/etc/passwd"), mode: fs.ModeSymlink}), ErrRefused},
		"a directory":         {packed(t, part{name: "collection.anki21/"}), ErrNoPackage},
		"a newer version":     {packed(t, part{name: "meta", data: []byte{8, 9}}, part{name: "collection.anki21", data: good}), ErrTooNew},
		"no version":          {packed(t, part{name: "meta"}, part{name: "collection.anki21", data: good}), ErrTooNew},
		"no message":          {packed(t, part{name: "meta", data: []byte{0xff}}, part{name: "collection.anki21", data: good}), ErrNoPackage},
		"a half message":      {packed(t, part{name: "meta", data: []byte{8}}, part{name: "collection.anki21", data: good}), ErrNoPackage},
		"not compressed":      {packed(t, part{name: "meta", data: []byte{8, 3}}, part{name: "collection.anki21b", data: good}), ErrNoPackage},
		"a bomb":              {packed(t, part{name: "collection.anki21", data: zeros}), ErrTooLarge},
		"a bomb of zstd":      {packed(t, part{name: "meta", data: []byte{8, 3}}, part{name: "collection.anki21b", data: compressed(t, zeros)}), ErrTooLarge},
		"no database":         {packed(t, part{name: "collection.anki2", data: []byte("hello")}), ErrNoPackage},
		"an empty database":   {packed(t, part{name: "collection.anki2"}), ErrNoPackage},
		"half a database":     {packed(t, part{name: "collection.anki21", data: good[:len(good)/2]}), ErrNoPackage},
		"a directory as long": {packed(t, part{name: strings.Repeat("x", 60000)}, part{name: "collection.anki2"}), ErrNoPackage},
	} {
		o := options()
		o.most.collection = 8<<20 - 1
		_, err := read(t.Context(), c.file, o)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestHostileDatabasesAreRefused(t *testing.T) {
	t.Parallel()
	const endless = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) `
	for name, c := range map[string]struct {
		statements []string
		want       error
	}{
		"a view":              {[]string{`CREATE VIEW v AS ` + endless + `SELECT i FROM n`}, ErrRefused},
		"a view as notes":     {[]string{`DROP TABLE notes`, `CREATE VIEW notes AS ` + endless + `SELECT i AS id, 'kubetutor:x' AS guid FROM n`}, ErrRefused},
		"a trigger":           {[]string{`CREATE TRIGGER x AFTER INSERT ON notes BEGIN DELETE FROM cards; END`}, ErrRefused},
		"a virtual table":     {[]string{`CREATE VIRTUAL TABLE x USING fts5(a)`}, ErrRefused},
		"a computed column":   {[]string{`DROP TABLE notes`, `CREATE TABLE notes (id integer PRIMARY KEY, guid text AS (hex(zeroblob(id))))`}, ErrRefused},
		"no notes":            {[]string{`DROP TABLE notes`}, ErrNoPackage},
		"other columns":       {[]string{`DROP TABLE notes`, `CREATE TABLE notes (id integer PRIMARY KEY)`}, ErrNoPackage},
		"no collection":       {[]string{`DELETE FROM col`}, ErrNoPackage},
		"another schema":      {[]string{`UPDATE col SET ver = 99`}, ErrTooNew},
		"a row too long":      {[]string{`UPDATE col SET conf = zeroblob(20000000)`}, ErrNoPackage},
		"no cards":            {[]string{`DROP TABLE cards`}, ErrNoPackage},
		"a broken schema":     {[]string{`PRAGMA writable_schema = on`, `UPDATE sqlite_schema SET sql = 'CREATE TABLE notes (' WHERE name = 'notes'`}, ErrNoPackage},
		"a table from SELECT": {[]string{`PRAGMA writable_schema = on`, `UPDATE sqlite_schema SET sql = 'CREATE TABLE notes AS SELECT 1' WHERE name = 'notes'`}, ErrNoPackage},
	} {
		_, err := read(t.Context(), altered(t, c.statements...), options())
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// What a foreign database is opened with holds, whatever SQLite's build has by default.
func TestForeignDatabasesAreGuarded(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "db")
	if err := os.WriteFile(file, database(t), 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", dsn(file, guarded))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for pragma, want := range map[string]int{"trusted_schema": 0, "query_only": 1, "cell_size_check": 1, "temp_store": 2} {
		var got int
		if err := db.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %d, %v; want %d", pragma, got, err, want)
		}
	}
	if _, err := db.ExecContext(t.Context(), "DELETE FROM notes"); err == nil {
		t.Error("it can be written to")
	}
}

// Nothing is left behind, and nothing is written under a name of the package.
func TestNothingIsLeftBehind(t *testing.T) {
	dir := t.TempDir()
	good, hostile := written(t, sample()), altered(t, `CREATE VIEW v AS SELECT 1`)
	t.Setenv("TMPDIR", dir)
	t.Setenv("TMP", dir) // of Windows
	for _, file := range [][]byte{good, hostile, good[:len(good)-9]} {
		_, _ = read(t.Context(), file, options())
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	}
}

// An endless read ends with the context, however SQLite is kept busy.
func TestReadingEnds(t *testing.T) {
	t.Parallel()
	// A note and a card for each of the other: 9 million rows that say nothing, and more.
	file := altered(t, `DROP TABLE notes`, `CREATE TABLE notes (id integer, guid text)`,
		`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 30000) INSERT INTO notes SELECT 1, 'kubetutor:x' FROM n`,
		`DELETE FROM cards`, `DROP INDEX ix_cards_nid`,
		`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 30000)
			INSERT INTO cards SELECT i, 1, 1, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '' FROM n`)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	begun := time.Now()
	_, err := read(ctx, file, options())
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("it ends with %v", err)
	}
	if took := time.Since(begun); took > 20*time.Second {
		t.Errorf("it took %s", took)
	}
}

func TestErrorsNameTheLimit(t *testing.T) {
	t.Parallel()
	file := altered(t)
	for says, most := range map[string]bounds{
		"more than 100 bytes": {collection: 100},
		"more than 2 notes":   {notes: 2},
		"more than 4 ratings": {ratings: 4},
	} {
		o := options()
		o.most = most
		if _, err := read(t.Context(), file, o); !errors.Is(err, ErrTooLarge) || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %q", err, says)
		}
	}
}

func TestSenselessNumbersAreLeftOut(t *testing.T) {
	t.Parallel()
	found, err := read(t.Context(), altered(t,
		`UPDATE cards SET data = '{"s":1e999,"d":5,"lrt":253402300799}' WHERE type = 1`,
		`UPDATE cards SET data = '{"s":-1,"d":"x","dr":7}', due = 9223372036854775807, ivl = -5, reps = 'many', lapses = 1e300 WHERE type = 2`,
		`UPDATE cards SET data = x'00ff', left = -3 WHERE type = 3`,
		`UPDATE cards SET type = 77 WHERE type = 0`,
		`UPDATE revlog SET id = 253402300799000 WHERE id = (SELECT min(id) FROM revlog)`,
		`UPDATE revlog SET ease = 0, type = 4 WHERE id = (SELECT min(id) FROM revlog)`,
		`INSERT INTO revlog SELECT -1, cid, 0, 3, 0, 0, 0, 0, 1 FROM revlog LIMIT 1`,
		`UPDATE revlog SET time = 9e99, factor = -1, ivl = 1e18, lastIvl = -1e18 WHERE id = 1795055400000`,
	), options())
	if err != nil {
		t.Fatal(err)
	}
	if len(found.Notes) != 3 || found.Skipped != 3 {
		t.Fatalf("%d notes, %d ratings skipped: %+v", len(found.Notes), found.Skipped, found.Notes)
	}
	for _, n := range found.Notes {
		c := n.Card
		if c.Stage != Relearning && c.Stability != 0 || c.Reps < 0 || c.Lapses < 0 || c.Interval < 0 || c.Left < 0 || c.Due.Year() > 2226 || c.Last.After(now()) {
			t.Errorf("%s: %+v", n.GUID, c)
		}
		for _, r := range c.Log {
			if r.At.After(now()) || r.Took < 0 || r.Interval < 0 || r.Interval > dueDays*day || r.Before < 0 {
				t.Errorf("%s: %+v", n.GUID, r)
			}
		}
	}
}

func TestPackagesOfAnki(t *testing.T) {
	t.Parallel()
	for file, schema := range map[string]int{"anki-2.1.16.apkg": 11, "schema18.apkg": 18} {
		b, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		o := options()
		o.Now = now().AddDate(0, 0, 1)
		found, err := read(t.Context(), b, o)
		if err != nil {
			t.Fatal(err)
		}
		if found.Schema != schema || found.Foreign != 1 || found.Skipped != 0 || len(found.Notes) != 4 {
			t.Fatalf("%s: %+v", file, found)
		}
		answered(t, found)
	}
}

// answered is what Anki made of the sample when two of its cards were answered.
func answered(t *testing.T, found *Found) {
	t.Helper()
	want := sample().Notes
	cloze, lab := found.Notes[0].Card, found.Notes[1].Card
	if cloze.Stage != Review || cloze.Interval != 1 || cloze.Reps != 2 || len(cloze.Log) != 2 {
		t.Errorf("the cloze is %+v", cloze)
	}
	if due := time.Date(2026, 11, 22, 4, 0, 0, 0, now().Location()); !cloze.Due.Equal(due) {
		t.Errorf("the cloze is due on %s", cloze.Due)
	}
	last := lab.Log[2]
	if last.Ease != 3 || last.Stage != Relearning || last.Interval != 3*day || last.Before != 10*time.Minute || last.At.UnixMilli() != 1795254151618 {
		t.Errorf("the lab's last rating is %+v", last)
	}
	sameNote(t, found.Notes[2], bare(want[2]))
	sameNote(t, found.Notes[3], bare(want[3]))
}
