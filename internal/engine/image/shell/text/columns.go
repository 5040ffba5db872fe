package text

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"kubetutor/internal/engine/image/shell/tool"
)

// span is a range of columns from 1 on, both ends included.
type span struct{ from, to int }

// spans reads a list such as "1,3-5,7-".
func spans(c *tool.Call, list string) (all []span) {
	for item := range strings.SplitSeq(list, ",") {
		from, to, isRange := strings.Cut(item, "-")
		s := span{1, math.MaxInt}
		var err error
		if from != "" {
			s.from, err = strconv.Atoi(from)
		}
		switch {
		case !isRange:
			s.to = s.from
		case to != "" && err == nil:
			s.to, err = strconv.Atoi(to)
		}
		if err != nil || s.from < 1 || s.to < s.from || item == "" || item == "-" {
			c.Fatalf("invalid range %s", list)
		}
		all = append(all, s)
	}
	return all
}

func picked(all []span, n int) bool {
	for _, s := range all {
		if n >= s.from && n <= s.to {
			return true
		}
	}
	return false
}

func cut(c *tool.Call) int {
	kind := c.Last("b", "c", "f", "F")
	if kind == "" {
		c.Fatalf("expected a list of bytes, characters, or fields")
	}
	k := cutter{Call: c, spans: spans(c, c.Value(kind, "")), delimiter: c.Value("d", "\t")}
	if utf8.RuneCountInString(k.delimiter) > 1 {
		c.Fatalf("the delimiter must be a single character")
	}
	k.output = c.Value("O", k.delimiter)
	do := map[string]func([]byte) bool{"b": k.bytes, "c": k.characters, "f": k.fields, "F": k.fields}[kind]
	c.Each(c.Args, func(in *tool.Input) error { return c.Lines(in, do) })
	return 0
}

type cutter struct {
	*tool.Call
	spans             []span
	delimiter, output string
}

func (k cutter) bytes(text []byte) bool {
	var out []byte
	for i, b := range text {
		if picked(k.spans, i+1) {
			out = append(out, b)
		}
	}
	line(k.Call, string(out))
	return true
}

func (k cutter) characters(text []byte) bool {
	var out strings.Builder
	n := 0
	for _, r := range string(text) {
		if n++; picked(k.spans, n) {
			out.WriteRune(r)
		}
	}
	line(k.Call, out.String())
	return true
}

func (k cutter) fields(text []byte) bool {
	if !bytes.Contains(text, []byte(k.delimiter)) {
		if !k.Has("s") {
			line(k.Call, string(text))
		}
		return true
	}
	var out []string
	for i, field := range strings.Split(string(text), k.delimiter) {
		if picked(k.spans, i+1) {
			out = append(out, field)
		}
	}
	line(k.Call, strings.Join(out, k.output))
	return true
}

// counts are what wc counts.
type counts struct{ lines, words, chars, bytes, longest int }

func wc(c *tool.Call) int {
	var total counts
	files := 0
	c.Each(c.Args, func(in *tool.Input) error {
		n, err := count(in)
		name := in.Name
		if len(c.Args) == 0 {
			name = ""
		}
		showCounts(c, n, name)
		total.add(n)
		files++
		return err
	})
	if files > 1 || len(c.Args) > 1 {
		showCounts(c, total, "total")
	}
	return 0
}

func (n *counts) add(m counts) {
	n.lines += m.lines
	n.words += m.words
	n.chars += m.chars
	n.bytes += m.bytes
	n.longest = max(n.longest, m.longest)
}

func count(in *tool.Input) (n counts, err error) {
	part := make([]byte, 32<<10)
	inWord, width := false, 0
	for {
		k, err := in.Read(part)
		n.bytes += k
		for _, b := range part[:k] {
			if utf8.RuneStart(b) {
				n.chars++
				width++
			}
			space := b == ' ' || b >= '\t' && b <= '\r'
			if !space && !inWord {
				n.words++
			}
			inWord = !space
			if b == '\n' {
				n.lines++
				n.longest = max(n.longest, width-1)
				width = 0
			}
		}
		if err != nil {
			n.longest = max(n.longest, width)
			return n, ended(err)
		}
	}
}

func showCounts(c *tool.Call, n counts, name string) {
	var fields []int
	for _, f := range []struct {
		flag  string
		value int
	}{{"l", n.lines}, {"w", n.words}, {"m", n.chars}, {"c", n.bytes}, {"L", n.longest}} {
		if c.Has(f.flag) {
			fields = append(fields, f.value)
		}
	}
	if len(fields) == 0 {
		fields = []int{n.lines, n.words, n.bytes}
	}
	form := "%9d"
	if len(fields) == 1 {
		form = "%d"
	}
	var parts []string
	for _, f := range fields {
		parts = append(parts, fmt.Sprintf(form, f))
	}
	text := strings.Join(parts, " ")
	if name != "" {
		text += " " + name
	}
	line(c, text)
}

