package course

import (
	"regexp"
	"strings"
	"unicode"
)

// textFile is a lesson's Markdown, split.
type textFile struct {
	title string
	pages []Page
}

var directive = regexp.MustCompile(`^<!-- (quiz|lab): ((?:[a-z0-9][a-z0-9-]*)(?: [a-z0-9][a-z0-9-]*)*) -->$`)

// splitter goes through a lesson's Markdown line by line.
type splitter struct {
	textFile
	fault func(at place, mend, format string, args ...any)

	fence  fence
	clozes clozes

	text     []string // of the part that is being read
	textLine int
	size     int // of its text, in bytes
	marks    []ClozeMark
	cuts     []cut
}

// fence notices where fenced blocks begin and end.
type fence struct {
	mark string // what would close the open one; "" outside of one
	line int    // where it begins
}

// splitPages splits a lesson's Markdown into pages and parts.
func splitPages(src string, fault func(at place, mend, format string, args ...any)) textFile {
	s := &splitter{fault: fault, clozes: clozes{fault: fault}}
	for i, line := range strings.Split(src, "\n") {
		s.line(line, i+1)
	}
	s.endText()
	s.complain(strings.Count(src, "\n") + 1)
	s.braces()
	return s.textFile
}

// bare finds the pages of a lesson's Markdown and what they ask, and leaves their
// text out. Only the lines that can say something of it are looked at.
func bare(src string) []Page {
	s := &splitter{fault: unheard, clozes: clozes{fault: unheard}}
	braces := strings.Contains(src, "{{")
	for line := range strings.SplitSeq(src, "\n") {
		begin := strings.TrimLeftFunc(line, unicode.IsSpace)
		if begin != "" && strings.IndexByte("#<`~", begin[0]) >= 0 || s.clozes.block != "" || braces && strings.Contains(line, "{{") {
			s.line(line, 0)
		}
	}
	s.endText()
	return s.pages
}

func (s *splitter) complain(last int) {
	if s.fence.mark != "" {
		s.fault(place{s.fence.line, 1}, "close it with "+s.fence.mark, "this block of code never ends")
	}
	if s.title == "" {
		s.fault(place{1, 1}, "begin with `# ` and the lesson's title", "the text has no title")
	}
	if len(s.pages) == 0 {
		s.fault(place{last, 1}, "a page begins with a heading `## `", "the text has no page")
	}
}

func (s *splitter) line(line string, number int) {
	switch {
	case s.fence.follow(line, number):
		s.clozes.apart()
		s.keep(line, number)
	case strings.HasPrefix(line, "## ") || line == "##":
		s.endText()
		line, _, _ = s.clozes.read(line, number)
		s.beginPage(line, number)
	case strings.HasPrefix(strings.TrimSpace(line), "<!--"):
		s.endText()
		s.directive(line, number)
	default:
		s.read(line, number)
	}
}

// read keeps a line of running text, and the clozes in it.
func (s *splitter) read(line string, number int) {
	shown, marks, cuts := s.clozes.read(line, number)
	if len(marks) > 0 && len(s.pages) == 0 {
		s.fault(place{number, marks[0].Column}, "move it below a heading `## `", "a cloze must stand on a page")
		marks = nil
	}
	for _, m := range marks {
		m.From, m.To = m.From+s.size, m.To+s.size
		s.marks = append(s.marks, m)
	}
	s.cuts = append(s.cuts, cuts...)
	s.keep(shown, number)
}

// follow reads the next line, and tells whether it belongs to a fenced block
// (CommonMark 4.5; any indentation counts, for blocks in lists).
func (f *fence) follow(line string, number int) bool {
	trimmed := strings.TrimSpace(line)
	if f.mark != "" {
		if strings.HasPrefix(trimmed, f.mark) && strings.Trim(trimmed, f.mark[:1]) == "" {
			f.mark = ""
		}
		return true
	}
	for _, char := range []string{"`", "~"} {
		rest := strings.TrimLeft(trimmed, char)
		run := len(trimmed) - len(rest)
		if run >= 3 && (char == "~" || !strings.Contains(rest, "`")) {
			f.mark, f.line = strings.Repeat(char, run), number
		}
	}
	return f.mark != ""
}

func (s *splitter) beginPage(line string, number int) {
	title := strings.TrimSpace(strings.TrimRight(strings.TrimPrefix(line, "##"), "# "))
	if title == "" {
		s.fault(place{number, 1}, "name the page", "the heading is empty")
	}
	s.pages = append(s.pages, Page{Title: title, Line: number})
}

func (s *splitter) directive(line string, number int) {
	m := directive.FindStringSubmatch(line)
	switch {
	case m == nil:
		s.fault(place{number, 1}, "write `<!-- quiz: ID ... -->` or `<!-- lab: ID -->`, alone on its line",
			"this is not a directive, and other comments are not allowed")
	case len(s.pages) == 0:
		s.fault(place{number, 1}, "move it below a heading `## `", "a directive must stand on a page")
	case m[1] == "lab" && strings.Contains(m[2], " "):
		s.fault(place{number, 1}, "give each lab a line", "a directive names one lab")
	case m[1] == "lab":
		s.part(Part{Lab: m[2], Line: number})
	default:
		s.part(Part{Quiz: strings.Fields(m[2]), Line: number})
	}
}

func (s *splitter) part(p Part) {
	page := &s.pages[len(s.pages)-1]
	page.Parts = append(page.Parts, p)
}

// keep adds a line to the part that is being read; what stands before the
// first page is the title.
func (s *splitter) keep(line string, number int) {
	if len(s.pages) == 0 {
		if title, ok := strings.CutPrefix(line, "# "); ok && s.title == "" {
			s.title = strings.TrimSpace(title)
		}
		return
	}
	if len(s.text) == 0 {
		if strings.TrimSpace(line) == "" {
			return
		}
		s.textLine = number
	}
	s.text = append(s.text, line)
	s.size += len(line) + 1
}

func (s *splitter) endText() {
	s.clozes.apart()
	if text := strings.TrimRight(strings.Join(s.text, "\n"), " \t\n"); text != "" {
		s.part(Part{Markdown: text + "\n", Clozes: s.marks, Line: s.textLine, cuts: s.cuts})
	}
	s.text, s.size, s.marks, s.cuts = nil, 0, nil, nil
}

// braces notes what would be blanks beside that of a cloze.
func (s *splitter) braces() {
	for _, p := range parts(s.pages) {
		for _, c := range p.Clozes {
			if strings.Contains(p.around(c, English), "{{") {
				s.fault(place{c.Line, c.Column}, "put them into a fenced block, or the cloze into another paragraph", "braces stand in the paragraph of the cloze %q", c.ID)
			}
		}
	}
}
