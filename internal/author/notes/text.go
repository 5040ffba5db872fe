package notes

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/rivo/uniseg"

	"kubetutor/internal/author/draft"
	"kubetutor/internal/course"
)

// piece is a heading or a chunk of a text.
type piece struct {
	level int    // of a heading; 0 for a chunk
	text  string // of a heading its title, of a chunk its Markdown
}

// parsed is a text in pieces.
type parsed struct {
	title   string // from its front matter
	pieces  []piece
	remarks []string
}

// parse takes a text apart. The name is for remarks.
func parse(text string) parsed {
	s := &scanner{}
	text, removed := course.Clean(text)
	s.count(removed, "characters that were removed, because they cannot be seen or could upset a terminal: %d")
	text, s.parsed.title = frontMatter(text, s)
	segments := fences(text)
	s.references(segments)
	for _, seg := range segments {
		if seg.code {
			s.code(seg)
		} else {
			s.text(dropHTML(seg.text, &s.dropped))
		}
	}
	s.count(s.images, "pictures to be drawn as text, in figures of at most 56 columns: %d")
	s.count(s.dropped, "tags and comments of HTML that were removed: %d")
	return s.parsed
}

type scanner struct {
	parsed
	links           map[string]string // of reference definitions
	images, dropped int
}

func (s *scanner) count(n int, format string) {
	if n > 0 {
		s.remarks = append(s.remarks, fmt.Sprintf(format, n))
	}
}

// segment is a block of code or the text between two of them.
type segment struct {
	code         bool
	indent, info string // of code
	text         string
}

// The marks of Killercoda and Katacoda behind code say that a click copies or
// runs it.
var (
	fenceMark  = regexp.MustCompile("^(`{3,}|~{3,})\\s*\\{\\{[^{}]*\\}\\}\\s*$")
	inlineMark = regexp.MustCompile("(`[^`\n]+`)\\{\\{[^{}\n]*\\}\\}")
	traffic    = regexp.MustCompile(`\[([^\[\]\n]*)\]\(\{\{(TRAFFIC_[A-Z0-9_]+)\}\}[^()\n]*\)|\{\{(TRAFFIC_[A-Z0-9_]+)\}\}`)
)

// fences finds fenced blocks of code as package course does, whatever they are
// indented by. One that never ends ends with the text.
func fences(text string) (segments []segment) {
	fence := ""
	cur := segment{}
	var lines []string
	flush := func(next segment) {
		if cur.code || len(lines) > 0 {
			cur.text = strings.Join(lines, "\n") + "\n"
			segments = append(segments, cur)
		}
		cur, lines = next, nil
	}
	for _, line := range strings.Split(text, "\n") {
		trimmed := strings.TrimSpace(line)
		switch open := openingFence(trimmed); {
		case fence != "" && closes(trimmed, fence):
			fence = ""
			flush(segment{})
		case fence == "" && open != "":
			fence = open
			info := strings.TrimSpace(trimmed[len(open):])
			flush(segment{code: true, info: info, indent: line[:len(line)-len(strings.TrimLeft(line, " \t"))]})
		default:
			lines = append(lines, line)
		}
	}
	flush(segment{})
	return segments
}

func openingFence(trimmed string) string {
	for _, char := range []string{"`", "~"} {
		rest := strings.TrimLeft(trimmed, char)
		if run := len(trimmed) - len(rest); run >= 3 && (char == "~" || !strings.Contains(rest, "`")) {
			return trimmed[:run]
		}
	}
	return ""
}

func closes(trimmed, fence string) bool {
	if m := fenceMark.FindStringSubmatch(trimmed); m != nil {
		trimmed = m[1]
	}
	return strings.HasPrefix(trimmed, fence) && strings.Trim(trimmed, fence[:1]) == ""
}

// code adds a block of code, fenced so that nothing in it ends it.
func (s *scanner) code(seg segment) {
	text := strings.TrimRight(seg.text, "\n")
	if len(text) > maxCode {
		s.tooLong("a block of code", len(text))
		return
	}
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	lines := []string{seg.indent + fence + codeLanguage(seg.info)}
	for _, line := range strings.Split(text, "\n") {
		lines = append(lines, strings.TrimRight(line, " \t"))
	}
	s.chunk(strings.Join(append(lines, seg.indent+fence), "\n"))
}

var notLanguage = regexp.MustCompile(`[^A-Za-z0-9+#_-]`)

// codeLanguage is the language of an info string: its first word, also where
// that is written {.yaml}.
func codeLanguage(info string) string {
	first, _, _ := strings.Cut(strings.TrimLeft(info, "{. "), " ")
	first = notLanguage.ReplaceAllString(strings.Split(first+"{", "{")[0], "")
	if len(first) > 30 || first == "figure" {
		return "text"
	}
	return first
}

func (s *scanner) tooLong(what string, size int) {
	s.remarks = append(s.remarks, fmt.Sprintf("%s of %d KiB was left out: split it", what, size>>10))
	s.chunk(draft.Mark + " what was too long to be imported")
}

