package author

import (
	"io/fs"
	"strings"

	"kubetutor/internal/course"
	"kubetutor/internal/markdown/block"
)

// maxNotes is how long speaker notes may be, in lines: they are looked at while
// one speaks.
const maxNotes = 120

// speaker checks a lesson's speaker notes as its text is checked. Loading has
// checked what pages they are about.
func (l *linter) speaker(lesson *course.Body) {
	for _, lang := range course.Langs {
		file := lesson.NotesFile(lang)
		if _, err := fs.Stat(l.fsys, file); err != nil {
			continue // a lesson need not have notes
		}
		text := l.read(file)
		eachProseLine(text, func(i int, line string) {
			l.links(file, course.Part{}, i+1, line)
			l.line(file, i+1, asItStands, lang, line)
		})
		for _, b := range block.Parse(text) {
			l.blockWidth(file, b.Line+1, b)
		}
		if n := strings.Count(text, "\n"); n > maxNotes {
			l.add(file, maxNotes+1, 1, "say less: they are read while one speaks", "the notes have %d lines; %d are enough", n, maxNotes)
		}
	}
}
