package author

import (
	"fmt"
	"path"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"kubetutor/internal/course"
	"kubetutor/internal/markdown/block"
	"kubetutor/internal/quiz"
)

// How many clozes a lesson has at most, and what is typed for one.
const (
	maxClozes      = 12
	maxAnswer      = 40 // columns
	maxAnswerWords = 4
)

// clozes checks what can be asked of a lesson's text beyond what loading demands.
func (l *linter) clozes(lesson *course.Body) {
	if n := len(lesson.ClozeIDs); n > maxClozes {
		l.add(textFile(lesson, course.English), 0, 0, "keep the facts that one must have at hand", "%d clozes; at most %d are wanted", n, maxClozes)
	}
	en := l.clozesIn(lesson, course.English)
	for id, zh := range l.clozesIn(lesson, course.Chinese) {
		if other, ok := en[id]; ok && other.block != zh.block {
			l.add(textFile(lesson, course.Chinese), zh.Line, zh.Column, "both languages go in step",
				"the cloze %q stands in another block than in English, where it is in line %d", id, other.Line)
		}
	}
	for _, lang := range course.Langs {
		l.braces(textFile(lesson, lang))
	}
}

// clozeIn is a cloze, and which block of its lesson holds it.
type clozeIn struct {
	course.ClozeMark
	block string
}

// clozesIn looks at the clozes of a language one by one.
func (l *linter) clozesIn(lesson *course.Body, lang course.Lang) map[string]clozeIn {
	all := map[string]clozeIn{}
	for i, page := range lesson.Pages[lang] {
		for k, part := range page.Parts {
			for _, c := range part.Clozes {
				n, b := blockAt(part, c.Line)
				in := clozeIn{c, fmt.Sprint(i, k, n)}
				if b.Kind == block.Table {
					in.block += fmt.Sprint(" row ", c.Line-part.Line-b.Line)
				}
				all[c.ID] = in
				l.cloze(lesson, lang, c, b.Kind)
			}
		}
	}
	return all
}

// blockAt is the block of a part that holds a line of the file.
func blockAt(part course.Part, line int) (n int, at block.Block) {
	for i, b := range block.Parse(part.Markdown) {
		if part.Line+b.Line-1 <= line {
			n, at = i, b
		}
	}
	return n, at
}

// cloze checks what is left out, and where.
func (l *linter) cloze(lesson *course.Body, lang course.Lang, c course.ClozeMark, in block.Kind) {
	file := textFile(lesson, lang)
	if in == block.Code || in == block.Heading {
		l.add(file, c.Line, c.Column, "ask for words of a paragraph, a list or a table", "the cloze %q stands in a block of kind %s", c.ID, in)
		return
	}
	q, _ := lesson.Cloze(c.ID)
	code, beside := false, ""
	for _, s := range quiz.Blanks(q.Ask.In(lang)) {
		if s.Blank > 0 {
			code = s.Code
		}
		beside += strings.ReplaceAll(s.Text, "**", "") + "\n"
	}
	for _, a := range c.Answers {
		if width(a) > maxAnswer || len(strings.Fields(a)) > maxAnswerWords {
			l.add(file, c.Line, c.Column, "leave out one to three words", "%q is long to be typed", a)
		}
		if !code && strings.ContainsAny(a, "*[]") {
			l.add(file, c.Line, c.Column, "put them around the braces: **{{id::answer}}**", "marks of Markdown stand in the answer %q", a)
		}
	}
	if in == block.Table && strings.Contains(c.Answers[0], "|") {
		l.warn(file, c.Line, `write | between answers, in a table too; \| is a bar that belongs to one`, "readers see the answer %q of the cloze %q", c.Answers[0], c.ID)
	}
	if givesAway(beside, c.Answers[0]) {
		l.warn(file, c.Line, "leave out what is said nowhere else in its block", "the answer %q of the cloze %q can be read beside it", c.Answers[0], c.ID)
	}
}

// givesAway tells whether a text has a word, or a few, not as parts of others.
func givesAway(text, words string) bool {
	text, words = strings.ToLower(text), strings.ToLower(words)
	first, _ := utf8.DecodeRuneInString(words)
	last, _ := utf8.DecodeLastRuneInString(words)
	for at := 0; ; at++ {
		i := strings.Index(text[at:], words)
		if i < 0 {
			return false
		}
		at += i
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		after, _ := utf8.DecodeRuneInString(text[at+len(words):])
		if !(inName(before) && inName(first)) && !(inName(last) && inName(after)) {
			return true
		}
	}
}

// inName tells whether a character goes on a word or a name beside another one.
func inName(r rune) bool {
	return r != utf8.RuneError && !isHan(r) && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_')
}

var (
	openBraces = regexp.MustCompile(`(?:^|[^\\{])(\{\{+)`)
	clozeStart = regexp.MustCompile(`^\{\{[^{}]*?::`)
)

// braces notes braces in running text that are no cloze, and look like one.
func (l *linter) braces(file string) {
	eachProseLine(l.read(file), func(i int, line string) {
		prose := codeSpan.ReplaceAllStringFunc(line, func(s string) string { return strings.Repeat("x", len(s)) })
		for _, at := range openBraces.FindAllStringSubmatchIndex(prose, -1) {
			if !clozeStart.MatchString(prose[at[2]:]) {
				l.add(file, i+1, len([]rune(line[:at[2]]))+1, `write {{id::answer}} for a cloze, code in backquotes, or \{{ where braces are meant`, "braces stand in the text")
			}
		}
	})
}

// strayCloze notes a cloze in a text that can have none.
func (l *linter) strayCloze(name string, line int, text string) {
	if m := strayMark.FindString(text); m != "" {
		what := "the text of a lesson has clozes; take the id away"
		if path.Base(name) == "quiz.yaml" {
			what = "a question has blanks without ids: {{right|also right}}"
		}
		l.add(name, line, 0, what, "a cloze stands here: %s", m)
	}
}

var strayMark = regexp.MustCompile(`\{\{[a-z0-9][a-z0-9-]*::[^{}]*\}\}`)
