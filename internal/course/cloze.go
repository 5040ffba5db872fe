package course

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// ClozeMark is a few words of a lesson's text that a learner can be asked for in
// reviews. It is written {{id::answer}} or {{id::answer::hint}}, in running text
// or in inline code; `a|b` are two answers, and readers see the first. In a
// fenced block braces are braces, elsewhere \{{ keeps them from being a cloze.
// [Body.Cloze] makes a question of it.
type ClozeMark struct {
	ID           string   // unique in the lesson, the same in every language, and stable for ever
	Answers      []string // every one is right
	Hint         string   // what is shown in the gap's place; most have none
	Block        string   // the first cloze of the paragraph, list item or table row: those of one give each other away
	Line, Column int      // of its braces in the file, 1-based, in characters
	From, To     int      // the answer in Part.Markdown: first byte and the byte after
}

// cut is where characters of a line are not shown.
type cut struct {
	line, column int // of the character that follows, in the text as it is shown
	runes        int
}

// Column tells where a place in the text stands in the file: a line of the file
// and a column of the text as it is shown give the column in the file. Both are
// 1-based, in characters.
func (p Part) Column(line, column int) int {
	at := column
	for _, c := range p.cuts {
		if c.line == line && c.column <= column {
			at += c.runes
		}
	}
	return at
}

// AsRead returns Markdown as readers see it, with the answers of clozes in their
// places. It has as many lines as before.
func AsRead(markdown string) string {
	if !strings.Contains(markdown, "{{") {
		return markdown
	}
	lines := strings.Split(markdown, "\n")
	var f fence
	c := clozes{fault: unheard}
	for i, line := range lines {
		if !f.follow(line, i+1) {
			lines[i], _, _ = c.read(line, i+1)
		}
	}
	return strings.Join(lines, "\n")
}

// unheard is where faults go that nobody wants to know of.
func unheard(place, string, string, ...any) {}

// clozes finds the clozes of a text, line by line.
type clozes struct {
	fault func(at place, mend, format string, args ...any)

	block    string         // the first cloze of the block that is being read; "" before there is one
	previous string         // the line before
	lines    map[string]int // where each cloze stands
}

// apart says that what comes belongs to no block so far.
func (c *clozes) apart() { c.block, c.previous = "", "" }

var (
	clozeShape = regexp.MustCompile(`^\{\{([^{}]*?)::(.*?)\}\}`)
	clozeBegun = regexp.MustCompile(`^\{\{[ \w-]*::`)
)

// read returns a line as readers see it, its clozes, of which From and To are
// bytes of the line, and what is not shown.
func (c *clozes) read(line string, number int) (shown string, found []ClozeMark, cuts []cut) {
	if c.block != "" && begins(c.previous, line) {
		c.block = ""
	}
	c.previous = line
	if !strings.Contains(line, "{{") {
		return line, nil, nil
	}
	r := reading{clozes: c, number: number, row: isRow(line)}
	r.line(line)
	if len(r.found) > 0 && heading.MatchString(line) {
		c.fault(place{number, r.found[0].Column}, "ask for words of the text below it", "a heading has no clozes")
		r.found = nil
	}
	return r.shown.String(), r.found, r.cuts
}

// reading is a line that is being read.
type reading struct {
	*clozes
	number int
	row    bool // of a table
	shown  strings.Builder
	found  []ClozeMark
	cuts   []cut
}

func (r *reading) line(line string) {
	rest := line
	for {
		at := strings.Index(rest, "{{")
		if at < 0 {
			r.shown.WriteString(rest)
			return
		}
		before := rest[:at]
		rest = rest[at:]
		column := utf8.RuneCountInString(line[:len(line)-len(rest)]) + 1
		rest = rest[r.braces(before, rest, column):]
	}
}

