package text

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"

	udiff "github.com/aymanbagabas/go-udiff"

	"kubetutor/internal/engine/image/shell/tool"
)

// wholeFile reads a file, or "-".
func wholeFile(c *tool.Call, name string) ([]byte, error) {
	in, err := c.Open(name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return c.ReadAll(in)
}

// lineList is the lines of a file.
func lineList(c *tool.Call, name string) []string {
	text, err := wholeFile(c, name)
	if err != nil {
		c.Fatalf("%s: %s", name, tool.Reason(err))
	}
	lines := strings.Split(string(text), "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

func comm(c *tool.Call) int {
	a, b := lineList(c, c.Args[0]), lineList(c, c.Args[1])
	show := func(column int, text string) {
		if c.Has(fmt.Sprint(column)) {
			return
		}
		indent := 0
		for k := 1; k < column; k++ {
			if !c.Has(fmt.Sprint(k)) {
				indent++
			}
		}
		line(c, strings.Repeat("\t", indent)+text)
	}
	for len(a) > 0 || len(b) > 0 {
		switch {
		case len(b) == 0 || len(a) > 0 && a[0] < b[0]:
			show(1, a[0])
			a = a[1:]
		case len(a) == 0 || b[0] < a[0]:
			show(2, b[0])
			b = b[1:]
		default:
			show(3, a[0])
			a, b = a[1:], b[1:]
		}
	}
	return 0
}

func cmpFiles(c *tool.Call) int {
	second := "-"
	if len(c.Args) > 1 {
		second = c.Args[1]
	}
	a, err := wholeFile(c, c.Args[0])
	b, errB := wholeFile(c, second)
	for i, e := range []error{err, errB} {
		if e != nil {
			if !c.Has("s") {
				c.Errorf("%s: %s", []string{c.Args[0], second}[i], tool.Reason(e))
			}
			return 2
		}
	}
	n := min(len(a), len(b))
	row, differ := 1, 0
	for i := range n {
		if a[i] != b[i] {
			differ = 1
			if c.Has("s") {
				return 1
			}
			if !c.Has("l") {
				line(c, fmt.Sprintf("%s %s differ: char %d, line %d", c.Args[0], second, i+1, row))
				return 1
			}
			line(c, fmt.Sprintf("%d %3o %3o", i+1, a[i], b[i]))
		}
		if a[i] == '\n' {
			row++
		}
	}
	if len(a) == len(b) {
		return differ
	}
	short := c.Args[0]
	if len(b) < len(a) {
		short = second
	}
	if !c.Has("s") {
		c.Errorf("EOF on %s", short)
	}
	return 1
}

// differ is one call of diff.
type differ struct {
	*tool.Call
	differs bool
}

func diff(c *tool.Call) int {
	d := &differ{Call: c}
	a, b := c.Args[0], c.Args[1]
	dirA, dirB := d.isDir(a), d.isDir(b)
	switch {
	case dirA && dirB:
		d.dirs(a, b)
	case dirA:
		d.files(path.Join(a, path.Base(b)), b)
	case dirB:
		d.files(a, path.Join(b, path.Base(a)))
	default:
		d.files(a, b)
	}
	if c.Failed() > 0 {
		return 2
	}
	if d.differs {
		return 1
	}
	return 0
}

func (d *differ) isDir(name string) bool {
	info, err := d.FS().Stat(name)
	return err == nil && info.IsDir()
}

func (d *differ) dirs(a, b string) {
	in := map[string]int{}
	for i, dir := range []string{a, b} {
		entries, err := d.FS().ReadDir(dir)
		if err != nil {
			d.Warnf("%s: %s", dir, tool.Reason(err))
		}
		for _, e := range entries {
			in[e.Name()] |= 1 << i
		}
	}
	names := make([]string, 0, len(in))
	for name := range in {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		x, y := path.Join(a, name), path.Join(b, name)
		switch {
		case in[name] != 3 && d.Has("N"):
			d.files(x, y)
		case in[name] != 3:
			d.differs = true
			line(d.Call, fmt.Sprintf("Only in %s: %s", []string{a, b}[in[name]-1], name))
		case d.isDir(x) && d.isDir(y):
			if d.Has("r") {
				d.dirs(x, y)
			} else {
				line(d.Call, fmt.Sprintf("Common subdirectories: %s and %s", x, y))
			}
		default:
			d.files(x, y)
		}
	}
}

func (d *differ) read(name string) []byte {
	text, err := wholeFile(d.Call, name)
	if err != nil && !(d.Has("N") && tool.Missing(err)) {
		d.Warnf("can't stat '%s': %s", name, tool.Reason(err))
	}
	return text
}

func (d *differ) files(a, b string) {
	x, y := d.read(a), d.read(b)
	if d.Failed() > 0 {
		return
	}
	same := bytes.Equal(d.normal(x), d.normal(y))
	if same {
		if d.Has("s") {
			line(d.Call, fmt.Sprintf("Files %s and %s are identical", a, b))
		}
		return
	}
	d.differs = true
	if d.Has("q") {
		line(d.Call, fmt.Sprintf("Files %s and %s differ", a, b))
		return
	}
	nameA, nameB := a, b
	if labels := d.Values("L"); len(labels) > 0 {
		nameA = labels[0]
		if len(labels) > 1 {
			nameB = labels[1]
		}
	}
	edits := udiff.Lines(string(x), string(y))
	text, err := udiff.ToUnified(nameA, nameB, string(x), edits, d.Int("U", 3))
	if err != nil {
		d.Warnf("%v", err)
		return
	}
	_, _ = d.Out.WriteString(text)
}

// normal is a text as the options compare it.
func (d *differ) normal(text []byte) []byte {
	if !d.Has("i") && !d.Has("w") && !d.Has("b") && !d.Has("B") {
		return text
	}
	var out [][]byte
	for row := range bytes.SplitSeq(text, []byte("\n")) {
		if d.Has("i") {
			row = bytes.ToLower(row)
		}
		switch {
		case d.Has("w"):
			row = bytes.Join(bytes.Fields(row), nil)
		case d.Has("b"):
			row = bytes.Join(bytes.Fields(row), []byte(" "))
		}
		if !d.Has("B") || len(row) > 0 {
			out = append(out, row)
		}
	}
	return bytes.Join(out, []byte("\n"))
}
