// Package search finds words, commands and error messages in a course, in both
// languages, and in its glossary.
//
// The index is an SQLite file with two FTS5 tables, one for each language, and a
// row for every page, question, lab and term. FTS5 only says which rows have the
// words; package search makes the words (see [words]) and ranks the rows itself,
// because a course is small enough to look at what was found, and because the
// built-in ranking reads through every row that has a word, however common.
//
// Chinese is indexed by characters, so a phrase of any length is found without a
// dictionary. Names in camel case are found whole and by their parts.
package search

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"

	"kubetutor/internal/course"
)

// Kind says what was found.
type Kind string

// The kinds of hits.
const (
	Page     Kind = "page"
	Question Kind = "question"
	Lab      Kind = "lab"
	Term     Kind = "term"
)

// Hit is something that was found, and where.
type Hit struct {
	Kind     Kind
	Lesson   string // id; of a term where it is taught, "" where it is not said
	Lang     course.Lang
	Page     int      // 0-based; of a question and a lab the page where it is asked
	Block    int      // of the page, counted as progress.Position does
	Question string   // id within the lesson
	Lab      string   // id within the lesson
	Term     string   // id in the glossary
	Title    string   // of the page, the lab or the term; of a question that of its page
	Snippet  string   // what stands there, on one line, without markup
	Marks    [][2]int // what matches in Snippet: first byte and the byte after, in order
}

// Options narrow a search.
type Options struct {
	Lang  course.Lang // the learner's: what is found in it comes first; "" is English
	Limit int         // at most so many hits; 0 means 20
}

const defaultLimit = 20

// Index is a course that can be searched. It is safe for concurrent use.
type Index struct {
	db *sql.DB
}

// Close ends the index.
func (x *Index) Close() error { return x.db.Close() }

// Search finds what a learner typed, the best first. Any text is a query: there
// is no syntax that could be wrong; text in double quotes is taken as a phrase.
// The last word may be the beginning of one. All words must be there; where that
// finds nothing, most of them. The error is one of the index or of ctx.
func (x *Index) Search(ctx context.Context, query string, o Options) ([]Hit, error) {
	hits, err := x.look(ctx, parse(query), x.strict, o)
	if err == nil && len(hits) == 0 {
		hits, err = x.look(ctx, parse(gist(query)).split(), x.loose, o)
	}
	return hits, err
}

// look is one way to search.
func (x *Index) look(ctx context.Context, q query, find tiers, o Options) ([]Hit, error) {
	if len(q) == 0 {
		return nil, nil
	}
	q, err := x.mend(ctx, q)
	if err != nil {
		return nil, err
	}
	return x.both(ctx, q, find, o)
}

// tiers finds the expressions for a query in one language, the narrow ones first.
type tiers func(ctx context.Context, lang course.Lang, q query) ([]string, error)

// strict wants every unit: in the title; as one phrase; anywhere.
func (x *Index) strict(_ context.Context, _ course.Lang, q query) ([]string, error) {
	all := q.join(" AND ")
	list := []string{"title : (" + all + ")"}
	if len(q) > 1 {
		list = append(list, q.inARow())
	}
	return append(list, all), nil
}

// loose wants some of the units: all of those that say something, then any of
// these, then any at all.
func (x *Index) loose(ctx context.Context, lang course.Lang, q query) (list []string, err error) {
	var telling query
	for _, u := range q {
		n, err := x.count(ctx, lang, u.expression(), mostRows)
		if err != nil {
			return nil, err
		}
		if 0 < n && n < mostRows {
			telling = append(telling, u)
		}
	}
	if len(telling) > 1 {
		list = append(list, telling.join(" AND "))
	}
	if len(telling) > 0 {
		list = append(list, telling.join(" OR "))
	}
	return append(list, q.join(" OR ")), nil
}

// both looks in the learner's language, then in the other one for what was not
// found in the first.
func (x *Index) both(ctx context.Context, q query, find tiers, o Options) (hits []Hit, err error) {
	if o.Limit <= 0 {
		o.Limit = defaultLimit
	}
	langs := slices.Clone(course.Langs[:])
	if o.Lang == course.Chinese {
		slices.Reverse(langs)
	}
	seen := map[place]bool{}
	for _, lang := range langs {
		if len(hits) == o.Limit {
			break
		}
		rows, err := x.in(ctx, lang, q, find)
		if err != nil {
			return nil, fmt.Errorf("searching the lessons: %w", err)
		}
		rows = slices.DeleteFunc(rows, func(r row) bool { return seen[r.place()] })
		rows = rows[:min(len(rows), o.Limit-len(hits))]
		if err := x.texts(ctx, rows); err != nil {
			return nil, fmt.Errorf("reading what was found in the lessons: %w", err)
		}
		for _, r := range rows {
			seen[r.place()] = true
			hits = append(hits, r.hit(q, lang))
		}
	}
	return hits, nil
}

// in ranks what is found in one language.
func (x *Index) in(ctx context.Context, lang course.Lang, q query, find tiers) ([]row, error) {
	expressions, err := find(ctx, lang, q)
	if err != nil {
		return nil, err
	}
	rows, err := x.candidates(ctx, lang, expressions)
	if err != nil {
		return nil, err
	}
	p := q.patterns()
	p.weigh(rows)
	for i := range rows {
		rows[i].judge(p)
	}
	slices.SortStableFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.id, b.id))
	})
	return rows, nil
}

// mostRows bounds the rows of one language that are looked at: a word that is
// nearly everywhere says little about any of them.
const mostRows = 200

// candidates fetches the rows for expressions, the narrow ones first, so that the
// bound cuts off the wide ones.
func (x *Index) candidates(ctx context.Context, lang course.Lang, expressions []string) (rows []row, err error) {
	seen := map[int64]bool{}
	for _, expression := range expressions {
		if len(rows) >= mostRows {
			break
		}
		more, err := x.match(ctx, lang, expression, mostRows)
		if err != nil {
			return nil, err
		}
		for _, r := range more {
			if !seen[r.id] {
				seen[r.id] = true
				rows = append(rows, r)
			}
		}
	}
	return rows, nil
}
