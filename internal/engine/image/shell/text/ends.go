package text

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"kubetutor/internal/engine/image/shell/tool"
	"kubetutor/internal/engine/kernel"
)

// part is what the options of head and tail ask for.
type part struct {
	count          int
	bytes          bool
	fromStart      bool // tail +N
	allBut         bool // head -n -N
	quiet, verbose bool
	follow, retry  bool
	every          time.Duration
	files          []string
}

// parsePart reads options, the old form "-20" among them.
func parsePart(c *tool.Call) part {
	p := part{count: 10, every: wait}
	args := c.Args
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		switch {
		case arg == "--":
			p.files = append(p.files, args...)
			return p
		case len(arg) < 2 || arg[0] != '-' && !(arg[0] == '+' && c.Name == "tail" && isDigit(arg[1])):
			p.files = append(p.files, arg)
		case arg[0] == '+' || isDigit(arg[1]):
			p.number(c, strings.TrimPrefix(arg, "-"))
		case strings.HasPrefix(arg, "--"):
			p.long(c, arg[2:])
		default:
			args = p.short(c, arg[1:], args)
		}
	}
	return p
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

func (p *part) long(c *tool.Call, arg string) {
	name, value, _ := strings.Cut(arg, "=")
	switch name {
	case "lines":
		p.number(c, value)
	case "bytes":
		p.bytes = true
		p.number(c, value)
	case "follow":
		p.follow, p.retry = true, value == "name"
	case "retry":
		p.retry = true
	case "quiet", "silent":
		p.quiet = true
	case "verbose":
		p.verbose = true
	default:
		c.Errorf("unrecognized option: %s", name)
		c.UsageExit()
	}
}

func (p *part) short(c *tool.Call, letters string, rest []string) []string {
	for i := 0; i < len(letters); i++ {
		switch letter := letters[i]; letter {
		case 'q':
			p.quiet = true
		case 'v':
			p.verbose = true
		case 'f':
			p.follow = true
		case 'F':
			p.follow, p.retry = true, true
		case 'n', 'c', 's':
			value := letters[i+1:]
			if value == "" {
				if len(rest) == 0 {
					c.Errorf("option requires an argument: %c", letter)
					c.UsageExit()
				}
				value, rest = rest[0], rest[1:]
			}
			if letter == 's' {
				p.every = max(time.Duration(c.Number(value))*time.Second, wait)
				return rest
			}
			p.bytes = p.bytes || letter == 'c'
			p.number(c, value)
			return rest
		default:
			if c.Name == "tail" && isDigit(letter) {
				p.number(c, letters[i:])
				return rest
			}
			c.Errorf("unrecognized option: %c", letter)
			c.UsageExit()
		}
	}
	return rest
}

func (p *part) number(c *tool.Call, text string) {
	switch {
	case c.Name == "tail" && strings.HasPrefix(text, "+"):
		p.fromStart = true
	case c.Name != "tail" && strings.HasPrefix(text, "-"):
		p.allBut = true
	}
	n := c.Number(strings.TrimLeft(text, "+-"))
	p.count = n
}

// title prints the line before a file's part.
func (p *part) title(c *tool.Call, name string, first bool) {
	if p.quiet || len(p.files) < 2 && !p.verbose {
		return
	}
	if !first {
		line(c, "")
	}
	if name == "-" {
		name = "standard input"
	}
	line(c, "==> "+name+" <==")
}

func head(c *tool.Call) int {
	p := parsePart(c)
	first := true
	c.Each(p.files, func(in *tool.Input) error {
		p.title(c, in.Name, first)
		first = false
		switch {
		case p.allBut:
			return p.butLast(c, in)
		case p.bytes:
			return c.Copy(c.Out, io.LimitReader(in, int64(p.count)))
		}
		return p.firstLines(c, in)
	})
	return 0
}

