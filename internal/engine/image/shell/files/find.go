package files

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"kubetutor/internal/engine/image/shell/tool"
	"kubetutor/internal/engine/kernel"
)

// finder is one call of find.
type finder struct {
	*tool.Call
	args    []string // of the expression that is parsed
	follow  bool
	links   bool // -H: follow those that are named
	least   int
	most    int
	depth   bool
	acted   bool // the expression prints or does something
	now     time.Time
	prune   bool // the directory at hand is not entered
	quit    bool
	batches []*execution
}

// found is a file that find looks at.
type found struct {
	path  string
	name  string
	level int
	info  fs.FileInfo
}

// condition is a part of the expression.
type condition func(found) bool

func find(c *tool.Call) int {
	f := &finder{Call: c, most: 1 << 30, now: time.Now()}
	roots := f.roots(c.Args)
	expr := condition(func(found) bool { return true })
	if len(f.args) > 0 {
		expr = f.or()
		if len(f.args) > 0 {
			c.Fatalf("unexpected '%s'", f.args[0])
		}
	}
	if !f.acted {
		inner := expr
		expr = func(x found) bool { return inner(x) && f.print(x, "\n") }
	}
	for _, root := range roots {
		f.root(root, expr)
	}
	for _, b := range f.batches {
		b.finish()
	}
	return 0
}

// roots takes the leading options and paths.
func (f *finder) roots(args []string) (roots []string) {
	for len(args) > 0 && (args[0] == "-H" || args[0] == "-L" || args[0] == "-P") {
		f.follow, f.links = args[0] == "-L", args[0] == "-H"
		args = args[1:]
	}
	for len(args) > 0 && !strings.HasPrefix(args[0], "-") && args[0] != "!" && args[0] != "(" {
		roots = append(roots, args[0])
		args = args[1:]
	}
	f.args = args
	if len(roots) == 0 {
		roots = []string{"."}
	}
	return roots
}

func (f *finder) root(root string, expr condition) {
	look := f.FS().Lstat
	if f.follow || f.links {
		look = f.FS().Stat
	}
	info, err := look(root)
	if err != nil {
		f.Warnf("%s: %s", root, tool.Reason(err))
		return
	}
	f.visit(found{path: root, name: path.Base(root), info: info}, expr)
}

func (f *finder) visit(x found, expr condition) {
	if f.quit {
		return
	}
	f.Spend(1000)
	f.prune = false
	wanted := x.level >= f.least
	if wanted && !f.depth {
		expr(x)
	}
	if x.info.IsDir() && x.level < f.most && (!f.prune || f.depth) {
		f.enter(x, expr)
	}
	if wanted && f.depth && !f.quit {
		expr(x)
	}
}

func (f *finder) enter(x found, expr condition) {
	entries, err := f.FS().ReadDir(x.path)
	if err != nil {
		f.Warnf("%s: %s", x.path, tool.Reason(err))
		return
	}
	for _, name := range names(entries) {
		child := found{path: within(x.path, name), name: name, level: x.level + 1}
		look := f.FS().Lstat
		if f.follow {
			look = f.FS().Stat
		}
		info, err := look(child.path)
		if err != nil {
			continue // gone meanwhile
		}
		child.info = info
		f.visit(child, expr)
	}
}

func (f *finder) next(of string) string {
	if len(f.args) == 0 {
		f.Fatalf("%s: requires an argument", of)
	}
	word := f.args[0]
	f.args = f.args[1:]
	return word
}

func (f *finder) or() condition {
	left := f.and()
	for len(f.args) > 0 && (f.args[0] == "-o" || f.args[0] == "-or") {
		f.args = f.args[1:]
		a, b := left, f.and()
		left = func(x found) bool { return a(x) || b(x) }
	}
	return left
}

func (f *finder) and() condition {
	left := f.not()
	for len(f.args) > 0 && !slices.Contains([]string{"-o", "-or", ")"}, f.args[0]) {
		if f.args[0] == "-a" || f.args[0] == "-and" {
			f.args = f.args[1:]
		}
		a, b := left, f.not()
		left = func(x found) bool { return a(x) && b(x) }
	}
	return left
}

