package anki

import (
	"archive/zip"
	"context"
	"crypto/sha1"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"html"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver
)

// Write writes a package of schema 11 that holds the notes with their cards'
// history. The same package gives the same bytes.
func Write(ctx context.Context, w io.Writer, p Package) error {
	dir, err := os.MkdirTemp("", "kubetutor-deck-")
	if err != nil {
		return fmt.Errorf("making a deck for Anki: %w", err)
	}
	defer os.RemoveAll(dir)
	out := archive{zip.NewWriter(w), dir, p.Made}
	if err := out.pack(ctx, p); err != nil {
		return fmt.Errorf("making a deck for Anki: %w", err)
	}
	return nil
}

// archive is the zip file that is made, and where databases are made for it.
type archive struct {
	*zip.Writer
	dir  string
	made time.Time
}

func (a archive) pack(ctx context.Context, p Package) error {
	notice := p
	notice.Notes = []Note{{GUID: "notice", Deck: "kubetutor", Fields: [4]string{p.Notice}, Created: p.Made}}
	return errors.Join(
		a.add("meta", strings.NewReader("\x08\x02")), // PackageMetadata{version: VERSION_LEGACY_2}
		a.database(ctx, "collection.anki21", p),
		a.database(ctx, "collection.anki2", notice),
		a.add("media", strings.NewReader("{}")),
		a.Close(),
	)
}

func (a archive) add(name string, r io.Reader) error {
	w, err := a.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: a.made.UTC().Truncate(time.Second)})
	if err != nil {
		return err
	}
	_, err = io.Copy(w, r)
	return err
}

func (a archive) database(ctx context.Context, name string, p Package) error {
	file := filepath.Join(a.dir, name)
	if err := create(ctx, file, p); err != nil {
		return err
	}
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	defer in.Close()
	return a.add(name, in)
}

// create makes a database. Nobody reads it before it is whole, so that it needs
// no journal.
func create(ctx context.Context, file string, p Package) error {
	db, err := sql.Open("sqlite", dsn(file, "_pragma=journal_mode(off)&_pragma=synchronous(off)"))
	if err != nil {
		return err
	}
	defer db.Close()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := fill(ctx, tx, p); err != nil {
		return err
	}
	return tx.Commit()
}

