package cli_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kubetutor/internal/course"
)

// patience is how long something may take to be seen on a busy machine.
const patience = 40 * time.Second

// said is a text in both languages.
type said struct{ en, zh string }

func (s said) in(lang course.Lang) string {
	if lang == course.Chinese && s.zh != "" {
		return s.zh
	}
	return s.en
}

// step is what a learner does, and what there must be to see then. Either way to
// use the tutor has its own way to do it.
type step struct {
	keys []string // on the screen: names that tmux gives to keys; what begins with = is typed as text
	line string   // line after line
	pick said     // or else, either way: the option of a question with this text is the answer
	sees []said   // either way
	draw []said   // on the screen only
	says []said   // line after line only
	// calm does it again on the screen until it has an effect: in a review, keys
	// that come sooner than anybody can read count as left over.
	calm bool
}

// journey is a way through the tutor, begun with arguments.
type journey struct {
	name  string
	args  []string
	steps []step
}

const claim = "pv-pvc-matching"

// journeys go to every page.
func journeys() []journey {
	first, second := said{"Two objects, two people", "两个对象，两种人"}, said{"What has to match", "哪些条件必须对上"}
	done, coming := said{"what is done, what", "已完成、未完成"}, said{"coming", "即将推出"}
	scope, learnt := said{"Which of the two belongs", "哪一个属于命名空间"}, said{"What is left is being learnt", "剩下的卡片都在学习中"}
	title := said{"How a claim finds its volume", "申领怎样找到它的卷"}
	return []journey{
		{name: "home, course, lesson", steps: []step{
			{sees: []said{done}},
			{keys: []string{"Down", "Enter"}, line: "course", sees: []said{title}, draw: []said{coming}},
			{keys: []string{"/", "=claim"}, line: "zzz", draw: []said{title}, says: []said{{"not understood", "看不懂"}}},
			{keys: []string{"Enter"}, line: "claim", sees: []said{first}},
			{keys: []string{"n"}, line: "next", sees: []said{second}},
			{keys: []string{"o"}, line: ":outline", sees: []said{first, second, {"Try it", "动手试试"}}},
			{keys: []string{"o"}, line: ":page 9", draw: []said{second}, says: []said{{"pages 1 to 3", "第 1 到 3 页"}}},
			{keys: []string{"p"}, line: ":back", sees: []said{first}},
			{keys: []string{"n"}, line: ":page 2", sees: []said{second}},
			{keys: []string{"L"}, line: ":again", draw: []said{{second.zh, second.en}}, says: []said{{"A claim asks for class manual", "它会绑定到哪个卷"}}},
			{keys: []string{"L"}, line: ":language", draw: []said{second}, says: []said{{"它会绑定到哪个卷", "A claim asks for class manual"}}},
			{keys: []string{"q"}, line: ":quit", draw: []said{{"it has ended", ""}}, says: []said{{"位置已保存", "Your place is saved"}}},
		}},
		{name: "the same place", args: []string{"lesson", "open", claim}, steps: []step{
			{sees: []said{first}},
			{keys: []string{"n"}, line: ":page 2", sees: []said{second}},
			{keys: []string{"Escape"}, draw: []said{coming}},
			{keys: []string{"Escape"}, line: ":home", sees: []said{title, {"page 2 of 3", "第 2 页"}}},
			{keys: []string{"q"}, line: "quit"},
		}},
		{name: "search, glossary, find", args: []string{"lesson", "open", claim}, steps: []step{
			{sees: []said{first}},
			{keys: []string{"C-k", "=smallest"}, line: "search smallest", sees: []said{{"smallest", "smallest"}}},
			{keys: []string{"Enter"}, line: "1", draw: []said{{"2/3", ""}}, says: []said{second}},
			{keys: []string{"p"}, line: ":back", sees: []said{first}, draw: []said{{"1/3", ""}}},
			{keys: []string{"w"}, line: "glossary claim", draw: []said{{"PVC, claim", ""}}, says: []said{{"A request for storage", "某个命名空间里提出的存储请求"}}},
			{keys: []string{"w"}, line: "?", draw: []said{first}},
			{keys: []string{"/", "=taken"}, line: "find taken", draw: []said{{"taken", ""}}, says: []said{{"Page 1: A claim lives", "这一课里没有"}}},
		}},
		{name: "statistics, settings, help", steps: []step{
			{sees: []said{done}},
			{keys: []string{"S"}, line: "stats", sees: []said{{"By track", "按课程系列"}}},
			{keys: []string{"Escape"}, sees: []said{done}},
			{keys: []string{","}, line: "settings", draw: []said{{"[Lab]", "[实验]"}}, says: []said{{"theme", "theme"}}},
			{keys: []string{"Escape"}, sees: []said{done}},
			{keys: []string{"?"}, line: "help", draw: []said{{"any key closes this", "按任意键关闭"}}, says: []said{{"What can be typed here", "这里可以输入"}}},
		}},
		{name: "quiz", steps: []step{
			{sees: []said{done}},
			{keys: []string{"Down", "Enter"}, line: "course", sees: []said{title}, draw: []said{coming}},
			{keys: []string{"t"}, line: "quiz 1", sees: []said{scope}},
			{pick: said{"Neither", "都不属于"}, sees: []said{{"The claim only", "只有申领"}, {"A Pod can use only claims", "Pod 只能使用自己"}}},
			{keys: []string{"t"}, line: "r", sees: []said{scope}, draw: []said{{"▸", ""}}},
			{pick: said{"The claim only", "只有申领"}, sees: []said{{"Right.", "正确。"}, {"A Pod can use only claims", "Pod 只能使用自己"}}},
		}},
		{name: "review", steps: []step{
			{sees: []said{done}},
			{keys: []string{"Down", "Enter"}, line: "course", sees: []said{title}, draw: []said{coming}},
			{keys: []string{"t"}, line: "quiz 1", sees: []said{scope}},
			{pick: said{"Neither", "都不属于"}, sees: []said{{"A Pod can use only claims", "Pod 只能使用自己"}}},
			{keys: []string{"Escape"}, draw: []said{coming}},
			{keys: []string{"Escape"}, line: "home", sees: []said{{"the next is due", "下一张到期"}}},
			{keys: []string{"r"}, line: "review", draw: []said{{"Study ahead", "提前复习"}}, says: []said{{"To be asked: all that is due", "范围：全部到期的"}}},
			{keys: []string{"Enter"}, line: "begin", sees: []said{learnt}},
			{calm: true, keys: []string{"Enter"}, line: " ", sees: []said{scope}, draw: []said{{"▸", ""}}},
			{calm: true, pick: said{"The claim only", "只有申领"}, sees: []said{{"Right.", "正确。"}, {"A Pod can use only claims", "Pod 只能使用自己"}, {"10 min", "10 分钟"}, {"easy", "简单"}}},
			{calm: true, keys: []string{"3"}, line: "3", sees: []said{learnt}},
			{calm: true, keys: []string{"u"}, line: "undo", sees: []said{scope}, draw: []said{{"▸", ""}}},
			{calm: true, pick: said{"The claim only", "只有申领"}, sees: []said{{"Right.", "正确。"}}},
			{calm: true, keys: []string{"4"}, line: "4", sees: []said{{"Nothing more is due today", "今天没有更多到期的卡片"}, {"recalled 1 of 1", "记得 1 / 1"}}},
			{keys: []string{"Escape"}, draw: []said{{"Study ahead", "提前复习"}}},
			{keys: []string{"Escape"}, sees: []said{done, {"the next is due", "下一张到期"}}},
		}},
		{name: "a cram of nothing", args: []string{"review", "--cram"}, steps: []step{
			{draw: []said{{"The schedule is as it was", "复习安排没有改变"}}, says: []said{{"all cards; the schedule stays as it is", "所有卡片，不改变复习安排"}}},
			{line: " ", says: []said{{"The schedule is as it was", "复习安排没有改变"}}},
		}},
		{name: "lab and console", args: []string{"lesson", "open", claim}, steps: []step{
			{sees: []said{first}},
			{keys: []string{"Tab"}, line: "page 3", draw: []said{{"Press enter to start the lab.", "按 enter 开始实验"}}, says: []said{{"start begins the lab", "start 开始实验"}}},
			{keys: []string{"Enter"}, line: "start", draw: []said{{"shop $", ""}}, says: []said{{"failed: The claim data exists", "未通过："}}},
			{keys: []string{"BTab", "h"}, line: "hint", sees: []said{{"Three things must match", "有三样"}}},
			{keys: []string{"Tab", "=kubectl get \\", "Enter", "=中文", "Enter"}, line: "console\nkubectl get \\\n中文", sees: []said{{"ran <kubectl get 中文>", ""}}},
			{keys: []string{"=solve", "Enter"}, line: "solve", sees: []said{{"Passed", "已通过"}}},
			{keys: []string{"BTab"}, line: "exit\ncheck", draw: []said{{"How it could have been done", "可以这样做"}}, says: []said{{"passed: The claim data exists", "通过："}}},
		}},
	}
}