func (f *finder) not() condition {
	switch word := f.next("expression"); word {
	case "!", "-not":
		inner := f.not()
		return func(x found) bool { return !inner(x) }
	case "(":
		inner := f.or()
		if f.next("(") != ")" {
			f.Fatalf("unpaired '('")
		}
		return inner
	default:
		return f.primary(word)
	}
}

func (f *finder) primary(word string) condition {
	yes := func(found) bool { return true }
	switch word {
	case "-print":
		f.acted = true
		return func(x found) bool { return f.print(x, "\n") }
	case "-print0":
		f.acted = true
		return func(x found) bool { return f.print(x, "\x00") }
	case "-printf":
		f.acted = true
		format := f.next(word)
		return func(x found) bool { _, _ = f.Out.WriteString(f.format(format, x)); return true }
	case "-ls":
		f.acted = true
		l := &lister{Call: f.Call, users: f.Users(), groups: f.Groups(), now: f.now}
		return func(x found) bool {
			line(f.Call, fmt.Sprintf("%7d %5d ", tool.StatOf(x.info).Ino, blocks(x.info))+l.long(entry{name: x.path, path: x.path, info: x.info, stat: tool.StatOf(x.info)})+x.path)
			return true
		}
	case "-delete":
		f.acted, f.depth = true, true
		return f.remove
	case "-exec", "-execdir", "-ok":
		f.acted = true
		return f.execution(word)
	case "-prune":
		return func(found) bool { f.prune = true; return true }
	case "-quit":
		f.acted = true
		return func(found) bool { f.quit = true; return true }
	case "-depth":
		f.depth = true
		return yes
	case "-maxdepth":
		f.most = f.Number(f.next(word))
		return yes
	case "-mindepth":
		f.least = f.Number(f.next(word))
		return yes
	case "-xdev", "-mount", "-follow", "-noleaf", "-daystart":
		f.follow = f.follow || word == "-follow"
		return yes
	case "-true":
		return yes
	case "-false":
		return func(found) bool { return false }
	}
	return f.test(word)
}

func (f *finder) print(x found, end string) bool {
	_, _ = f.Out.WriteString(x.path + end)
	return true
}

func (f *finder) empty(x found) bool {
	if x.info.IsDir() {
		entries, err := f.FS().ReadDir(x.path)
		return err == nil && len(entries) == 0
	}
	return x.info.Mode().IsRegular() && x.info.Size() == 0
}

func (f *finder) remove(x found) bool {
	if x.path == "." {
		return true
	}
	err := f.FS().Remove(x.path)
	if err != nil {
		f.Warnf("%s: %s", x.path, tool.Reason(err))
	}
	return err == nil
}

// compare reads "+n", "-n" or "n".
func (f *finder) compare(arg string, value func(found) int64) condition {
	n, err := strconv.ParseInt(strings.TrimLeft(arg, "+-"), 10, 64)
	if err != nil {
		f.Fatalf("invalid number '%s'", arg)
	}
	switch arg[0] {
	case '+':
		return func(x found) bool { return value(x) > n }
	case '-':
		return func(x found) bool { return value(x) < n }
	}
	return func(x found) bool { return value(x) == n }
}

func (f *finder) size(arg string) condition {
	unit := int64(512)
	if last := arg[len(arg)-1:]; arg != "" && strings.Contains("cwbkMG", last) {
		unit = map[string]int64{"c": 1, "w": 2, "b": 512, "k": 1 << 10, "M": 1 << 20, "G": 1 << 30}[last]
		arg = arg[:len(arg)-1]
	}
	if arg == "" {
		f.Fatalf("invalid number '%s'", arg)
	}
	return f.compare(arg, func(x found) int64 { return (x.info.Size() + unit - 1) / unit })
}