// firstLines prints lines and reads no more than it needs from a terminal or pipe.
func (p *part) firstLines(c *tool.Call, in io.Reader) error {
	left := p.count
	buffer := make([]byte, 1024)
	for left > 0 {
		n, err := in.Read(buffer)
		piece := buffer[:n]
		for i, b := range piece {
			if b != '\n' {
				continue
			}
			if left--; left == 0 {
				piece = piece[:i+1]
				break
			}
		}
		_, _ = c.Out.Write(piece)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *part) butLast(c *tool.Call, in io.Reader) error {
	all, err := c.ReadAll(in)
	defer c.Hold(-len(all))
	if p.bytes {
		_, _ = c.Out.Write(all[:max(len(all)-p.count, 0)])
		return err
	}
	lines := strings.SplitAfter(string(all), "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	for _, l := range lines[:max(len(lines)-p.count, 0)] {
		_, _ = c.Out.WriteString(l)
	}
	return err
}

func tail(c *tool.Call) int {
	p := parsePart(c)
	if len(p.files) == 0 {
		p.files = []string{"-"}
	}
	followed := []*followed{}
	for i, name := range p.files {
		f := p.open(c, name)
		if f == nil {
			continue
		}
		p.title(c, name, i == 0)
		if err := p.end(c, f); err != nil {
			c.Warnf("%s: %s", name, tool.Reason(err))
		}
		followed = append(followed, f)
	}
	c.Out.Flush()
	if !p.follow || len(followed) == 0 {
		return 0
	}
	p.followAll(c, followed)
	return c.Failed()
}

// followed is a file that "tail -f" watches.
type followed struct {
	name string
	in   io.Reader
	file *kernel.File // nil for standard input
	at   int64
}

func (p *part) open(c *tool.Call, name string) *followed {
	if name == "-" {
		return &followed{name: name, in: c.Input()}
	}
	f, err := c.FS().Open(name)
	if err == nil {
		return &followed{name: name, in: f, file: f}
	}
	c.Warnf("can't open '%s': %s", name, tool.Reason(err))
	if p.retry && p.follow {
		return &followed{name: name}
	}
	return nil
}

// end prints the end of a file.
func (p *part) end(c *tool.Call, f *followed) error {
	if f.in == nil {
		return nil
	}
	if p.fromStart {
		return p.fromLine(c, f)
	}
	kept, err := p.last(c, f)
	_, _ = c.Out.Write(kept)
	c.Hold(-len(kept))
	return err
}

// fromLine prints from a line or byte on.
func (p *part) fromLine(c *tool.Call, f *followed) error {
	skip := max(p.count-1, 0)
	part := make([]byte, 32<<10)
	for {
		n, err := f.in.Read(part)
		f.at += int64(n)
		piece := part[:n]
		for skip > 0 && len(piece) > 0 {
			if p.bytes {
				k := min(skip, len(piece))
				piece, skip = piece[k:], skip-k
				continue
			}
			i := strings.IndexByte(string(piece), '\n')
			if i < 0 {
				piece = nil
				break
			}
			piece, skip = piece[i+1:], skip-1
		}
		_, _ = c.Out.Write(piece)
		if err != nil {
			return ended(err)
		}
	}
}

func ended(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// last reads to the end and returns what is to be printed, and holds no more
// than about twice that.
func (p *part) last(c *tool.Call, f *followed) (kept []byte, err error) {
	part := make([]byte, 32<<10)
	for {
		n, err := f.in.Read(part)
		f.at += int64(n)
		before := len(kept)
		kept = append(kept, part[:n]...)
		if start := p.start(kept); start > len(kept)/2 {
			kept = append([]byte{}, kept[start:]...)
		}
		c.Hold(len(kept) - before)
		if err != nil {
			return kept[p.start(kept):], ended(err)
		}
	}
}

// start is where the last lines or bytes begin.
func (p *part) start(text []byte) int {
	if p.bytes {
		return max(len(text)-p.count, 0)
	}
	if p.count == 0 {
		return len(text)
	}
	seen := 0
	for i := len(text) - 2; i >= 0; i-- {
		if text[i] != '\n' {
			continue
		}
		if seen++; seen == p.count {
			return i + 1
		}
	}
	return 0
}

// followAll prints what is added to files, for ever.
func (p *part) followAll(c *tool.Call, files []*followed) {
	current := files[len(files)-1]
	for c.Sleep(p.every) {
		for _, f := range files {
			text := p.added(c, f)
			if len(text) == 0 {
				continue
			}
			if f != current {
				p.title(c, f.name, false)
				current = f
			}
			_, _ = c.Out.Write(text)
		}
		c.Out.Flush()
	}
}

// added is what has been added to a file. With -F a file that has another name
// by now is opened again.
func (p *part) added(c *tool.Call, f *followed) []byte {
	info, err := c.FS().Stat(f.name)
	switch {
	case p.retry && err == nil && f.replaced(info):
		fresh, err := c.FS().Open(f.name)
		if err != nil {
			return nil
		}
		if f.file != nil {
			f.file.Close()
			fmt.Fprintf(c.Stderr(), "tail: %s has been replaced; following end of new file\n", f.name)
		}
		f.file, f.in, f.at = fresh, fresh, 0
	case f.file != nil && err == nil && info.Size() < f.at:
		fmt.Fprintf(c.Stderr(), "tail: %s: file truncated\n", f.name)
		_, _ = f.file.Seek(0, io.SeekStart)
		f.at = 0
	}
	if f.in == nil {
		return nil
	}
	var all []byte
	part := make([]byte, 32<<10)
	for len(all) < 1<<20 {
		n, err := f.in.Read(part)
		c.Spend(n)
		all = append(all, part[:n]...)
		f.at += int64(n)
		if n == 0 || err != nil {
			break
		}
	}
	return all
}

func (f *followed) replaced(info interface{ Sys() any }) bool {
	if f.file == nil {
		return true
	}
	old, err := f.file.Stat()
	if err != nil {
		return true
	}
	a, okA := old.Sys().(*kernel.Stat)
	b, okB := info.Sys().(*kernel.Stat)
	return okA && okB && (a.Ino != b.Ino || a.Dev != b.Dev)
}
