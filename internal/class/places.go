package class

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"kubetutor/internal/course"
)

// Closed tells whether a place is locked for this learner. A locked lesson closes
// all of it, a locked page that one and those after it (it cannot be read on), a
// locked question or lab only itself. What was done there before is not touched.
func (s Sight) Closed(p Place) bool { return closed(s.Locked, p) }

// Closed tells whether a place is locked for all.
func (b Board) Closed(p Place) bool { return closed(b.Locked, p) }

func closed(locked []Place, p Place) bool {
	return slices.ContainsFunc(locked, func(l Place) bool { return l.closes(p) })
}

// closes tells whether a lock on l closes p.
func (l Place) closes(p Place) bool {
	switch {
	case l.Lesson != p.Lesson:
		return false
	case l.Focus != "":
		return l.Focus == p.Focus
	}
	return l.Page <= max(p.Page, 1) || l.Page <= 1
}

// lock adds a lock. Of a lesson there is at most one page from which on it is
// closed; a lock on its first page is one on the lesson.
func lock(locked []Place, p Place) []Place {
	if p.Focus != "" {
		if slices.Contains(locked, p) {
			return locked
		}
		return sortPlaces(append(slices.Clone(locked), p))
	}
	if p.Page == 1 {
		p.Page = 0
	}
	rest := slices.DeleteFunc(slices.Clone(locked), func(l Place) bool {
		return l.Lesson == p.Lesson && l.Focus == ""
	})
	return sortPlaces(append(rest, p))
}

// open takes locks away: from a lesson all; from a page so that the lock moves
// behind it (pages is how many the lesson has; 0: not known), and questions and
// labs that are locked by themselves stay so; from a question or lab its own.
func open(locked []Place, p Place, pages int) []Place {
	var left []Place
	for _, l := range locked {
		if l.Lesson != p.Lesson {
			left = append(left, l)
		} else if l, ok := opened(l, p, pages); ok {
			left = append(left, l)
		}
	}
	return left
}

// opened is what is left of a lock on l when p of the same lesson is opened.
func opened(l, p Place, pages int) (Place, bool) {
	switch {
	case p.Focus != "":
		return l, l.Focus != p.Focus
	case p.Page == 0:
		return l, false
	case l.Focus != "":
		return l, true
	}
	l.Page = max(l.Page, p.Page+1)
	return l, pages == 0 || l.Page <= pages
}

// sound tells whether a place can be one, of whatever course.
func (p Place) sound() bool {
	return len(p.Lesson) <= maxID && idPattern.MatchString(p.Lesson) &&
		p.Page >= 0 && p.Page <= maxPages &&
		(p.Focus == "" || len(p.Focus) <= maxID && focusPattern.MatchString(p.Focus))
}

// Limits of what a place may say.
const (
	maxID    = 120
	maxPath  = 200 // of LESSON/ID
	maxPages = 10_000
)

// As package course writes IDs, and package progress what is open beside a text.
var (
	idPattern    = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)
	focusPattern = regexp.MustCompile(`^(quiz|lab):[a-z0-9][a-z0-9-]*$`)
)

// soundPath tells whether a text can be LESSON/ID.
func soundPath(path string) bool {
	lesson, id, ok := strings.Cut(path, "/")
	return ok && len(path) <= maxPath && idPattern.MatchString(lesson) && idPattern.MatchString(id)
}

// has tells whether a lesson has what a focus names; none is everywhere.
func has(l *course.Lesson, focus string) bool {
	kind, id, _ := strings.Cut(focus, ":")
	switch kind {
	case "quiz":
		return slices.Contains(l.QuestionIDs, id)
	case "lab":
		return slices.Contains(l.LabIDs, id)
	}
	return true
}

func sortPlaces(places []Place) []Place {
	slices.SortFunc(places, func(a, b Place) int {
		return cmp.Or(cmp.Compare(a.Lesson, b.Lesson), cmp.Compare(a.Page, b.Page), cmp.Compare(a.Focus, b.Focus))
	})
	return places
}
