package review

import (
	"cmp"
	"context"
	"slices"

	"kubetutor/internal/course"
	"kubetutor/internal/progress"
)

// scope is what a filter leaves of a course.
type scope struct {
	course  *course.Course
	lessons []*course.Lesson // in learning order
	all     bool             // these are all there are
	kinds   []Kind
}

func newScope(c *course.Course, f Filter) scope {
	s := scope{course: c, kinds: f.Kinds, all: len(f.Tracks)+len(f.Lessons)+len(f.Tags) == 0}
	if len(s.kinds) == 0 {
		s.kinds = Kinds()
	}
	for _, l := range c.Lessons() {
		if f.has(l) {
			s.lessons = append(s.lessons, l)
		}
	}
	return s
}

// has tells whether the filter leaves a lesson.
func (f Filter) has(l *course.Lesson) bool {
	in := func(list []string, id string) bool { return len(list) == 0 || slices.Contains(list, id) }
	tagged := len(f.Tags) == 0 || slices.ContainsFunc(l.Tags, func(t string) bool { return slices.Contains(f.Tags, t) })
	return in(f.Tracks, l.Track.ID) && in(f.Lessons, l.ID) && tagged
}

// query narrows a query to the scope, and to those kinds of it that are named.
func (s scope) query(q progress.CardQuery, kinds ...Kind) progress.CardQuery {
	q.Kinds = []string{}
	for _, k := range kinds {
		if slices.Contains(s.kinds, k) {
			q.Kinds = append(q.Kinds, string(k))
		}
	}
	if !s.all && q.Lessons == nil {
		q.Lessons = idsOf(s.lessons)
	}
	return q
}

func idsOf(lessons []*course.Lesson) []string {
	ids := make([]string, len(lessons))
	for i, l := range lessons {
		ids[i] = l.ID
	}
	return ids
}

// card finds the card of an ID; ok is false where the course does not have it,
// because a question was taken out or a pack is not there.
func (s scope) card(id ID) (c Card, ok bool) {
	l, ok := s.course.Lesson(id.Lesson())
	if !ok {
		return c, false
	}
	return cardOf(l, id)
}

func cardOf(l *course.Lesson, id ID) (c Card, ok bool) {
	kind, item := course.ItemKind(id.Kind()), id.Item()
	page := l.Page(kind, item)
	if page < 0 {
		return c, false
	}
	return Card{ID: id, Track: l.Track.ID, Lesson: l, Page: page, Sibling: l.Sibling(kind, item), Tags: l.Tags}, true
}

// read lists the items of which reading has made cards: the clozes of the pages
// that were read, and the questions once the lesson was read to its end.
func read(l *course.Lesson, at progress.LessonState, kind Kind) []string {
	end := at.Page >= l.PageCount-1
	switch {
	case kind == Question && end:
		return l.QuestionIDs
	case kind == Cloze && end:
		return l.ClozeIDs
	case kind == Cloze:
		later := func(id string) bool { return l.Page(course.ClozeItem, id) >= at.Page }
		return slices.DeleteFunc(slices.Clone(l.ClozeIDs), later)
	}
	return nil
}

// library finds new cards: those of questions that were answered have a row
// already, and those that reading has made have none.
type library struct {
	scope
	store  progress.Reader
	opened map[string]progress.LessonState
	decks  map[string]progress.Deck
}

func openLibrary(ctx context.Context, s scope, store progress.Reader) (*library, error) {
	opened, err := store.Lessons(ctx)
	if err != nil {
		return nil, err
	}
	decks, err := store.Decks(ctx)
	return &library{s, store, opened, decks}, err
}

// shelfful is how many lessons are looked through at first; then twice as many,
// and so on: mostly the first ones have enough.
const shelfful = 8

// fresh calls f with every new card that may be asked, lesson by lesson in
// learning order and page by page, until f answers false. Hands-on cards are not
// among them.
func (b *library) fresh(ctx context.Context, query progress.CardQuery, f func(entry) bool) error {
	left := b.known()
	for n := shelfful; len(left) > 0; n *= 2 {
		entries, err := b.freshOf(ctx, query, left[:min(n, len(left))])
		if err != nil {
			return err
		}
		left = left[min(n, len(left)):]
		for _, e := range entries {
			if !f(e) {
				return nil
			}
		}
	}
	return nil
}

// known are the lessons that can have cards.
func (b *library) known() (lessons []*course.Lesson) {
	for _, l := range b.lessons {
		_, opened := b.opened[l.ID]
		if opened || b.deck(Question, l).Cards > 0 || b.deck(Cloze, l).Cards > 0 {
			lessons = append(lessons, l)
		}
	}
	return lessons
}

// deck sums up the cards of a lesson that have a row.
func (b *library) deck(k Kind, l *course.Lesson) progress.Deck {
	return b.decks[string(k)+":"+l.ID]
}

func (b *library) freshOf(ctx context.Context, query progress.CardQuery, lessons []*course.Lesson) (list []entry, err error) {
	query.Lessons, query.Stages = idsOf(lessons), []progress.Stage{progress.StageNew}
	rows, err := b.store.Cards(ctx, b.query(query, Question, Cloze))
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		if c, ok := b.card(ID(row.ID)); ok {
			list = append(list, entry{Card: c, row: row})
		}
	}
	made, err := b.unrated(ctx, lessons)
	list = append(list, made...)
	slices.SortStableFunc(list, b.inOrder(lessons))
	return list, err
}

// unrated are the cards that reading has made and that have no row.
func (b *library) unrated(ctx context.Context, lessons []*course.Lesson) ([]entry, error) {
	var look []*course.Lesson
	for _, l := range lessons {
		if len(b.made(l)) > 0 {
			look = append(look, l)
		}
	}
	if len(look) == 0 {
		return nil, nil
	}
	rows, err := b.store.Cards(ctx, progress.CardQuery{Lessons: idsOf(look)})
	return b.without(rows, look), err
}

// without are the cards that reading has made of lessons and that are not among
// these.
func (b *library) without(rows []progress.Card, lessons []*course.Lesson) (list []entry) {
	known := make(map[ID]bool, len(rows))
	for _, row := range rows {
		known[ID(row.ID)] = true
	}
	for _, l := range lessons {
		for _, id := range b.made(l) {
			if c, ok := cardOf(l, id); ok && !known[id] {
				list = append(list, entry{Card: c, row: progress.Card{ID: string(id)}})
			}
		}
	}
	return list
}

// made are the cards that reading has made of a lesson, of those kinds of the
// scope of which not exactly these have rows.
func (b *library) made(l *course.Lesson) (ids []ID) {
	at, opened := b.opened[l.ID]
	if !opened {
		return nil
	}
	for _, k := range b.kinds {
		items := read(l, at, k)
		if progress.DeckOf(string(NewID(k, l.ID, "")), items...) == b.deck(k, l) {
			continue
		}
		for _, item := range items {
			ids = append(ids, NewID(k, l.ID, item))
		}
	}
	return ids
}

// inOrder compares by lesson, page and then ID.
func (b *library) inOrder(lessons []*course.Lesson) func(x, y entry) int {
	place := make(map[*course.Lesson]int, len(lessons))
	for i, l := range lessons {
		place[l] = i
	}
	return func(x, y entry) int {
		return cmp.Or(place[x.Lesson]-place[y.Lesson], x.Page-y.Page, cmp.Compare(x.ID, y.ID))
	}
}

func texts(ids []ID) []string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = string(id)
	}
	return list
}
