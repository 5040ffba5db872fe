package text

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"kubetutor/internal/engine/image/shell/tool"
)

// grepper is one call of grep.
type grepper struct {
	*tool.Call
	re            *regexp.Regexp
	none          bool // no pattern at all: nothing matches
	names         bool // show file names
	before, after int
	most          int
	found         bool
}

func grep(c *tool.Call) int {
	g := &grepper{Call: c, most: c.Int("m", -1)}
	files := c.Args
	patterns := c.Values("e")
	for _, file := range c.Values("f") {
		text, err := c.FS().ReadFile(file)
		if err != nil {
			c.Errorf("%s: %s", file, tool.Reason(err))
			return 2
		}
		patterns = append(patterns, strings.TrimSuffix(string(text), "\n"))
		g.none = len(text) == 0
	}
	if len(c.Values("e")) == 0 && len(c.Values("f")) == 0 {
		if len(files) == 0 {
			c.UsageExit()
		}
		patterns, files = []string{files[0]}, files[1:]
	}
	re, err := g.compile(patterns)
	if err != nil {
		c.Errorf("%v", err)
		return 2
	}
	g.re = re
	recursive := c.Has("r") || c.Has("R")
	if len(files) == 0 && recursive {
		files = []string{"."}
	}
	g.names = (len(files) > 1 || recursive) && !c.Has("h") || c.Has("H")
	g.before, g.after = c.Int("B", c.Int("C", 0)), c.Int("A", c.Int("C", 0))

	if len(files) == 0 {
		files = []string{"-"}
	}
	for _, file := range files {
		g.path(file, recursive)
	}
	switch {
	case g.found && c.Has("q"):
		c.Exit(0)
	case c.Failed() > 0:
		return 2
	case g.found:
		return 0
	}
	return 1
}

// compile makes one expression of all patterns, each of which may have lines.
func (g *grepper) compile(patterns []string) (*regexp.Regexp, error) {
	var parts []string
	for _, p := range patterns {
		parts = append(parts, strings.Split(p, "\n")...)
	}
	for i, p := range parts {
		text := regexp.QuoteMeta(p)
		if !g.Has("F") && g.Name != "fgrep" {
			re, err := tool.Regexp(p, g.Has("E") || g.Has("P") || g.Name == "egrep", false)
			if err != nil {
				return nil, err
			}
			text = re.String()
		}
		switch {
		case g.Has("x"):
			text = "^(?:" + text + ")$"
		case g.Has("w"):
			text = `\b(?:` + text + `)\b`
		}
		parts[i] = "(?:" + text + ")"
	}
	text := strings.Join(parts, "|")
	if g.Has("i") || g.Has("y") {
		text = "(?i:" + text + ")"
	}
	return regexp.Compile(text)
}

func (g *grepper) path(name string, recursive bool) {
	if name == "-" {
		g.file(name, "(standard input)")
		return
	}
	info, err := g.FS().Stat(name)
	if err != nil {
		g.complain(name, err)
		return
	}
	if !info.IsDir() {
		g.file(name, name)
		return
	}
	if !recursive {
		if !g.Has("s") {
			g.Errorf("%s: Is a directory", name)
		}
		return
	}
	entries, err := g.FS().ReadDir(name)
	if err != nil {
		g.complain(name, err)
		return
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	for _, e := range entries {
		child := strings.TrimSuffix(name, "/") + "/" + e.Name()
		if e.Type()&fs.ModeSymlink != 0 && !g.Has("R") || !g.wanted(e) {
			continue
		}
		g.path(child, true)
	}
}

func (g *grepper) wanted(e fs.DirEntry) bool {
	if e.IsDir() {
		return !slices.ContainsFunc(g.Values("D"), func(p string) bool { return tool.Match(p, e.Name()) })
	}
	include, exclude := g.Values("I"), g.Values("X")
	match := func(p string) bool { return tool.Match(p, e.Name()) }
	return (len(include) == 0 || slices.ContainsFunc(include, match)) && !slices.ContainsFunc(exclude, match)
}

func (g *grepper) complain(name string, err error) {
	g.Fail(2)
	if !g.Has("s") {
		g.Errorf("%s: %s", name, tool.Reason(err))
	}
}

// scan is the state within one file.
type scan struct {
	g       *grepper
	shown   string
	line    int
	count   int
	kept    [][]byte // lines before, for -B
	after   int
	last    int // the last line that was printed
	printed bool
}

func (g *grepper) file(name, shown string) {
	in, err := g.Open(name)
	if err != nil {
		g.complain(name, err)
		return
	}
	defer in.Close()
	s := &scan{g: g, shown: shown}
	if err := g.Lines(in, s.next); err != nil {
		g.complain(name, err)
	}
	g.found = g.found || s.count > 0
	switch {
	case g.Has("q"):
	case g.Has("l"):
		if s.count > 0 {
			line(g.Call, shown)
		}
	case g.Has("L"):
		if s.count == 0 {
			line(g.Call, shown)
		}
	case g.Has("c"):
		prefix := ""
		if g.names {
			prefix = shown + ":"
		}
		line(g.Call, prefix+strconv.Itoa(s.count))
	}
}

// next looks at a line. It is false when no more lines are needed.
func (s *scan) next(text []byte) bool {
	g := s.g
	s.line++
	match := (!g.none && g.re.Match(text)) != g.Has("v")
	quiet := g.Has("q") || g.Has("l") || g.Has("L") || g.Has("c")
	switch {
	case match:
		s.count++
		if g.most == 0 {
			s.count = 0
			return false
		}
		if !quiet {
			s.context()
			s.print(text, ':')
			s.after = g.after
		}
		if g.Has("q") || g.Has("l") || g.Has("L") {
			g.found = g.found || g.Has("q")
			return false
		}
		if g.most > 0 && s.count >= g.most && s.after == 0 {
			return false
		}
	case s.after > 0 && !quiet:
		s.after--
		s.print(text, '-')
	case g.before > 0:
		s.kept = append(s.kept, slices.Clone(text))
		if len(s.kept) > g.before {
			s.kept = s.kept[1:]
		}
	}
	return !(g.most > 0 && s.count >= g.most && s.after == 0)
}

// context prints the lines before a match, and a mark where some were left out.
func (s *scan) context() {
	first := s.line - len(s.kept)
	if s.printed && first > s.last+1 && (s.g.before > 0 || s.g.after > 0) {
		line(s.g.Call, "--")
	}
	for i, text := range s.kept {
		now := s.line
		s.line = first + i
		s.print(text, '-')
		s.line = now
	}
	s.kept = nil
}

func (s *scan) print(text []byte, mark byte) {
	g := s.g
	s.last, s.printed = s.line, true
	prefix := ""
	if g.names {
		prefix += s.shown + string(mark)
	}
	if g.Has("n") {
		prefix += fmt.Sprintf("%d%c", s.line, mark)
	}
	if !g.Has("o") || mark == '-' {
		_, _ = g.Out.WriteString(prefix)
		_, _ = g.Out.Write(text)
		_ = g.Out.WriteByte('\n')
		return
	}
	for _, m := range g.re.FindAll(text, -1) {
		if len(m) > 0 {
			line(g.Call, prefix+string(m))
		}
	}
}