// TestJourneysLineAfterLine goes the journeys without a terminal.
func TestJourneysLineAfterLine(t *testing.T) {
	t.Parallel()
	for _, j := range journeys() {
		for _, lang := range course.Langs {
			t.Run(j.name+"-"+string(lang), func(t *testing.T) {
				t.Parallel()
				talk := converse(t, lang, j.args...)
				for _, s := range j.steps {
					talk.goes(s)
				}
				talk.hears(nil)
			})
		}
	}
}

// TestJourneysOnAScreen goes the journeys in a terminal, narrow and wide.
func TestJourneysOnAScreen(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("no tmux here to be the terminal")
	}
	for _, j := range journeys() {
		for _, lang := range course.Langs {
			for _, size := range []string{"80x24", "160x50"} {
				t.Run(fmt.Sprintf("%s-%s-%s", j.name, size, lang), func(t *testing.T) {
					t.Parallel()
					s := watch(t, lang, size, j.args...)
					for _, step := range j.steps {
						s.goes(step)
					}
				})
			}
		}
	}
}

// home is where a learner lives: directories of their own, and an engine.
type home struct {
	t    *testing.T
	lang course.Lang
	dir  string
}

func settle(t *testing.T, lang course.Lang) home {
	t.Helper()
	dir, err := os.MkdirTemp("", "kt") // paths of sockets are short, t.TempDir is not
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"h", "r"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	h := home{t, lang, dir}
	t.Cleanup(h.leave)
	return h
}

