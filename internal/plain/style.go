// Package plain is the tutor line after line: nothing that was written is ever
// changed, no key is read before Enter. It serves screen readers, pipes and
// terminals without a screen, and prints for the commands.
package plain

import (
	"fmt"
	"io"
	"strings"

	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
	"kubetutor/internal/markdown"
)

// Style is how text is written.
type Style struct {
	Width   int
	Plain   bool // no escape sequence, and figures by their description
	NoColor bool
}

// palette is for text in a terminal whose colours are not known: the 16 that
// its owner has chosen.
func palette() markdown.Palette {
	return markdown.Palette{
		Heading: "6", Code: "3", Link: "4", Quote: "8", Rule: "8", Figure: "8",
		Note: "4", Tip: "2", Important: "5", Warning: "3", Caution: "1",
	}
}

// text renders Markdown as lines.
func (s Style) text(w io.Writer, src string, lang course.Lang) error {
	doc, err := markdown.Render(src, markdown.Options{
		Width: max(s.Width, 20), Palette: palette(), NoColor: s.NoColor, Plain: s.Plain, Chinese: lang == course.Chinese,
	})
	if err != nil {
		return fmt.Errorf("rendering text: %w", err)
	}
	for _, line := range doc.Lines {
		fmt.Fprintln(w, strings.TrimRight(line.Styled, " "))
	}
	return nil
}

// wrapped writes a text, its second line and those after it further in.
func (s Style) wrapped(w io.Writer, text, in string) {
	for i, line := range markdown.Wrap(text, max(s.Width-len(in), 20)) {
		if i > 0 {
			line = in + line
		}
		fmt.Fprintln(w, line)
	}
}

// LessonLine says in one line what a lesson is.
func LessonLine(l *course.Lesson, lang course.Lang, w *i18n.CLI) string {
	return fmt.Sprintf(w.LessonLine, l.Title.In(lang), l.Minutes, len(l.LabIDs))
}

// Print prints a whole lesson, its questions and labs included, without asking
// anything.
func Print(w io.Writer, l *course.Body, lang course.Lang, words *i18n.CLI, s Style) error {
	fmt.Fprintf(w, "%s\n\n", l.Title.In(lang))
	for _, page := range l.Pages[lang] {
		if err := s.text(w, "## "+page.Title, lang); err != nil {
			return err
		}
		fmt.Fprintln(w)
		for _, part := range page.Parts {
			if err := printPart(w, l, part, lang, words, s); err != nil {
				return err
			}
			fmt.Fprintln(w)
		}
	}
	return nil
}

func printPart(w io.Writer, l *course.Body, part course.Part, lang course.Lang, words *i18n.CLI, s Style) error {
	switch {
	case part.Lab != "":
		if lab, ok := l.Lab(part.Lab); ok {
			fmt.Fprintf(w, words.LabHere+"\n", lab.Title.In(lang), lab.Path())
		}
	case len(part.Quiz) > 0:
		for _, id := range part.Quiz {
			if q, ok := l.Question(id); ok {
				fmt.Fprintf(w, words.QuestionHere+"\n", strings.TrimSpace(Blanked(q, lang)))
			}
		}
	default:
		return s.text(w, part.Markdown, lang)
	}
	return nil
}
