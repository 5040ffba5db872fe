package author

import (
	"path"
	"regexp"
	"strings"
	"unicode"

	"github.com/rivo/uniseg"

	"kubetutor/internal/course"
	"kubetutor/internal/markdown"
	"kubetutor/internal/markdown/block"
)

// How large a page and what is on it may be, in columns and lines.
const (
	maxFigure    = 56
	maxPageLines = 60
	pageWidth    = 80
)

// width is how many columns a text takes; a wide character takes two.
func width(s string) int { return uniseg.StringWidth(s) }

func textFile(lesson *course.Body, lang course.Lang) string {
	return path.Join(lesson.Dir, string(lang)+".md")
}

// inStep checks that both languages have the same kinds of leaf blocks in the
// same order, part by part: the language switches on the same paragraph.
// Loading has checked that the parts are the same.
func (l *linter) inStep(lesson *course.Body) {
	file := textFile(lesson, course.Chinese)
	for i, en := range lesson.Pages[course.English] {
		zh := lesson.Pages[course.Chinese][i]
		for k := range en.Parts {
			l.blocksInStep(file, en.Parts[k], zh.Parts[k])
		}
	}
}

// blocksInStep notes the first difference only: the rest follows from it.
func (l *linter) blocksInStep(file string, en, zh course.Part) {
	english, chinese := block.Parse(en.Markdown), block.Parse(zh.Markdown)
	for i := range max(len(english), len(chinese)) {
		switch {
		case i >= len(english):
			l.add(file, zh.Line+chinese[i].Line-1, 1, "both languages go in step", "%s stands here, where the English text has ended", chinese[i].Kind)
		case i >= len(chinese):
			l.add(file, zh.Line, 1, "both languages go in step", "the text from here on ends before %s of line %d in English", english[i].Kind, en.Line+english[i].Line-1)
		case blockKind(english[i]) != blockKind(chinese[i]):
			l.add(file, zh.Line+chinese[i].Line-1, 1, "both languages go in step", "%s stands here, and in English, in line %d, %s",
				blockKind(chinese[i]), en.Line+english[i].Line-1, blockKind(english[i]))
		default:
			continue
		}
		return
	}
}

// blockKind is what must agree: the kind, of an alert also its type, and of
// code its language.
func blockKind(b block.Block) string {
	if b.Kind == block.Alert || b.Kind == block.Code {
		return strings.TrimSpace(string(b.Kind) + " " + b.Info)
	}
	return string(b.Kind)
}

// pages checks the sizes of pages, figures and code.
func (l *linter) pages(lesson *course.Body, lang course.Lang) {
	file := textFile(lesson, lang)
	for _, page := range lesson.Pages[lang] {
		lines := 2 // the heading and the space below it
		for _, part := range page.Parts {
			lines += l.partLines(part, lang)
			for _, b := range block.Parse(part.Markdown) {
				l.blockWidth(file, part.Line+b.Line, b)
			}
		}
		if lines > maxPageLines {
			l.add(file, page.Line, 1, "make two pages of it", "the page has %d lines at %d columns; %d are enough", lines, pageWidth, maxPageLines)
		}
	}
}

// partLines is how many lines a part takes on the screen; a quiz or a lab is
// one line and the space around it.
func (l *linter) partLines(part course.Part, lang course.Lang) int {
	if part.Markdown == "" {
		return 2
	}
	doc, err := markdown.Render(part.Markdown, markdown.Options{Width: pageWidth, NoColor: true, Chinese: lang == course.Chinese})
	if err != nil {
		return 0 // the reader says so, in words of its own
	}
	return len(doc.Lines) + 1
}

// blockWidth checks a block whose first line below the fence is given.
func (l *linter) blockWidth(file string, line int, b block.Block) {
	most := map[block.Kind]int{block.Figure: maxFigure, block.Code: maxCode}[b.Kind]
	if most == 0 {
		return
	}
	if b.Kind == block.Figure && strings.TrimSpace(b.Info) == "" {
		l.add(file, line-1, 1, `write figure alt="..." for those who cannot see it`, "the figure has no description")
	}
	for i, text := range strings.Split(strings.TrimRight(b.Text, "\n"), "\n") {
		if w := width(text); w > most {
			l.add(file, line+i, most+1, "break the line, or leave something out", "this line of the %s is %d columns wide; %d fit", b.Kind, w, most)
		}
	}
}

