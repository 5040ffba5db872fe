package enginetest

import (
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// tmuxConf lets the server live when no screen is left.
const tmuxConf = `set -g exit-empty off
set -g status off
set -g default-terminal screen-256color
`

// inShell is how the tutor is called: as from a shell, which says how it ended.
// What its arguments are is told behind it. (tmux itself does not always know.)
const inShell = `env -i "$@"; echo "ended with $?"; exec cat`

// screen is a terminal in which the learner has the tutor open.
type screen struct {
	*learner
	name string
	h    int
}

// tmux is one call to the learner's own tmux server.
func (l *learner) tmux(args ...string) *exec.Cmd {
	cmd := exec.Command("tmux", append([]string{"-u", "-S", l.file("tmux"), "-f", l.file("tmux.conf")}, args...)...)
	cmd.Env, cmd.Dir = l.environ(), l.file("home")
	return cmd
}

// opens runs the tutor in a terminal of w columns and h rows.
func (l *learner) opens(w, h int, args ...string) *screen {
	l.t.Helper()
	l.screens++
	s := &screen{learner: l, name: "s" + strconv.Itoa(l.screens), h: h}
	call := []string{"new-session", "-d", "-s", s.name, "-x", strconv.Itoa(w), "-y", strconv.Itoa(h), "sh", "-c", inShell, "sh"}
	call = append(append(call, l.environ()...), l.tutor)
	s.do(append(call, l.args(args...)...)...)
	return s
}

// do calls tmux, which must succeed.
func (s *screen) do(args ...string) string {
	s.t.Helper()
	out, err := s.tmux(args...).CombinedOutput()
	if err != nil {
		s.t.Fatalf("tmux %s: %v\n%s", args[0], err, out)
	}
	return string(out)
}

// shows is what stands on the screen now.
func (s *screen) shows() string { return s.do("capture-pane", "-p", "-t", s.name) }

// body is the screen without what frames it.
func (s *screen) body() string {
	lines := strings.Split(s.shows(), "\n")
	return strings.Join(lines[2:max(2, min(len(lines), s.h-2))], "\n")
}

// keyName is what tmux calls a key.
func keyName(key string) string {
	switch key {
	case "space", "enter", "tab", "up", "down", "left", "right":
		return strings.ToUpper(key[:1]) + key[1:]
	case "esc":
		return "Escape"
	case "shift+tab":
		return "BTab"
	case "pgup":
		return "PPage"
	case "pgdown":
		return "NPage"
	}
	return strings.Replace(key, "ctrl+", "C-", 1)
}

// presses presses keys, one after the other.
func (s *screen) presses(keys ...string) *screen {
	s.t.Helper()
	for _, k := range keys {
		s.do("send-keys", "-t", s.name, keyName(k))
	}
	return s
}

// types types text, letter by letter.
func (s *screen) types(text string) *screen {
	s.t.Helper()
	s.do("send-keys", "-t", s.name, "-l", "--", text)
	return s
}

// pastes pastes text, as a terminal does.
func (s *screen) pastes(text string) *screen {
	s.t.Helper()
	load := s.tmux("load-buffer", "-b", "pasted", "-")
	load.Stdin = strings.NewReader(text)
	if out, err := load.CombinedOutput(); err != nil {
		s.t.Fatalf("tmux load-buffer: %v\n%s", err, out)
	}
	s.do("paste-buffer", "-p", "-r", "-d", "-b", "pasted", "-t", s.name)
	return s
}

// sees waits until all texts stand on the screen together.
func (s *screen) sees(texts ...string) *screen {
	s.t.Helper()
	return s.until("to see "+strings.Join(texts, " + "), func(shown string) bool {
		for _, text := range texts {
			if !strings.Contains(shown, text) {
				return false
			}
		}
		return true
	})
}

// loses waits until none of the texts stands on the screen.
func (s *screen) loses(texts ...string) *screen {
	s.t.Helper()
	return s.until("to lose "+strings.Join(texts, " + "), func(shown string) bool {
		for _, text := range texts {
			if strings.Contains(shown, text) {
				return false
			}
		}
		return true
	})
}

// seesBody waits until what stands between header and footer is as it was.
func (s *screen) seesBody(want string) *screen {
	s.t.Helper()
	return s.until("to be back at\n"+framed(want)+"\nbut is", func(string) bool { return s.body() == want })
}

// until waits until the screen is as wanted.
func (s *screen) until(what string, ok func(shown string) bool) *screen {
	s.t.Helper()
	for deadline := time.Now().Add(Patience); ; time.Sleep(20 * time.Millisecond) {
		shown := s.shows()
		if ok(shown) {
			return s
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("waited in vain %s:\n%s", what, framed(shown))
		}
	}
}

// framed shows where a screen begins and ends.
func framed(shown string) string {
	return "  │ " + strings.ReplaceAll(strings.TrimRight(shown, "\n"), "\n", "\n  │ ")
}

// ticks ticks the option with a text, wherever it stands.
func (s *screen) ticks(text string) *screen {
	s.t.Helper()
	for range 10 {
		at := cursorLine(s.shows())
		if strings.Contains(at, text) {
			return s.presses("space")
		}
		s.presses("down").until("the cursor to move", func(shown string) bool { return cursorLine(shown) != at })
	}
	s.t.Fatalf("no option %q:\n%s", text, framed(s.shows()))
	return s
}

// cursorLine is the line of what would be chosen.
func cursorLine(shown string) string {
	for line := range strings.Lines(shown) {
		if strings.Contains(line, "▸") {
			return line
		}
	}
	return ""
}

// resizes changes the window's size.
func (s *screen) resizes(w, h int) *screen {
	s.t.Helper()
	s.h = h
	s.do("resize-window", "-t", s.name, "-x", strconv.Itoa(w), "-y", strconv.Itoa(h))
	return s
}

// prompt stands at the end of a line of the console that waits for a command.
var prompt = regexp.MustCompile(`(?m) [a-z]+ \$ *$`)

// prompted waits until the console waits for a command.
func (s *screen) prompted() *screen {
	s.t.Helper()
	return s.until("for the prompt", func(shown string) bool {
		lines := strings.Split(strings.TrimRight(shown, "\n "), "\n")
		last := ""
		for _, line := range lines[2:max(2, len(lines)-2)] {
			if _, right, wide := strings.Cut(line, "│"); wide {
				line = right
			}
			if strings.TrimSpace(line) != "" {
				last = line
			}
		}
		return prompt.MatchString(last)
	})
}

// enters types a command at the prompt and runs it.
func (s *screen) enters(command string) *screen {
	s.t.Helper()
	return s.prompted().types(command).presses("enter")
}

// quitsFromConsole goes back to the text, where q is no letter, and quits.
func (s *screen) quitsFromConsole() {
	s.t.Helper()
	s.prompted().presses("esc").until("to be in the text", func(shown string) bool {
		return strings.Contains(shown, "q quit") || strings.Contains(shown, "q 退出")
	}).quits()
}

// endLine is what the shell says at the end.
var endLine = regexp.MustCompile(`ended with (\d+)`)

// ends waits for the end of the tutor and returns its exit status.
func (s *screen) ends() (status int) {
	s.t.Helper()
	s.until("for the end", func(shown string) bool {
		found := endLine.FindStringSubmatch(shown)
		if found == nil {
			return false
		}
		var err error
		status, err = strconv.Atoi(found[1])
		return err == nil
	})
	return status
}

// quits presses q, and the tutor ends well.
func (s *screen) quits() {
	s.t.Helper()
	if code := s.presses("q").ends(); code != 0 {
		s.t.Fatalf("the tutor ended with %d:\n%s", code, framed(s.shows()))
	}
}

// dies ends the tutor as a crash would.
func (s *screen) dies() {
	s.t.Helper()
	shell, err := strconv.Atoi(strings.TrimSpace(s.do("display-message", "-p", "-t", s.name, "#{pane_pid}")))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, pid := range childrenOf(shell) {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			s.t.Fatal(err)
		}
	}
	if status := s.ends(); status != 128+int(syscall.SIGKILL) {
		s.t.Fatalf("the tutor ended with %d", status)
	}
}
