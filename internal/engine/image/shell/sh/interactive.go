package sh

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	"kubetutor/internal/engine/image/shell/line"
	"kubetutor/internal/engine/kernel"
)

// maxHistory is how many lines an interactive shell remembers.
const maxHistory = 500

// interact is the shell at a terminal.
func (s *shell) interact() int {
	s.opts.interactive = true
	s.interactiveSignals()
	s.profile()
	for _, file := range s.startFiles() {
		if text, err := s.p.FS().ReadFile(file); err == nil {
			s.eval(string(text))
		}
	}
	prompt := &prompter{s: s, editor: line.Editor{Columns: s.columns, Complete: s.complete}}
	for !s.ended() {
		text, ok := prompt.command()
		if !ok {
			break
		}
		s.interactiveRun(text)
	}
	return s.end()
}

// startFiles are what an interactive shell reads: bash, as Debian builds it, two
// files unless it is a login shell; any other what ENV names.
func (s *shell) startFiles() []string {
	switch env := s.vars.value("ENV"); {
	case s.bash && s.opts.login:
		return nil
	case s.bash:
		return []string{"/etc/bash.bashrc", path.Join(s.vars.value("HOME"), ".bashrc")}
	case env != "":
		return []string{env}
	}
	return nil
}

// ended goes back to the prompt unless the shell is to end.
func (s *shell) ended() bool {
	if s.ctx.Err() != nil || s.flow == flowExit {
		return true
	}
	s.flow, s.levels, s.tested, s.depth, s.loops = flowNone, 0, 0, 0, 0
	return false
}

// interactiveRun runs what was typed.
func (s *shell) interactiveRun(text string) {
	file, err := parse(text)
	if err != nil {
		s.status = s.syntaxError(err)
		return
	}
	s.traps.take() // a ^C of before
	s.list(file.Stmts)
	s.meter.settle()
}

func (s *shell) columns() int {
	if tty := s.p.TTY(); tty != nil {
		return tty.Size().Columns
	}
	return 0
}

// prompter reads commands from a terminal.
type prompter struct {
	s      *shell
	editor line.Editor
}

// command reads a whole command, which may take several lines. It is false at
// the end of input.
func (p *prompter) command() (string, bool) {
	text, prompt := "", p.s.prompt()
	for {
		p.s.report()
		typed, err := p.line(prompt)
		if errors.Is(err, line.ErrInterrupted) {
			p.s.status = 130
			text, prompt = "", p.s.prompt()
			continue
		}
		if err != nil {
			if p.s.bash && p.s.ctx.Err() == nil {
				fmt.Fprintln(p.s.stderr(), "exit")
			}
			return "", false
		}
		text += typed + "\n"
		if _, err := parse(text); err != nil && incomplete(err) {
			prompt = p.s.vars.value("PS2")
			continue
		}
		p.s.remember(strings.TrimSpace(text))
		return text, true
	}
}

// line reads one line with the terminal in raw mode.
func (p *prompter) line(prompt string) (string, error) {
	p.editor.In, p.editor.Out, p.editor.History = p.s.stdin(), p.s.stderr(), p.s.history
	if tty := p.s.p.TTY(); tty != nil {
		defer tty.MakeRaw()()
	}
	resized := p.s.p.Notify(kernel.SIGWINCH)
	defer p.s.p.Reset(kernel.SIGWINCH)
	done := make(chan struct{})
	defer close(done)
	go func() {
		for {
			select {
			case _, ok := <-resized:
				if !ok {
					return
				}
				p.editor.Redraw()
			case <-done:
				return
			}
		}
	}()
	return p.editor.ReadLine(prompt)
}

func (s *shell) remember(text string) {
	if text == "" || len(s.history) > 0 && s.history[len(s.history)-1] == text {
		return
	}
	s.history = append(s.history, strings.ReplaceAll(text, "\n", "; "))
	if len(s.history) > maxHistory {
		s.history = s.history[1:]
	}
}

// prompt is PS1 with its escapes replaced.
func (s *shell) prompt() string {
	ps1 := s.vars.values["PS1"]
	switch {
	case ps1.IsSet():
		return s.promptText(ps1.Str)
	case s.bash:
		return s.promptText(`\s-5.2\$ `)
	case !s.busybox():
		return s.promptText(`\$ `)
	}
	return s.promptText(`\w \$ `)
}

// busybox says whether sh is that of busybox; elsewhere it is Debian's dash.
func (s *shell) busybox() bool {
	_, err := s.p.FS().Stat("/bin/busybox")
	return err == nil
}

