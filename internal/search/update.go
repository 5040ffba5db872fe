package search

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"maps"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"kubetutor/internal/course"
)

// source is a part of a course that changes as a whole: a lesson, or the
// glossary, whose id is empty.
type source struct {
	id   string
	hash string
	docs func() []doc
}

// sources hashes everything that can be found, several lessons at a time. What
// cannot be read is left out: who opens it hears why.
func sources(c *course.Course) []source {
	lessons := c.Lessons()
	list := make([]source, len(lessons))
	each(len(lessons), func(i int) {
		l := lessons[i]
		hash, err := l.Hash()
		if err != nil {
			return
		}
		list[i] = source{l.ID, hash, func() []doc {
			b, err := l.Body()
			if err != nil {
				return nil
			}
			return docsOf(b)
		}}
	})
	list = slices.DeleteFunc(list, func(s source) bool { return s.id == "" })
	g, _ := c.Glossary() // the linter says what is wrong with it
	return append([]source{{"", hashOf(g), func() []doc { return docsOfTerms(g) }}}, list...)
}

func hashOf(g *course.Glossary) string {
	sum := sha256.New()
	for _, t := range g.Terms() {
		fmt.Fprintf(sum, "%q\n", []any{t.Names(), t.ID, t.Text.EN, t.Text.ZH, t.Lesson})
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// each calls f for 0 to n-1, several at a time.
func each(n int, f func(i int)) {
	work := make(chan int)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range work {
				f(i)
			}
		})
	}
	for i := range n {
		work <- i
	}
	close(work)
	wg.Wait()
}

// update makes the index that of a course. Sources that are in it as they are
// now are left alone.
func (x *Index) update(ctx context.Context, c *course.Course) error {
	now := sources(c)
	have, err := x.indexed(ctx)
	if err != nil {
		return err
	}
	fresh := slices.DeleteFunc(slices.Clone(now), func(s source) bool { return have[s.id] == s.hash })
	for _, s := range now {
		if have[s.id] == s.hash {
			delete(have, s.id)
		}
	}
	if len(fresh)+len(have) == 0 {
		return nil
	}
	if err := x.replace(ctx, slices.Collect(maps.Keys(have)), fresh); err != nil {
		return err
	}
	// What was written stands twice until the log goes into the file, and much of
	// the memory that it took will not be needed again.
	_, err = x.db.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`)
	debug.FreeOSMemory()
	return err
}

// indexed are the hashes of what is in the index, by id.
func (x *Index) indexed(ctx context.Context) (map[string]string, error) {
	rows, err := x.db.QueryContext(ctx, `SELECT id, hash FROM source`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	have := map[string]string{}
	for rows.Next() {
		var id, hash string
		if err := rows.Scan(&id, &hash); err != nil {
			return nil, err
		}
		have[id] = hash
	}
	return have, rows.Err()
}

// replace takes sources out and puts others in, all or nothing.
func (x *Index) replace(ctx context.Context, old []string, fresh []source) error {
	tx, err := x.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	w, err := newWriter(ctx, tx)
	if err != nil {
		return err
	}
	for _, id := range old {
		if err := w.remove(id); err != nil {
			return err
		}
	}
	if err := w.addAll(fresh); err != nil {
		return err
	}
	return tx.Commit()
}

// writer writes rows within one transaction.
type writer struct {
	ctx   context.Context
	tx    *sql.Tx
	last  int64           // the id of the last row: FTS5 wants them in order, or it writes each for itself
	words map[string]bool // that are written already
	stmts map[string]*sql.Stmt
}

func newWriter(ctx context.Context, tx *sql.Tx) (*writer, error) {
	w := &writer{ctx: ctx, tx: tx, words: map[string]bool{}, stmts: map[string]*sql.Stmt{}}
	err := tx.QueryRowContext(ctx, `SELECT coalesce(max(id), 0) FROM doc`).Scan(&w.last)
	return w, err
}

func (w *writer) exec(query string, args ...any) error {
	stmt := w.stmts[query]
	if stmt == nil {
		var err error
		if stmt, err = w.tx.PrepareContext(w.ctx, query); err != nil {
			return err
		}
		w.stmts[query] = stmt // closed with the transaction
	}
	_, err := stmt.ExecContext(w.ctx, args...)
	return err
}

func (w *writer) remove(id string) error {
	for _, lang := range course.Langs {
		if err := w.exec(`DELETE FROM `+string(lang)+` WHERE rowid IN (SELECT id FROM doc WHERE source = ? AND lang = ?)`, id, string(lang)); err != nil {
			return err
		}
	}
	if err := w.exec(`DELETE FROM doc WHERE source = ?`, id); err != nil {
		return err
	}
	return w.exec(`DELETE FROM source WHERE id = ?`, id)
}

// addAll reads sources, several at a time, and writes them in their order.
func (w *writer) addAll(fresh []source) error {
	const batch = 8 // lessons that are in memory at once
	for part := range slices.Chunk(fresh, batch) {
		docs := make([][]doc, len(part))
		each(len(part), func(i int) { docs[i] = part[i].docs() })
		for i, s := range part {
			if err := w.add(s, docs[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *writer) add(s source, docs []doc) error {
	if err := w.exec(`INSERT INTO source (id, hash) VALUES (?, ?)`, s.id, s.hash); err != nil {
		return err
	}
	for _, d := range docs {
		if err := w.doc(s.id, d); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) doc(source string, d doc) error {
	w.last++
	heading, text := foldAll(d.heading), foldAll(d.text)
	err := w.exec(`INSERT INTO doc (id, source, lang, kind, lesson, page, block, name, title, text, heading, folded) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		w.last, source, string(d.lang), string(d.kind), d.lesson, d.page, d.block, d.name, d.title, d.text, heading, text)
	if err != nil {
		return err
	}
	if err := w.exec(`INSERT INTO `+string(d.lang)+` (rowid, title, text) VALUES (?, ?, ?)`, w.last, heading, text); err != nil {
		return err
	}
	return w.learn(heading + text)
}

// learn notes the words that a mistyped one may have meant.
func (w *writer) learn(folded string) error {
	for _, word := range strings.Fields(folded) {
		if len(word) < shortestTypo || !inWord(rune(word[0])) || w.words[word] {
			continue
		}
		w.words[word] = true
		if err := w.exec(`INSERT OR IGNORE INTO word (length, text) VALUES (?, ?)`, len(word), word); err != nil {
			return err
		}
	}
	return nil
}
