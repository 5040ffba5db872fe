package course

import (
	"slices"
	"strconv"
	"strings"
)

// ItemKind is a kind of what a lesson asks of its readers.
type ItemKind string

// The kinds of items. Two items of different kinds may have the same id.
const (
	QuestionItem ItemKind = "question"
	ClozeItem    ItemKind = "cloze"
	LabItem      ItemKind = "lab"
)

// spot is where something is asked.
type spot struct {
	kind  ItemKind
	id    string
	page  int
	block string // of a cloze: the first one in its block
}

// spotsOf are the spots of a part of a page. They keep nothing of its text.
func spotsOf(p Part, page int) (list []spot) {
	for _, c := range p.Clozes {
		list = append(list, spot{ClozeItem, strings.Clone(c.ID), page, strings.Clone(c.Block)})
	}
	for _, id := range p.Quiz {
		list = append(list, spot{QuestionItem, strings.Clone(id), page, ""})
	}
	if p.Lab != "" {
		list = append(list, spot{LabItem, strings.Clone(p.Lab), page, ""})
	}
	return list
}

// idsOf lists what is asked of a kind, in the order of the text.
func (l *Lesson) idsOf(kind ItemKind) (ids []string) {
	for _, s := range l.spots {
		if s.kind == kind {
			ids = append(ids, s.id)
		}
	}
	return ids
}

// Page is the page, from 0, on which a question, a cloze or a lab stands; -1
// where the lesson has none of that id. It is known without loading the body.
func (l *Lesson) Page(kind ItemKind, id string) int {
	if s := l.spot(kind, id); s != nil {
		return s.page
	}
	return -1
}

// Sibling names what should not be asked on one day with it, because one gives
// the other away or makes it easy: clozes of one block have the same name, and so
// have the questions of a page and the labs of a lesson. It is unique in all
// courses that are used together, but may change with the text; "" where the
// lesson has no such item. It is known without loading the body.
func (l *Lesson) Sibling(kind ItemKind, id string) string {
	s := l.spot(kind, id)
	switch {
	case s == nil:
		return ""
	case kind == ClozeItem:
		return l.ID + "/cloze/" + s.block
	case kind == QuestionItem:
		return l.ID + "/page/" + strconv.Itoa(s.page)
	}
	return l.ID + "/labs"
}

func (l *Lesson) spot(kind ItemKind, id string) *spot {
	i := slices.IndexFunc(l.spots, func(s spot) bool { return s.kind == kind && s.id == id })
	if i < 0 {
		return nil
	}
	return &l.spots[i]
}
