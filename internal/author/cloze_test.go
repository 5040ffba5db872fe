package author_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"kubetutor/internal/author"
	"kubetutor/internal/course"
	"kubetutor/internal/markdown/block"
	"kubetutor/internal/quiz"
	"kubetutor/lessons"
)

// TestClozeRules writes clozes into both texts, and wants a fault or a warning.
func TestClozeRules(t *testing.T) {
	t.Parallel()
	many := func(word string) string {
		var b strings.Builder
		for i := range 13 {
			b.WriteString("{{" + string(rune('a'+i)) + "::" + word + string(rune('a'+i)) + "}} ")
		}
		return strings.TrimSpace(b.String())
	}
	for _, tc := range []struct{ en, zh, want string }{
		{"More {{a::text}}.", "还有{{a::文字}}。", ""},
		{"More **{{a::text}}** and `kubectl {{b::get}} pv`.", "还有**{{b::文字}}**，`{{a::*}}`。", ""},
		{"More `{{ .Values.x }}` and \\{{ braces }}.", "还有 `{{ .Values.x }}`。", ""},
		{many("w"), many("w"), "en.md:1:1: 13 clozes; at most 12 are wanted"},
		{"More {{a::text}}.\n\nAnd more.", "还有文字。\n\n再来{{a::一些}}。", `zh.md:23:3: the cloze "a" stands in another block than in English, where it is in line 21 — both languages go in step`},
		{"| A | B |\n|---|---|\n| x | {{a::y}} |\n| z | z |", "| 甲 | 乙 |\n|---|---|\n| 丙 | 丁 |\n| 戊 | {{a::己}} |", `zh.md:24:7: the cloze "a" stands in another block than in English`},
		{"    More {{a::text}}.", "    还有{{a::文字}}。", `en.md:21:10: the cloze "a" stands in a block of kind code`},
		{"More {{a::text}}\n====", "还有{{a::文字}}\n====", `zh.md:21:3: the cloze "a" stands in a block of kind heading`},
		{"More {{a::text that is far too long}}.", "还有{{a::文字}}。", `en.md:21:6: "text that is far too long" is long to be typed`},
		{"More {{a::text}}.", "还有{{a::文字|太长了太长了太长了太长了太长了太长了太长了}}。", "zh.md:21:3: \"太长了"},
		{"More {{a::**text**}}.", "还有{{a::文字}}。", "en.md:21:6: marks of Markdown stand in the answer \"**text**\""},
		{"More text, {{right|also}}.", "还有一些文字。", "en.md:21:12: braces stand in the text — write {{id::answer}}"},
		{"Some text.", "还有{{ 文字。", "zh.md:21:3: braces stand in the text"},
		{"Text, more {{a::text}}.", "还有{{a::文字}}。", `warning: en.md:21:1: the answer "text" of the cloze "a" can be read beside it`},
		{"Texts, more-text, {{a::text}}.", "还有文字的{{a::文字}}。", `warning: zh.md:21:1: the answer "文字" of the cloze "a" can be read beside it`},
		{"| A | B |\n|---|---|\n| x | {{a::y\\|z}} |", "| 甲 | 乙 |\n|---|---|\n| 丙 | {{a::丁|戊}} |", `warning: en.md:23:1: readers see the answer "y|z" of the cloze "a"`},
		{"More {{a::text}} and `{{b::code}}` [here](there).", "还有{{a::文字}}，`{{b::code}}`。", `en.md:21:36: the link "there" leads nowhere`},
		{"More {{a::text}} here.", "还有{{a::文字}}文,字。", "zh.md:21:13: a mark of ASCII stands in a Chinese sentence"},
	} {
		t.Run(tc.en+tc.zh, func(t *testing.T) {
			t.Parallel()
			dir := pack(t, "basics/first/en.md", "More text.", tc.en)
			change(t, filepath.Join(dir, "basics/first/zh.md"), "还有文字。", tc.zh)
			r := lint(t, author.Options{Dir: dir})
			switch text := strings.ReplaceAll(r.Format(), filepath.ToSlash(dir)+"/basics/first/", ""); {
			case tc.want == "":
				if len(r.Faults)+len(r.Warnings) > 0 {
					t.Error(r.Format())
				}
			case strings.HasPrefix(tc.want, "warning"):
				if len(r.Faults) > 0 || len(r.Warnings) != 1 || !strings.Contains(text, tc.want) {
					t.Error(r.Format())
				}
			default:
				wantFault(t, r, tc.want)
			}
		})
	}
}

// TestStrayClozes wants clozes in texts of lessons only.
func TestStrayClozes(t *testing.T) {
	t.Parallel()
	dir := pack(t, "basics/first/quiz.yaml", "{{yes", "{{id::yes")
	change(t, filepath.Join(dir, "basics/first/labs/make/lab.yaml"), "zh: 想一想。", `zh: "{{id::想}}一想。"`)
	r := lint(t, author.Options{Dir: dir})
	wantFault(t, r, "quiz.yaml:19:1: a cloze stands here: {{id::yes|aye}} — a question has blanks without ids: {{right|also right}}")
	wantFault(t, r, "lab.yaml:25:1: a cloze stands here: {{id::想}} — the text of a lesson has clozes; take the id away")
}

