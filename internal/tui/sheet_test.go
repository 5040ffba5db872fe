package tui

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// plainText is a text that is edited in the plainest way, to compare with.
type plainText struct {
	text string
	at   int
}

func (p *plainText) insert(s string) {
	p.text = p.text[:p.at] + s + p.text[p.at:]
	p.at += len(s)
}

func (p *plainText) backspace() {
	if p.at > 0 {
		_, n := utf8.DecodeLastRuneInString(p.text[:p.at])
		p.text, p.at = p.text[:p.at-n]+p.text[p.at:], p.at-n
	}
}

// offset is where the cursor of a sheet is in its text.
func offset(s *sheet) int { return lengths(s.lines[:s.row]) + s.col }

// Whatever is typed, deleted and taken back, a sheet holds what the plainest editor
// would, knows its size, and undo leads back to the beginning.
func TestSheetIsAnEditor(t *testing.T) {
	t.Parallel()
	words := []string{"a", " ", "\n", "kind: Pod", "数据", "卷", "\n\n", "é", "\t", "x\ny\nz"}
	for seed := range uint64(60) {
		random := rand.New(rand.NewPCG(seed, 2))
		begin := strings.Repeat("行 one\n", random.IntN(5))
		s, p := newSheet(begin), &plainText{text: begin}
		for range 150 {
			switch random.IntN(8) {
			case 0, 1, 2:
				word := words[random.IntN(len(words))]
				s.insert(word)
				p.insert(word)
			case 3:
				s.backspace()
				p.backspace()
			case 4:
				s.back()
			case 5:
				s.forward()
			case 6:
				s.vertical(random.IntN(5) - 2)
			case 7:
				before := offset(s)
				if s.deleteNext(); before < len(p.text) {
					_, n := utf8.DecodeRuneInString(p.text[before:])
					p.text = p.text[:before] + p.text[before+n:]
				}
			}
			p.at = offset(s)
			if s.text() != p.text || s.size != len(p.text) || !utf8.ValidString(s.before()) {
				t.Fatalf("seed %d: %q of size %d, cursor %d:%d; want %q", seed, s.text(), s.size, s.row, s.col, p.text)
			}
		}
		for s.undo() {
			if s.row >= len(s.lines) || s.col > len(s.line()) {
				t.Fatalf("seed %d: the cursor is at %d:%d of %q", seed, s.row, s.col, s.text())
			}
		}
		if s.text() != begin || s.size != len(begin) || s.dirty() {
			t.Errorf("seed %d: taken back it is %q, was %q", seed, s.text(), begin)
		}
	}
}

func TestSheetKeepsTheCellAndMovesByCharacters(t *testing.T) {
	t.Parallel()
	s := newSheet("abcdef\n数据\nabcdef\n👩‍👩‍👧x")
	s.moveTo(0, 5)
	s.vertical(1)
	s.vertical(1)
	if s.row != 2 || s.col != 5 {
		t.Errorf("the cursor is at %d:%d", s.row, s.col)
	}
	s.moveTo(3, 0)
	s.forward()
	if s.before() != "👩‍👩‍👧" {
		t.Errorf("one step goes over %q", s.before())
	}
	s.backspace()
	if s.line() != "x" {
		t.Errorf("left: %q", s.line())
	}
	s.undo()
	s.moveTo(3, len(s.line()))
	s.insert("y")
	s.insert("z")
	if s.undo(); !strings.HasSuffix(s.line(), "👧x") {
		t.Errorf("letters are taken back one by one: %q", s.line())
	}
}

func TestSheetLeavesBytesAlone(t *testing.T) {
	t.Parallel()
	text := "a\tb\r\n\xff\x1b[31m\u202e\nlast"
	s := newSheet(text)
	s.moveTo(2, 4)
	s.insert("!")
	if s.text() != text+"!" {
		t.Errorf("got %q", s.text())
	}
	for _, l := range s.lines {
		if d := displayed(l); strings.ContainsAny(d, "\x1b\t\r\u202e") || !utf8.ValidString(d) {
			t.Errorf("%q is drawn as %q", l, d)
		}
	}
}

func TestCutLeft(t *testing.T) {
	t.Parallel()
	tests := []struct {
		line    string
		left, w int
		want    string
	}{
		{"abcdef", 0, 3, "abc"}, {"abcdef", 2, 3, "cde"}, {"abc", 5, 3, ""}, {"数据卷", 1, 4, " 据"}, {"数据卷", 2, 4, "据卷"}, {"a数据", 2, 9, " 据"}, {"", 4, 2, ""},
	}
	for _, tt := range tests {
		if got := cutLeft(tt.line, tt.left, tt.w); got != tt.want {
			t.Errorf("%q from %d, %d wide: %q, want %q", tt.line, tt.left, tt.w, got, tt.want)
		}
	}
}

// A key in a long text costs what is on the screen, not what is in the text.
func BenchmarkEditor(b *testing.B) {
	for name, lines := range map[string]int{"100 lines": 100, "20000 lines": 20000} {
		b.Run(name, func(b *testing.B) {
			c, err := newCommon(b.Context(), Options{Guest: true})
			if err != nil {
				b.Fatal(err)
			}
			text := strings.Join(slices.Repeat([]string{"  - name: 数据 of a deployment"}, lines), "\n")
			p := newEditorPage(c, editRequest{content: []byte(text)})
			p.SetSize(80, 20)
			for b.Loop() {
				p.insert("x")
				_, _ = p.View(), p.Cursor()
				p.sheet.backspace()
			}
		})
	}
}

func TestATextThatIsTooBigIsNotEdited(t *testing.T) {
	t.Parallel()
	m, err := newModel(t.Context(), Options{Guest: true})
	if err != nil {
		t.Fatal(err)
	}
	msg := m.openEditor(editRequest{id: 7, content: make([]byte, maxEdit+1)})().(editedMsg)
	if !msg.aborted || msg.id != 7 || msg.err == nil {
		t.Errorf("got %+v", msg)
	}
	p := newEditorPage(m.c, editRequest{content: make([]byte, maxEdit)})
	if p.insert("x"); p.changed() {
		t.Error("it grows beyond its limit")
	}
}
