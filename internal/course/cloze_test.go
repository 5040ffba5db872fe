package course

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode/utf8"
)

// clozeLesson is a lesson with two texts and nothing else.
func clozeLesson(t testing.TB, en, zh string) (*Lesson, *Body, error) {
	t.Helper()
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	c, err := Open(fstest.MapFS{
		"t/track.yaml": file("format: 1\nid: t\ntitle: {en: T, zh: 题}\nsummary: {en: S, zh: 概}\nlessons: [l]\n"),
		"t/l/lesson.yaml": file("format: 1\nid: l\ntitle: {en: L, zh: 课}\nlevel: core\nminutes: 9\nobjectives: [{en: O, zh: 目}]\n" +
			"checked_for: \"1.37\"\ntags: [cka, storage]\n"),
		"t/l/en.md": file(en), "t/l/zh.md": file(zh),
	})
	if err != nil {
		t.Fatal(err)
	}
	l := c.Lessons()[0]
	b, err := l.Body()
	return l, b, err
}

const (
	clozesEN = `# L

## One

A claim without a class gets the {{default::default|the default}} class,
and ` + "`spec.{{field::storageClassName::of the spec}}`" + ` says so.

1. **Size.** At least {{size::as large::how much}}.
2. ` + "`kubectl {{verb::get}} pv`" + ` shows them,
   and more.

> [!NOTE]
> A volume is {{one::one to
> one}}.
`
	tableEN = `
| Mode | Short | Who |
|---|---|---|
| ` + "`ReadWriteOnce`" + ` | {{rwo::RWO}} | one {{who::node\|machine}} |
| a \| b | | {{last::all|any}} |
`
)

// TestClozeQuestions wants the question that each cloze makes, in both languages.
func TestClozeQuestions(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ id, en, zh, askEN, askZH string }{
		{"a", "A {{a::b}} c.", "甲{{a::乙}}丙。", "A {{b}} c.", "甲{{乙}}丙。"},
		{"a", "A {{a::b | c}} d.", "{{a::乙}}", "A {{b|c}} d.", "{{乙}}"},
		{"a", `A {{a::b\|c|d}} e.`, "{{a::乙}}", `A {{b\|c|d}} e.`, "{{乙}}"},
		{"a", "A {{a::b::what}} c.", "甲{{a::乙::什么}}丙。", "A {{b}} (what) c.", "甲{{乙}}（什么）丙。"},
		{"a", "`x.{{a::b::what}}.y` c.", "`{{a::b::什么}}` 丙", "`x.{{b}}.y` (what) c.", "`{{b}}`（什么） 丙"},
		{"b", "A {{a::one}} B {{b::two}} C.", "{{b::二}}{{a::一}}", "A one B {{two}} C.", "{{二}}一"},
		{"a", "First.\n\nA\n{{a::b}}\nc.\n\nLast.", "一\n{{a::二}}\n三 a\nb\n\n末", "A {{b}} c.", "一{{二}}三 a b"},
		{"a", "First:\n- one\n- two {{a::b}}\n  more\n- three", "1. 一\n2. 二{{a::三}}", "two {{b}} more", "二{{三}}"},
		{"a", "- [ ] two {{a::b}}", "* {{a::三}}", "two {{b}}", "{{三}}"},
		{"a", "> [!NOTE]\n> A {{a::b}}\n> c.\n> > d", "> {{a::三}}\n四", "A {{b}} c.", "{{三}}四"},
		{"a", "```\ncode\n```\nA {{a::b}} c.\n```\ncode\n```\n", "### 题\n{{a::三}}\n---\n", "A {{b}} c.", "{{三}}"},
		{"a", "| Mode | Who |\n|---|---|\n| `RWO` | one {{a::node}} |\n", "| 模式 | 谁 |\n|---|---|\n| `RWO` | {{a::节点}} |", "Mode: `RWO`; Who: one {{node}}", "模式：`RWO`；谁：{{节点}}"},
		{"a", "| A | B |\n|---|---|\n| | {{a::x|y}} |\n| b | c |", `| 甲 | {{a::x\|y}} |` + "\n|---|---|", "B: {{x|y}}", `甲；{{x\|y}}`},
		{"a", "| A | B |\n|---|---|\n| a \\| b | {{a::x\\|y}} | more |", "{{a::二}}", `A: a | b; B: {{x\|y}}; more`, "{{二}}"},
	} {
		l, b, err := clozeLesson(t, "# L\n\n## P\n\n"+tc.en+"\n", "# 课\n\n## 页\n\n"+tc.zh+"\n")
		if err != nil {
			t.Errorf("%s: %v", tc.en, err)
			continue
		}
		want := &Question{ID: tc.id, Type: Cloze, Ask: Text{EN: tc.askEN, ZH: tc.askZH}}
		if q, ok := b.Cloze(tc.id); !ok || !reflect.DeepEqual(q, want) {
			t.Errorf("%s, %s:\nhave %+v\nwant %+v", tc.en, tc.zh, q, want)
		}
		if l.Page(ClozeItem, tc.id) != 0 {
			t.Errorf("%s: it is on page %d", tc.en, l.Page(ClozeItem, tc.id))
		}
	}
}