// braces reads what begins with two braces, and the text before them. It returns
// how many bytes of it were read.
func (r *reading) braces(before, rest string, column int) int {
	m := clozeShape.FindStringSubmatch(rest)
	begun := m != nil || clozeBegun.MatchString(rest)
	if text, escaped := strings.CutSuffix(before, `\`); begun && escaped {
		r.shown.WriteString(text)
		r.leave(1)
		r.shown.WriteString("{{")
		return len("{{")
	}
	r.shown.WriteString(before)
	if m == nil {
		if begun {
			r.fault(place{r.number, column}, `close it with }} on its line, or write \{{ where braces are meant`, "this cloze never ends")
		}
		r.shown.WriteString("{{")
		return len("{{")
	}
	r.cloze(ClozeMark{ID: m[1], Line: r.number, Column: column}, m[2])
	return len(m[0])
}

// leave notes that characters are not shown here.
func (r *reading) leave(runes int) {
	r.cuts = append(r.cuts, cut{r.number, utf8.RuneCountInString(r.shown.String()) + 1, runes})
}

// cloze reads what stands behind the id, and shows the answer.
func (r *reading) cloze(m ClozeMark, inside string) {
	answer, hint, _ := strings.Cut(inside, "::")
	m.Answers, m.Hint = alternatives(answer), strings.TrimSpace(hint)
	r.check(m, inside)
	shown := m.Answers[0]
	if r.row {
		shown = strings.ReplaceAll(shown, "|", `\|`)
	}
	r.leave(utf8.RuneCountInString("{{" + m.ID + "::"))
	m.From = r.shown.Len()
	r.shown.WriteString(shown)
	m.To = r.shown.Len()
	r.leave(utf8.RuneCountInString(inside+"}}") - utf8.RuneCountInString(shown))
	if shown != "" && validID.MatchString(m.ID) {
		r.keep(m)
	}
}

// keep takes a cloze, unless another one has its id.
func (r *reading) keep(m ClozeMark) {
	if first, twice := r.lines[m.ID]; twice {
		r.fault(place{m.Line, m.Column}, "choose another id", "the cloze %q stands in line %d already", m.ID, first)
		return
	}
	if r.lines == nil {
		r.lines = map[string]int{}
	}
	r.lines[m.ID] = m.Line
	if r.block == "" {
		r.block = m.ID
	}
	m.Block = r.block
	r.found = append(r.found, m)
}

// check notes what is wrong with a cloze.
func (r *reading) check(m ClozeMark, inside string) {
	at := place{m.Line, m.Column}
	_, hint, hinted := strings.Cut(inside, "::")
	switch {
	case !validID.MatchString(m.ID):
		r.fault(at, `write {{id::answer}}, an id of a-z, 0-9 and -, or \{{ where braces are meant`, "%q cannot be the id of a cloze", m.ID)
	case slices.Contains(m.Answers, ""):
		r.fault(at, "write {{id::answer}}, or {{id::answer|also right}}", "an answer of the cloze %q is empty", m.ID)
	case strings.ContainsAny(inside, "`{}"):
		r.fault(at, "put the marks around it: `{{id::answer}}`", "there are marks of code or braces in the cloze %q", m.ID)
	case hinted && (m.Hint == "" || strings.Contains(hint, "::")):
		r.fault(at, "write {{id::answer}} or {{id::answer::hint}}", "the cloze %q is not an answer and a hint", m.ID)
	}
}

// alternatives splits at bars that have no backslash before them, as blanks of
// questions are.
func alternatives(s string) []string {
	const bar = "\x00" // which no course has
	list := strings.Split(strings.ReplaceAll(s, `\|`, bar), "|")
	for i, a := range list {
		list[i] = strings.TrimSpace(strings.ReplaceAll(a, bar, "|"))
	}
	return list
}

// The lines that begin a block of their own, wherever they stand (CommonMark 4
// and 5, as far as lessons use them).
var (
	heading   = regexp.MustCompile(`^ {0,3}#{1,6}(?:\s|$)`)
	rule      = regexp.MustCompile(`^[-=*_ \t]+$`)
	fenceMark = regexp.MustCompile("^\\s*(?:```|~~~)")
	listMark  = regexp.MustCompile(`^\s*(?:[-*+]|\d{1,9}[.)])\s+(?:\[[ xX]\]\s+)?`)
	quoteMark = regexp.MustCompile(`^\s*(?:>\s?)+`)
	alertMark = regexp.MustCompile(`^\[![A-Z]+\]\s*$`)
)

// begins tells whether a line begins a block after another line: a paragraph, an
// item of a list, a row of a table. An empty line ends one.
func begins(previous, line string) bool {
	before, deep := unquoted(previous)
	text, deeper := unquoted(line)
	return deeper > deep || alone(before) || alone(text) || listMark.MatchString(text)
}

// alone tells whether a line belongs to no block but its own, or to none.
func alone(text string) bool {
	return strings.TrimSpace(text) == "" || isRow(text) || heading.MatchString(text) || rule.MatchString(text) ||
		fenceMark.MatchString(text) || alertMark.MatchString(text)
}

// unquoted takes the marks of quotes away, and counts them.
func unquoted(line string) (text string, depth int) {
	mark := quoteMark.FindString(line)
	return line[len(mark):], strings.Count(mark, ">")
}

func isRow(line string) bool { return strings.HasPrefix(strings.TrimSpace(line), "|") }