func (s *shell) promptText(ps1 string) string {
	var b strings.Builder
	for i := 0; i < len(ps1); i++ {
		if ps1[i] != '\\' || i+1 == len(ps1) {
			b.WriteByte(ps1[i])
			continue
		}
		i++
		s.promptEscape(&b, ps1[i])
	}
	if !strings.Contains(b.String(), "$") || strings.HasSuffix(b.String(), "$ ") && strings.Count(b.String(), "$") == 1 {
		return b.String()
	}
	word, err := newParser().Document(strings.NewReader(b.String()))
	if err != nil {
		return b.String()
	}
	text, err := s.document(word)
	if err != nil {
		return b.String()
	}
	return text
}

func (s *shell) promptEscape(b *strings.Builder, c byte) {
	now := time.Now()
	switch c {
	case 'w':
		b.WriteString(s.shortDir())
	case 'W':
		b.WriteString(path.Base(s.shortDir()))
	case 'u':
		b.WriteString(userName(s.p.FS(), s.p.Cred().UID))
	case 'h':
		host, _, _ := strings.Cut(s.p.Hostname(), ".")
		b.WriteString(host)
	case 'H':
		b.WriteString(s.p.Hostname())
	case 's':
		b.WriteString(path.Base(s.name))
	case 'v':
		b.WriteString("5.2")
	case '$':
		if s.p.Cred().UID == 0 {
			b.WriteByte('#')
		} else {
			b.WriteByte('$')
		}
	case 't':
		b.WriteString(now.Format("15:04:05"))
	case 'T':
		b.WriteString(now.Format("03:04:05"))
	case 'A':
		b.WriteString(now.Format("15:04"))
	case 'd':
		b.WriteString(now.Format("Mon Jan _2"))
	case 'n':
		b.WriteByte('\n')
	case 'e':
		b.WriteByte(0x1b)
	case '[', ']':
	default:
		b.WriteByte('\\')
		b.WriteByte(c)
	}
}

// shortDir is the working directory, with ~ for the home directory.
func (s *shell) shortDir() string {
	dir, home := s.vars.value("PWD"), s.vars.value("HOME")
	if home != "" && home != "/" && (dir == home || strings.HasPrefix(dir, home+"/")) {
		return "~" + dir[len(home):]
	}
	return dir
}

// userName is the name of a user of the container, or the number.
func userName(files *kernel.FS, uid int) string {
	text, err := files.ReadFile("/etc/passwd")
	if err == nil {
		for entry := range strings.SplitSeq(string(text), "\n") {
			fields := strings.Split(entry, ":")
			if len(fields) > 2 && fields[2] == fmt.Sprint(uid) {
				return fields[0]
			}
		}
	}
	return fmt.Sprint(uid)
}

// complete completes commands, variables and files.
func (s *shell) complete(before string) (from int, words []string) {
	from = strings.LastIndexAny(before, " \t|&;()<>`=\n") + 1
	word := before[from:]
	if name, ok := strings.CutPrefix(word, "$"); ok {
		return from, s.completeVariable(name)
	}
	start := strings.TrimRight(before[:from], " \t")
	atCommand := start == "" || strings.ContainsRune("|&;(`", rune(start[len(start)-1]))
	if atCommand && !strings.Contains(word, "/") {
		for _, name := range s.commandNames() {
			if strings.HasPrefix(name, word) {
				words = append(words, name+" ")
			}
		}
		return from, words
	}
	return from, s.completeFile(word)
}

func (s *shell) completeVariable(prefix string) (words []string) {
	for name := range s.vars.Each {
		if strings.HasPrefix(name, prefix) {
			words = append(words, "$"+name)
		}
	}
	return words
}

func (s *shell) completeFile(word string) (words []string) {
	dir, prefix := path.Split(word)
	look := dir
	if rest, ok := strings.CutPrefix(dir, "~/"); ok {
		look = path.Join(s.vars.value("HOME"), rest)
	}
	if look == "" {
		look = "."
	}
	entries, err := s.p.FS().ReadDir(look)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		name := e.Name()
		if !strings.HasPrefix(name, prefix) || strings.HasPrefix(name, ".") && prefix == "" {
			continue
		}
		words = append(words, dir+name+s.suffix(path.Join(look, name), e))
	}
	return words
}

// suffix is what stands after a completed name: a slash after a directory.
func (s *shell) suffix(file string, e fs.DirEntry) string {
	if e.IsDir() {
		return "/"
	}
	if info, err := s.p.FS().Stat(file); err == nil && info.IsDir() {
		return "/"
	}
	return " "
}
