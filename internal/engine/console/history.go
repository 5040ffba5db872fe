package console

import (
	"os"
	"slices"
	"strings"
	"sync"
)

// maxHistory is how many lines are kept.
const maxHistory = 1000

// history remembers lines, oldest first, in a file if it has one. A line with
// line breaks is kept as one, with the breaks escaped.
type history struct {
	mu   sync.Mutex
	file string
	all  []string
}

func openHistory(file string) *history {
	h := &history{file: file}
	raw, err := os.ReadFile(file)
	if err != nil {
		return h // none yet
	}
	for line := range strings.Lines(string(raw)) {
		h.all = append(h.all, unescape.Replace(strings.TrimSuffix(line, "\n")))
	}
	h.all = newest(h.all)
	return h
}

var (
	escape   = strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`)
	unescape = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\r`, "\r")
)

func (h *history) lines() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.all)
}

// add remembers a line; the same line twice in a row counts once. That the file
// cannot be written is no reason to stop the learner.
func (h *history) add(line string) {
	line = strings.TrimSpace(line)
	h.mu.Lock()
	defer h.mu.Unlock()
	if line == "" || len(h.all) > 0 && h.all[len(h.all)-1] == line {
		return
	}
	h.all = append(h.all, line)
	if len(h.all) > maxHistory+maxHistory/10 {
		h.all = newest(h.all)
		h.rewrite()
		return
	}
	h.append(line)
}

func newest(lines []string) []string { return slices.Clone(lines[max(0, len(lines)-maxHistory):]) }

func (h *history) append(line string) {
	if h.file == "" {
		return
	}
	f, err := os.OpenFile(h.file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	defer f.Close()
	_, _ = f.WriteString(escape.Replace(line) + "\n")
}

// rewrite shortens the file, by way of another so that a crash loses nothing.
func (h *history) rewrite() {
	if h.file == "" {
		return
	}
	var b strings.Builder
	for _, line := range h.all {
		b.WriteString(escape.Replace(line) + "\n")
	}
	if os.WriteFile(h.file+".new", []byte(b.String()), 0o600) == nil {
		_ = os.Rename(h.file+".new", h.file)
	}
}
