package markdown_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"kubetutor/internal/markdown"
	"kubetutor/internal/markdown/block"
)

const sample = `A Pod that needs a disk names a **PersistentVolumeClaim** (PVC): a request,
written by ` + "`somebody-with a-hyphen`" + `.

### A heading

1. **Class.** ` + "`storageClassName`" + ` must be the same text on both sides, which takes more than a line.
2. Second
   - nested item

> [!WARNING]
> Leaving it out is not the same as empty, and this sentence is long enough to wrap.
>
> Second paragraph.

` + "```yaml\nkind: Pod # a comment that is rather long and goes on and on beyond the edge of the screen\n```" + `

` + "```figure alt=\"A box.\"\n┌──┐\n└──┘\n```" + `

| Field | Meaning |
|---|---|
| name | what it is called, at some length so that it wraps in a narrow window |
`

func TestParseListsLeafBlocks(t *testing.T) {
	t.Parallel()
	var kinds []string
	for _, b := range block.Parse(sample) {
		kinds = append(kinds, string(b.Kind))
	}
	want := "paragraph heading item item item alert alert code figure table"
	if got := strings.Join(kinds, " "); got != want {
		t.Errorf("kinds\n got %s\nwant %s", got, want)
	}
}

func TestBlocksKnowTheirPlace(t *testing.T) {
	t.Parallel()
	lines := strings.Split(sample, "\n")
	for _, b := range block.Parse(sample) {
		source := lines[b.Line-1]
		first, _, _ := strings.Cut(b.Text, " ")
		switch b.Kind {
		case block.Code, block.Figure:
			if !strings.HasPrefix(source, "```") {
				t.Errorf("%s at line %d: %q", b.Kind, b.Line, source)
			}
		case block.Alert, block.Table: // the label's or the header's line
		default:
			if !strings.Contains(source, first) {
				t.Errorf("%s %q is said to be in line %d: %q", b.Kind, b.Text, b.Line, source)
			}
		}
	}
}

// TestNoLineIsWiderThanTheWindow holds at every width, in every mode, for the
// course's own texts too.
func TestNoLineIsWiderThanTheWindow(t *testing.T) {
	t.Parallel()
	for name, text := range texts(t) {
		for width := 12; width <= 120; width += 3 {
			for _, o := range []markdown.Options{{}, {NoColor: true}, {ASCII: true}} {
				o.Width = width
				doc := render(t, text, o)
				for _, l := range doc.Lines {
					if w := ansi.StringWidth(l.Styled); w > width {
						t.Fatalf("%s at %d: %d columns: %q", name, width, w, l.Plain)
					}
				}
			}
		}
	}
}

// TestKinsoku: no line begins with a closing mark or ends with an opening one,
// in any width that has room for two characters and a mark.
func TestKinsoku(t *testing.T) {
	t.Parallel()
	const closing, opening = "，。、；：？！）】》」』”", "（【《「『"
	for name, text := range texts(t) {
		for width := 20; width <= 120; width++ {
			doc := render(t, text, markdown.Options{Width: width, NoColor: true})
			for i, l := range doc.Lines {
				if l.Block >= 0 && (doc.Blocks[l.Block].Kind == block.Figure || doc.Blocks[l.Block].Kind == block.Table) {
					continue
				}
				plain := strings.TrimSpace(strings.TrimPrefix(l.Plain, "┃"))
				first, _ := utf8.DecodeRuneInString(plain)
				last, _ := utf8.DecodeLastRuneInString(plain)
				if plain != "" && (strings.ContainsRune(closing, first) || strings.ContainsRune(opening, last)) {
					t.Fatalf("%s at %d, line %d: %q", name, width, i, l.Plain)
				}
			}
		}
	}
}

// TestNothingIsLost: the words of every paragraph stand on the screen, in order.
func TestNothingIsLost(t *testing.T) {
	t.Parallel()
	squeeze := func(s string) string {
		return strings.NewReplacer(" ", "", "\n", "", "`", "", "┃", "").Replace(s)
	}
	for name, text := range texts(t) {
		for _, width := range []int{20, 38, 80} {
			doc := render(t, text, markdown.Options{Width: width, NoColor: true})
			for i, b := range doc.Blocks {
				if b.Kind == block.Code || b.Kind == block.Figure || b.Kind == block.Table {
					continue
				}
				var screen strings.Builder
				for _, l := range doc.Lines[b.First : b.First+b.Count] {
					screen.WriteString(l.Plain)
				}
				if got, want := squeeze(screen.String()), squeeze(b.Text); !strings.Contains(got, want) {
					t.Errorf("%s at %d, block %d\n got %s\nwant %s", name, width, i, got, want)
				}
			}
		}
	}
}

