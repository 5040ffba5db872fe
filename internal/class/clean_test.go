package class_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"

	"kubetutor/internal/class"
)

func TestClean(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, want string }{
		{"text", "hello,  world\n", "hello, world"},
		{"both languages", "声明 PVC：第 3 步", "声明 PVC：第 3 步"},
		{"a colour", "\x1b[31mred\x1b[0m", "[31mred[0m"},
		{"a title", "\x1b]0;owned\aok", "]0;ownedok"},
		{"C1 controls", "a\u009b31mb\u0090c", "a31mbc"},
		{"raw C1 bytes", "a\x9b31mb", "a\uFFFD31mb"},
		{"overrides", "a\u202eb\u2066c\u200fd\u061ce", "abcde"},
		{"invisible", "a\u200bb\ufeffc\u00add\u2060e\U000E0041f", "abcdef"},
		{"hangul filler", "a\u3164b\u115fc", "abc"},
		{"line separators", "a\u2028b\u2029c\u0085d", "a b c d"},
		{"a family", "👩‍👩‍👧‍👦 ❤️", "👩‍👩‍👧‍👦 ❤️"},
		{"half of a character", "a\xe5\xa3", "a\uFFFD\uFFFD"},
		{"private use", "a\ue000b", "ab"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := class.Clean(c.in, 100); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
	if got := class.Clean(strings.Repeat("声", 10), 4); got != "声声声声" {
		t.Errorf("cut to %q", got)
	}
	if got := class.Clean("a"+strings.Repeat("\u0301", 100_000), 4); len(got) > 40 {
		t.Errorf("%d bytes of accents", len(got))
	}
	if got := class.CleanLines("a\tb\r\n  c\x1b[2J\rd\n\n", 100); got != "a    b\n  c[2J\nd" {
		t.Errorf("lines: %q", got)
	}
}

// harmful finds what no terminal should be sent.
func harmful(text string, allowed string) string {
	if !utf8.ValidString(text) {
		return "invalid UTF-8"
	}
	for _, r := range text {
		if !strings.ContainsRune(allowed, r) && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
			return string(r)
		}
	}
	return ""
}

func FuzzClean(f *testing.F) {
	for _, seed := range []string{"", "a b", "\x1b[31m声\xff", "👩‍👩‍👧‍👦\u202e", "e\u0301\u0301\u0301"} {
		f.Add(seed, 5)
	}
	f.Fuzz(func(t *testing.T, text string, max int) {
		if max < 0 || max > 1000 {
			return
		}
		got := class.Clean(text, max)
		if bad := harmful(got, ""); bad != "" {
			t.Errorf("%q has %q", got, bad)
		}
		if uniseg.GraphemeClusterCount(got) > max {
			t.Errorf("%q is longer than %d", got, max)
		}
		lines := class.CleanLines(text, max)
		if bad := harmful(lines, "\n"); bad != "" || uniseg.GraphemeClusterCount(lines) > max {
			t.Errorf("%q has %q", lines, bad)
		}
	})
}

func TestName(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"  Ann   Lee ": "Ann Lee", "O’Brien": "O'Brien", "王小明": "王小明", "José": "José", "Jose\u0301": "José",
		"J. R. Lee": "J. R. Lee", "Anna-Maria": "Anna-Maria", "a_b.c": "a_b.c", "สมชาย": "สมชาย", "たなか 太郎": "たなか 太郎",
		"Иван": "Иван", "Աննա": "Աննա", "Anna สม": "Anna สม", "7of9": "7of9", "Sam Jr.": "Sam Jr.", strings.Repeat("王", 20): strings.Repeat("王", 20),
	} {
		if got, err := class.Name(in); err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{
		"", " ", ".", "-", "=1+1", "@me", "a/b", "../x", "a\\b", "a\x1b[31m", "a\u202eb", "a\u200bb", "\u3164", "a\u3164b", "Іvan",
		"\ua4eenna", "Ann\u13aa", "\u1513nna", "\u0585scar",
		strings.Repeat("王", 21), strings.Repeat("a", 41), "a" + strings.Repeat("\u0301", 5), "\u0301a", "a\nb\x00", "😀", "a;b", "a\xff", "<b>", "$HOME",
	} {
		if got, err := class.Name(in); !errors.Is(err, class.ErrName) {
			t.Errorf("%q is the name %q, %v", in, got, err)
		}
	}
}