func tr(c *tool.Call) int {
	if len(c.Args) == 0 || len(c.Args) > 2 {
		c.UsageExit()
	}
	from := set(c.Args[0])
	to := []rune(nil)
	if len(c.Args) == 2 {
		to = set(c.Args[1])
	}
	complement := c.Has("c") || c.Has("C")
	inFrom := map[rune]int{}
	for i, r := range from {
		if _, twice := inFrom[r]; !twice || len(to) > 0 {
			inFrom[r] = i
		}
	}
	t := translator{c: c, from: inFrom, to: to, complement: complement, squeezed: map[rune]bool{}}
	if c.Has("s") {
		t.squeeze(from)
	}
	return t.run()
}

// translator is one call of tr.
type translator struct {
	c          *tool.Call
	from       map[rune]int
	to         []rune
	complement bool
	squeezed   map[rune]bool
	squeezeAll bool // all but what from holds
	last       rune
}

func (t *translator) squeeze(from []rune) {
	list := t.to
	if len(list) == 0 {
		list, t.squeezeAll = from, t.complement
	}
	for _, r := range list {
		t.squeezed[r] = true
	}
}

func (t *translator) run() int {
	t.last = -1
	in := t.c.Input()
	part, rest := make([]byte, 16<<10), []byte(nil)
	for {
		n, err := in.Read(part)
		rest = append(rest, part[:n]...)
		rest = t.text(rest, err != nil)
		if err != nil {
			return 0
		}
	}
}

// text handles bytes and returns those of an incomplete character.
func (t *translator) text(b []byte, all bool) []byte {
	for len(b) > 0 {
		if !all && !utf8.FullRune(b) {
			return b
		}
		r, size := utf8.DecodeRune(b)
		if r == utf8.RuneError && size == 1 {
			r = rune(b[0]) | rawByte
		}
		t.one(r, b[:size])
		b = b[size:]
	}
	return nil
}

// rawByte marks a byte that is no character.
const rawByte = 1 << 24

func (t *translator) one(r rune, raw []byte) {
	i, in := t.from[r]
	if t.complement {
		i, in = len(t.to)-1, !in
	}
	switch {
	case in && t.c.Has("d"):
		return
	case in && len(t.to) > 0:
		r = t.to[min(i, len(t.to)-1)]
		raw = []byte(string(r))
	}
	if t.c.Has("s") && r == t.last && t.squeezed[r] != t.squeezeAll {
		return
	}
	t.last = r
	_, _ = t.c.Out.Write(raw)
}

// set expands ranges, classes and escapes.
func set(text string) (out []rune) {
	runes := []rune(text)
	for i := 0; i < len(runes); i++ {
		rest := string(runes[i:])
		if name, n := class(rest); n > 0 {
			out = append(out, members(name)...)
			i += n - 1
			continue
		}
		r, n := setRune(runes[i:])
		i += n - 1
		if i+2 < len(runes) && runes[i+1] == '-' {
			end, m := setRune(runes[i+2:])
			for ; r <= end && len(out) < 1<<16; r++ {
				out = append(out, r)
			}
			i += 1 + m
			continue
		}
		out = append(out, r)
	}
	return out
}

func class(text string) (name string, n int) {
	if !strings.HasPrefix(text, "[:") {
		return "", 0
	}
	if end := strings.Index(text, ":]"); end > 2 {
		return text[2:end], end + 2
	}
	return "", 0
}

func members(class string) (out []rune) {
	in := map[string]func(rune) bool{
		"alpha": unicode.IsLetter, "digit": unicode.IsDigit, "space": unicode.IsSpace, "upper": unicode.IsUpper, "lower": unicode.IsLower,
		"alnum": func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }, "punct": func(r rune) bool { return r > ' ' && r < 127 && !unicode.IsLetter(r) && !unicode.IsDigit(r) },
		"cntrl": unicode.IsControl, "blank": func(r rune) bool { return r == ' ' || r == '\t' }, "print": func(r rune) bool { return r >= ' ' && r < 127 },
		"graph": func(r rune) bool { return r > ' ' && r < 127 }, "xdigit": func(r rune) bool { return strings.ContainsRune("0123456789abcdefABCDEF", r) },
	}[class]
	if in == nil {
		return nil
	}
	for r := rune(0); r < 128; r++ {
		if in(r) {
			out = append(out, r)
		}
	}
	return out
}

// setRune is a character, or an escape, and how many characters it takes.
func setRune(runes []rune) (rune, int) {
	if runes[0] != '\\' || len(runes) == 1 {
		return runes[0], 1
	}
	if i := strings.IndexRune(`abfnrtv\`, runes[1]); i >= 0 {
		return rune("\a\b\f\n\r\t\v\\"[i]), 2
	}
	n, value := 1, rune(0)
	for n < len(runes) && n < 4 && runes[n] >= '0' && runes[n] <= '7' {
		value = value*8 + runes[n] - '0'
		n++
	}
	if n > 1 {
		return value, n
	}
	return runes[1], 2
}
