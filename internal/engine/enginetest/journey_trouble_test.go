package enginetest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// resizing makes the window wide, narrow, tiny and wide again, in a lesson and
// in a lab.
func resizing(t *testing.T, l *learner) {
	s := l.opens(160, 45, "lesson", "open", "pv-pvc-matching")
	s.sees("Two objects, two people", "Press enter to start the lab.").presses("n").sees("What has to match", "2/")
	before := s.body()
	around := func(narrow string) {
		s.resizes(60, 20).sees("2/").loses("┬").sees(narrow)
		s.resizes(20, 5).sees("larger")
		s.resizes(60, 20).sees(narrow)
		s.resizes(160, 45).sees("┬", "What has to match")
	}
	around("What has to match")
	s.seesBody(before)
	s.presses("tab", "enter").sees("shop $", "0 of 4").enters("echo here I am").sees("\n", "│ here I am")
	around("here I am")
	s.enters("echo still here").sees("│ still here")
	s.quitsFromConsole()
}

// crashes ends the tutor, then the engine, at bad moments: what was acknowledged
// is there, and the lab goes on where it was.
func crashes(t *testing.T, l *learner) {
	s := l.opens(80, 24, "lesson", "open", "pv-pvc-matching")
	s.sees("Two objects").presses("space").sees("space answers").presses("space").sees("Which of the two")
	s.ticks("The claim only").presses("enter").sees("✓ Right.")
	s.dies()

	s = l.opens(160, 45)
	s.sees("page 1 of", "Review").ticks("Continue").sees("Which of the two").presses("esc").sees("A question  ✓")
	if got := l.progress("pv-pvc-matching"); got.Answered != 1 {
		t.Errorf("the answer of a tutor that was killed is lost: %+v", got)
	}
	s.presses("tab", "enter").sees("shop $", "0 of 4")
	s.enters("kubectl create ns mine").sees("namespace/mine created")
	l.killsEngine()
	s.sees("The cluster has stopped.")
	s.presses("shift+tab", "enter").sees("attempt 1", "0 of 4").loses("The cluster has stopped.", "namespace/mine created")
	s.enters("kubectl get ns mine").sees("mine   Active")
	s.pastes(claimCommand).sees("Passed", "4 of 4")
	s.until("for the pass to be recorded", func(string) bool { return l.progress("pv-pvc-matching").Passed == 1 })
	s.quitsFromConsole()
}

// rubbish has all that a binary file can have in it.
func rubbish() string {
	var b strings.Builder
	for i := range 4096 {
		if c := byte(i * 7); c != '\n' && c != '\r' {
			b.WriteByte(c)
		}
	}
	return b.String() + "\x1b[2J\x1b]0;title\x07\x1b[31m\x00\xff\xfe中文"
}

// pasting puts into inputs what does not belong there.
func pasting(t *testing.T, l *learner) {
	s := l.opens(80, 24, "lesson", "open", "labels")
	s.sees("Why objects wear").presses("n", "n").sees("Changing labels").presses("G").sees("space answers")
	s.presses("space").sees("Type the command.")
	s.pastes(rubbish()).presses("ctrl+g", "ctrl+v", "ctrl+x", "ctrl+o", "ctrl+\\")
	s.pastes(strings.Repeat("kubectl ", 100<<10/8)).sees("Type the command.", "kubectl kubectl")
	s.presses("enter").sees("Not quite.").presses("enter")
	s.sees("Remove the label tmp").types("kubectl label po web tmp-").presses("enter").sees("✓ Right.")
	s.presses("enter").sees("1 right of 2.").presses("enter").sees("space answers").presses("tab").sees("Lab:")

	s.presses("enter").sees("tags $", "2 of 5")
	s.pastes(rubbish()).presses("ctrl+g", "ctrl+v", "ctrl+x", "ctrl+o", "ctrl+\\", "enter", "ctrl+c")
	s.prompted().enters("echo alive").sees("\n alive")
	s.pastes("echo " + strings.Repeat("x", 100<<10)).sees("xxxx").presses("ctrl+c").sees("^C")
	s.prompted().pastes(strings.Repeat("echo line\n", 5000)).sees("\n line").prompted()
	s.enters("head -c 4096 /dev/urandom; echo; echo back").sees("\n back")
	s.enters("kubectl label pod p1 env=prod role=proxy tmp- --overwrite").sees("Passed")
	s.quitsFromConsole()
}