func TestNamesThatLookAlike(t *testing.T) {
	t.Parallel()
	for _, same := range [][]string{
		{"Ann Lee", "ann lee", "ANN LEE", "Ａｎｎ Ｌｅｅ", "Ann-Lee", "Ann_Lee", "Ann.Lee"},
		{"Straße", "STRASSE"}, {"ﬁn", "fin"}, {"José", "Jose\u0301", "JOSÉ"}, {"王１", "王1"}, {"ｶﾅ", "カナ"},
	} {
		for _, name := range same[1:] {
			if class.NameKey(name) != class.NameKey(same[0]) {
				t.Errorf("%q and %q are two", same[0], name)
			}
		}
	}
	for _, pair := range [][2]string{{"Ann Lee", "Annlee"}, {"王", "玉"}, {"Ann", "Anne"}} {
		if class.NameKey(pair[0]) == class.NameKey(pair[1]) {
			t.Errorf("%q and %q are one", pair[0], pair[1])
		}
	}
}

func FuzzName(f *testing.F) {
	for _, seed := range []string{"Ann", "ａ １", "王", "a\u0301", "ǅ", "ΐ", "İ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		name, err := class.Name(typed)
		if err != nil {
			return
		}
		if again, err := class.Name(name); err != nil || again != name {
			t.Errorf("%q is the name %q, and that %q, %v", typed, name, again, err)
		}
		if cells := uniseg.StringWidth(name); cells < 1 || cells > 40 || harmful(name, "") != "" {
			t.Errorf("%q takes %d cells", name, cells)
		}
		key := class.NameKey(name)
		if key == "" || class.NameKey(key) != key {
			t.Errorf("%q has the key %q, and that %q", name, key, class.NameKey(key))
		}
	})
}