func (f *finder) age(arg string, unit time.Duration) condition {
	if arg == "" {
		f.Fatalf("invalid number '%s'", arg)
	}
	return f.compare(arg, func(x found) int64 { return int64(f.now.Sub(x.info.ModTime()) / unit) })
}

func (f *finder) permission(arg string) condition {
	digits := strings.TrimLeft(arg, "-/+")
	want, err := tool.ParseMode(digits, 0, false, 0)
	if err != nil {
		f.Fatalf("invalid mode '%s'", arg)
	}
	return func(x found) bool {
		mode := tool.UnixMode(x.info.Mode())
		switch arg[0] {
		case '-':
			return mode&want == want
		case '/', '+':
			return mode&want != 0 || want == 0
		}
		return mode == want
	}
}

func (f *finder) newer(arg string) condition {
	info, err := f.FS().Stat(arg)
	if err != nil {
		f.Fatalf("%s: %s", arg, tool.Reason(err))
	}
	return func(x found) bool { return x.info.ModTime().After(info.ModTime()) }
}

// format does -printf.
func (f *finder) format(format string, x found) string {
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		switch {
		case format[i] == '\\' && i+1 < len(format):
			i++
			b.WriteString(map[byte]string{'n': "\n", 't': "\t", '0': "\x00", '\\': "\\"}[format[i]])
		case format[i] == '%' && i+1 < len(format):
			i++
			b.WriteString(f.field(format[i], x))
		default:
			b.WriteByte(format[i])
		}
	}
	return b.String()
}

func (f *finder) field(letter byte, x found) string {
	s := tool.StatOf(x.info)
	switch letter {
	case 'p':
		return x.path
	case 'f':
		return x.name
	case 'h':
		return path.Dir(x.path)
	case 's':
		return strconv.FormatInt(x.info.Size(), 10)
	case 'm':
		return strconv.FormatUint(uint64(tool.UnixMode(x.info.Mode())), 8)
	case 'M':
		return tool.ModeString(x.info.Mode())
	case 'u':
		return f.Users().Name(s.UID)
	case 'g':
		return f.Groups().Name(s.GID)
	case 'y':
		return string(kindLetter(x.info.Mode()))
	case 'd':
		return strconv.Itoa(x.level)
	case '%':
		return "%"
	}
	return ""
}

// execution is an "-exec".
type execution struct {
	f     *finder
	words []string
	batch bool
	paths []string
}

func (f *finder) execution(word string) condition {
	e := &execution{f: f}
	for {
		arg := f.next(word)
		if arg == ";" || arg == "+" && len(e.words) > 0 && e.words[len(e.words)-1] == "{}" {
			e.batch = arg == "+"
			break
		}
		e.words = append(e.words, arg)
	}
	if len(e.words) == 0 {
		f.Fatalf("%s: requires an argument", word)
	}
	if e.batch {
		f.batches = append(f.batches, e)
		return func(x found) bool { e.paths = append(e.paths, x.path); return true }
	}
	return func(x found) bool { return e.run(x.path) }
}

func (e *execution) run(file string) bool {
	args := make([]string, len(e.words))
	for i, w := range e.words {
		args[i] = strings.ReplaceAll(w, "{}", file)
	}
	return e.start(args) == 0
}

func (e *execution) finish() {
	for batch := range slices.Chunk(e.paths, 4096) {
		if e.start(append(slices.Clone(e.words[:len(e.words)-1]), batch...)) != 0 {
			e.f.Fail(1)
		}
	}
}

func (e *execution) start(args []string) int {
	c := e.f.Call
	c.Out.Flush()
	child, err := c.Start(kernel.Spec{Args: args, Stdin: c.Stdin(), Stdout: c.Stdout(), Stderr: c.Stderr()})
	if err != nil {
		code, why := tool.ExecReason(err)
		c.Warnf("%s: %s", args[0], why)
		return code
	}
	status, err := child.Wait(c.Ctx)
	if err != nil {
		return 137
	}
	return status.ExitCode()
}