func TestWhatIsNoCloze(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"`{{ .Values.x }}` and {{right|also}}": "", "```\n{{a::b}}\n```": "", "~~~~\n{{a::b}}\n~~~\n{{b::c}}\n~~~~": "",
		`\{{a::b}} and ` + "`\\{{b::c}}`": "{{a::b}} and `{{b::c}}`", "{{": "", "}} {{ a : b }}": "", "{{\na::b}}": "",
	} {
		if want == "" {
			want = text
		}
		l, b, err := clozeLesson(t, "# L\n\n## P\n\n"+text+"\n", "# 课\n\n## 页\n\n文\n")
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := b.Pages[English][0].Parts[0].Markdown; got != want+"\n" || AsRead(text) != want {
			t.Errorf("%q reads %q and %q, want %q", text, got, AsRead(text), want)
		}
		if len(l.ClozeIDs) != 0 {
			t.Errorf("%q: clozes %v", text, l.ClozeIDs)
		}
	}
}

// TestWhatIsKnownOfClozes wants ids, pages, tags and siblings without the body.
func TestWhatIsKnownOfClozes(t *testing.T) {
	t.Parallel()
	en := strings.Replace(clozesEN, "one to\n> one", "one to one", 1) + "\n## Two\n" + tableEN
	l, b, err := clozeLesson(t, en, en)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"default", "field", "size", "verb", "one", "rwo", "who", "last"}; !reflect.DeepEqual(l.ClozeIDs, want) {
		t.Errorf("clozes %v, want %v", l.ClozeIDs, want)
	}
	if !reflect.DeepEqual(l.Tags, []string{"cka", "storage"}) {
		t.Errorf("tags %v", l.Tags)
	}
	for _, id := range l.ClozeIDs {
		if _, ok := b.Cloze(id); !ok {
			t.Errorf("%s makes no question", id)
		}
		want := map[bool]int{true: 1, false: 0}[id == "rwo" || id == "who" || id == "last"]
		if page := l.Page(ClozeItem, id); page != want {
			t.Errorf("%s is on page %d, want %d", id, page, want)
		}
	}
	if l.Page(ClozeItem, "none") != -1 || l.Page(QuestionItem, "rwo") != -1 || l.Sibling(ClozeItem, "none") != "" {
		t.Error("what is not there is somewhere")
	}
	for _, pair := range []struct {
		a, b string
		same bool
	}{{"default", "field", true}, {"size", "verb", false}, {"field", "size", false}, {"rwo", "who", true}, {"who", "last", false}} {
		if same := l.Sibling(ClozeItem, pair.a) == l.Sibling(ClozeItem, pair.b); same != pair.same {
			t.Errorf("%s and %s are siblings: %t", pair.a, pair.b, same)
		}
	}
}

