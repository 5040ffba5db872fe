package markdown_test

import (
	"os"
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

func TestSoftBreaksBetweenChineseVanish(t *testing.T) {
	t.Parallel()
	doc := render(t, "说明要多大、\n怎样共享 a\nb。\n", markdown.Options{Width: 80, NoColor: true})
	if got, want := doc.Lines[0].Plain, "说明要多大、怎样共享 a b。"; got != want {
		t.Errorf("got %q, want %q", got, want)
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
