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

// maxCloze is how long a cloze may be, in bytes.
const maxCloze = 500

// clozeAt reads the cloze that a text begins with: its id and what stands behind
// that, as they are written.
func clozeAt(text string) (id, inside string, ok bool) {
	text = text[len("{{"):min(len(text), maxCloze)]
	end := strings.Index(text, "}}")
	if end < 0 {
		return "", "", false
	}
	id, inside, ok = strings.Cut(text[:end], "::")
	return id, inside, ok && !strings.ContainsAny(id, "{}")
}

// clozeBegun is what looks like the beginning of a cloze, whether it ends or not.
var clozeBegun = regexp.MustCompile(`^\{\{[ \w-]*::`)

// Escape puts a backslash before braces that would be a cloze, so that they are
// read as braces.
func Escape(line string) string {
	var b strings.Builder
	for {
		at := strings.Index(line, "{{")
		if at < 0 {
			return b.String() + line
		}
		b.WriteString(line[:at])
		if _, _, ok := clozeAt(line[at:]); ok || clozeBegun.MatchString(line[at:]) {
			b.WriteString(`\`)
		}
		b.WriteString("{{")
		line = line[at+2:]
	}
}

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
	column int  // how many characters of the line have been read
	shown  strings.Builder
	runes  int // how many characters are shown
	found  []ClozeMark
	cuts   []cut
}

func (r *reading) line(line string) {
	for {
		at := strings.Index(line, "{{")
		if at < 0 {
			r.show(line)
			return
		}
		n := r.braces(line[:at], line[at:])
		r.column += utf8.RuneCountInString(line[:at+n])
		line = line[at+n:]
	}
}

// show writes what readers see.
func (r *reading) show(text string) {
	r.shown.WriteString(text)
	r.runes += utf8.RuneCountInString(text)
}

// leave notes that characters are not shown here.
func (r *reading) leave(runes int) {
	r.cuts = append(r.cuts, cut{r.number, r.runes + 1, runes})
}

// braces reads two braces, what belongs to them, and the text before them. It
// returns how many bytes belong to them.
func (r *reading) braces(before, rest string) int {
	id, inside, ok := clozeAt(rest)
	begun := ok || clozeBegun.MatchString(rest)
	at := place{r.number, r.column + utf8.RuneCountInString(before) + 1}
	text, escaped := strings.CutSuffix(before, `\`)
	switch {
	case begun && escaped:
		r.show(text)
		r.leave(1)
		r.show("{{")
	case ok:
		r.show(before)
		r.cloze(ClozeMark{ID: id, Line: at.line, Column: at.column}, inside)
		return len("{{" + id + "::" + inside + "}}")
	case begun:
		r.fault(at, `close it with }} on its line, or write \{{ where braces are meant`, "this cloze never ends")
		fallthrough
	default:
		r.show(before + "{{")
	}
	return len("{{")
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
	r.show(shown)
	m.To = r.shown.Len()
	r.leave(utf8.RuneCountInString(inside+"}}") - utf8.RuneCountInString(shown))
	if shown != "" && validID.MatchString(m.ID) {
		r.keep(m)
	}
}

// keep takes a cloze, unless another one has its id.
func (r *reading) keep(m ClozeMark) {
	at := place{m.Line, m.Column}
	if first, twice := r.lines[m.ID]; twice {
		r.fault(at, "choose another id", "the cloze %q stands in line %d already", m.ID, first)
		return
	}
	if len(r.lines) == maxPer {
		r.fault(at, "make several lessons of it", "at most %d clozes are read", maxPer)
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
	if strings.TrimSpace(line) == "" {
		return true // nearly always: then nothing else need be looked at
	}
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