// TestSiblingsOfPages wants questions of a page to be siblings, and all labs.
func TestSiblingsOfPages(t *testing.T) {
	t.Parallel()
	l := &Lesson{ID: "l"}
	for page, p := range []Part{{Quiz: []string{"a", "b"}}, {Quiz: []string{"c"}}, {Lab: "a"}, {Lab: "d"}} {
		l.spots = append(l.spots, spotsOf(p, page)...)
	}
	for _, tc := range []struct {
		kind ItemKind
		id   string
		want string
		page int
	}{
		{QuestionItem, "a", "l/page/0", 0}, {QuestionItem, "b", "l/page/0", 0}, {QuestionItem, "c", "l/page/1", 1},
		{LabItem, "a", "l/labs", 2}, {LabItem, "d", "l/labs", 3}, {LabItem, "b", "", -1},
	} {
		if l.Sibling(tc.kind, tc.id) != tc.want || l.Page(tc.kind, tc.id) != tc.page {
			t.Errorf("%s %s: %q on page %d", tc.kind, tc.id, l.Sibling(tc.kind, tc.id), l.Page(tc.kind, tc.id))
		}
	}
}

// TestClozesInStep wants the same clozes on the same pages.
func TestClozesInStep(t *testing.T) {
	t.Parallel()
	_, _, err := clozeLesson(t, "# L\n\n## P\n\nA {{a::b}}.\n\n## Q\n\nB.\n", "# 课\n\n## 页\n\n甲。\n\n## 页\n\n乙{{a::b}}。\n")
	if err == nil || !strings.Contains(err.Error(), `t/l/zh.md:9:2: the cloze "a" stands on another page than in English, where it is in line 5 — both languages go in step`) {
		t.Errorf("the fault: %v", err)
	}
}

// TestPlacesOfClozes wants what a cloze says of places in the text and in the
// file.
func TestPlacesOfClozes(t *testing.T) {
	t.Parallel()
	const line = `甲 {{a::乙丙|丁::戊}} \{{x::y}} {{b::己}}庚`
	_, b, err := clozeLesson(t, "# L\n\n## P\n\nA\n"+strings.Replace(line, `\{{x::y}} `, "", 1)+"\n", "# L\n\n## P\n\nA\n"+strings.Replace(line, `\{{x::y}} `, "", 1)+"\n")
	if err != nil {
		t.Fatal(err)
	}
	p := b.Pages[English][0].Parts[0]
	if p.Markdown != "A\n甲 乙丙 己庚\n" {
		t.Fatalf("it reads %q", p.Markdown)
	}
	for i, want := range []string{"乙丙", "己"} {
		if c := p.Clozes[i]; p.Markdown[c.From:c.To] != want || c.Line != 6 || c.Block != "a" {
			t.Errorf("%+v is %q, want %q", c, p.Markdown[c.From:c.To], want)
		}
	}
	if c := p.Clozes[1]; c.Column != 18 || p.Clozes[0].Hint != "戊" || len(p.Clozes[0].Answers) != 2 {
		t.Errorf("clozes %+v", p.Clozes)
	}
	c := clozes{fault: unheard}
	shown, _, cuts := c.read(line, 1)
	file := []rune(line)
	for i, r := range []rune(shown) {
		if at := (Part{cuts: cuts}).Column(1, i+1); file[at-1] != r {
			t.Errorf("column %d of %q is said to be column %d of %q", i+1, shown, at, line)
		}
	}
}

// TestHostileClozes reads in time what was made to take for ever.
func TestHostileClozes(t *testing.T) {
	t.Parallel()
	var many strings.Builder
	for i := range 16_000 {
		fmt.Fprintf(&many, "{{a%d::b}}", i)
	}
	for _, text := range []string{strings.Repeat("{{", 120_000), strings.Repeat("{{a::", 50_000), strings.Repeat(`\{{a::`, 40_000), strings.Repeat("{{a::b}}\n", 28_000), many.String()} {
		begun := time.Now()
		_, _, err := clozeLesson(t, "# L\n\n## P\n\n"+text+"\n", "# 课\n\n## 页\n\n文\n")
		if took := time.Since(begun); took > 30*time.Second {
			t.Errorf("%.20s: it took %s", text, took)
		}
		if text == many.String() && (err == nil || !strings.Contains(err.Error(), "t/l/en.md:5:5391: at most 500 clozes are read — make several lessons of it")) {
			t.Errorf("the limit: %.200v", err)
		}
	}
}

