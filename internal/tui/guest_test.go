package tui_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/class"
	"kubetutor/internal/settings"
	"kubetutor/internal/tui"
	"kubetutor/internal/tui/keymap"
)

// reaches is what of the machine may be used in which file, and why.
func reaches() map[string][]string {
	return map[string][]string{
		// The learner's editor, and suspending. Guests have no machine.
		"machine.go": {
			"os/exec.CommandContext", "os/exec.LookPath", "os.MkdirTemp", "os.WriteFile", "os.ReadFile", "os.RemoveAll", "path/filepath.Base", "path/filepath.Clean",
			"path/filepath.Join", "tea.ExecProcess", "tea.Suspend",
		},
		// A program of the lab gets the terminal that this process has; guests have none.
		"loan.go": {"os.File", "tea.Exec", "tea.ExecCommand"},
		// Names only: the file that settings are in, and a lesson's beside an author's fault.
		"settings.go": {"path/filepath.Base"}, "preview.go": {"path/filepath.Base", "path/filepath.ToSlash", "path/filepath.FromSlash", "path/filepath.Rel", "path/filepath.Join"},
	}
}

// Nothing but the files above starts a program, opens a file or a connection, or
// takes the process from its terminal.
func TestOnlyTheMachineIsTheMachine(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	watched := []string{"os", "os/exec", "os/signal", "syscall", "plugin", "net/http", "path/filepath", "io/ioutil"}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, used := range reached(t, file, watched) {
			if !slices.Contains(reaches()[file], used) {
				t.Errorf("%s uses %s", file, used)
			}
		}
	}
}

// taking are the parts of Bubble Tea that take the terminal away, or write to it past
// the frame.
var taking = regexp.MustCompile("^(Exec|Suspend|Print|Raw|Interrupt)")

// reached lists what a file uses of some packages, and what of Bubble Tea's takes
// the terminal away.
func reached(t *testing.T, file string, watched []string) (list []string) {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	for _, i := range tree.Imports {
		path := strings.Trim(i.Path.Value, `"`)
		name := filepath.Base(path)
		if i.Name != nil {
			name = i.Name.Name
		}
		if slices.Contains(watched, path) {
			names[name] = path
		}
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		x, ok := s.X.(*ast.Ident)
		switch {
		case !ok:
		case names[x.Name] != "":
			list = append(list, names[x.Name]+"."+s.Sel.Name)
		case x.Name == "tea" && taking.MatchString(s.Sel.Name):
			list = append(list, "tea."+s.Sel.Name)
		}
		return true
	})
	return list
}

// guestOptions are those of a guest for whom everything dangerous is at hand: an
// editor, a clipboard, settings.
func guestOptions(t *testing.T) (o tui.Options, touched func() string) {
	t.Helper()
	dir := t.TempDir()
	mark := filepath.Join(dir, "ran")
	editor := filepath.Join(dir, "editor")
	if err := os.WriteFile(editor, []byte("#!/bin/sh\ntouch "+mark+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	o = small(t)
	o.Guest, o.Env = true, []string{"EDITOR=" + editor, "VISUAL=" + editor, "TMPDIR=" + dir}
	said := ""
	o.Clipboard = func(string) error { said = "the clipboard of this machine was used"; return nil }
	o.Settings = secretFile{}
	o.Search = index(o.Course)
	return o, func() string {
		if _, err := os.Stat(mark); err == nil {
			return "the editor ran"
		}
		return said
	}
}

// secretFile is a file of settings whose place nobody may learn.
type secretFile struct{}

func (secretFile) Path() string                { return "/home/teacher/secret/settings.yaml" }
func (secretFile) Save(...settings.Edit) error { return nil }

// harmless fails where a message would take the terminal, or the process.
func harmless(t *testing.T, msg tea.Msg) {
	t.Helper()
	if name := strings.ToLower(fmt.Sprintf("%T", msg)); strings.Contains(name, "exec") || strings.Contains(name, "suspend") || strings.Contains(name, "printline") {
		t.Fatalf("a guest brings about %s", name)
	}
}

// A guest who presses whatever keys there are, wherever they are, reaches nothing of
// the machine.
func TestAGuestReachesNothingOfTheMachine(t *testing.T) {
	t.Parallel()
	var keys []string
	for _, b := range keymap.Default().Bindings(keymap.Default().Scopes()...) {
		for _, k := range b.Keys {
			if b.Action != keymap.Quit && !slices.Contains(keys, k) {
				keys = append(keys, k)
			}
		}
	}
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			o, touched := guestOptions(t)
			l := labs()
			o.Lab = l
			if seed%2 == 0 {
				o.Lesson = claim
			}
			sight := storageLab()
			sight.Messages = []class.Message{messageAt("01A", class.MessageCommand, "kubectl edit pvc data")}
			a := attend(t, o, 100, 30, sight)
			messages := 0
			a.told = func(msg tea.Msg) {
				harmless(t, msg)
				if messages++; messages > 2000 {
					t.Fatalf("one key leads to messages without end, such as %T", msg)
				}
			}
			random := rand.New(rand.NewPCG(seed, 1))
			for range 700 {
				k := keys[random.IntN(len(keys))]
				messages = 0
				a.press(k)
				if random.IntN(20) == 0 {
					a.pass(15 * time.Second)
				}
				if a.quit {
					a.quit = false
				}
				if s := a.screen(); strings.Contains(s, "/home/teacher") {
					t.Fatalf("after %s the server's files are named:\n%s", k, s)
				}
			}
			if said := touched(); said != "" {
				t.Fatal(said)
			}
		})
	}
}