// leave ends the engine, if there is one.
func (h home) leave() {
	cmd := exec.Command("kubetutor", h.args("cluster", "down")...)
	cmd.Env = h.environ()
	if out, err := cmd.CombinedOutput(); err != nil {
		h.t.Logf("cluster down: %v\n%s", err, out)
	}
	_ = os.RemoveAll(h.dir)
}

func (h home) environ() []string {
	return []string{"HOME=" + filepath.Join(h.dir, "h"), "XDG_RUNTIME_DIR=" + filepath.Join(h.dir, "r"),
		"PATH=" + os.Getenv("PATH"), "LANG=en_GB.UTF-8", "TERM=screen-256color"}
}

// args are those of a tutor of the course of the tests of the screen, which
// does not change when the real lessons do.
func (h home) args(args ...string) []string {
	h.t.Helper()
	lessons, err := filepath.Abs("../tui/testdata/course")
	if err != nil {
		h.t.Fatal(err)
	}
	engine, err := exec.LookPath("kubelab")
	if err != nil {
		h.t.Fatal(err)
	}
	return append([]string{"--lang", string(h.lang), "--lessons", lessons, "--kubelab", engine}, args...)
}

// conversation is a tutor that runs line after line.
type conversation struct {
	home
	in io.Writer

	mu   sync.Mutex
	text bytes.Buffer
	from int // up to where it was listened to
}

func converse(t *testing.T, lang course.Lang, args ...string) *conversation {
	t.Helper()
	c := &conversation{home: settle(t, lang)}
	ctx, cancel := context.WithTimeoutCause(context.Background(), 4*patience, errors.New("the journey took too long"))
	cmd := exec.CommandContext(ctx, "kubetutor", c.args(args...)...)
	cmd.Env, cmd.Stdout, cmd.Stderr = c.environ(), c, c
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		defer cancel()
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the tutor ended: %v\n%s", err, &c.text)
		}
	})
	c.in = in
	return c
}

// Write takes what the tutor says.
func (c *conversation) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.Write(p)
}

func (c *conversation) heard() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.String()
}

// goes does a step and waits for what must be heard.
func (c *conversation) goes(s step) {
	c.t.Helper()
	line := s.line
	if s.pick.en != "" {
		line = c.letter(s.pick.in(c.lang))
	}
	c.from = len(c.heard())
	if line != "" {
		if _, err := io.WriteString(c.in, line+"\n"); err != nil {
			c.t.Fatalf("typing %q: %v\n%s", line, err, c.heard())
		}
	} else {
		c.from = 0
	}
	c.hears(append(append([]said{}, s.sees...), s.says...))
}

