package text

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"kubetutor/internal/engine/image/shell/tool"
)

// sortKey is a "-k" of sort.
type sortKey struct {
	from, fromChar, to, toChar int // from 1 on; to 0 is the end of the line
	flags                      string
}

// sorter is one call of sort.
type sorter struct {
	*tool.Call
	keys      []sortKey
	flags     string // for keys without flags of their own
	separator string
}

func sortLines(c *tool.Call) int {
	s := &sorter{Call: c, separator: c.Value("t", "")}
	for _, flag := range []string{"b", "d", "f", "g", "h", "i", "M", "n", "r", "V"} {
		if c.Has(flag) {
			s.flags += flag
		}
	}
	for _, k := range c.Values("k") {
		s.keys = append(s.keys, s.key(k))
	}
	lines := s.read()
	compare := s.compare
	if c.Has("c") {
		return s.check(lines)
	}
	if c.Has("R") {
		rand.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	} else {
		slices.SortStableFunc(lines, compare)
	}
	if c.Has("u") {
		lines = slices.CompactFunc(lines, func(a, b string) bool { return s.byKeys(a, b) == 0 })
	}
	s.write(lines)
	return 0
}

func (s *sorter) read() (lines []string) {
	end := byte('\n')
	if s.Has("z") {
		end = 0
	}
	s.Each(s.Args, func(in *tool.Input) error {
		return s.Records(in, end, func(text []byte) bool {
			s.Hold(len(text) + 16)
			lines = append(lines, string(text))
			return true
		})
	})
	if s.Failed() > 0 {
		s.Exit(2)
	}
	s.Spend(len(lines) * 100)
	return lines
}

func (s *sorter) write(lines []string) {
	out := io.Writer(s.Out)
	if name := s.Value("o", ""); name != "" {
		f, err := s.Create(name, false)
		if err != nil {
			s.Errorf("can't open '%s': %s", name, tool.Reason(err))
			s.Exit(2)
		}
		defer f.Close()
		out = f
	}
	end := "\n"
	if s.Has("z") {
		end = "\x00"
	}
	var b bytes.Buffer
	for _, l := range lines {
		b.WriteString(l + end)
		if b.Len() > 32<<10 {
			_, _ = out.Write(b.Bytes())
			b.Reset()
		}
	}
	_, _ = out.Write(b.Bytes())
}

func (s *sorter) check(lines []string) int {
	for i := 1; i < len(lines); i++ {
		order := s.compare(lines[i-1], lines[i])
		if order > 0 || order == 0 && s.Has("u") {
			s.Out.Flush()
			fmt.Fprintf(s.Stderr(), "Check line %d\n", i)
			return 1
		}
	}
	return 0
}

// key reads "F[.C][OPTS][,F[.C][OPTS]]".
func (s *sorter) key(text string) sortKey {
	k := sortKey{fromChar: 1}
	from, to, has := strings.Cut(text, ",")
	k.from, k.fromChar = s.position(from, &k.flags)
	if k.fromChar == 0 {
		k.fromChar = 1
	}
	if has {
		k.to, k.toChar = s.position(to, &k.flags)
	}
	return k
}

func (s *sorter) position(text string, flags *string) (field, char int) {
	digits := strings.TrimRightFunc(text, unicode.IsLetter)
	*flags += text[len(digits):]
	f, c, _ := strings.Cut(digits, ".")
	field, err := strconv.Atoi(f)
	if err != nil || field < 1 {
		s.Errorf("bad field specification '%s'", text)
		s.Exit(2)
	}
	char, _ = strconv.Atoi(c)
	return field, char
}

// part is what a key takes of a line.
func (s *sorter) part(k sortKey, text string) string {
	start := s.fieldStart(text, k.from)
	if strings.Contains(k.flags+s.flags, "b") {
		for start < len(text) && (text[start] == ' ' || text[start] == '\t') {
			start++
		}
	}
	start = min(start+k.fromChar-1, len(text))
	end := len(text)
	if k.to > 0 {
		end = s.fieldEnd(text, k.to)
		if k.toChar > 0 {
			end = min(s.fieldStart(text, k.to)+k.toChar, len(text))
		}
	}
	return text[start:max(start, end)]
}

func (s *sorter) fieldStart(text string, n int) int {
	at := 0
	for range n - 1 {
		at = s.after(text, at)
		if s.separator != "" {
			at = min(at+len(s.separator), len(text))
		}
	}
	return at
}

// after is the end of the field that begins at a place.
func (s *sorter) after(text string, at int) int {
	if s.separator != "" {
		if i := strings.Index(text[at:], s.separator); i >= 0 {
			return at + i
		}
		return len(text)
	}
	for at < len(text) && (text[at] == ' ' || text[at] == '\t') {
		at++
	}
	for at < len(text) && text[at] != ' ' && text[at] != '\t' {
		at++
	}
	return at
}

func (s *sorter) fieldEnd(text string, n int) int { return s.after(text, s.fieldStart(text, n)) }

func (s *sorter) compare(a, b string) int {
	if order := s.byKeys(a, b); order != 0 || s.Has("s") || s.Has("u") {
		return order
	}
	order := strings.Compare(a, b)
	if strings.Contains(s.flags, "r") {
		return -order
	}
	return order
}

