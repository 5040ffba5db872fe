package course

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// Notes are what an instructor who teaches a lesson is told: what to ask the
// room, what to show live, what learners get wrong. Learners never see them. They
// are Markdown, in notes.en.md and notes.zh.md beside the lesson's text:
//
//	# Title
//	about the lesson as a whole
//	## Title of a page, as the lesson has it
//	about that page
type Notes struct {
	Whole string   // about the lesson as a whole
	Pages []string // about each page, from 0; "" where nothing is said
}

// IsZero tells whether nothing is said.
func (n Notes) IsZero() bool { return n.Whole == "" && len(n.Pages) == 0 }

// Notes reads the lesson's speaker notes in a language; a lesson without has none,
// which is no error. What is wrong with them is returned as [Faults].
func (l *Lesson) Notes(lang Lang) (n Notes, err error) {
	body, err := l.Body()
	if err != nil {
		return n, err
	}
	if err := l.src.read(func(r *reader) { n = r.speaker(body)[lang] }); err != nil {
		return Notes{}, fmt.Errorf("opening the speaker notes of %s: %w", l.ID, err)
	}
	return n, nil
}

// NotesFile is the file of a lesson's speaker notes, below the course's root.
func (l *Lesson) NotesFile(lang Lang) string { return path.Join(l.Dir, "notes."+string(lang)+".md") }

// speaker reads the notes in every language. There are all or none, and they are
// about the same pages.
func (r *reader) speaker(l *Body) map[Lang]Notes {
	all := map[Lang]Notes{}
	for _, lang := range Langs {
		if _, err := fs.Stat(r.fsys, l.NotesFile(lang)); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if text, ok := r.text(l.NotesFile(lang), MaxText); ok {
			all[lang] = r.sections(l, lang, text)
		} else {
			all[lang] = Notes{}
		}
	}
	if len(all) == 1 {
		for _, lang := range Langs {
			if _, ok := all[lang]; !ok {
				r.add(l.NotesFile(lang), place{}, "write them in both languages, or in none", "there are speaker notes in one language only")
			}
		}
	}
	if len(all) == len(Langs) {
		r.samePages(l, all)
	}
	return all
}

func (r *reader) samePages(l *Body, all map[Lang]Notes) {
	en, zh := all[English].Pages, all[Chinese].Pages
	for i := range min(len(en), len(zh)) {
		if (en[i] == "") != (zh[i] == "") {
			r.add(l.NotesFile(Chinese), place{}, "both languages go in step", "page %d has notes in one language only", i+1)
			return
		}
	}
}

// sections splits notes by the pages that they are about.
func (r *reader) sections(l *Body, lang Lang, text string) Notes {
	s := sectioner{r: r, file: l.NotesFile(lang), pages: l.Pages[lang], at: -1}
	s.notes.Pages = make([]string, len(s.pages))
	for i, line := range strings.Split(text, "\n") {
		s.line(line, i+1)
	}
	s.end()
	if s.fence.mark != "" {
		r.add(s.file, place{s.fence.line, 1}, "close it with "+s.fence.mark, "this block of code never ends")
	}
	return s.notes
}

// sectioner goes through speaker notes line by line.
type sectioner struct {
	r     *reader
	file  string
	pages []Page
	notes Notes
	at    int // the page that is spoken of; -1 for the lesson as a whole
	fence fence
	about strings.Builder
}

func (s *sectioner) line(line string, number int) {
	title, heading := strings.CutPrefix(line, "## ")
	switch {
	case number == 1:
		if !strings.HasPrefix(line, "# ") {
			s.fault(number, "begin with `# ` and a title", "the notes have no title")
		}
	case s.fence.follow(line, number):
		s.about.WriteString(line + "\n")
	case heading:
		s.end()
		s.begin(strings.TrimSpace(title), number)
	case strings.HasPrefix(strings.TrimSpace(line), "<!--"):
		s.fault(number, "remove it", "comments are not allowed in notes")
	default:
		s.about.WriteString(line + "\n")
	}
}

// end keeps what was said since the last heading.
func (s *sectioner) end() {
	said := strings.TrimSpace(s.about.String())
	s.about.Reset()
	switch {
	case s.at < 0:
		s.notes.Whole = said
	case said == "":
		s.fault(0, "write something, or take the heading away", "nothing is said about the page %q", s.pages[s.at].Title)
	default:
		s.notes.Pages[s.at] = said
	}
}

// begin goes to the page of a title, which stands behind the one before.
func (s *sectioner) begin(title string, number int) {
	titles := make([]string, len(s.pages))
	for i, p := range s.pages {
		if titles[i] = p.Title; p.Title == title && i > s.at {
			s.at = i
			return
		}
	}
	mend := "name a page of the lesson, in their order"
	if near := nearest(title, titles, 1); len(near) == 1 {
		mend = fmt.Sprintf("do you mean %q? Pages stand in their order", near[0])
	}
	s.fault(number, mend, "there is no page %q here", title)
}

func (s *sectioner) fault(line int, mend, format string, args ...any) {
	s.r.add(s.file, place{line, min(line, 1)}, mend, format, args...)
}