func fill(ctx context.Context, tx *sql.Tx, p Package) error {
	if _, err := tx.ExecContext(ctx, schema11); err != nil {
		return err
	}
	days := newCalendar(start(p), p.Rollover, p.Made.Location())
	if err := addCollection(ctx, tx, p, days.begin(0)); err != nil {
		return err
	}
	rows, err := newRows(ctx, tx, p, days)
	if err != nil {
		return err
	}
	for _, n := range p.Notes {
		if err := rows.add(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

// start is the earliest time in a package: no day in it has a negative number.
func start(p Package) time.Time {
	first := p.Made
	earlier := func(t time.Time) {
		if !t.IsZero() && t.Before(first) {
			first = t
		}
	}
	for _, n := range p.Notes {
		earlier(n.Card.Due)
		earlier(n.Card.Last)
		if len(n.Card.Log) > 0 {
			earlier(n.Card.Log[0].At)
		}
	}
	return first
}

func addCollection(ctx context.Context, tx *sql.Tx, p Package, created time.Time) error {
	args := []any{created.Unix(), p.Made.UnixMilli(), p.Made.UnixMilli()}
	for _, column := range []any{configuration(p.Made, p.Rollover), models(), decks(p.Notes, p.Made), presets(p.Preset, p.Made)} {
		s, err := text(column)
		if err != nil {
			return err
		}
		args = append(args, s)
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO col (id, crt, mod, scm, ver, dty, usn, ls, conf, models, decks, dconf, tags)
		VALUES (1, ?, ?, ?, 11, 0, 0, 0, ?, ?, ?, ?, '{}')`, args...)
	return err
}

// rows adds notes, their cards and their ratings. Their ids are times in
// milliseconds, moved on by as much as makes them unique.
type rows struct {
	made               time.Time
	days               calendar
	models             [2]int64
	note, card, rating *sql.Stmt
	notes, ratings     map[int64]bool // ids that are taken
	tags               *regexp.Regexp // of HTML
}

func newRows(ctx context.Context, tx *sql.Tx, p Package, days calendar) (*rows, error) {
	r := &rows{made: p.Made, days: days, models: modelIDs(), notes: map[int64]bool{}, ratings: map[int64]bool{},
		tags: regexp.MustCompile(`<[^>]*>`)}
	var errs [3]error
	r.note, errs[0] = tx.PrepareContext(ctx, `INSERT INTO notes VALUES (?, ?, ?, ?, -1, ?, ?, ?, ?, 0, '')`)
	r.card, errs[1] = tx.PrepareContext(ctx, `INSERT INTO cards VALUES (?, ?, ?, 0, ?, -1, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, ?)`)
	r.rating, errs[2] = tx.PrepareContext(ctx, `INSERT INTO revlog VALUES (?, ?, -1, ?, ?, ?, ?, ?, ?)`)
	return r, errors.Join(errs[:]...)
}

func unique(taken map[int64]bool, id int64) int64 {
	for taken[id] {
		id++
	}
	taken[id] = true
	return id
}

func (r *rows) add(ctx context.Context, n Note) error {
	id := unique(r.notes, n.Created.UnixMilli())
	fields := make([]string, len(n.Fields))
	for i, f := range n.Fields {
		fields[i] = strings.ReplaceAll(f, "\x1f", " ") // what stands between fields
	}
	first := r.plain(fields[0])
	_, err := r.note.ExecContext(ctx, id, n.GUID, r.models[n.Model], r.made.Unix(), tagList(n.Tags), strings.Join(fields, "\x1f"), first, sum(first))
	if err != nil {
		return fmt.Errorf("note %s: %w", n.GUID, err)
	}
	if err := r.addCard(ctx, id, n); err != nil {
		return fmt.Errorf("card of note %s: %w", n.GUID, err)
	}
	for _, l := range n.Card.Log {
		if err := r.addRating(ctx, id, l); err != nil {
			return fmt.Errorf("rating of note %s: %w", n.GUID, err)
		}
	}
	return nil
}

// addCard adds the card, which has the id of its note.
func (r *rows) addCard(ctx context.Context, id int64, n Note) error {
	c := n.Card
	data, err := text(memoryOf(c))
	if err != nil {
		return err
	}
	factor := ease
	if c.Stage == New {
		factor = 0
	}
	_, err = r.card.ExecContext(ctx, id, id, deckID(n.Deck), r.made.Unix(), int(c.Stage), c.queue(), r.due(c), c.Interval, factor,
		c.Reps, c.Lapses, c.Left*1000+c.Left, data)
	return err
}

// queue is where Anki looks for the card; see rslib/src/card/mod.rs.
func (c Card) queue() int {
	switch {
	case c.Suspended:
		return -1
	case c.Buried:
		return -3 // by the user
	case c.Stage == Relearning:
		return int(Learning)
	}
	return int(c.Stage)
}

// due is a place among new cards, a second for those in steps, or a day's number.
func (r *rows) due(c Card) int64 {
	switch c.Stage {
	case New:
		return int64(len(r.notes))
	case Review:
		return int64(r.days.number(c.Due))
	}
	return c.Due.Unix()
}

// addRating adds a line of the log. Its factor is FSRS's difficulty, from 100 to
// 1100; see rslib/src/revlog/mod.rs.
func (r *rows) addRating(ctx context.Context, card int64, l Rating) error {
	factor := 0
	if l.Difficulty > 0 {
		factor = int(((l.Difficulty-1)/9 + 0.1) * 1000)
	}
	_, err := r.rating.ExecContext(ctx, unique(r.ratings, l.At.UnixMilli()), card, l.Ease, interval(l.Interval), interval(l.Before),
		factor, l.Took.Milliseconds(), int(max(l.Stage-1, 0)))
	return err
}

// interval is in days where it has a day, else in seconds, which are negative.
func interval(d time.Duration) int64 {
	if d >= day {
		return int64((d + day/2) / day)
	}
	return -int64(d.Round(time.Second) / time.Second)
}

// plain is a field as it is sorted by, and compared with others: without its tags.
func (r *rows) plain(field string) string {
	return strings.TrimSpace(html.UnescapeString(r.tags.ReplaceAllString(field, "")))
}

// sum is the checksum of a note: the first four bytes of the SHA-1 of its first
// field.
func sum(field string) uint32 {
	h := sha1.Sum([]byte(field))
	return binary.BigEndian.Uint32(h[:])
}