// chunk adds a chunk; one that is indented belongs to the one before it, such as
// code to its list.
func (s *scanner) chunk(text string) {
	last := len(s.pieces) - 1
	if (text[0] == ' ' || text[0] == '\t') && last >= 0 && s.pieces[last].level == 0 && len(s.pieces[last].text)+len(text) < maxChunk {
		s.pieces[last].text += "\n\n" + text
		return
	}
	s.pieces = append(s.pieces, piece{text: text})
}

var (
	atx    = regexp.MustCompile(`^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$`)
	setext = regexp.MustCompile(`^ {0,3}(=+|-+)[ \t]*$`)
	anchor = regexp.MustCompile(`\s*\{#[^{}]*\}\s*$`)
	fenced = regexp.MustCompile("^([ \\t]*)(`{3,}|~{3,})")
)

// text adds headings and chunks.
func (s *scanner) text(text string) {
	text = inlineMark.ReplaceAllString(text, "$1")
	text = traffic.ReplaceAllString(text, "$1 ("+draft.Mark+" the address $2$3)")
	var lines []string
	flush := func() {
		if joined := strings.Trim(strings.Join(lines, "\n"), "\n"); strings.TrimSpace(joined) != "" {
			s.paragraph(joined)
		}
		lines = nil
	}
	for _, line := range strings.Split(text, "\n") {
		m := atx.FindStringSubmatch(line)
		under := setext.FindStringSubmatch(line)
		switch {
		case m != nil:
			flush()
			s.heading(len(m[1]), m[2])
		case under != nil && len(lines) == 1 && plain(lines[0]):
			title := lines[0]
			lines = nil
			s.heading(map[byte]int{'=': 1, '-': 2}[under[1][0]], title)
		case strings.TrimSpace(line) == "":
			flush()
		default:
			lines = append(lines, harmless(line))
		}
	}
	flush()
}

// plain tells whether a line can be a heading that the next line underlines.
func plain(line string) bool {
	return !strings.ContainsAny(line[:1], " \t>|-*+#0123456789") && !strings.Contains(line, "|")
}

// harmless keeps a line of text from being taken for a fence or a directive, and
// braces in it for clozes.
func harmless(line string) string {
	if strings.HasSuffix(line, "  ") && strings.TrimSpace(line) != "" {
		line = strings.TrimRight(line, " \t") + `\` // a hard break
	}
	line = strings.TrimRight(line, " \t")
	line = fenced.ReplaceAllString(line, `$1\$2`)
	if trimmed := strings.TrimLeft(line, " \t"); strings.HasPrefix(trimmed, "<!--") {
		line = line[:len(line)-len(trimmed)] + `\` + trimmed
	}
	return braces(line)
}

var openBraces = regexp.MustCompile(`(^|[^\\{])(\{\{+)`)

// braces keeps braces what they are: those of clozes, which other programs write
// alike, and outside of code all others.
func braces(line string) string {
	return outsideCode(course.Escape(line), func(text string) string {
		return openBraces.ReplaceAllString(text, `$1\$2`)
	})
}

func (s *scanner) heading(level int, title string) {
	s.pieces = append(s.pieces, piece{level: level, text: s.titled(title)})
}

var emphasis = strings.NewReplacer("`", "", "**", "", "__", "", "{{", "", "}}", "")

// titled is a title: one line of plain text.
func (s *scanner) titled(title string) string {
	title = anchor.ReplaceAllString(emphasis.Replace(title), "")
	title = imageLink.ReplaceAllString(title, "$1")
	title = inlineLink.ReplaceAllString(title, "$1")
	title = strings.Trim(clean(title), "# ")
	if runes := []rune(title); len(runes) > 120 {
		title = string(runes[:120])
	}
	if title == "" {
		return draft.Mark + " a title"
	}
	return title
}

// paragraph adds a chunk of text, and its pictures behind it.
func (s *scanner) paragraph(text string) {
	if len(text) > maxChunk {
		s.tooLong("a paragraph", len(text))
		return
	}
	if nesting(text) > maxNesting {
		s.tooLong("a text that is nested too deeply", len(text))
		return
	}
	text, figures := pictures(s.linked(text))
	s.images += len(figures)
	if strings.TrimSpace(text) != "" {
		s.chunk(text)
	}
	for _, f := range figures {
		s.pieces = append(s.pieces, piece{text: f})
	}
}

var nestingMark = regexp.MustCompile(`^[ \t]*(?:>|[-*+][ \t]|\d{1,9}[.)][ \t])`)

// nesting is how deeply quotes and lists of a text are nested, at most.
func nesting(text string) (most int) {
	for line := range strings.Lines(text) {
		n := (len(line) - len(strings.TrimLeft(line, " \t"))) / 8
		for at := nestingMark.FindString(line); at != "" && n <= maxNesting; at = nestingMark.FindString(line) {
			n, line = n+1, line[len(at):]
		}
		most = max(most, n)
	}
	return most
}

func hanIn(text string) (n int) {
	for _, r := range text {
		if r >= 0x3400 && r < 0xa000 || r >= 0x20000 && r < 0x32000 {
			n++
		}
	}
	return n
}

// height is about how many lines a chunk takes on a screen of 80 columns, with
// the space below it.
func height(chunk string) int {
	n := 1
	for line := range strings.Lines(chunk) {
		n += 1 + uniseg.StringWidth(line)/78
	}
	return n
}
