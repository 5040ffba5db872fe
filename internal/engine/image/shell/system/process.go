package system

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"kubetutor/internal/engine/image/shell/tool"
	"kubetutor/internal/engine/kernel"
)

// commandName is a process's name.
func commandName(p kernel.ProcessInfo) string { return p.Name }

// called says whether a process goes by a name, for pidof and killall: its own,
// that of its first argument, or that of its program.
func called(p kernel.ProcessInfo, name string) bool {
	return p.Name == name || len(p.Args) > 0 && path.Base(p.Args[0]) == name || path.Base(p.Path) == name
}

func commandLine(p kernel.ProcessInfo) string {
	if p.State == 'Z' {
		return "[" + commandName(p) + "]"
	}
	return strings.Join(p.Args, " ")
}

// ps prints as busybox does, and in the columns of procps if it is called in a
// way that busybox does not know, such as "ps aux" or "ps -ef".
func ps(c *tool.Call) int {
	columns := "pid,user,time,args"
	for i, a := range c.Args {
		switch {
		case a == "-o" && i+1 < len(c.Args):
			columns = c.Args[i+1]
		case strings.HasPrefix(a, "-o") && len(a) > 2:
			columns = a[2:]
		case a == "aux" || a == "auxw" || a == "-aux" || a == "auxww":
			columns = "user,pid,pcpu,pmem,vsz,rss,tty,stat,start,time,args"
		case a == "-ef" || a == "-eF" || a == "-e" || a == "-f":
			columns = "user=UID,pid,ppid,pcpu=C,start=STIME,tty,time,args=CMD"
		}
	}
	table := psTable{c: c, users: c.Users()}
	table.print(strings.Split(columns, ","))
	return 0
}

type psTable struct {
	c     *tool.Call
	users tool.Names
}

// psColumn is a column: its title, width, and whether it is aligned to the right.
type psColumn struct {
	title string
	width int
	right bool
	value func(kernel.ProcessInfo) string
}

func (t psTable) column(name string) (psColumn, bool) {
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	age := func(p kernel.ProcessInfo) time.Duration { return max(time.Since(p.Start), time.Second) }
	columns := map[string]psColumn{
		"pid":   {"PID", 5, true, func(p kernel.ProcessInfo) string { return strconv.Itoa(p.PID) }},
		"ppid":  {"PPID", 5, true, func(p kernel.ProcessInfo) string { return strconv.Itoa(p.PPID) }},
		"pgid":  {"PGID", 5, true, func(p kernel.ProcessInfo) string { return strconv.Itoa(p.PGID) }},
		"user":  {"USER", 8, false, func(p kernel.ProcessInfo) string { return t.users.Name(p.UID) }},
		"uid":   {"UID", 5, true, func(p kernel.ProcessInfo) string { return strconv.Itoa(p.UID) }},
		"group": {"GROUP", 8, false, func(p kernel.ProcessInfo) string { return t.c.Groups().Name(p.GID) }},
		"gid":   {"GID", 5, true, func(p kernel.ProcessInfo) string { return strconv.Itoa(p.GID) }},
		"time":  {"TIME", 5, true, func(p kernel.ProcessInfo) string { return clock(p.CPU) }},
		"etime": {"ELAPSED", 7, true, func(p kernel.ProcessInfo) string { return clock(age(p)) }},
		"stat":  {"STAT", 4, false, func(p kernel.ProcessInfo) string { return string(p.State) }},
		"tty":   {"TTY", 6, false, func(p kernel.ProcessInfo) string { return orDefault(p.TTY, "?") }},
		"vsz":   {"VSZ", 6, true, func(p kernel.ProcessInfo) string { return number(p.Memory/1024 + 4096) }},
		"rss":   {"RSS", 5, true, func(p kernel.ProcessInfo) string { return number(p.Memory / 1024) }},
		"comm":  {"COMMAND", 16, false, commandName},
		"args":  {"COMMAND", 0, false, commandLine},
		"start": {"START", 5, false, func(p kernel.ProcessInfo) string { return p.Start.UTC().Format("15:04") }},
		"pcpu":  {"%CPU", 4, true, func(p kernel.ProcessInfo) string { return fmt.Sprintf("%.1f", 100*p.CPU.Seconds()/age(p).Seconds()) }},
		"pmem":  {"%MEM", 4, true, func(p kernel.ProcessInfo) string { return "0.0" }},
		"nice":  {"NI", 3, true, func(kernel.ProcessInfo) string { return "0" }},
	}
	aliases := map[string]string{"cmd": "args", "command": "args", "s": "stat", "state": "stat", "tt": "tty", "c": "pcpu", "%cpu": "pcpu", "%mem": "pmem", "stime": "start", "ruser": "user", "ni": "nice", "ucmd": "comm"}
	if full, ok := aliases[name]; ok {
		name = full
	}
	column, ok := columns[name]
	return column, ok
}