func TestCleanScreen(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, want string }{
		{"text", "one\ntwo", "one\ntwo"},
		{"attributes", "\x1b[1;38;2;1;2;3mx\x1b[0m y", "\x1b[1;38;2;1;2;3mx\x1b[0m y\x1b[m"},
		{"colons", "\x1b[4:3mx", "\x1b[4:3mx\x1b[m"},
		{"moves", "\x1b[2J\x1b[10;10Hx\x1b[?25l", "x"},
		{"private attributes", "\x1b[>4mx\x1b[?1m", "x"},
		{"titles and links", "\x1b]0;t\ax\x1b]8;;http://a\x1b\\y\x1b]8;;\x1b\\", "xy"},
		{"a string that another sequence ends", "\x1b]0;t\x1b[31mx", "\x1b[31mx\x1b[m"},
		{"a string without an end", "x\x1bPabc", "x"},
		{"the clipboard", "\x1b]52;c;aGk=\a", ""},
		{"character sets", "\x1b(0x\x1b)B", "x"},
		{"broken off", "x\x1b", "x"},
		{"broken off later", "x\x1b[31", "x"},
		{"twice", "\x1b\x1b[31mx", "\x1b[31mx\x1b[m"},
		{"C1", "a\u009b2Jb", "a2Jb"},
		{"ends of lines", "a\r\nb", "a\nb"},
		{"too wide", "0123456789abc", "0123456789"},
		{"a wide character over the edge", "012345678王x", "012345678"},
		{"attributes behind the edge", "0123456789\x1b[mabc", "0123456789\x1b[m"},
		{"too high", "1\n2\n3\n4", "1\n2\n3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := class.CleanScreen(class.Screen{Columns: 10, Rows: 3, Content: c.in}).Content; got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func FuzzCleanScreen(f *testing.F) {
	for _, seed := range []string{"a\nb", "\x1b[31mx\x1b[0m", "\x1b]0;t\x1b\\", "\x1b[38;5;1", "\x1b(\x1b[m王\n", "\x9b31m"} {
		f.Add(seed, 10, 3)
	}
	sgr := regexp.MustCompile("\x1b\\[[0-9;:]*m")
	f.Fuzz(func(t *testing.T, content string, columns, rows int) {
		s := class.CleanScreen(class.Screen{Columns: columns, Rows: rows, Content: content, Caption: content})
		plain := sgr.ReplaceAllString(s.Content, "")
		if bad := harmful(plain, "\n") + harmful(s.Caption, ""); bad != "" {
			t.Errorf("%q has %q", s.Content, bad)
		}
		lines := strings.Split(plain, "\n")
		if len(lines) > s.Rows || s.Rows > 200 || s.Columns > 500 {
			t.Errorf("%d of %d rows", len(lines), s.Rows)
		}
		for _, line := range lines {
			if uniseg.StringWidth(line) > s.Columns {
				t.Errorf("%q is wider than %d", line, s.Columns)
			}
		}
		if again := class.CleanScreen(s); again != s {
			t.Errorf("%q is cleaned to %q", s.Content, again.Content)
		}
	})
}

func TestReadRoster(t *testing.T) {
	t.Parallel()
	lee, wang := class.Entry{Name: "Ann Lee", Note: "row 2, left"}, class.Entry{Name: "王小明", Note: "row 1"}
	for name, text := range map[string]string{
		"commas":          "Ann Lee,row 2,left\n王小明,row 1\n",
		"semicolons":      "Ann Lee;row 2;left\r\n王小明;row 1;\r\n",
		"tabs":            "Ann Lee\trow 2\tleft\n王小明\trow 1\n",
		"a mark":          "\ufeffAnn Lee,row 2,left\n王小明,row 1\n",
		"a header":        "Seat,Name,Side\nrow 2,Ann Lee,left\nrow 1,王小明,\n",
		"another header":  "姓名,座位\nAnn Lee,\"row 2, left\"\n王小明,row 1\n",
		"quotes":          "\"Ann Lee\",\"row 2, left\"\n\"王小明\",\"row 1\"\n",
		"empty lines":     "\nAnn Lee,row 2,left\n,,\n\n王小明,row 1\n",
		"no last newline": "Ann  Lee ,row 2,left\n王小明, row 1",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := class.ReadRoster(strings.NewReader(text))
			if err != nil || len(got) != 2 || got[0] != lee || got[1] != wang {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
	for text, want := range map[string]string{
		"":                                 "no name",
		"Name\n":                           "no name",
		"Ann\nBob\nann\n":                  `line 3: "ann" stands in line 1 already`,
		"Ann\n\n=cmd|x\n":                  "line 3",
		"Ann\n,only a note\n":              "line 2",
		"Ann,\"open\nBob\n":                "line",
		"Ann\xff\n":                        "UTF-8",
		strings.Repeat("x,", 1<<20):        "larger",
		"Ann,\x1b[31mnote\n\x1b]0;t\a,b\n": "line 2",
	} {
		_, err := class.ReadRoster(strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), want) || harmful(err.Error(), "") != "" {
			t.Errorf("%.40q: %v, want %q", text, err, want)
		}
	}
	got, err := class.ReadRoster(strings.NewReader("Ann,\x1b[31mnote\u202e\n"))
	if err != nil || got[0].Note != "[31mnote" {
		t.Errorf("%+v, %v", got, err)
	}
}

func FuzzReadRoster(f *testing.F) {
	for _, seed := range []string{"name;note\nAnn;x\n", "\ufeffAnn,\"a\nb\"\n", "a\tb\n\"", "姓名\n王\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, err := class.ReadRoster(strings.NewReader(text))
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, e := range list {
			if name, err := class.Name(e.Name); err != nil || name != e.Name || seen[class.NameKey(name)] || harmful(e.Note, "") != "" {
				t.Errorf("%+v, %v", e, err)
			}
			seen[class.NameKey(e.Name)] = true
		}
	})
}