func TestEveryLineHasItsBlock(t *testing.T) {
	t.Parallel()
	for name, text := range texts(t) {
		doc := render(t, text, markdown.Options{Width: 40})
		for i, b := range doc.Blocks {
			for at := b.First; at < b.First+b.Count; at++ {
				if doc.Lines[at].Block != i {
					t.Errorf("%s: line %d belongs to block %d, not %d", name, at, doc.Lines[at].Block, i)
				}
			}
		}
		if parsed := block.Parse(text); len(parsed) != len(doc.Blocks) {
			t.Errorf("%s: %d blocks parsed, %d drawn", name, len(parsed), len(doc.Blocks))
		}
	}
}

// TestSpansAreWhatTheLinesShow: a span's text stands on its line, in its column,
// at every width, wherever code is scrolled to.
func TestSpansAreWhatTheLinesShow(t *testing.T) {
	t.Parallel()
	for name, text := range texts(t) {
		for width := 12; width <= 120; width += 9 {
			for _, o := range []markdown.Options{{}, {NoColor: true}, {Shift: 7, ASCII: true}} {
				o.Width = width
				doc := render(t, text, o)
				for _, l := range doc.Lines {
					for _, s := range l.Spans {
						want := doc.Blocks[l.Block].Said[s.From:s.To]
						got := ansi.Cut(l.Plain, s.Column, s.Column+ansi.StringWidth(want))
						if strings.TrimRight(got, " ") != strings.TrimRight(want, " ") {
							t.Fatalf("%s at %d: column %d of %q has %q, not %q", name, width, s.Column, l.Plain, got, want)
						}
					}
				}
			}
		}
	}
}

