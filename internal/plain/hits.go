package plain

import (
	"fmt"
	"io"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
	"kubetutor/internal/markdown"
	"kubetutor/internal/search"
)

// snippetIndent is by how many columns snippets stand in, below the number of
// their hit.
const snippetIndent = 5

// PrintHits lists what a search found, numbered.
func PrintHits(w io.Writer, c *course.Course, hits []search.Hit, words *i18n.CLI, lang course.Lang, s Style) {
	for i, h := range hits {
		s.indentedAfter(w, fmt.Sprintf("%3d", i+1), hitPlace(c, h, words, lang))
		s.indented(w, s.marked(h.Snippet, h.Marks))
	}
}

// hitPlace says where something was found, in the learner's language.
func hitPlace(c *course.Course, h search.Hit, w *i18n.CLI, lang course.Lang) string {
	l, ok := c.Lesson(h.Lesson)
	if h.Kind == search.Term || !ok {
		return fmt.Sprintf(w.HitTerm, h.Title)
	}
	track, lesson := l.Track.Title.In(lang), l.Title.In(lang)
	switch h.Kind {
	case search.Lab:
		return fmt.Sprintf(w.HitLab, track, lesson, h.Title, h.Lesson+"/"+h.Lab)
	case search.Question:
		return fmt.Sprintf(w.HitQuestion, track, lesson, h.Page+1, h.Title)
	}
	return fmt.Sprintf(w.HitPage, track, lesson, h.Page+1, h.Title)
}

// marked makes what matches stand out, where escape sequences are seen.
func (s Style) marked(text string, marks [][2]int) string {
	if s.Plain {
		return text
	}
	var b strings.Builder
	end := 0
	for _, m := range marks {
		b.WriteString(text[end:m[0]] + ansi.Style{}.Bold().Styled(text[m[0]:m[1]]))
		end = m[1]
	}
	return b.String() + text[end:]
}

// indented writes a text below the head of a list's entry.
func (s Style) indented(w io.Writer, text string) { s.indentedAfter(w, "", text) }

// indentedAfter writes the head of an entry, after its number.
func (s Style) indentedAfter(w io.Writer, number, text string) {
	for _, line := range markdown.Wrap(text, max(s.Width-snippetIndent, 20)) {
		fmt.Fprintf(w, "%-*s%s\n", snippetIndent, number, line)
		number = ""
	}
}

// PrintTerm explains a term.
func PrintTerm(w io.Writer, c *course.Course, t *course.Term, words *i18n.CLI, lang course.Lang, s Style) {
	names := []string{t.Term.In(lang)}
	for _, name := range t.Names() {
		if name != names[0] {
			names = append(names, name)
		}
	}
	fmt.Fprintln(w, strings.Join(names, words.ListSeparator))
	s.indented(w, t.Text.In(lang))
	if l, ok := c.Lesson(t.Lesson); ok {
		s.indented(w, fmt.Sprintf(words.Taught, l.ID, l.Title.In(lang)))
	}
}
