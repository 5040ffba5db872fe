package files

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/rivo/uniseg"

	"kubetutor/internal/engine/image/shell/tool"
	"kubetutor/internal/engine/kernel"
)

// lister is one call of ls.
type lister struct {
	*tool.Call
	users, groups tool.Names
	colour        bool
	columns       int // of the terminal; 0: one name a line
	printed       bool
	now           time.Time
}

// entry is a file to show.
type entry struct {
	name, path string
	info       fs.FileInfo
	stat       kernel.Stat
}

func ls(c *tool.Call) int {
	l := &lister{Call: c, now: time.Now()}
	if c.Has("l") || c.Has("n") || c.Has("g") {
		l.users, l.groups = c.Users(), c.Groups()
	} else if width := terminalWidth(c); width > 0 || c.Has("C") || c.Has("x") {
		l.columns = c.Int("w", max(width, 80))
	}
	l.colour = terminalWidth(c) > 0
	if c.Has("1") {
		l.columns = 0
	}
	operands := c.Args
	if len(operands) == 0 {
		operands = []string{"."}
	}
	l.all(operands)
	return 0
}

// terminalWidth is the width of standard output if that is a terminal, else 0.
func terminalWidth(c *tool.Call) int {
	if tty := tool.Terminal(c.Stdout()); tty != nil {
		return max(tty.Size().Columns, 20)
	}
	return 0
}

func (l *lister) all(operands []string) {
	var plain, dirs []entry
	for _, name := range operands {
		e, err := l.entry(name, name, !l.Has("l") && !l.Has("n") || l.Has("H") || strings.HasSuffix(name, "/"))
		if err != nil {
			l.Warnf("%s: %s", name, tool.Reason(err))
			continue
		}
		if e.info.IsDir() && !l.Has("d") {
			dirs = append(dirs, e)
		} else {
			plain = append(plain, e)
		}
	}
	if len(plain) > 0 {
		l.sort(plain)
		l.show(plain)
		l.printed = true
	}
	l.sort(dirs)
	for _, d := range dirs {
		l.directory(d.path, len(operands) > 1)
	}
}

func (l *lister) entry(name, path string, follow bool) (entry, error) {
	look := l.FS().Lstat
	if follow || l.Has("L") {
		look = l.FS().Stat
	}
	info, err := look(path)
	if err != nil && follow {
		info, err = l.FS().Lstat(path) // a link that leads nowhere
	}
	if err != nil {
		return entry{}, err
	}
	return entry{name: name, path: path, info: info, stat: tool.StatOf(info)}, nil
}

func (l *lister) directory(dir string, titled bool) {
	l.Spend(1)
	list, err := l.FS().ReadDir(dir)
	if err != nil {
		l.Warnf("can't open '%s': %s", dir, tool.Reason(err))
		return
	}
	if titled || l.Has("R") {
		if l.printed {
			line(l.Call, "")
		}
		line(l.Call, dir+":")
	}
	l.printed = true
	entries := l.children(dir, list)
	l.sort(entries)
	if l.Has("l") || l.Has("n") || l.Has("s") || l.Has("g") {
		l.total(entries)
	}
	l.show(entries)
	if !l.Has("R") {
		return
	}
	for _, e := range entries {
		if e.info.IsDir() && e.name != "." && e.name != ".." {
			l.directory(e.path, true)
		}
	}
}

func (l *lister) children(dir string, list []fs.DirEntry) (entries []entry) {
	var all []string
	if l.Has("a") {
		all = []string{".", ".."}
	}
	all = append(all, names(list)...)
	for _, name := range all {
		if strings.HasPrefix(name, ".") && !l.Has("a") && !l.Has("A") {
			continue
		}
		e, err := l.entry(name, within(dir, name), false)
		if err != nil {
			if !tool.Missing(err) {
				l.Warnf("%s: %s", within(dir, name), tool.Reason(err))
			}
			continue
		}
		entries = append(entries, e)
	}
	return entries
}

func (l *lister) total(entries []entry) {
	var sum int64
	for _, e := range entries {
		sum += blocks(e.info)
	}
	if l.Has("h") {
		line(l.Call, "total "+tool.Human(sum*1024))
		return
	}
	line(l.Call, fmt.Sprintf("total %d", sum))
}

// blocks is the space of a file in KiB.
func blocks(info fs.FileInfo) int64 {
	if !info.Mode().IsRegular() && !info.IsDir() {
		return 0
	}
	return (info.Size() + 4095) / 4096 * 4
}

