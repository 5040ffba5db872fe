package author

import (
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"kubetutor/internal/author/draft"
	"kubetutor/internal/course"
)

// unwritten notes what in a lesson and in its track still carries the mark of a
// draft. Code is left alone, and so are files that learners are given: there the
// same word may be meant.
func (l *linter) unwritten(lesson *course.Body, files []string) {
	var given []string
	for _, lab := range lesson.Labs {
		for _, name := range lab.Given {
			given = append(given, path.Join(lesson.Dir, "labs", lab.ID, name))
		}
	}
	for _, name := range append(files, path.Join(lesson.Track.ID, "track.yaml")) {
		switch {
		case path.Base(name) == draft.Notes:
			l.add(name, 1, 1, "do what it says, then delete it", "this file says what is left to do")
		case path.Ext(name) == ".md":
			eachTextLine(l.read(name), func(i int, line string) { l.marked(name, i+1, line) })
		case !slices.Contains(given, name):
			for i, line := range strings.Split(l.read(name), "\n") {
				l.marked(name, i+1, line)
			}
		}
	}
}

// marked notes everything on a line that carries the mark.
func (l *linter) marked(name string, number int, line string) {
	column := 1
	for {
		before, after, found := strings.Cut(line, draft.Mark)
		if !found {
			return
		}
		column += utf8.RuneCountInString(before)
		l.add(name, number, column, "write it, and take "+draft.Mark+" away", "this is not written yet: %s", excerpt(after))
		column, line = column+len(draft.Mark), after
	}
}

// excerpt is the beginning of a text, up to a quotation mark, for messages.
func excerpt(text string) string {
	const most = 50
	text, _, _ = strings.Cut(text, `"`)
	text = strings.TrimSpace(text)
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// eachTextLine calls each for the lines that a reader reads as text, counted
// from 0: those outside of code, and those of figures.
func eachTextLine(src string, each func(i int, line string)) {
	fence, figure := "", false
	for i, line := range strings.Split(src, "\n") {
		trimmed := strings.TrimSpace(line)
		switch {
		case fence != "" && strings.HasPrefix(trimmed, fence) && strings.Trim(trimmed, fence[:1]) == "":
			fence = ""
		case fence == "" && (strings.HasPrefix(trimmed, "```") || strings.HasPrefix(trimmed, "~~~")):
			info := strings.TrimLeft(trimmed, trimmed[:1])
			fence, figure = trimmed[:len(trimmed)-len(info)], strings.HasPrefix(info, "figure")
			if figure {
				each(i, line)
			}
		case fence == "" || figure:
			each(i, line)
		}
	}
}
