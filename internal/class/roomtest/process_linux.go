package roomtest

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Usage is what a process has and has used.
type Usage struct {
	RSS, PSS int // KB
	CPU      time.Duration
	FDs      int
	Threads  int
}

// ticks is how many a second /proc counts in.
const ticks = 100

// UsageOf reads what a process uses.
func UsageOf(pid int) (u Usage, err error) {
	dir := fmt.Sprintf("/proc/%d", pid)
	rollup, err := os.ReadFile(filepath.Join(dir, "smaps_rollup"))
	if err != nil {
		return u, err
	}
	u.RSS, u.PSS = field(rollup, "Rss:"), field(rollup, "Pss:")
	status, err := os.ReadFile(filepath.Join(dir, "status"))
	if err != nil {
		return u, err
	}
	u.Threads = field(status, "Threads:")
	stat, err := os.ReadFile(filepath.Join(dir, "stat"))
	if err != nil {
		return u, err
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	words := strings.Fields(after)
	user, _ := strconv.Atoi(words[11])
	system, _ := strconv.Atoi(words[12])
	u.CPU = time.Duration(user+system) * time.Second / ticks
	fds, err := os.ReadDir(filepath.Join(dir, "fd"))
	u.FDs = len(fds)
	return u, err
}

// field is the number behind a word at the beginning of a line.
func field(text []byte, name string) int {
	for s := bufio.NewScanner(bytes.NewReader(text)); s.Scan(); {
		if rest, ok := strings.CutPrefix(s.Text(), name); ok {
			n, _ := strconv.Atoi(strings.Fields(rest)[0])
			return n
		}
	}
	return 0
}

// LoadAverage is the machine's over the last minute.
func LoadAverage() string {
	text, _ := os.ReadFile("/proc/loadavg")
	one, _, _ := strings.Cut(string(text), " ")
	return one
}

// Processes lists those that run a file or have a home below a directory: what a
// server that lives there has started or left behind.
func Processes(dir string) (list []string) {
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, p := range dirs {
		line, _ := os.ReadFile(filepath.Join(p, "cmdline"))
		environ, _ := os.ReadFile(filepath.Join(p, "environ"))
		if bytes.Contains(line, []byte(dir+"/")) || bytes.Contains(environ, []byte("HOME="+dir+"/")) {
			list = append(list, filepath.Base(p)+" "+string(bytes.ReplaceAll(line, []byte{0}, []byte{' '})))
		}
	}
	return list
}
