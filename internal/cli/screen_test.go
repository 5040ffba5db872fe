package cli_test

import (
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// The commands of journeys through a real terminal, which tmux is:
//
//	screen WxH ARGS...   opens kubetutor in a terminal of that size
//	keys KEY...          types keys, by the names that tmux gives them
//	click COLUMN ROW     clicks, counted from 1
//	shows TEXT           waits until the screen shows a text
//	hides TEXT           waits until it does not
func journeyCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"screen": openScreen,
		"keys": func(ts *testscript.TestScript, _ bool, args []string) {
			tmux(ts, append([]string{"send-keys"}, args...)...)
		},
		"click": func(ts *testscript.TestScript, _ bool, args []string) {
			for _, end := range []string{"M", "m"} { // pressed, let go: the protocol SGR of xterm
				tmux(ts, "send-keys", "-l", "\x1b[<0;"+args[0]+";"+args[1]+end)
			}
		},
		"shows": func(ts *testscript.TestScript, _ bool, args []string) { awaitScreen(ts, args[0], true) },
		"hides": func(ts *testscript.TestScript, _ bool, args []string) { awaitScreen(ts, args[0], false) },
	}
}

// tmux runs a command of tmux on the script's own server.
func tmux(ts *testscript.TestScript, args ...string) string {
	cmd := exec.Command("tmux", append([]string{"-S", ts.Getenv("SCREEN"), "-f", "/dev/null"}, args...)...)
	cmd.Dir = ts.MkAbs(".")
	for _, name := range []string{"HOME", "PATH", "LANG", "XDG_CONFIG_HOME", "XDG_DATA_HOME"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		ts.Fatalf("tmux %q: %v: %s", args, err, out)
	}
	return string(out)
}

func openScreen(ts *testscript.TestScript, _ bool, args []string) {
	w, h, ok := strings.Cut(args[0], "x")
	if !ok {
		ts.Fatalf("usage: screen WxH ARGS...")
	}
	socket := ts.MkAbs("tmux" + args[0]) // a server of its own: the one before may not have ended yet
	ts.Setenv("SCREEN", socket)
	command := strings.Join(append([]string{"kubetutor"}, args[1:]...), " ")
	tmux(ts, "new-session", "-d", "-x", w, "-y", h, command+"; echo it has ended; exec sleep 60")
	ts.Defer(func() {
		_ = exec.Command("tmux", "-S", socket, "kill-server").Run() // it may be gone
	})
}

// awaitScreen polls the screen until it shows a text, or does not.
func awaitScreen(ts *testscript.TestScript, text string, want bool) {
	screen := ""
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if screen = tmux(ts, "capture-pane", "-p"); strings.Contains(screen, text) == want {
			return
		}
	}
	ts.Fatalf("%s", fmt.Sprintf("the screen shows %q: %v, want %v:\n%s", text, !want, want, screen))
}