// TestClozesAreForEver wants those of the last commit still there.
func TestClozesAreForEver(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(committed(t, map[string][2]string{"en.md": {"More text.", "More {{a::text}}."}, "zh.md": {"还有文字。", "还有{{a::文字}}。"}}), "course")
	for _, lang := range []string{"en", "zh"} {
		change(t, filepath.Join(dir, "basics/first", lang+".md"), "{{a::", "{{b::")
	}
	r := lint(t, author.Options{Dir: dir})
	wantFault(t, r, `en.md:1:1: the cloze "a" of the last commit is gone`)
	if len(r.Warnings) > 0 {
		t.Errorf("the text reads as before: %v", r.Warnings)
	}
}

// TestClozesAskTheirBlock compares the sentences of all clozes with the blocks
// that a reader sees.
func TestClozesAskTheirBlock(t *testing.T) {
	t.Parallel()
	c, err := course.Load(lessons.FS)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range c.Lessons() {
		b, err := l.Body()
		if err != nil {
			t.Fatal(err)
		}
		for _, lang := range course.Langs {
			said := said(b, lang)
			hint := hints(b, lang)
			for _, id := range l.ClozeIDs {
				q, _ := b.Cloze(id)
				if text := hint.Replace(filled(q, lang)); !said[text] && !strings.Contains(text, "; ") && !strings.Contains(text, "；") {
					t.Errorf("%s/%s asks %q, which is no block of the lesson", l.ID, id, text)
				}
			}
		}
	}
}

// TestClozesAskAnyBlock makes up texts of blocks of all kinds, with or without
// empty lines between them, and wants of each cloze the block that a reader sees.
func TestClozesAskAnyBlock(t *testing.T) {
	t.Parallel()
	shapes := []string{
		"One {{ID::two}} three.\n", "One\n{{ID::two}}\n  three.\n", "- one {{ID::two}}\n- three\n", "- one\n  {{ID::two}} three\n  - four\n",
		"1. one\n2. two\n   {{ID::three}}\n", "* one\n\n  {{ID::two}} three\n  four\n", "- one\n  - two {{ID::three}}\n- four\n", "> one {{ID::two}}\n> three\n>\n> four\n",
		"> [!NOTE]\n> one\n> {{ID::two}} three\n", "> - one\n> - two {{ID::three}}\n", "One `two\n{{ID::three}}` **four**\\\nfive\n", "```\n{{ID::no}}\n```\nOne {{ID::two}}.\n```\nno\n```\n",
		"### One\nTwo {{ID::three}}.\n", "One {{ID::two}} [three](https://a.example/b) <https://c.example>\n", "说{{ID::一}}\n二三\n", "- [x] one {{ID::two}}\n",
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var text strings.Builder
		var ids []string
		for i := range 1 + r.IntN(6) {
			id := fmt.Sprint("c", i)
			ids = append(ids, id)
			text.WriteString(strings.ReplaceAll(shapes[r.IntN(len(shapes))], "ID", id) + "\n")
		}
		files := smallest(t)
		withLine(files, text.String())
		c, err := course.Load(files)
		if err != nil {
			t.Fatalf("%v\n%s", err, text.String())
		}
		b, err := c.Lessons()[0].Body()
		if err != nil {
			t.Fatal(err)
		}
		said := said(b, course.English)
		for _, id := range ids {
			q, ok := b.Cloze(id)
			if !ok || !said[filled(q, course.English)] {
				t.Fatalf("%s asks %q, which is no block of\n%s", id, filled(q, course.English), text.String())
			}
		}
	}
}

// said are the texts of all blocks of a lesson.
func said(b *course.Body, lang course.Lang) map[string]bool {
	all := map[string]bool{}
	for _, page := range b.Pages[lang] {
		for _, p := range page.Parts {
			for _, blk := range block.Parse(p.Markdown) {
				all[strings.TrimSpace(blk.Text)] = true
			}
		}
	}
	return all
}

// hints takes the hints of clozes away.
func hints(b *course.Body, lang course.Lang) *strings.Replacer {
	var pairs []string
	for _, page := range b.Pages[lang] {
		for _, p := range page.Parts {
			for _, c := range p.Clozes {
				if c.Hint != "" {
					pairs = append(pairs, " ("+c.Hint+")", "", "（"+c.Hint+"）", "")
				}
			}
		}
	}
	return strings.NewReplacer(pairs...)
}

// filled is what a question of type cloze says with its first answers.
func filled(q *course.Question, lang course.Lang) string {
	text := ""
	for _, s := range quiz.Blanks(q.Ask.In(lang)) {
		if s.Blank > 0 {
			text += s.Answers[0]
		}
		text += s.Text
	}
	return strings.TrimSpace(block.Parse(text)[0].Text)
}