// TestSaidIsTheText: what is drawn of a block is what it says, so that a search
// in the one finds the same as in the other.
func TestSaidIsTheText(t *testing.T) {
	t.Parallel()
	squeeze := func(s string) string { return strings.Join(strings.Fields(strings.ReplaceAll(s, "`", "")), " ") }
	files, err := filepath.Glob("../../lessons/*/*/*.md")
	if err != nil || len(files) == 0 {
		t.Fatalf("no lessons: %v", err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range []markdown.Options{{Width: 60}, {Width: 30, NoColor: true}} {
			for i, b := range render(t, string(text), o).Blocks {
				if got, want := squeeze(b.Said), squeeze(b.Text); got != want {
					t.Errorf("%s, block %d\n draws %q\n says  %q", name, i, got, want)
				}
			}
		}
	}
}

func TestLinks(t *testing.T) {
	t.Parallel()
	const text = "See [the `docs`\npage](https://k8s.io/docs?a=1), [roles](lesson:rbac-model) or <https://k8s.io>."
	doc := render(t, text, markdown.Options{Width: 80, Palette: markdown.Palette{Link: "4", Code: "5"}})
	if got, want := doc.Lines[0].Plain, "See the docs page, roles or https://k8s.io."; got != want {
		t.Errorf("drawn %q, want %q", got, want)
	}
	if s := doc.Lines[0].Styled; !strings.Contains(s, "https://k8s.io/docs?a=1\x07") || strings.Contains(s, "lesson:") {
		t.Errorf("styled %q", s)
	}
	plain := render(t, text, markdown.Options{Width: 200, Plain: true})
	if got := plain.Lines[0].Plain; !strings.Contains(got, "page https://k8s.io/docs?a=1, roles lesson:rbac-model") {
		t.Errorf("plain %q", got)
	}
	b := doc.Blocks[0]
	var links []string
	for _, l := range b.Links {
		links = append(links, b.Text[l.From:l.To]+"="+l.Target)
	}
	if got, want := strings.Join(links, " | "), "the docs page=https://k8s.io/docs?a=1 | roles=lesson:rbac-model | https://k8s.io=https://k8s.io"; got != want {
		t.Errorf("links %q, want %q", got, want)
	}
}

func TestLinksAndCodeAreWhereTheTextHasThem(t *testing.T) {
	t.Parallel()
	const text = "> [!NOTE]\n> 见\n> [存储\n> 类](lesson:x)，\n> 执行 `kubectl get\n> pv`。"
	b := block.Parse(text)[0]
	if got, want := b.Text, "见存储类，执行 kubectl get pv。"; got != want {
		t.Fatalf("text %q, want %q", got, want)
	}
	if l := b.Links[0]; b.Text[l.From:l.To] != "存储类" {
		t.Errorf("link %q", b.Text[l.From:l.To])
	}
	if c := b.Code[0]; b.Text[c[0]:c[1]] != "kubectl get pv" {
		t.Errorf("code %q", b.Text[c[0]:c[1]])
	}
}

func TestSoftBreaksBetweenChineseVanish(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"说明要多大、\n怎样共享 a\nb。\n":          "说明要多大、怎样共享 a b。",
		"各运行一个。\n`node3` 封锁了\n（cordon）": "各运行一个。`node3` 封锁了（cordon）",
		"运行\n`node3`\n吧":                "运行 `node3` 吧",
		"it says “yes”\nto all":         "it says “yes” to all",
	} {
		doc := render(t, text, markdown.Options{Width: 80, NoColor: true})
		if got := doc.Lines[0].Plain; got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestPlainHasNoEscapes(t *testing.T) {
	t.Parallel()
	for name, text := range texts(t) {
		doc := render(t, text, markdown.Options{Width: 60, Plain: true})
		for _, l := range doc.Lines {
			if strings.ContainsRune(l.Styled, 0x1b) {
				t.Fatalf("%s: %q", name, l.Styled)
			}
		}
	}
}

func TestStylesDoNotLeak(t *testing.T) {
	t.Parallel()
	text := "**" + strings.Repeat("bold words ", 20) + "end** plain [a link over](https://example.com/x) several lines"
	for _, l := range render(t, text, markdown.Options{Width: 30, Palette: markdown.Palette{Strong: "#ff0000"}}).Lines {
		if strings.Contains(l.Styled, "\x1b[") && !strings.HasSuffix(l.Styled, "\x1b[m") && !strings.HasSuffix(l.Styled, "\x1b[0m") {
			last := strings.LastIndex(l.Styled, "\x1b[")
			if tail := l.Styled[last:]; !strings.HasPrefix(tail, "\x1b[m") && !strings.HasPrefix(tail, "\x1b[0m") {
				t.Errorf("open at the end: %q", l.Styled)
			}
		}
	}
}

func TestCodeIsHighlighted(t *testing.T) {
	t.Parallel()
	code := "```yaml\nkind: Pod # a comment\n\nspec: {a: 1}\n```\n"
	doc := render(t, code, markdown.Options{Width: 40, Palette: markdown.Palette{Chroma: "github"}})
	if got, want := len(doc.Lines), 3; got != want {
		t.Fatalf("%d lines, want %d", got, want)
	}
	if l := doc.Lines[0]; l.Plain != "  kind: Pod # a comment" || l.Styled == l.Plain {
		t.Errorf("styled %q, plain %q", l.Styled, l.Plain)
	}
}

func TestCodeIsCutNotWrapped(t *testing.T) {
	t.Parallel()
	code := "```\n" + strings.Repeat("0123456789", 10) + "\n```\n"
	doc := render(t, code, markdown.Options{Width: 40, NoColor: true})
	if len(doc.Lines) != 1 || !doc.Lines[0].Cut || !strings.HasSuffix(doc.Lines[0].Plain, "›") {
		t.Fatalf("lines: %+v", doc.Lines)
	}
	if got := len(doc.Blocks[0].Text); got != 101 {
		t.Errorf("copied whole it has %d bytes", got)
	}
	shifted := render(t, code, markdown.Options{Width: 40, NoColor: true, Shift: 70})
	if got, want := shifted.Lines[0].Plain, "  "+strings.Repeat("0123456789", 3); got != want || shifted.Lines[0].Cut {
		t.Errorf("shifted: %q, cut %v", got, shifted.Lines[0].Cut)
	}
}

func FuzzRender(f *testing.F) {
	f.Add(sample, 40)
	f.Add("**持久卷申领**（PersistentVolumeClaim，PVC）：由应用的负责人写下", 12)
	f.Add("> [!NOTE]\n> \x1b[31mred", 20)
	f.Fuzz(func(t *testing.T, text string, width int) {
		if len(text) > 4096 || !utf8.ValidString(text) {
			t.Skip()
		}
		if _, err := markdown.Render(text, markdown.Options{Width: width%200 + 10}); err != nil {
			t.Fatal(err)
		}
	})
}

// BenchmarkRender draws a page of the course in Chinese, in colour.
func BenchmarkRender(b *testing.B) {
	text := texts(b)["zh.md"]
	o := markdown.Options{Width: 80, Palette: markdown.Palette{Strong: "#ff0000", Code: "#00ff00", Chroma: "github"}}
	for b.Loop() {
		if _, err := markdown.Render(text, o); err != nil {
			b.Fatal(err)
		}
	}
}

func render(t testing.TB, text string, o markdown.Options) markdown.Document {
	t.Helper()
	doc, err := markdown.Render(text, o)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// texts are the sample and two lessons of the course.
func texts(t testing.TB) map[string]string {
	t.Helper()
	all := map[string]string{"sample": sample}
	for _, name := range []string{"en.md", "zh.md"} {
		data, err := os.ReadFile("../../lessons/storage/pv-pvc-matching/" + name)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = string(data)
	}
	return all
}
