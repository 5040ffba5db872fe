package console

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/itchyny/gojq"
)

// searchTools find things in text and in JSON.
func searchTools() map[string]tool {
	return map[string]tool{
		"grep": {"[-i] [-v] [-n] [-c] [-E] [-F] [-o] [-q] [-r] [-w] [-x] [-l] PATTERN [FILE...]", "print the lines that match", grep},
		"jq":   {"[-r] [-c] [-e] [-n] [-s] [--arg NAME VALUE] FILTER [FILE...]", "take JSON apart", jq},
	}
}

// grepFlags are what grep was asked for.
type grepFlags struct {
	fold, invert, number, count, fixed, only, quiet, recursive, word, whole, names bool
	extended, noName, withName, silent                                             bool
	patterns                                                                       []string
	before, after, around                                                          int
}

func (f *grepFlags) declare(i *invocation) {
	for _, flag := range []struct {
		to          *bool
		name, short string
	}{
		{&f.fold, "ignore-case", "i"}, {&f.invert, "invert-match", "v"}, {&f.number, "line-number", "n"},
		{&f.count, "count", "c"}, {&f.fixed, "fixed-strings", "F"}, {&f.only, "only-matching", "o"},
		{&f.quiet, "quiet", "q"}, {&f.recursive, "recursive", "r"}, {&f.word, "word-regexp", "w"},
		{&f.whole, "line-regexp", "x"}, {&f.names, "files-with-matches", "l"}, {&f.extended, "extended-regexp", "E"},
		{&f.noName, "no-filename", "h"}, {&f.withName, "with-filename", "H"}, {&f.silent, "no-messages", "s"},
	} {
		i.flags.BoolVarP(flag.to, flag.name, flag.short, false, "")
	}
	i.flags.StringArrayVarP(&f.patterns, "regexp", "e", nil, "")
	i.flags.IntVarP(&f.before, "before-context", "B", 0, "")
	i.flags.IntVarP(&f.after, "after-context", "A", 0, "")
	i.flags.IntVarP(&f.around, "context", "C", 0, "")
}

// pattern is the one regular expression for all patterns. Both the basic and the
// extended syntax are read as Go's, which learners meet in Kubernetes too; basic
// syntax's \| is an alternative there as well.
func (f *grepFlags) pattern() (*regexp.Regexp, error) {
	var parts []string
	for _, p := range f.patterns {
		for line := range strings.SplitSeq(p, "\n") {
			switch {
			case f.fixed:
				line = regexp.QuoteMeta(line)
			case !f.extended:
				line = extended(line)
			}
			parts = append(parts, "(?:"+line+")")
		}
	}
	all := strings.Join(parts, "|")
	switch {
	case f.whole:
		all = `^(?:` + all + `)$`
	case f.word:
		all = `\b(?:` + all + `)\b`
	}
	if f.fold {
		all = "(?i)" + all
	}
	re, err := regexp.Compile(all)
	if err != nil {
		return nil, fmt.Errorf("the pattern is not a regular expression: %w", err)
	}
	return re, nil
}