func TestEscape(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a {{b::c}} `{{d::e}}` {{ f }}": `a \{{b::c}} ` + "`\\{{d::e}}`" + ` {{ f }}`, "{{a::": `\{{a::`, "{{{{a::b}}}}": `{{\{{a::b}}}}`, "{{": "{{", "": "",
	} {
		if got := Escape(text); got != want || AsRead(got) != text {
			t.Errorf("%q became %q, want %q, and reads %q", text, got, want, AsRead(got))
		}
	}
}

// FuzzClozes checks that no text makes the reading of clozes panic; that lines
// stay lines; that what is shown of a cloze is its answer; that each cloze that
// has no fault makes a question with one blank; and that all is found at once.
func FuzzClozes(f *testing.F) {
	for _, seed := range []string{
		clozesEN + "\n## Two\n" + tableEN, "# T\n## A\n{{a::b::c}}{{b::c|d}}", "# T\n## A\n\\{{a::b}} {{a::b}} `{{c::d}}`\n- {{e::\\|}}",
		"# T\n## A\n> {{a::b}}\n>> {{b::c}}\n| {{d::e}} |\n", "# T\n## {{a::b}}\n\n{{b::}}\n{{::}}\n{{{{a::b}}}}\n", "# T\n## A\n```\n{{a::b}}\n```\n{{c::d}}\n~~~",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, src string) {
		if strings.ContainsAny(src, "\x00\x01\x02\r") {
			return // such a file is not read
		}
		faults := 0
		text := splitPages(src, func(at place, _, format string, args ...any) {
			if faults++; at.line < 1 || at.column < 1 {
				t.Errorf("a fault at %v: %s", at, fmt.Sprintf(format, args...))
			}
		})
		if read := AsRead(src); strings.Count(read, "\n") != strings.Count(src, "\n") {
			t.Errorf("%q has other lines than %q", read, src)
		}
		if !reflect.DeepEqual(spotsIn(bare(src)), spotsIn(text.pages)) {
			t.Errorf("without text: %v, with it: %v", spotsIn(bare(src)), spotsIn(text.pages))
		}
		lines := strings.Split(src, "\n")
		for _, line := range lines {
			if !strings.Contains(line, `\{`) && !fenceMark.MatchString(line) && AsRead(Escape(line)) != line {
				t.Errorf("%q is read as %q where it is escaped", line, AsRead(Escape(line)))
			}
		}
		b := &Body{Pages: map[Lang][]Page{English: text.pages, Chinese: text.pages}}
		for _, p := range parts(text.pages) {
			for _, c := range p.Clozes {
				shown := p.Markdown[c.From:c.To]
				if shown != c.Answers[0] && shown != strings.ReplaceAll(c.Answers[0], "|", `\|`) {
					t.Errorf("%+v shows %q", c, shown)
				}
				if !strings.HasPrefix(string([]rune(lines[c.Line-1])[c.Column-1:]), "{{"+c.ID+"::") && utf8.ValidString(src) {
					t.Errorf("%+v is not in line %q", c, lines[c.Line-1])
				}
				q, ok := b.Cloze(c.ID)
				if n := strings.Count(q.Ask.EN, "{{"); !ok || faults == 0 && n != 1 {
					t.Errorf("%+v asks %q", c, q.Ask.EN)
				}
			}
		}
	})
}

func spotsIn(pages []Page) (list []spot) {
	for i, page := range pages {
		for _, p := range page.Parts {
			list = append(list, spotsOf(p, i)...)
		}
	}
	return list
}
