package course

import (
	"strings"
	"unicode/utf8"
)

// Cloze makes a question of a cloze: the paragraph, list item or table row that
// holds it, with this blank open and others filled in. A hint stands behind the
// blank, and of a row each cell behind its column's name. The question has no
// explanation: the text around it is one.
func (b *Body) Cloze(id string) (*Question, bool) {
	q := &Question{ID: id, Type: Cloze}
	for _, ask := range []struct {
		lang Lang
		text *string
	}{{English, &q.Ask.EN}, {Chinese, &q.Ask.ZH}} {
		p, c, ok := b.cloze(ask.lang, id)
		if !ok {
			return nil, false
		}
		*ask.text = c.opened(p.around(c, ask.lang), ask.lang)
	}
	return q, true
}

// cloze finds a cloze in a language.
func (b *Body) cloze(lang Lang, id string) (Part, ClozeMark, bool) {
	for _, p := range parts(b.Pages[lang]) {
		for _, c := range p.Clozes {
			if c.ID == id {
				return p, c, true
			}
		}
	}
	return Part{}, ClozeMark{}, false
}

// The answer stands between these while its sentence is put together; no course
// has such characters.
const openGap, closeGap = "\x01", "\x02"

// around is the block that holds a cloze, on one line, with the answer marked.
func (p Part) around(c ClozeMark, lang Lang) string {
	lines := strings.Split(p.Markdown[:c.From]+openGap+p.Markdown[c.From:c.To]+closeGap+p.Markdown[c.To:], "\n")
	at := strings.Count(p.Markdown[:c.From], "\n")
	if isRow(lines[at]) {
		return row(lines, at, lang)
	}
	from, to := at, at+1
	for from > 0 && !begins(lines[from-1], lines[from]) {
		from--
	}
	for to < len(lines) && !begins(lines[to-1], lines[to]) {
		to++
	}
	text := ""
	for i, line := range lines[from:to] {
		line, _ = unquoted(line)
		if i == 0 {
			line = line[len(listMark.FindString(line)):]
		}
		text = joined(text, strings.TrimRight(strings.TrimSpace(line), `\`))
	}
	return text
}

// joined puts a line behind another: with a space between them, but not between
// two characters of Chinese.
func joined(text, line string) string {
	const marks = openGap + closeGap + "*_`"
	last, _ := utf8.DecodeLastRuneInString(strings.TrimRight(text, marks))
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(line, marks))
	if text == "" || isWide(last) && isWide(first) {
		return text + line
	}
	return text + " " + line
}

// isWide tells whether a character is one of Chinese, a mark of it included.
func isWide(r rune) bool {
	return r >= 0x2e80 && r != utf8.RuneError || strings.ContainsRune("“”‘’…—", r)
}

// row is a row of a table as a sentence: what each column is called, and what
// stands in it.
func row(lines []string, at int, lang Lang) string {
	first := at
	for first > 0 && isRow(lines[first-1]) {
		first--
	}
	colon, between := ": ", "; "
	if lang == Chinese {
		colon, between = "：", "；"
	}
	names := cells(lines[first])
	var list []string
	for i, text := range cells(lines[at]) {
		switch {
		case text == "":
		case first < at && i < len(names) && names[i] != "":
			list = append(list, names[i]+colon+text)
		default:
			list = append(list, text)
		}
	}
	return strings.Join(list, between)
}

// cells are the cells of a table's row.
func cells(line string) []string {
	line = strings.TrimPrefix(strings.TrimSpace(line), "|")
	list := alternatives(line)
	if n := len(list); list[n-1] == "" {
		list = list[:n-1]
	}
	return list
}

// opened opens the blank as questions of type cloze write it. A hint stands behind
// it, not in code.
func (c ClozeMark) opened(sentence string, lang Lang) string {
	before, rest, _ := strings.Cut(sentence, openGap)
	_, after, _ := strings.Cut(rest, closeGap)
	answers := make([]string, len(c.Answers))
	for i, a := range c.Answers {
		answers[i] = strings.ReplaceAll(a, "|", `\|`)
	}
	blank := "{{" + strings.Join(answers, "|") + "}}"
	hint := ""
	switch {
	case c.Hint != "" && lang == Chinese:
		hint = "（" + c.Hint + "）"
	case c.Hint != "":
		hint = " (" + c.Hint + ")"
	}
	if strings.Count(before, "`")%2 == 1 {
		code, rest, _ := strings.Cut(after, "`")
		return before + blank + code + "`" + hint + rest
	}
	return before + blank + hint + after
}
