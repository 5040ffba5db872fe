package enginetest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// learner is somebody who has never used the tutor: with an empty home, and
// directories that are used by nobody else.
type learner struct {
	t       *testing.T
	tutor   string // the program
	dir     string
	lang    string   // of the environment
	further []string // variables of the environment
	screens int
}

// buildTutor builds kubetutor as `go run` would.
func buildTutor(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "kubetutor")
	out, err := exec.Command("go", "build", "-o", file, "kubetutor/cmd/kubetutor").CombinedOutput()
	if err != nil {
		t.Fatalf("building the tutor: %v\n%s", err, out)
	}
	return file
}

// newLearner makes the directories. At the end of the test the learner's cluster
// is taken down, and nothing may be left that knows of the directories.
func newLearner(t *testing.T, tutor string) *learner {
	t.Helper()
	dir, err := os.MkdirTemp("", "ktj") // paths of sockets are short, t.TempDir is not
	if err != nil {
		t.Fatal(err)
	}
	l := &learner{t: t, tutor: tutor, dir: dir, lang: "en_GB.UTF-8"}
	for _, name := range []string{"home", "run"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(l.file("tmux.conf"), []byte(tmuxConf), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.leave)
	return l
}

// leave ends all that the learner started, and finds that it has ended.
func (l *learner) leave() {
	if l.t.Failed() {
		l.t.Logf("the engine's log ends:\n%s", l.engineLog())
	}
	if out, err := l.command("cluster", "down").CombinedOutput(); err != nil {
		l.t.Errorf("cluster down: %v\n%s", err, out)
	}
	if l.screens > 0 {
		_ = l.tmux("kill-server").Run()
	}
	for deadline := time.Now().Add(Patience); len(l.processes("")) > 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			l.t.Errorf("left running: %v", l.processes(""))
			for pid := range l.processes("") {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
			break
		}
	}
	if err := os.RemoveAll(l.dir); err != nil {
		l.t.Error(err)
	}
}

func (l *learner) file(name string) string { return filepath.Join(l.dir, name) }

// engineLog is the end of what the engine wrote.
func (l *learner) engineLog() string {
	files, _ := filepath.Glob(l.file("home/.local/state/kubetutor/clusters/*/kubelab.log"))
	var text []byte
	for _, f := range files {
		data, _ := os.ReadFile(f)
		text = append(text, data...)
	}
	return string(text[max(0, len(text)-3000):])
}

// environ has nothing in it of whoever runs the tests.
func (l *learner) environ() []string {
	env := []string{
		"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=" + l.file("home"), "XDG_RUNTIME_DIR=" + l.file("run"),
		"LANG=" + l.lang, "TERM=screen-256color", "TZ=UTC",
	}
	return append(env, l.further...)
}

// args are the tutor's: the engine is this program (see TestMain).
func (l *learner) args(args ...string) []string {
	if slices.Contains(args, "--kubelab") {
		return args
	}
	return append([]string{"--kubelab", engineProgram(l.t)}, args...)
}

// command is one call of the tutor, without a terminal.
func (l *learner) command(args ...string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(context.Background(), 2*Patience)
	cmd := exec.CommandContext(ctx, l.tutor, l.args(args...)...)
	cmd.Env, cmd.Dir = l.environ(), l.file("home")
	l.t.Cleanup(cancel)
	return cmd
}

// runs calls the tutor, which must succeed, and returns what it printed.
func (l *learner) runs(args ...string) string {
	l.t.Helper()
	out, said, code := l.tries("", args...)
	if code != 0 {
		l.t.Fatalf("kubetutor %s: exit status %d\n%s%s", strings.Join(args, " "), code, out, said)
	}
	return out
}

// tries calls the tutor with input, and returns what it printed, what it said
// beside that, and its exit status.
func (l *learner) tries(input string, args ...string) (out, said string, code int) {
	l.t.Helper()
	cmd := l.command(args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &stdout, &stderr
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		l.t.Fatalf("kubetutor %s: %v", strings.Join(args, " "), err)
	}
	return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
}

// lessonProgress is one entry of `progress --json`.
type lessonProgress struct {
	ID       string `json:"id"`
	Page     int    `json:"page"`
	Answered int    `json:"answered"`
	Passed   int    `json:"passed"`
}

// progress is what the tutor says about a lesson.
func (l *learner) progress(lesson string) lessonProgress {
	l.t.Helper()
	var all struct {
		Lessons []lessonProgress `json:"lessons"`
	}
	if err := json.Unmarshal([]byte(l.runs("progress", "--json")), &all); err != nil {
		l.t.Fatalf("progress --json: %v", err)
	}
	for _, p := range all.Lessons {
		if p.ID == lesson {
			return p
		}
	}
	l.t.Fatalf("progress --json does not know the lesson %s", lesson)
	return lessonProgress{}
}

// processes are those that have the learner's directories and a word on their
// command lines.
func (l *learner) processes(word string) map[int]string {
	found := map[int]string{}
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range files {
		data, _ := os.ReadFile(file)
		line := strings.ReplaceAll(string(data), "\x00", " ")
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err == nil && strings.Contains(line, l.dir) && strings.Contains(line, word) {
			found[pid] = line
		}
	}
	return found
}

// killsEngine ends the daemon as a crash would.
func (l *learner) killsEngine() {
	l.t.Helper()
	daemons := l.processes(" serve ")
	if len(daemons) != 1 {
		l.t.Fatalf("%d daemons run: %v", len(daemons), daemons)
	}
	for pid := range daemons {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			l.t.Fatal(err)
		}
	}
}

// engineProgram is the kubelab of the journeys.
func engineProgram(t *testing.T) string {
	t.Helper()
	file, err := os.Executable()
	if err != nil {
		t.Fatal(fmt.Errorf("finding the test's own program: %w", err))
	}
	return file
}