// prose checks the running text of a lesson: links, and how Chinese is set.
func (l *linter) prose(lesson *course.Body, lang course.Lang) {
	file := textFile(lesson, lang)
	for _, page := range lesson.Pages[lang] {
		l.line(file, page.Line, asItStands, lang, page.Title)
		for _, part := range page.Parts {
			eachProseLine(part.Markdown, func(i int, line string) {
				l.links(file, part, part.Line+i, line)
				l.line(file, part.Line+i, part.Column, lang, line)
			})
		}
	}
}

// line checks the words of a line of text, and how Chinese is set.
func (l *linter) line(file string, number int, column func(line, column int) int, lang course.Lang, line string) {
	line = proseOf(line)
	l.wording(file, number, column, lang, line)
	if lang == course.Chinese {
		l.chinese(file, number, column, line)
	}
}

// eachProseLine calls each for the lines outside fenced blocks, counted from 0.
func eachProseLine(src string, each func(i int, line string)) {
	fence := ""
	for i, line := range strings.Split(src, "\n") {
		trimmed := strings.TrimSpace(line)
		switch {
		case fence != "":
			if strings.HasPrefix(trimmed, fence) && strings.Trim(trimmed, fence[:1]) == "" {
				fence = ""
			}
		case strings.HasPrefix(trimmed, "```") || strings.HasPrefix(trimmed, "~~~"):
			fence = trimmed[:len(trimmed)-len(strings.TrimLeft(trimmed, trimmed[:1]))]
		default:
			each(i, line)
		}
	}
}

var (
	codeSpan = regexp.MustCompile("`+[^`]+`+")
	blanks   = regexp.MustCompile(`\{\{.*?\}\}`)
	link     = regexp.MustCompile(`\[([^\]]*)\]\(([^)\s]*)[^)]*\)`)
)

// proseOf replaces code by letters of the same number, and takes away the marks
// of emphasis and the targets of links.
func proseOf(line string) string {
	line = codeSpan.ReplaceAllStringFunc(line, func(s string) string { return strings.Repeat("x", len([]rune(s))) })
	line = link.ReplaceAllString(line, "$1")
	return strings.NewReplacer("**", "", "*", "").Replace(line)
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

func isLatin(r rune) bool { return r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

// fullWidth gives the mark that a Chinese sentence has in place of an ASCII one.
var fullWidth = map[rune]string{',': "，", ';': "；", ':': "：", '?': "？", '!': "！", '(': "（", ')': "）", '.': "。"}

// chinese checks how a line of Chinese is set: full-width marks beside Han
// characters, and a space between those and Latin letters or digits. Column tells
// where a column of the line stands in the file, 0 where that is not known.
func (l *linter) chinese(file string, number int, column func(line, column int) int, line string) {
	var previous rune
	for i, r := range []rune(line) {
		at := column(number, i+1)
		wide := fullWidth[r]
		switch {
		case isHan(previous) && wide != "" && r != '(', isHan(r) && previous == '(', isHan(previous) && r == '(':
			mark := wide
			if isHan(r) {
				mark = fullWidth['(']
			}
			l.add(file, number, at, "write "+mark, "a mark of ASCII stands in a Chinese sentence: %q", around(line, i))
		case isHan(previous) && isLatin(r), isLatin(previous) && isHan(r):
			l.add(file, number, at, "put a space between them", "Chinese and Latin stand without a space: %q", around(line, i))
		}
		previous = r
	}
}

// asItStands is the column of a line that is read as it is written.
func asItStands(_, column int) int { return column }

// around is what stands at a place, for messages.
func around(line string, i int) string {
	runes := []rune(line)
	return string(runes[max(0, i-4):min(len(runes), i+4)])
}

// whitespace notes white space at the ends of lines.
func (l *linter) whitespace(name string) {
	for i, line := range strings.Split(l.read(name), "\n") {
		if trimmed := strings.TrimRight(line, " \t\r"); trimmed != line {
			l.add(name, i+1, len([]rune(trimmed))+1, "remove it", "white space at the end of the line")
		}
	}
}