func TestAGuestEditsInside(t *testing.T) {
	t.Parallel()
	o, touched := guestOptions(t)
	l := labs()
	l.console.edit = "a: 1\nb: 2\n"
	o.Lab, o.Lesson = l, claim
	s := newSim(t, o, 100, 30)
	s.told = func(msg tea.Msg) { harmless(t, msg) }
	s.press("tab", "enter")
	s.write("kubectl edit pvc data")
	s.press("enter")
	s.shows("Edit claim.yaml", "1 a: 1", "2 b: 2", "1:1")
	s.press("down", "end")
	s.write("7")
	s.shows("2 b: 27", "not saved", "2:6")
	s.press("ctrl+k") // a search would leave the text
	s.shows("Edit claim.yaml")
	s.press("esc")
	s.shows("Leave without saving?")
	s.press("n")
	s.shows("2 b: 27")
	s.press("ctrl+c")
	s.shows("Leave without saving?")
	s.press("n", "ctrl+s")
	s.shows("shop $")
	if got := string(l.console.edited.Content); got != "a: 1\nb: 27\n" || l.console.edited.Aborted {
		t.Errorf("saved %q, %v", got, l.console.edited.Aborted)
	}
	if said := touched(); said != "" {
		t.Fatal(said)
	}
	s.press("ctrl+z")
	s.shows("nothing to go back to")
}

func TestLeavingTheEditorAborts(t *testing.T) {
	t.Parallel()
	o, _ := guestOptions(t)
	l := labs()
	l.console.edit = "数据: 卷\n"
	o.Lab, o.Lesson = l, claim
	s := newSim(t, o, 40, 12)
	s.press("tab", "enter")
	s.write("e")
	s.press("enter")
	s.shows("1 数据: 卷")
	s.send(tea.PasteMsg{Content: "# 注\n"})
	s.shows("1 # 注", "2 数据: 卷")
	s.press("ctrl+r")
	s.shows("1 数据: 卷")
	s.press("x", "esc", "y")
	if !l.console.edited.Aborted {
		t.Error("what was thrown away is sent")
	}
	s.hides("Edit claim.yaml")
}

// A program of the lab gets a guest's terminal from whoever drives the model, and
// takes nothing after its end.
func TestALoanOverAConnection(t *testing.T) {
	t.Parallel()
	keys, sizes := make(chan []byte, 3), make(chan tea.WindowSizeMsg, 1)
	loan, inputs := tui.LoanOf(t.Context(), "shop $ sh\r\n", "hello")
	keys <- []byte("ls\r")
	sizes <- tea.WindowSizeMsg{Width: 80, Height: 24}
	var out bytes.Buffer
	if msg := loan.Run(keys, sizes, &out); msg == nil {
		t.Error("the model is not told")
	}
	if got := out.String(); got != "shop $ sh\r\nhello" {
		t.Errorf("the terminal shows %q", got)
	}
	if got := fmt.Sprint(inputs()); got != "[ls\r 80x24]" && got != "[80x24 ls\r]" {
		t.Errorf("the program got %q", got)
	}
	keys <- []byte("later")
	if len(keys) != 1 {
		t.Error("keys are taken after the end")
	}
}
