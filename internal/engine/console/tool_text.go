package console

import (
	"bufio"
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// textTools work on streams of text.
func textTools() map[string]tool {
	return map[string]tool{
		"head":   {"[-n N] [-c N] [FILE...]", "print the first lines", head},
		"tail":   {"[-n N] [-c N] [-f] [FILE...]", "print the last lines", tailTool},
		"wc":     {"[-l] [-w] [-c] [FILE...]", "count lines, words and bytes", wc},
		"sort":   {"[-n] [-r] [-u] [-k N] [-t C] [FILE...]", "sort lines", sortTool},
		"uniq":   {"[-c] [-d] [-u] [FILE]", "drop repeated lines", uniq},
		"cut":    {"-d C -f LIST | -c LIST [FILE...]", "print parts of lines", cut},
		"tr":     {"[-d] [-s] SET [SET]", "replace or delete characters", tr},
		"base64": {"[-d] [-w N] [FILE]", "encode or decode base64", base64Tool},
	}
}

// oldCount turns head -5 into head -n 5.
func oldCount(args []string) []string {
	args = slices.Clone(args)
	for n, a := range args {
		if len(a) > 1 && a[0] == '-' && a[1] >= '0' && a[1] <= '9' {
			args[n] = "-n" + a[1:]
		}
	}
	return args
}

func head(i *invocation) error {
	count := i.flags.IntP("lines", "n", 10, "")
	size := i.flags.Int64P("bytes", "c", -1, "")
	i.args = oldCount(i.args)
	args, err := i.parse()
	if err != nil {
		return err
	}
	return i.each(args, func(_ string, r io.Reader) error {
		if *size >= 0 {
			_, err := io.Copy(i.out, io.LimitReader(r, *size))
			return err
		}
		return i.headLines(r, *count)
	})
}

func (i *invocation) headLines(r io.Reader, count int) error {
	if count <= 0 {
		return nil
	}
	for line, err := range lineSeq(r) {
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(i.out, line); err != nil {
			return err
		}
		if count--; count == 0 {
			return nil
		}
	}
	return nil
}

func tailTool(i *invocation) error {
	count := i.flags.StringP("lines", "n", "10", "")
	size := i.flags.StringP("bytes", "c", "", "")
	follow := i.flags.BoolP("follow", "f", false, "")
	i.args = oldCount(i.args)
	args, err := i.parse()
	if err != nil {
		return err
	}
	return i.each(args, func(_ string, r io.Reader) error {
		text, err := io.ReadAll(io.LimitReader(r, maxWorkspace))
		if err != nil {
			return err
		}
		part, err := tailOf(text, *count, *size)
		if err != nil {
			return err
		}
		if _, err := i.out.Write(part); err != nil || !*follow {
			return err
		}
		return i.follow(r)
	})
}

// tailOf is the end of a text: so many bytes if a size is given, else so many lines.
func tailOf(text []byte, count, size string) ([]byte, error) {
	if size != "" {
		from, err := tailFrom(size, len(text))
		return text[from:], err
	}
	lines := strings.SplitAfter(string(text), "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	from, err := tailFrom(count, len(lines))
	return []byte(strings.Join(lines[from:], "")), err
}

// tailFrom is where the last so many of all begin, counted from 0; "+3" means from
// the third on.
func tailFrom(count string, all int) (int, error) {
	number, fromStart := strings.CutPrefix(count, "+")
	n, err := strconv.ParseUint(strings.TrimPrefix(number, "-"), 10, 31)
	switch {
	case err != nil:
		return all, fmt.Errorf("invalid number: %q", count)
	case fromStart:
		return min(max(0, int(n)-1), all), nil
	}
	return max(0, all-int(n)), nil
}

// followPause is how often tail -f looks.
const followPause = 200 * time.Millisecond

func (i *invocation) follow(r io.Reader) error {
	for {
		if _, err := io.Copy(i.out, r); err != nil {
			return err
		}
		select {
		case <-i.Done():
			return i.Err()
		case <-time.After(followPause):
		}
	}
}

func wc(i *invocation) error {
	l := i.flags.BoolP("lines", "l", false, "")
	w := i.flags.BoolP("words", "w", false, "")
	c := i.flags.BoolP("bytes", "c", false, "")
	m := i.flags.BoolP("chars", "m", false, "")
	args, err := i.parse()
	if err != nil {
		return err
	}
	if !*l && !*w && !*c && !*m {
		*l, *w, *c = true, true, true
	}
	var total [4]int
	show := func(n [4]int, name string) {
		var out []string
		for k, wanted := range []bool{*l, *w, *m, *c} {
			if wanted {
				out = append(out, strconv.Itoa(n[k]))
			}
		}
		if name != "-" {
			out = append(out, name)
		}
		fmt.Fprintln(i.out, strings.Join(out, " "))
	}
	err = i.each(args, func(name string, r io.Reader) error {
		n, err := countText(r)
		for k := range total {
			total[k] += n[k]
		}
		show(n, name)
		return err
	})
	if len(args) > 1 {
		show(total, "total")
	}
	return err
}

// countText counts lines, words, characters and bytes.
func countText(r io.Reader) (n [4]int, err error) {
	in := bufio.NewReader(r)
	inWord := false
	for {
		c, size, err := in.ReadRune()
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		n[2]++
		n[3] += size
		space := strings.ContainsRune(" \t\n\r\v\f", c)
		if c == '\n' {
			n[0]++
		}
		if !space && !inWord {
			n[1]++
		}
		inWord = !space
	}
}

func (i *invocation) allLines(paths []string) (all []string, err error) {
	err = i.each(paths, func(_ string, r io.Reader) error {
		return lines(r, func(line string) error { all = append(all, line); return i.Err() })
	})
	return all, err
}

func sortTool(i *invocation) error {
	numeric := i.flags.BoolP("numeric-sort", "n", false, "")
	reverse := i.flags.BoolP("reverse", "r", false, "")
	unique := i.flags.BoolP("unique", "u", false, "")
	key := i.flags.StringP("key", "k", "", "")
	separator := i.flags.StringP("field-separator", "t", "", "")
	args, err := i.parse()
	if err != nil {
		return err
	}
	field, err := keyField(*key, numeric)
	if err != nil {
		return err
	}
	all, err := i.allLines(args)
	if err != nil {
		return err
	}
	order := func(a, b string) int {
		a, b = fieldOf(a, field, *separator), fieldOf(b, field, *separator)
		if *numeric {
			return cmp.Compare(leadingNumber(a), leadingNumber(b))
		}
		return strings.Compare(a, b)
	}
	slices.SortStableFunc(all, func(a, b string) int {
		c := cmp.Or(order(a, b), strings.Compare(a, b))
		if *reverse {
			return -c
		}
		return c
	})
	if *unique {
		all = slices.CompactFunc(all, func(a, b string) bool { return order(a, b) == 0 })
	}
	return i.printLines(all)
}

func (i *invocation) printLines(all []string) error {
	for _, line := range all {
		if _, err := fmt.Fprintln(i.out, line); err != nil {
			return err
		}
	}
	return nil
}

// keyField reads sort's -k: a field's number, perhaps with a range and options.
func keyField(key string, numeric *bool) (int, error) {
	if key == "" {
		return 0, nil
	}
	first, _, _ := strings.Cut(key, ",")
	if strings.Contains(key, "n") {
		*numeric = true
	}
	field, err := strconv.Atoi(strings.TrimRight(first, "nrbdfi"))
	if err != nil || field < 1 {
		return 0, fmt.Errorf("invalid field: %q", key)
	}
	return field, nil
}

// fieldOf is the line from a field on; field 0 is all of it.
func fieldOf(line string, field int, separator string) string {
	if field == 0 {
		return line
	}
	if separator == "" {
		fields := strings.Fields(line)
		return strings.Join(fields[min(field-1, len(fields)):], " ")
	}
	fields := strings.Split(line, separator)
	return strings.Join(fields[min(field-1, len(fields)):], separator)
}

func leadingNumber(s string) float64 {
	s = strings.TrimLeft(s, " \t")
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || s[end] == '.' || end == 0 && s[end] == '-') {
		end++
	}
	n, err := strconv.ParseFloat(s[:end], 64)
	if err != nil {
		return 0
	}
	return n
}

func uniq(i *invocation) error {
	count := i.flags.BoolP("count", "c", false, "")
	repeated := i.flags.BoolP("repeated", "d", false, "")
	single := i.flags.BoolP("unique", "u", false, "")
	args, err := i.parseExact(0, 1)
	if err != nil {
		return err
	}
	all, err := i.allLines(args)
	if err != nil {
		return err
	}
	for len(all) > 0 {
		n := slices.IndexFunc(all, func(s string) bool { return s != all[0] })
		if n < 0 {
			n = len(all)
		}
		line := all[0]
		all = all[n:]
		switch {
		case *repeated && n == 1, *single && n > 1:
			continue
		case *count:
			line = fmt.Sprintf("%7d %s", n, line)
		}
		if _, err := fmt.Fprintln(i.out, line); err != nil {
			return err
		}
	}
	return nil
}

func cut(i *invocation) error {
	delimiter := i.flags.StringP("delimiter", "d", "\t", "")
	fields := i.flags.StringP("fields", "f", "", "")
	chars := i.flags.StringP("characters", "c", "", "")
	args, err := i.parse()
	if err != nil {
		return err
	}
	list, separator := *fields, *delimiter
	if *chars != "" {
		list, separator = *chars, ""
	}
	wanted, err := positions(list)
	if err != nil {
		return err
	}
	return i.each(args, func(_ string, r io.Reader) error {
		return lines(r, func(line string) error {
			_, err := fmt.Fprintln(i.out, cutLine(line, separator, wanted))
			return err
		})
	})
}

func cutLine(line, separator string, wanted func(int) bool) string {
	if separator != "" && !strings.Contains(line, separator) {
		return line
	}
	var kept []string
	for n, part := range strings.Split(line, separator) {
		if wanted(n + 1) {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, separator)
}

// positions reads a list such as 1,3-5,7-.
func positions(list string) (func(int) bool, error) {
	type span struct{ from, to int }
	var spans []span
	for part := range strings.SplitSeq(list, ",") {
		m := regexp.MustCompile(`^(\d*)(-?)(\d*)$`).FindStringSubmatch(part)
		if m == nil || m[1]+m[3] == "" {
			return nil, fmt.Errorf("invalid list: %q", list)
		}
		s := span{1, 1 << 30}
		if m[1] != "" {
			s.from, _ = strconv.Atoi(m[1])
		}
		if m[2] == "" {
			s.to = s.from
		} else if m[3] != "" {
			s.to, _ = strconv.Atoi(m[3])
		}
		spans = append(spans, s)
	}
	return func(n int) bool {
		return slices.ContainsFunc(spans, func(s span) bool { return n >= s.from && n <= s.to })
	}, nil
}

func tr(i *invocation) error {
	deleting := i.flags.BoolP("delete", "d", false, "")
	squeezing := i.flags.BoolP("squeeze-repeats", "s", false, "")
	args, err := i.parseExact(1, 2)
	if err != nil {
		return err
	}
	from := characters(args[0])
	to := from
	if len(args) == 2 {
		to = characters(args[1])
	}
	if len(to) == 0 || len(args) == 1 && !*deleting && !*squeezing {
		return errors.New("a second set is missing")
	}
	text, err := io.ReadAll(io.LimitReader(i.in, maxWorkspace))
	if err != nil {
		return err
	}
	var b strings.Builder
	last := rune(-1)
	for _, c := range string(text) {
		n := slices.Index(from, c)
		if n >= 0 && *deleting {
			continue
		}
		if n >= 0 {
			c = to[min(n, len(to)-1)]
		}
		if *squeezing && c == last && slices.Contains(to, c) {
			continue
		}
		b.WriteRune(c)
		last = c
	}
	_, err = io.WriteString(i.out, b.String())
	return err
}

// characters expands a set of tr: ranges, classes and escapes.
func characters(set string) (all []rune) {
	for class, members := range map[string]string{
		"[:upper:]": "A-Z", "[:lower:]": "a-z", "[:digit:]": "0-9", "[:alpha:]": "A-Za-z",
		"[:alnum:]": "A-Za-z0-9", "[:space:]": " \t\n\r\v\f", `\n`: "\n", `\t`: "\t", `\r`: "\r",
	} {
		set = strings.ReplaceAll(set, class, members)
	}
	for set != "" {
		c, size := utf8.DecodeRuneInString(set)
		set = set[size:]
		if len(set) > 1 && set[0] == '-' {
			last, size := utf8.DecodeRuneInString(set[1:])
			for ; c < last && len(all) < 1<<16; c++ {
				all = append(all, c)
			}
			c, set = last, set[1+size:]
		}
		all = append(all, c)
	}
	return all
}

func base64Tool(i *invocation) error {
	decoding := i.flags.BoolP("decode", "d", false, "")
	i.flags.BoolVarP(decoding, "Decode", "D", false, "")
	wrap := i.flags.IntP("wrap", "w", 76, "")
	args, err := i.parseExact(0, 1)
	if err != nil {
		return err
	}
	return i.each(args, func(_ string, r io.Reader) error {
		text, err := io.ReadAll(io.LimitReader(r, maxWorkspace))
		if err != nil {
			return err
		}
		if *decoding {
			return i.decode(string(text))
		}
		return i.encode(text, *wrap)
	})
}

func (i *invocation) decode(text string) error {
	clean := strings.NewReplacer("\n", "", "\r", "").Replace(text)
	out, err := base64.StdEncoding.DecodeString(clean)
	if _, err := i.out.Write(out); err != nil {
		return err
	}
	if err != nil {
		return errors.New("the input is not base64")
	}
	return nil
}

func (i *invocation) encode(text []byte, wrap int) error {
	code := base64.StdEncoding.EncodeToString(text)
	if wrap <= 0 {
		_, err := io.WriteString(i.out, code)
		return err
	}
	for len(code) > 0 {
		n := min(wrap, len(code))
		if _, err := fmt.Fprintln(i.out, code[:n]); err != nil {
			return err
		}
		code = code[n:]
	}
	return nil
}