func (s *sorter) byKeys(a, b string) int {
	if len(s.keys) == 0 {
		return compareBy(s.flags, a, b)
	}
	for _, k := range s.keys {
		flags := k.flags
		if strings.Trim(flags, "b") == "" {
			flags += s.flags
		}
		if order := compareBy(flags, s.part(k, a), s.part(k, b)); order != 0 {
			return order
		}
	}
	return 0
}

func compareBy(flags, a, b string) int {
	order := 0
	switch {
	case strings.ContainsAny(flags, "n"):
		order = cmp.Compare(leadingNumber(a), leadingNumber(b))
	case strings.Contains(flags, "g"):
		order = cmp.Compare(floatOf(a), floatOf(b))
	case strings.Contains(flags, "h"):
		order = cmp.Compare(humanNumber(a), humanNumber(b))
	case strings.Contains(flags, "M"):
		order = cmp.Compare(month(a), month(b))
	case strings.Contains(flags, "V"):
		order = compareVersions(a, b)
	default:
		order = strings.Compare(textKey(flags, a), textKey(flags, b))
	}
	if strings.Contains(flags, "r") {
		return -order
	}
	return order
}

func textKey(flags, text string) string {
	if strings.Contains(flags, "b") {
		text = strings.TrimLeft(text, " \t")
	}
	if strings.Contains(flags, "d") {
		text = strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsDigit(r) || r == ' ' || r == '\t' {
				return r
			}
			return -1
		}, text)
	}
	if strings.Contains(flags, "f") {
		text = strings.ToUpper(text)
	}
	return text
}

// leadingNumber is the number that a text begins with, or 0.
func leadingNumber(text string) float64 {
	text = strings.TrimLeft(text, " \t")
	i := 0
	if strings.HasPrefix(text, "-") {
		i++
	}
	for i < len(text) && (text[i] >= '0' && text[i] <= '9' || text[i] == '.') {
		i++
	}
	return floatOf(text[:i])
}

func floatOf(text string) float64 {
	n, _ := strconv.ParseFloat(strings.TrimSpace(text), 64)
	return n
}

func humanNumber(text string) float64 {
	text = strings.TrimSpace(text)
	digits := strings.TrimRight(text, "KMGTPEkB")
	n := floatOf(digits)
	if len(digits) < len(text) {
		for range strings.Index("KMGTPE", strings.ToUpper(text[len(digits):len(digits)+1])) + 1 {
			n *= 1024
		}
	}
	return n
}

func month(text string) int {
	text = strings.ToUpper(strings.TrimSpace(text))
	return strings.Index("JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC", text[:min(3, len(text))])
}

// compareVersions compares runs of digits as numbers.
func compareVersions(a, b string) int {
	for a != "" && b != "" {
		x, restA := versionPart(a)
		y, restB := versionPart(b)
		n, errN := strconv.ParseUint(x, 10, 64)
		m, errM := strconv.ParseUint(y, 10, 64)
		order := strings.Compare(x, y)
		if errN == nil && errM == nil {
			order = cmp.Compare(n, m)
		}
		if order != 0 {
			return order
		}
		a, b = restA, restB
	}
	return cmp.Compare(len(a), len(b))
}

func versionPart(text string) (part, rest string) {
	digit := isDigit(text[0])
	i := 0
	for i < len(text) && isDigit(text[i]) == digit {
		i++
	}
	return text[:i], text[i:]
}

func uniq(c *tool.Call) int {
	u := &uniqer{Call: c, skipFields: c.Int("f", 0), skipChars: c.Int("s", 0), most: c.Int("w", 0)}
	var names []string
	if len(c.Args) > 0 {
		names = c.Args[:1]
	}
	if len(c.Args) > 1 {
		f, err := c.Create(c.Args[1], false)
		if err != nil {
			c.Fatalf("can't open '%s': %s", c.Args[1], tool.Reason(err))
		}
		defer f.Close()
		u.file = f
	}
	c.Each(names, func(in *tool.Input) error { return c.Lines(in, u.next) })
	u.flush()
	return 0
}

type uniqer struct {
	*tool.Call
	skipFields, skipChars, most int
	file                        io.Writer
	text                        string
	count                       int
}

func (u *uniqer) next(text []byte) bool {
	if u.count > 0 && u.key(string(text)) == u.key(u.text) {
		u.count++
		return true
	}
	u.flush()
	u.text, u.count = string(text), 1
	return true
}

func (u *uniqer) key(text string) string {
	for range u.skipFields {
		text = strings.TrimLeft(text, " \t")
		text = text[strings.IndexAny(text+" ", " \t"):]
	}
	text = text[min(u.skipChars, len(text)):]
	if u.most > 0 {
		text = text[:min(u.most, len(text))]
	}
	if u.Has("i") {
		text = strings.ToLower(text)
	}
	return text
}

func (u *uniqer) flush() {
	if u.count == 0 || u.Has("d") && u.count < 2 || u.Has("u") && u.count > 1 {
		return
	}
	text := u.text + "\n"
	if u.Has("c") {
		text = fmt.Sprintf("%7d %s", u.count, text)
	}
	if u.file != nil {
		_, _ = io.WriteString(u.file, text)
		return
	}
	_, _ = u.Out.WriteString(text)
}
