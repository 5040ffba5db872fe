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

	fence     string // what would close the open fence; "" outside of one
	fenceLine int
	text      []string // of the part that is being read
	textLine  int
}

// splitPages splits a lesson's Markdown into pages and parts.
func splitPages(src string, fault func(at place, mend, format string, args ...any)) textFile {
	s := &splitter{fault: fault}
	for i, line := range strings.Split(src, "\n") {
		s.line(line, i+1)
	}
	s.endText()
	s.complain(strings.Count(src, "\n") + 1)
	return s.textFile
}

// bare finds the pages of a lesson's Markdown and what they ask, and leaves their
// text out. Only the lines that can say something of it are looked at.
func bare(src string) []Page {
	s := &splitter{fault: func(place, string, string, ...any) {}}
	for line := range strings.SplitSeq(src, "\n") {
		if begin := strings.TrimLeftFunc(line, unicode.IsSpace); begin != "" && strings.IndexByte("#<`~", begin[0]) >= 0 {
			s.line(line, 0)
		}
	}
	return s.pages
}

func (s *splitter) complain(last int) {
	if s.fence != "" {
		s.fault(place{s.fenceLine, 1}, "close it with "+s.fence, "this block of code never ends")
	}
	if s.title == "" {
		s.fault(place{1, 1}, "begin with `# ` and the lesson's title", "the text has no title")
	}
	if len(s.pages) == 0 {
		s.fault(place{last, 1}, "a page begins with a heading `## `", "the text has no page")
	}
}

func (s *splitter) line(line string, number int) {
	inFence := s.fence != ""
	s.followFence(line, number)
	switch {
	case inFence || s.fence != "":
		s.keep(line, number)
	case strings.HasPrefix(line, "## ") || line == "##":
		s.endText()
		s.beginPage(line, number)
	case strings.HasPrefix(strings.TrimSpace(line), "<!--"):
		s.endText()
		s.directive(line, number)
	default:
		s.keep(line, number)
	}
}

// followFence notices where a fenced block begins and ends (CommonMark 4.5;
// any indentation counts, for blocks in lists).
func (s *splitter) followFence(line string, number int) {
	trimmed := strings.TrimSpace(line)
	if s.fence != "" {
		if strings.HasPrefix(trimmed, s.fence) && strings.Trim(trimmed, s.fence[:1]) == "" {
			s.fence = ""
		}
		return
	}
	for _, char := range []string{"`", "~"} {
		rest := strings.TrimLeft(trimmed, char)
		run := len(trimmed) - len(rest)
		if run >= 3 && (char == "~" || !strings.Contains(rest, "`")) {
			s.fence, s.fenceLine = strings.Repeat(char, run), number
		}
	}
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
}

func (s *splitter) endText() {
	if text := strings.TrimRight(strings.Join(s.text, "\n"), " \t\n"); text != "" {
		s.part(Part{Markdown: text + "\n", Line: s.textLine})
	}
	s.text = nil
}