func (l *lister) sort(entries []entry) {
	slices.SortStableFunc(entries, func(a, b entry) int {
		order := 0
		switch l.Last("S", "t", "X", "v") {
		case "S":
			order = cmp.Compare(b.info.Size(), a.info.Size())
		case "t":
			order = b.info.ModTime().Compare(a.info.ModTime())
		case "X":
			order = cmp.Compare(extension(a.name), extension(b.name))
		}
		if order == 0 {
			order = cmp.Compare(a.name, b.name)
		}
		if l.Has("r") {
			return -order
		}
		return order
	})
}

func extension(name string) string {
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		return name[i:]
	}
	return ""
}

func (l *lister) show(entries []entry) {
	if l.columns > 0 {
		l.inColumns(entries)
		return
	}
	for _, e := range entries {
		_, _ = l.Out.WriteString(l.before(e))
		line(l.Call, l.shown(e))
	}
}

// before is what stands before a name.
func (l *lister) before(e entry) string {
	text := ""
	if l.Has("i") {
		text += fmt.Sprintf("%7d ", e.stat.Ino)
	}
	if l.Has("s") {
		text += fmt.Sprintf("%6d ", blocks(e.info))
	}
	if l.Has("l") || l.Has("n") || l.Has("g") {
		text += l.long(e)
	}
	return text
}

func (l *lister) long(e entry) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-10s %4d ", tool.ModeString(e.info.Mode()), e.stat.Nlink)
	if l.Has("n") {
		fmt.Fprintf(&b, "%-8d %-8d ", e.stat.UID, e.stat.GID)
	} else {
		if !l.Has("g") {
			fmt.Fprintf(&b, "%-8.8s ", l.users.Name(e.stat.UID))
		}
		fmt.Fprintf(&b, "%-8.8s ", l.groups.Name(e.stat.GID))
	}
	switch {
	case e.info.Mode()&fs.ModeDevice != 0:
		fmt.Fprintf(&b, "%4d, %3d ", e.stat.Device>>8, e.stat.Device&0xff)
	case l.Has("h"):
		fmt.Fprintf(&b, "%7s ", tool.Human(e.info.Size()))
	default:
		fmt.Fprintf(&b, "%9d ", e.info.Size())
	}
	b.WriteString(l.when(e.info.ModTime().UTC()))
	return b.String()
}

func (l *lister) when(t time.Time) string {
	age := l.now.Sub(t)
	if age > 182*24*time.Hour || age < -15*time.Minute {
		return t.Format("Jan _2  2006 ")
	}
	return t.Format("Jan _2 15:04 ")
}

// shown is the name with its colour, mark and link target.
func (l *lister) shown(e entry) string {
	name := e.name
	if l.colour {
		if code := colourOf(e.info.Mode()); code != "" {
			name = "\x1b[" + code + "m" + name + "\x1b[m"
		}
	}
	target := ""
	if e.info.Mode()&fs.ModeSymlink != 0 && (l.Has("l") || l.Has("n")) {
		target, _ = l.FS().Readlink(e.path)
		target = " -> " + target
	}
	return name + l.mark(e.info.Mode()) + target
}

func (l *lister) mark(mode fs.FileMode) string {
	switch {
	case mode.IsDir() && (l.Has("F") || l.Has("p")):
		return "/"
	case !l.Has("F"):
		return ""
	case mode&fs.ModeSymlink != 0:
		return "@"
	case mode&fs.ModeNamedPipe != 0:
		return "|"
	case mode&fs.ModeSocket != 0:
		return "="
	case mode.IsRegular() && mode&0o111 != 0:
		return "*"
	}
	return ""
}

func colourOf(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "1;34"
	case mode&fs.ModeSymlink != 0:
		return "1;36"
	case mode&fs.ModeNamedPipe != 0:
		return "0;33"
	case mode&fs.ModeSocket != 0:
		return "1;35"
	case mode&fs.ModeDevice != 0:
		return "1;33"
	case mode&0o111 != 0:
		return "1;32"
	}
	return "0;0"
}

// inColumns fills columns from top to bottom, as busybox does.
func (l *lister) inColumns(entries []entry) {
	widest := 0
	for _, e := range entries {
		widest = max(widest, uniseg.StringWidth(l.before(e)+e.name+l.mark(e.info.Mode())))
	}
	widest += 2
	columns := max(l.columns/widest, 1)
	rows := (len(entries) + columns - 1) / columns
	for row := range rows {
		l.row(entries, row, rows, columns, widest)
	}
}

func (l *lister) row(entries []entry, row, rows, columns, widest int) {
	var b strings.Builder
	gap := 0
	for column := range columns {
		i := column*rows + row
		if l.Has("x") {
			i = row*columns + column
		}
		if i >= len(entries) {
			break
		}
		e := entries[i]
		b.WriteString(strings.Repeat(" ", gap) + l.before(e) + l.shown(e))
		gap = widest - uniseg.StringWidth(l.before(e)+e.name+l.mark(e.info.Mode()))
	}
	line(l.Call, b.String())
}