// badCalls calls the tutor with what cannot be, and gets one sentence that says
// what to do.
func badCalls(t *testing.T, l *learner) {
	pack := filepath.Join(l.dir, "pack")
	for name, text := range map[string]string{
		"pack/mine/track.yaml":      "format: 1\ntitle: {en: Mine, zh: 我的}\nsummary: {en: Mine., zh: 我的。}\nlessons: [one]\n",
		"pack/mine/one/lesson.yaml": "format: 1\nid: one\ntitle: {en: One, zh: 一}\nlevel: intro\nminutes: 10\nobjetives: []\n",
		"pack/mine/one/en.md":       "# One\n\n## Page\n\nText.\n",
		"pack/mine/one/zh.md":       "# 一\n\n## 页\n\n文字。\n",
		"a file":                    "no directory, and no program",
		"broken/mine/track.yaml":    "format: 1\ntitle: {en: Mine\nlessons: [",
	} {
		if err := os.MkdirAll(filepath.Dir(l.file(name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(l.file(name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, call := range []struct {
		args []string
		want []string
	}{
		{[]string{"--lessons", pack}, []string{"one/lesson.yaml:6:1", "objetives"}},
		{[]string{"--lessons", l.file("broken"), "lessons"}, []string{"mine/track.yaml:", "YAML"}},
		{[]string{"--lessons", l.file("nowhere"), "lessons"}, []string{l.file("nowhere")}},
		{[]string{"--data", l.file("a file")}, []string{"data directory", "--data DIR"}},
		{[]string{"--data", l.file("a file"), "progress"}, []string{"data directory", "--data DIR"}},
		{[]string{"--kubeconfig", l.file("nothing"), "cluster", "up"}, []string{l.file("nothing"), "--kubeconfig"}},
		{[]string{"--kubelab", l.file("a file"), "cluster", "up"}, []string{"engine", "a file"}},
		{[]string{"--kubelab", l.file("nothing"), "cluster", "up"}, []string{"engine", "nothing"}},
		{[]string{"--kubelab", l.dir, "cluster", "up"}, []string{"engine", "not a file"}},
		{[]string{"--kubelab", "/bin/true", "cluster", "up"}, []string{"engine ended"}},
		{[]string{"lesson", "show", "lables"}, []string{"labels"}},
		{[]string{"lab", "start", "labels/relabel"}, []string{"relabel-pod"}},
		{[]string{"--lang", "tlh", "lessons"}, []string{"tlh"}},
	} {
		t.Run(strings.ReplaceAll(strings.Join(call.args, " "), l.dir, ""), func(t *testing.T) {
			_, said, code := l.tries("", call.args...)
			if code == 0 || strings.Contains(said, "panic") || strings.Contains(said, "goroutine") {
				t.Errorf("exit status %d, said %s", code, said)
			}
			for _, want := range call.want {
				if !strings.Contains(said, want) {
					t.Errorf("said nothing of %q, but:\n%s", want, said)
				}
			}
		})
	}
	dumbTerminal(t, l)
	badEngineInside(l)
}

// dumbTerminal cannot draw a screen: the tutor speaks line by line.
func dumbTerminal(t *testing.T, l *learner) {
	l.further = []string{"TERM=dumb"}
	defer func() { l.further = nil }()
	s := l.opens(80, 24)
	s.sees("Number or word:", "leave").types("quit").presses("enter")
	if code := s.ends(); code != 0 {
		t.Errorf("the tutor ended with %d", code)
	}
}

// badEngineInside opens the tutor with an engine that is none: everything but
// labs works.
func badEngineInside(l *learner) {
	s := l.opens(80, 24, "--kubelab", l.file("a file"), "lesson", "open", "labels")
	s.sees("Why objects wear").presses("tab", "enter").sees("engine").loses("Starting …")
	s.presses("esc").sees("Why objects wear").quits()
}
