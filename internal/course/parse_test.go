package course

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/quick"
	"unicode"
	"unicode/utf8"
)

func TestDistance(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "abc", 0}, {"abc", "acb", 1}, {"kitten", "sitting", 3},
		{"pvc", "pv", 1}, {"卷", "券", 1}, {"ca", "abc", 3},
	} {
		if got := distance(tc.a, tc.b); got != tc.want {
			t.Errorf("from %q to %q: %d, want %d", tc.a, tc.b, got, tc.want)
		}
	}
	symmetric := func(a, b string) bool {
		d := distance(a, b)
		return d == distance(b, a) && (d == 0) == (string([]rune(a)) == string([]rune(b)))
	}
	if err := quick.Check(symmetric, nil); err != nil {
		t.Error(err)
	}
}

// FuzzPages checks that no line of a text is lost or invented, and that no
// page's text holds a heading of level 2 outside of code.
func FuzzPages(f *testing.F) {
	for _, seed := range []string{
		"# T\n\n## A\n\ntext\n\n<!-- quiz: a b -->\n", "## \n", "# T\n## A\n```\n## x\n", "# T\n## A #\n~~~~\n~~~\n~~~~\n## B\n<!-- lab: x -->",
		"# T\n## A\n<!-- lab: a b -->\n\t<!-- quiz: a -->\n", "# T\n## A\n``` a`b\n## B\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, src string) {
		faults := 0
		text := splitPages(src, func(at place, _, _ string, _ ...any) {
			if faults++; at.line < 1 || at.line > strings.Count(src, "\n")+1 {
				t.Errorf("a fault in line %d", at.line)
			}
		})
		if !reflect.DeepEqual(asked(bare(src)), asked(text.pages)) {
			t.Errorf("without text: %v, with it: %v", bare(src), text.pages)
		}
		lines := strings.Split(AsRead(src), "\n")
		for _, p := range text.pages {
			if !strings.HasPrefix(lines[p.Line-1], "##") {
				t.Errorf("a page begins at %q", lines[p.Line-1])
			}
			for _, part := range p.Parts {
				first, _, _ := strings.Cut(part.Markdown, "\n")
				if part.Markdown != "" && !strings.HasPrefix(lines[part.Line-1], first) {
					t.Errorf("a part begins with %q, its line is %q", first, lines[part.Line-1])
				}
			}
		}
		if faults == 0 && (text.title == "" || len(text.pages) == 0) {
			t.Error("no title or no page, and no fault")
		}
	})
}

// asked are the questions and labs of pages.
func asked(pages []Page) (list []string) {
	for _, p := range pages {
		list = append(list, p.Title)
		for _, part := range p.Parts {
			list = append(append(list, part.Quiz...), part.Lab)
		}
		list = slices.DeleteFunc(list, func(s string) bool { return s == "" })
	}
	return append(list, fmt.Sprint(len(pages)))
}

// FuzzYAML checks that reading a quiz never panics, and that what is accepted
// holds no character that could reach a terminal.
func FuzzYAML(f *testing.F) {
	for _, seed := range []string{
		"format: 1\nquestions:\n- id: a\n  type: single\n  ask: {en: \"\\e[1m\", zh: b}\n", "a: &a [*a]", "<<: 1", "<<: [{}, 2]", "? [a]\n: b",
		"questions: !!binary aGk=", "questions: &q [{<<: *q}]", "format: 0x1", "- - -", "\"\\uD800\": 1",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, src string) {
		r := &reader{fsys: fstest.MapFS{"quiz.yaml": {Data: []byte(src)}}}
		var file quizFile
		d, ok := r.yaml("quiz.yaml", &file)
		if !ok {
			if len(r.faults) == 0 {
				t.Error("refused without a fault")
			}
			return
		}
		r.validator(d).questions(file.Questions)
		for _, q := range file.Questions {
			for _, text := range []string{q.ID, q.Ask.EN, q.Given, q.Sample} {
				if strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && r != '\t' && unicode.IsControl(r) }) || !utf8.ValidString(text) {
					t.Errorf("accepted: %q", text)
				}
			}
		}
	})
}

// TestBadRunes compares the quick answers with the tables of Unicode.
func TestBadRunes(t *testing.T) {
	t.Parallel()
	for r := rune(0); r <= unicode.MaxRune; r++ {
		bad := unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) && r != '\n' && r != '\t'
		if (badRune(r) != "") != bad {
			t.Errorf("%U: %q", r, badRune(r))
		}
	}
}

func TestClean(t *testing.T) {
	t.Parallel()
	for dirty, want := range map[string]string{
		"a\r\nb\rc":                 "a\nb\nc",
		"\ufeffa\x1b[31mb\x00":      "a[31mb",
		"\xffa\u202eb\u200bc�":      "abc�",
		"&amp; &#27;[31m &amp;#27;": "&amp; #27;[31m amp;#27;",
		"&&&#27;":                   "#27;",
		"中文\t和 English":             "中文\t和 English",
	} {
		clean, removed := Clean(dirty)
		if clean != want {
			t.Errorf("%q became %q, want %q", dirty, clean, want)
		}
		if again, more := Clean(clean); again != clean || more != 0 || (removed > 0) != (len(clean) < len(strings.ReplaceAll(dirty, "\r\n", "\n"))) {
			t.Errorf("%q: %d removed, then %d, %q", dirty, removed, more, again)
		}
	}
}