// extended turns POSIX basic syntax into extended syntax: in the one | + ? ( ) {
// } are special with a backslash, in the other without.
func extended(basic string) string {
	var b strings.Builder
	inClass := false
	for n := 0; n < len(basic); n++ {
		c := basic[n]
		switch {
		case inClass:
			inClass = c != ']'
			b.WriteByte(c)
		case c == '[':
			inClass = true
			b.WriteByte(c)
			if n+1 < len(basic) && basic[n+1] == ']' {
				b.WriteString(`\]`)
				n++
			}
		case c == '\\' && n+1 < len(basic):
			n++
			if !strings.ContainsRune("|+?(){}", rune(basic[n])) {
				b.WriteByte('\\')
			}
			b.WriteByte(basic[n])
		case strings.ContainsRune("|+?(){}", rune(c)):
			b.WriteByte('\\')
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func grep(i *invocation) error {
	var f grepFlags
	f.declare(i)
	args, err := i.parse()
	if err != nil {
		return err
	}
	if len(f.patterns) == 0 {
		if len(args) == 0 {
			return errors.New("a pattern is missing")
		}
		f.patterns, args = args[:1], args[1:]
	}
	re, err := f.pattern()
	if err != nil {
		fmt.Fprintf(i.err, "grep: %v\n", err)
		return exitCode(2)
	}
	if f.recursive {
		if args, err = i.filesBelow(args); err != nil {
			return err
		}
	}
	g := grepping{i: i, grepFlags: f, re: re, named: (len(args) > 1 || f.recursive || f.withName) && !f.noName}
	g.before, g.after = max(f.before, f.around), max(f.after, f.around)
	err = i.each(args, g.file)
	switch {
	case g.found && (err == nil || f.quiet):
		return nil
	case err == nil:
		return exitCode(1)
	case errors.Is(err, errFound):
		return nil
	}
	if _, coded := err.(exitCode); coded {
		return exitCode(2)
	}
	return err
}

// filesBelow are all files below some paths, as a learner would write them.
func (i *invocation) filesBelow(paths []string) (all []string, err error) {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	for _, path := range paths {
		root, err := i.relative(path)
		if err != nil {
			return nil, err
		}
		err = fs.WalkDir(i.files.root.FS(), root, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			rel, err := filepath.Rel(root, name)
			all = append(all, filepath.Join(path, rel))
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// errFound ends a search that only asks whether there is something.
var errFound = errors.New("found")

// grepping is one search.
type grepping struct {
	i *invocation
	grepFlags
	re    *regexp.Regexp
	named bool
	found bool
}

func (g *grepping) file(name string, r io.Reader) error {
	n, count, shown, until := 0, 0, 0, 0
	var recent []string
	err := lines(r, func(line string) error {
		n++
		if g.re.MatchString(line) == g.invert {
			if n <= until && !g.count && !g.names {
				shown = n
				return g.print(name, n, "-", line)
			}
			recent = append(recent, line)
			recent = recent[max(0, len(recent)-g.before):]
			return g.i.Err()
		}
		g.found = true
		count++
		switch {
		case g.quiet:
			return errFound
		case g.names:
			fmt.Fprintln(g.i.out, name)
			return io.EOF
		case g.count:
			return g.i.Err()
		}
		if g.before+g.after > 0 && shown > 0 && n-len(recent) > shown+1 {
			fmt.Fprintln(g.i.out, "--")
		}
		for k, l := range recent {
			if err := g.print(name, n-len(recent)+k, "-", l); err != nil {
				return err
			}
		}
		recent, shown, until = nil, n, n+g.after
		return g.match(name, n, line)
	})
	if errors.Is(err, io.EOF) {
		err = nil
	}
	if g.count && err == nil {
		err = g.print(name, 0, ":", fmt.Sprint(count))
	}
	return err
}

func (g *grepping) match(name string, n int, line string) error {
	if !g.only {
		return g.print(name, n, ":", line)
	}
	for _, m := range g.re.FindAllString(line, -1) {
		if m == "" {
			continue
		}
		if err := g.print(name, n, ":", m); err != nil {
			return err
		}
	}
	return nil
}

func (g *grepping) print(name string, n int, mark, line string) error {
	prefix := ""
	if g.named {
		prefix = name + mark
	}
	if g.number && n > 0 {
		prefix += fmt.Sprint(n) + mark
	}
	_, err := fmt.Fprintln(g.i.out, prefix+line)
	return err
}

// jqFlags are what jq was asked for.
type jqFlags struct {
	raw, compact, exit, null, slurp, rawInput, join bool
	names                                           []string
	values                                          []any
}

func jq(i *invocation) error {
	var f jqFlags
	i.args = f.arguments(i.args)
	i.flags.BoolVarP(&f.raw, "raw-output", "r", false, "")
	i.flags.BoolVarP(&f.compact, "compact-output", "c", false, "")
	i.flags.BoolVarP(&f.exit, "exit-status", "e", false, "")
	i.flags.BoolVarP(&f.null, "null-input", "n", false, "")
	i.flags.BoolVarP(&f.slurp, "slurp", "s", false, "")
	i.flags.BoolVarP(&f.rawInput, "raw-input", "R", false, "")
	i.flags.BoolVarP(&f.join, "join-output", "j", false, "")
	i.flags.BoolP("sort-keys", "S", false, "") // gojq always sorts
	i.flags.BoolP("monochrome-output", "M", false, "")
	args, err := i.parse()
	if err != nil {
		return err
	}
	if len(args) == 0 {
		args = []string{"."}
	}
	query, err := gojq.Parse(args[0])
	if err != nil {
		fmt.Fprintf(i.err, "jq: the filter is wrong: %v\n", err)
		return exitCode(3)
	}
	code, err := gojq.Compile(query, gojq.WithVariables(f.names))
	if err != nil {
		fmt.Fprintf(i.err, "jq: the filter is wrong: %v\n", err)
		return exitCode(3)
	}
	inputs, err := i.jqInputs(f, args[1:])
	if err != nil {
		return err
	}
	return i.filter(code, f, inputs)
}

// arguments takes --arg NAME VALUE and --argjson NAME JSON out.
func (f *jqFlags) arguments(args []string) (rest []string) {
	for len(args) > 0 {
		if (args[0] != "--arg" && args[0] != "--argjson") || len(args) < 3 {
			rest, args = append(rest, args[0]), args[1:]
			continue
		}
		var value any = args[2]
		if args[0] == "--argjson" && json.Unmarshal([]byte(args[2]), &value) != nil {
			value = args[2]
		}
		f.names, f.values = append(f.names, "$"+args[1]), append(f.values, value)
		args = args[3:]
	}
	return rest
}

func (i *invocation) jqInputs(f jqFlags, paths []string) (all []any, err error) {
	if f.null {
		return []any{nil}, nil
	}
	err = i.each(paths, func(_ string, r io.Reader) error {
		if f.rawInput {
			return lines(r, func(l string) error { all = append(all, l); return nil })
		}
		dec := json.NewDecoder(io.LimitReader(r, maxWorkspace))
		dec.UseNumber()
		for {
			var v any
			switch err := dec.Decode(&v); {
			case errors.Is(err, io.EOF):
				return nil
			case err != nil && i.Err() == nil:
				fmt.Fprintf(i.err, "jq: the input is not JSON: %v\n", err)
				return exitCode(2)
			case err != nil:
				return err
			}
			all = append(all, v)
		}
	})
	if f.slurp {
		return []any{append([]any{}, all...)}, err
	}
	return all, err
}

func (i *invocation) filter(code *gojq.Code, f jqFlags, inputs []any) error {
	var last any = true
	var failed error
	for _, in := range inputs {
		iter := code.RunWithContext(i, in, f.values...)
		for v, ok := iter.Next(); ok; v, ok = iter.Next() {
			if err, isErr := v.(error); isErr {
				if halt, ok := errors.AsType[*gojq.HaltError](err); ok && halt.Value() == nil {
					return nil
				}
				fmt.Fprintf(i.err, "jq: %v\n", err)
				failed = exitCode(5)
				break
			}
			last = v
			if err := i.printJSON(v, f); err != nil {
				return err
			}
		}
	}
	if f.exit && failed == nil && (last == nil || last == false) {
		return exitCode(1)
	}
	return failed
}

func (i *invocation) printJSON(v any, f jqFlags) error {
	end := "\n"
	if f.join {
		end = ""
	}
	if s, ok := v.(string); ok && (f.raw || f.join) {
		_, err := io.WriteString(i.out, s+end)
		return err
	}
	text, err := gojq.Marshal(v)
	if err != nil {
		return err
	}
	if !f.compact {
		text = indentJSON(text)
	}
	_, err = i.out.Write(append(text, end...))
	return err
}
