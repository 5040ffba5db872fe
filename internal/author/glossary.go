package author

import (
	"fmt"
	"io/fs"
	"strings"
	"unicode"
	"unicode/utf8"

	"kubetutor/internal/course"
)

// maxTerm is how wide a term's explanation may be: three sentences.
const maxTerm = 320

const glossaryFile = "glossary.yaml"

// glossary looks at the glossary of a course, which need not have one. Loading
// has checked what it says.
func (l *linter) glossary() error {
	if _, err := fs.Stat(l.fsys, glossaryFile); err != nil {
		return nil
	}
	l.whitespace(glossaryFile)
	l.yamlTexts(glossaryFile)
	var written struct{ Terms []*course.Term }
	file := l.yaml(glossaryFile)
	if file.root.Decode(&written) != nil {
		return nil // loading says why
	}
	for i, t := range written.Terms {
		for _, lang := range course.Langs {
			if w := width(t.Text.In(lang)); w > maxTerm {
				file.fault("a lesson can say more", "the explanation is %d columns wide; %d are enough", w, maxTerm)("terms", i, "text", string(lang))
			}
			if err := l.named(file, t, i, lang); err != nil {
				return err
			}
		}
	}
	return nil
}

// named checks that the lesson that teaches a term names it in that language.
func (l *linter) named(file *yamlFile, t *course.Term, i int, lang course.Lang) error {
	lesson, ok := l.lessons.Lesson(t.Lesson)
	if !ok {
		return nil // it is taught in none, or loading says so
	}
	body, err := lesson.Body()
	if err != nil {
		return err
	}
	text := strings.ToLower(everyWord(body, lang))
	for _, name := range t.Names() {
		if strings.Contains(text, strings.ToLower(name)) {
			return nil
		}
	}
	file.fault("name it there, or name the lesson that does", "the lesson %q does not name %q in %s", t.Lesson, t.Term.In(lang), inEnglish[lang])("terms", i, "lesson")
	return nil
}

// inEnglish names the languages, for messages.
var inEnglish = map[course.Lang]string{course.English: "English", course.Chinese: "Chinese"}

// everyWord is the text of a lesson, its title and headings with it.
func everyWord(body *course.Body, lang course.Lang) string {
	var b strings.Builder
	fmt.Fprintln(&b, body.Title.In(lang))
	for _, page := range body.Pages[lang] {
		fmt.Fprintln(&b, page.Title)
		for _, part := range page.Parts {
			fmt.Fprintln(&b, part.Markdown)
		}
	}
	return b.String()
}

// wording notes what a line of prose calls otherwise than the glossary does. In
// quotation marks it may: there a wording is spoken of.
func (l *linter) wording(file string, number int, column func(line, column int) int, lang course.Lang, line string) {
	folded := strings.ToLower(line)
	if len(folded) != len(line) {
		folded = line // a character that is longer in lower case: places would be wrong
	}
	for _, t := range l.terms {
		for _, avoided := range t.Avoid.In(lang) {
			for at := range places(folded, strings.ToLower(avoided)) {
				l.add(file, number, column(number, utf8.RuneCountInString(line[:at])+1), fmt.Sprintf("write %q", t.Term.In(lang)),
					"the glossary has another word for %q", line[at:at+len(avoided)])
			}
		}
	}
}

// places are the offsets at which a wording stands in a line as words of their
// own, and not in quotation marks.
func places(line, wording string) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for from := 0; ; {
			at := strings.Index(line[from:], wording)
			if at < 0 {
				return
			}
			at += from
			from = at + len(wording)
			before, _ := utf8.DecodeLastRuneInString(line[:at])
			after, _ := utf8.DecodeRuneInString(line[from:])
			first, _ := utf8.DecodeRuneInString(wording)
			last, _ := utf8.DecodeLastRuneInString(wording)
			if goesOn(before, first) || goesOn(last, after) || strings.ContainsRune(opening, before) {
				continue
			}
			if !yield(at) {
				return
			}
		}
	}
}

// opening are the quotation marks before what is spoken of.
const opening = "\"“「『"

// goesOn tells whether a word goes on from one character to the next; Chinese is
// written without spaces, so that there any may begin.
func goesOn(r, next rune) bool {
	letter := func(r rune) bool { return !isHan(r) && (unicode.IsLetter(r) || unicode.IsDigit(r)) }
	return letter(r) && letter(next)
}