func orDefault(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// clock is a time as minutes and seconds.
func clock(d time.Duration) string {
	s := int(d.Seconds())
	if s >= 100*60 {
		return fmt.Sprintf("%dh%02d", s/3600, s/60%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

func (t psTable) print(names []string) {
	var columns []psColumn
	for _, name := range names {
		name, title, renamed := strings.Cut(strings.TrimSpace(name), "=")
		column, ok := t.column(name)
		if !ok {
			t.c.Fatalf("bad -o argument '%s', supported arguments: user,group,comm,args,pid,ppid,pgid,tty,vsz,stat,rss,etime,time,nice", name)
		}
		if renamed {
			column.title = title
		}
		columns = append(columns, column)
	}
	if slices.ContainsFunc(columns, func(c psColumn) bool { return c.title != "" }) {
		t.row(columns, func(c psColumn) string { return c.title })
	}
	for _, p := range t.c.Processes() {
		t.row(columns, func(c psColumn) string { return c.value(p) })
	}
}

func (t psTable) row(columns []psColumn, value func(psColumn) string) {
	parts := make([]string, 0, len(columns))
	for i, column := range columns {
		text := value(column)
		switch {
		case i == len(columns)-1 || column.width == 0:
		case column.right:
			text = fmt.Sprintf("%*s", column.width, text)
		default:
			text = fmt.Sprintf("%-*.*s", column.width, column.width, text)
		}
		parts = append(parts, text)
	}
	line(t.c, strings.TrimRight(strings.Join(parts, " "), " "))
}

func pidof(c *tool.Call) int {
	var found []string
	for _, p := range slices.Backward(c.Processes()) {
		if p.State != 'Z' && slices.ContainsFunc(c.Args, func(name string) bool { return called(p, name) }) {
			found = append(found, strconv.Itoa(p.PID))
		}
	}
	if len(found) == 0 {
		return 1
	}
	if c.Has("s") {
		found = found[:1]
	}
	line(c, strings.Join(found, " "))
	return 0
}

// killSignal takes "-9", "-TERM" or "-s TERM" off arguments.
func killSignal(c *tool.Call, args []string) (kernel.Signal, []string) {
	if len(args) == 0 || len(args[0]) < 2 || args[0][0] != '-' {
		return kernel.SIGTERM, args
	}
	name, rest := args[0][1:], args[1:]
	if name == "s" && len(rest) > 0 {
		name, rest = rest[0], rest[1:]
	}
	sig, err := kernel.ParseSignal(name)
	if err != nil {
		return 0, args
	}
	return sig, rest
}

func killall(c *tool.Call) int {
	quiet := false
	args := c.Args
	for len(args) > 0 && (args[0] == "-q" || args[0] == "-w") {
		quiet, args = true, args[1:]
	}
	sig, args := killSignal(c, args)
	if len(args) == 0 {
		c.UsageExit()
	}
	for _, name := range args {
		some := false
		for _, p := range c.Processes() {
			if called(p, name) && p.PID != c.PID() && p.State != 'Z' {
				some = true
				if err := c.Kill(p.PID, sig); err != nil {
					c.Warnf("can't kill pid %d: %s", p.PID, tool.Reason(err))
				}
			}
		}
		if !some {
			c.Fail(1)
			if !quiet {
				c.Errorf("%s: no process killed", name)
			}
		}
	}
	return 0
}

// selection is what pgrep and pkill look for.
type selection struct {
	full, exact, invert, newest, oldest bool
	parent                              int
	pattern                             string
}

func (s selection) find(c *tool.Call) (found []kernel.ProcessInfo) {
	re, err := regexp.Compile(s.pattern)
	if err != nil {
		c.Fatalf("bad regex '%s'", s.pattern)
	}
	for _, p := range c.Processes() {
		if p.PID == c.PID() || p.State == 'Z' || s.parent > 0 && p.PPID != s.parent {
			continue
		}
		text := commandName(p)
		if s.full {
			text = commandLine(p)
		}
		match := re.MatchString(text)
		if s.exact {
			match = re.FindString(text) == text
		}
		if match != s.invert {
			found = append(found, p)
		}
	}
	switch {
	case len(found) > 1 && s.newest:
		found = found[len(found)-1:]
	case len(found) > 1 && s.oldest:
		found = found[:1]
	}
	return found
}

func pgrep(c *tool.Call) int {
	s := selection{full: c.Has("f"), exact: c.Has("x"), invert: c.Has("v"), newest: c.Has("n"), oldest: c.Has("o"), parent: c.Int("P", 0)}
	if len(c.Args) > 0 {
		s.pattern = c.Args[0]
	} else if s.parent == 0 {
		c.UsageExit()
	}
	found := s.find(c)
	if c.Has("c") {
		line(c, strconv.Itoa(len(found)))
	} else {
		for _, p := range found {
			switch {
			case c.Has("a"):
				line(c, fmt.Sprintf("%d %s", p.PID, commandLine(p)))
			case c.Has("l"):
				line(c, fmt.Sprintf("%d %s", p.PID, commandName(p)))
			default:
				line(c, strconv.Itoa(p.PID))
			}
		}
	}
	if len(found) == 0 {
		return 1
	}
	return 0
}

func pkill(c *tool.Call) int {
	var s selection
	sig := kernel.SIGTERM
	args := c.Args
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' {
		if strings.Trim(args[0][1:], "fxvno") == "" {
			s.full = s.full || strings.Contains(args[0], "f")
			s.exact = s.exact || strings.Contains(args[0], "x")
			s.invert = s.invert || strings.Contains(args[0], "v")
			s.newest = s.newest || strings.Contains(args[0], "n")
			s.oldest = s.oldest || strings.Contains(args[0], "o")
			args = args[1:]
			continue
		}
		got, rest := killSignal(c, args)
		if len(rest) == len(args) {
			c.Errorf("bad signal name '%s'", args[0][1:])
			return 1
		}
		sig, args = got, rest
	}
	if len(args) == 0 {
		c.UsageExit()
	}
	s.pattern = args[0]
	found := s.find(c)
	for _, p := range found {
		if err := c.Kill(p.PID, sig); err != nil {
			c.Warnf("can't kill pid %d: %s", p.PID, tool.Reason(err))
		}
	}
	if len(found) == 0 {
		return 1
	}
	return 0
}
