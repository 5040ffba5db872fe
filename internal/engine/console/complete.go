package console

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"kubetutor/internal/lab/protocol"
	"mvdan.cc/sh/v3/syntax"
)

// completionTime is how long the learner waits for offers at most.
const completionTime = 3 * time.Second

// Complete offers what could stand at the cursor: commands, files, or what
// kubectl itself offers. That there is nothing to offer is no error.
func (m *Manager) Complete(ctx context.Context, req protocol.Complete) (protocol.Completion, error) {
	s, err := m.session(req.Console)
	if err != nil {
		return protocol.Completion{}, err
	}
	if req.Cursor < 0 || req.Cursor > len(req.Line) {
		return protocol.Completion{}, invalid("the cursor is not in the line")
	}
	words, from := lastCommand(req.Line[:req.Cursor])
	if len(words) == 0 || strings.ContainsAny(words[len(words)-1], "'\"$`\\") {
		return protocol.Completion{From: from}, nil
	}
	word := words[len(words)-1]
	c := protocol.Completion{From: from}
	switch {
	case len(words) == 1:
		c.Items = commandsLike(word)
	case words[0] == "kubectl" || words[0] == "k":
		c.Items, c.From = m.offersOf(ctx, s.directory(), "kubectl", words[1:], from)
	case words[0] == "crictl":
		c.Items, c.From = m.offersOf(ctx, s.directory(), "crictl", words[1:], from)
	default:
		c.Items = m.filesLike(s.directory(), word)
	}
	return c, nil
}

// lastCommand splits the last simple command of an unfinished line into words.
// The last one is what the cursor stands at, perhaps empty; from is where it
// begins. A word after < or > stands alone behind a command that takes files.
func lastCommand(line string) (words []string, from int) {
	from = strings.LastIndexAny(line, " \t\n|;&(){<>") + 1
	word := line[from:]
	start := strings.LastIndexAny(line, "|;&({\n") + 1
	before := line[start:max(start, from)]
	if cut := strings.LastIndexAny(before, "<>"); cut >= 0 {
		return []string{"<", word}, from
	}
	fields := strings.Fields(before)
	for len(fields) > 0 && (syntax.IsKeyword(fields[0]) || isAssignment(fields[0])) {
		fields = fields[1:]
	}
	return append(fields, word), from
}

func isAssignment(word string) bool {
	name, _, ok := strings.Cut(word, "=")
	return ok && syntax.ValidName(name)
}

// commandsLike are the commands that begin so.
func commandsLike(prefix string) (items []protocol.CompletedWord) {
	all := tools()
	all["kubectl"] = tool{about: "control the cluster"}
	all["crictl"] = tool{about: "look at the containers of a node"}
	for _, name := range []string{"cd", "echo", "exit", "export", "false", "printf", "pwd", "test", "true"} {
		all[name] = tool{about: "part of the command line"}
	}
	for _, name := range sortedKeys(all) {
		if strings.HasPrefix(name, prefix) && all[name].about != "not available here" {
			items = append(items, protocol.CompletedWord{Word: name, Help: all[name].about})
		}
	}
	return items
}

// maxOffers is how many files are offered at most.
const maxOffers = 200

// filesLike are the files whose path begins so.
func (m *Manager) filesLike(dir, prefix string) (items []protocol.CompletedWord) {
	root, err := os.OpenRoot(m.config.Workspace)
	if err != nil {
		return nil
	}
	defer root.Close()
	parent, base := filepath.Split(prefix)
	within, ok := strings.CutPrefix(parent, "~/")
	if !ok {
		within = filepath.Join(dir, parent)
	}
	entries, err := fs.ReadDir(root.FS(), filepath.ToSlash(filepath.Clean("./"+within)))
	if err != nil {
		return nil
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), base) || strings.HasPrefix(e.Name(), ".") && base == "" {
			continue
		}
		item := protocol.CompletedWord{Word: parent + e.Name()}
		if e.IsDir() {
			item.Word, item.Open = item.Word+"/", true
		}
		if items = append(items, item); len(items) == maxOffers {
			break
		}
	}
	return items
}

// Directives of cobra's __complete, a set of bits in its last line.
const (
	completeError      = 1
	completeNoSpace    = 2
	completeNoFiles    = 4
	completeExtensions = 8  // the words are extensions of files
	completeDirs       = 16 // the words are directories
)

// offersOf asks the program itself.
func (m *Manager) offersOf(ctx context.Context, dir, program string, words []string, from int) ([]protocol.CompletedWord, int) {
	ctx, cancel := context.WithTimeout(ctx, completionTime)
	defer cancel()
	text, err := m.outputOf(ctx, dir, append([]string{program, "__complete"}, words...))
	if err != nil {
		return nil, from
	}
	word := words[len(words)-1]
	items, directive := parseOffers(text)
	if flag, value, ok := strings.Cut(word, "="); ok && strings.HasPrefix(flag, "-") {
		from, word = from+len(flag)+1, value
	}
	if directive&(completeExtensions|completeDirs) != 0 {
		items = nil
	}
	if len(items) == 0 && directive&(completeNoFiles|completeError) == 0 {
		items = m.filesLike(dir, word)
	}
	return items, from
}

// parseOffers reads what __complete prints: WORD<tab>HELP lines, then :BITS.
func parseOffers(text string) (items []protocol.CompletedWord, directive int) {
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if bits, ok := strings.CutPrefix(line, ":"); ok {
			directive, _ = strconv.Atoi(bits)
			continue
		}
		word, help, _ := strings.Cut(line, "\t")
		if word != "" && !strings.HasPrefix(word, "_activeHelp_") {
			items = append(items, protocol.CompletedWord{Word: word, Help: help})
		}
	}
	for n := range items {
		items[n].Open = directive&completeNoSpace != 0 || strings.HasSuffix(items[n].Word, "=")
	}
	return items, directive
}

// outputOf runs a command that only reads, outside any shell, and returns
// what it prints.
func (m *Manager) outputOf(ctx context.Context, dir string, args []string) (string, error) {
	p, k, err := m.privatePlace()
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(p.Private)
	if p.Servers, err = k.fetch(); err != nil {
		return "", err
	}
	p.Nodes = m.config.Nodes()
	proc, err := m.pool.take()
	if err != nil {
		return "", err
	}
	defer proc.kill()
	stop := context.AfterFunc(ctx, proc.kill)
	defer stop()
	from, to, err := os.Pipe()
	if err != nil {
		return "", err
	}
	defer from.Close()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		to.Close()
		return "", err
	}
	req := execRequest{Place: p, Args: args, Dir: filepath.Join(p.Workspace, dir), Env: commandEnv(p, 80, 24)}
	err = proc.wire.send(message{Kind: kindExec, Exec: &req}, null, to, null)
	to.Close()
	null.Close()
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(io.LimitReader(from, 1<<20))
	return string(text), errors.Join(err, ctx.Err())
}