// hears waits until all texts have been said since the last step. Nothing that
// is said moves a cursor or draws.
func (c *conversation) hears(texts []said) {
	c.t.Helper()
	for _, text := range texts {
		for deadline := time.Now().Add(patience); !strings.Contains(c.heard()[c.from:], text.in(c.lang)); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				c.t.Fatalf("waited in vain to hear %q in\n%s\nafter\n%s", text.in(c.lang), c.heard()[c.from:], c.heard()[:c.from])
			}
		}
	}
	if i := strings.IndexAny(c.heard(), "\x1b\r\b│┃─✓✗◌"); i >= 0 {
		c.t.Errorf("something is drawn at byte %d of\n%s", i, c.heard())
	}
}

// letter is what is typed for an option of the question that was asked last.
func (c *conversation) letter(option string) string {
	c.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		lines := strings.Split(c.heard()[c.from:], "\n")
		for i := len(lines) - 1; i >= 0; i-- {
			if key, shown, ok := strings.Cut(strings.TrimSpace(lines[i]), ") "); ok && shown == option {
				return key
			}
		}
	}
	c.t.Fatalf("there is no option %q in\n%s", option, c.heard())
	return ""
}

// screen is a program in a terminal, a session of tmux.
type screen struct {
	home
	name string // the session's
}

func watch(t *testing.T, lang course.Lang, size string, args ...string) *screen {
	t.Helper()
	h := settle(t, lang)
	s := h.screen("tutor", size, append([]string{"kubetutor"}, h.args(args...)...)...)
	t.Cleanup(func() { s.tmux("kill-server") })
	return s
}

// screen runs a program in a terminal of its own.
func (h home) screen(name, size string, program ...string) *screen {
	h.t.Helper()
	s := &screen{h, name}
	columns, rows, _ := strings.Cut(size, "x")
	call := []string{"new-session", "-d", "-s", name, "-x", columns, "-y", rows, "sh", "-c", `trap : INT; "$@"; echo it has ended; exec sleep 60`, "sh"}
	s.tmux(append(call, program...)...)
	return s
}

// tmux runs a command of tmux on the terminal's own server.
func (s *screen) tmux(args ...string) string {
	s.t.Helper()
	cmd := exec.Command("tmux", append([]string{"-u", "-S", filepath.Join(s.dir, "tmux"), "-f", "/dev/null"}, args...)...)
	cmd.Env = s.environ()
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.t.Fatalf("tmux %q: %v\n%s", args, err, out)
	}
	return string(out)
}

func (s *screen) shown() string { return s.tmux("capture-pane", "-p", "-t", s.name) }

// goes does a step and waits for what must be on the screen, all together.
func (s *screen) goes(step step) {
	s.t.Helper()
	texts := append(append([]said{}, step.sees...), step.draw...)
	seen := func(shown string) bool {
		return !slices.ContainsFunc(texts, func(text said) bool { return !strings.Contains(shown, text.in(s.lang)) })
	}
	s.does(step)
	for begun := time.Now(); step.calm && !s.within(time.Second, seen) && time.Since(begun) < patience; {
		s.does(step)
	}
	s.until("to see "+fmt.Sprint(texts), seen)
}

// does presses the keys of a step.
func (s *screen) does(step step) {
	s.t.Helper()
	if step.pick.en != "" {
		s.pick(step.pick.in(s.lang))
	}
	for _, key := range step.keys {
		if text, ok := strings.CutPrefix(key, "="); ok {
			s.tmux("send-keys", "-t", s.name, "-l", "--", text)
		} else {
			s.tmux("send-keys", "-t", s.name, key)
		}
	}
}

// within tells whether the screen is as wanted so soon.
func (s *screen) within(limit time.Duration, ok func(shown string) bool) bool {
	s.t.Helper()
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if ok(s.shown()) {
			return true
		}
	}
	return false
}

// until waits until the screen is as wanted.
func (s *screen) until(what string, ok func(shown string) bool) {
	s.t.Helper()
	if !s.within(patience, ok) {
		s.t.Fatalf("waited in vain %s:\n%s", what, s.shown())
	}
}

// pick ticks an option, wherever it stands, and answers.
func (s *screen) pick(option string) {
	s.t.Helper()
	for range 20 {
		at := cursorLine(s.shown())
		if strings.Contains(at, option) {
			s.tmux("send-keys", "-t", s.name, "Space", "Enter")
			return
		}
		s.tmux("send-keys", "-t", s.name, "Down")
		s.within(time.Second, func(shown string) bool { return cursorLine(shown) != at })
	}
	s.t.Fatalf("no option %q:\n%s", option, s.shown())
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
