package cli_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"kubetutor/internal/course"
)

// classroom is a class in terminals: its server, the instructor's view, and
// learners who come by ssh.
type classroom struct {
	home
	size   string
	server *screen
	port   string
	code   string
}

// TestClassJourney holds a class with two learners, loses one of them and then the
// server, and looks at what is left.
func TestClassJourney(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"tmux", "ssh"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("no %s here", program)
		}
	}
	for i, lang := range course.Langs {
		size := []string{"80x24", "160x50"}[i]
		t.Run(string(lang)+"-"+size, func(t *testing.T) {
			t.Parallel()
			r := &classroom{home: settle(t, lang), size: size, port: "0"}
			t.Cleanup(r.clears)
			r.goes()
		})
	}
}

// goes is the journey, as the README tells it.
func (r *classroom) goes() {
	r.serve(said{"begins", "开始"})
	watch := r.screen("watch", r.size, append([]string{"kubetutor"}, r.args("class", "watch")...)...)
	watch.sees(said{"journey", ""})

	li := r.learner("li")
	resume := r.joins(li, "Li Na")
	watch.sees(said{"Li Na", ""})
	li.reads()
	li.answers()
	r.asksForHelp(li, watch)
	r.looks(li, watch)

	omar := r.learner("omar")
	r.joins(omar, "Omar")
	watch.sees(said{"Li Na", ""}, said{"Omar", ""})
	omar.doesTheLab()
	if runs := r.engines(); len(runs) != 1 {
		r.t.Errorf("engines that run for one lab: %q", runs)
	}
	sofia := r.comesWithTheirOwn("Sofia")
	watch.sees(said{"Sofia", "Sofia"})
	sofia.reads()
	sofia.answers()

	li.drops()
	r.server.sees(said{"Li Na has left", "Li Na 离开了"})
	li = r.learner("li-again")
	r.comesBack(li, "Li Na", resume)

	r.dies()
	r.serve(said{"goes on", "继续"})
	li = r.learner("li-once-more")
	r.comesBack(li, "Li Na", resume)
	r.exports()
	r.ends()
}

// sees waits until all texts are on the screen.
func (s *screen) sees(texts ...said) {
	s.t.Helper()
	s.goes(step{sees: texts})
}

// types presses keys, as a step has them, and waits for what they lead to.
func (s *screen) types(keys []string, sees ...said) {
	s.t.Helper()
	s.goes(step{keys: keys, sees: sees})
}

// find waits for what a pattern's group is on the screen.
func (s *screen) find(pattern string) (found string) {
	s.t.Helper()
	re := regexp.MustCompile(pattern)
	s.until("to find "+pattern, func(shown string) bool {
		m := re.FindStringSubmatch(shown)
		if m != nil {
			found = m[1]
		}
		return m != nil
	})
	return found
}

// serve starts the server, and reads what the instructor tells the room.
func (r *classroom) serve(says said) {
	r.t.Helper()
	args := []string{"class", "serve", "journey", "--port", r.port, "--address", "127.0.0.1", "--trusted-room"}
	name := "serve"
	if r.server == nil {
		args = append(args, "--lesson", claim)
	} else {
		name = "serve-again"
	}
	r.server = r.screen(name, "120x50", append([]string{"kubetutor"}, r.args(args...)...)...)
	r.server.sees(says)
	r.port = r.server.find(`ssh -p (\d+) class@127\.0\.0\.1`)
	r.code = r.server.find(`class join \S+ ([0-9A-Z]{4}-[0-9A-Z]{4})`)
}

// learner is somebody at a terminal with nothing but ssh.
type learner struct{ *screen }

func (r *classroom) learner(name string) learner {
	r.t.Helper()
	option := func(o string) string { return "-o" + o }
	return learner{r.screen(name, r.size, "env", "LC_ALL=C.UTF-8", "ssh", "-F", "/dev/null", "-p", r.port,
		option("UserKnownHostsFile="+filepath.Join(r.dir, "known_hosts")), option("GlobalKnownHostsFile=/dev/null"),
		option("StrictHostKeyChecking=accept-new"), option("PubkeyAuthentication=no"), "class@127.0.0.1")}
}

// pauses takes as long as a person does at least to read what has just appeared:
// keys that come sooner still mean what they meant before.
func (l learner) pauses() { l.within(time.Second, func(string) bool { return false }) }

// enters answers what is asked at the door.
func (l learner) enters(code, name string) {
	l.t.Helper()
	l.sees(said{"Join code", "加入码"})
	l.types([]string{"=" + code, "Enter"}, said{"Your name", "你的名字"})
	l.does(step{keys: []string{"=" + name, "Enter"}})
}

// joins comes for the first time, and notes the resume code.
func (r *classroom) joins(l learner, name string) (resume string) {
	l.t.Helper()
	l.enters(r.code, name)
	l.sees(said{"Keep this code", "请记下这个返回码"})
	resume = l.find(`([0-9A-Z]{4}(?:-[0-9A-Z]{4}){3})`)
	l.pauses()
	l.types([]string{"Enter"}, said{"what is done, what", "已完成、未完成"})
	return resume
}

// comesBack takes the name again with its code, and is where it was.
func (r *classroom) comesBack(l learner, name, resume string) {
	l.t.Helper()
	l.enters(r.code, name)
	l.sees(said{"Resume code", "返回码"})
	l.types([]string{"=" + resume, "Enter"}, said{"page 2 of 3", "第 2 页"})
}

// reads goes to the second page of the lesson of the class.
func (l learner) reads() {
	l.t.Helper()
	l.types([]string{"Enter"}, said{"Two objects, two people", "两个对象，两种人"})
	l.types([]string{"n"}, said{"What has to match", "哪些条件必须对上"})
}

// answers answers a question of the lesson.
func (l learner) answers() {
	l.t.Helper()
	l.types([]string{"Escape"}, said{"coming", "即将推出"})
	l.types([]string{"t"}, said{"Which of the two belongs", "哪一个属于命名空间"})
	l.goes(step{pick: said{"The claim only", "只有申领"}, sees: []said{{"Right.", "正确。"}}})
}

// doesTheLab has a cluster of one's own in the server's yard, and passes.
func (l learner) doesTheLab() {
	l.t.Helper()
	l.types([]string{"Enter"}, said{"Two objects, two people", "两个对象，两种人"})
	l.types([]string{"Tab"}, said{"Press enter to start the lab.", "按 enter 开始实验"})
	l.types([]string{"Enter"}, said{"shop $", "shop $"})
	l.types([]string{"=solve", "Enter"}, said{"Passed", "已通过"})
}

// comesWithTheirOwn takes part with the program and the labs of another machine.
func (r *classroom) comesWithTheirOwn(name string) learner {
	r.t.Helper()
	theirs := settle(r.t, r.lang)
	l := learner{theirs.screen("own", r.size, append([]string{"kubetutor"}, theirs.args("class", "join", "127.0.0.1:"+r.port, r.code, "--name", name)...)...)}
	r.t.Cleanup(func() { l.tmux("kill-server") })
	l.sees(said{"Is it the one that the instructor shows?", "与讲师显示的一致吗"})
	l.does(step{keys: []string{"=yes", "Enter"}})
	l.sees(said{"Keep this code", "请记下这个返回码"})
	l.pauses()
	l.types([]string{"Enter"}, said{"what is done, what", "已完成、未完成"})
	return l
}

// drops is a connection that ends without a word.
func (l learner) drops() {
	l.t.Helper()
	l.tmux("kill-session", "-t", l.name)
}

// asksForHelp raises a hand, which stands first in the instructor's view, and gets
// a message.
func (r *classroom) asksForHelp(l learner, watch *screen) {
	r.t.Helper()
	l.types([]string{"H"}, said{"What do you need?", "需要什么帮助？"})
	l.types([]string{"=which?", "Enter"}, said{"hand up", "已举手"})
	watch.sees(said{"which?", "which?"})
	r.server.sees(said{"Li Na asks for help", "Li Na 请求帮助"})
	watch.types([]string{"m"}, said{"Message", "消息"})
	watch.types([]string{"=Look at its class.", "Enter"})
	l.sees(said{"1 new message", "1 条新消息"})
	l.types([]string{"m"}, said{"Look at its class.", "Look at its class."})
	l.types([]string{"Escape"}, said{"Right.", "正确。"})
}

// looks asks to see a screen. Its learner agrees, has the mark on it while it is
// seen, and ends it.
func (r *classroom) looks(l learner, watch *screen) {
	r.t.Helper()
	mark, asks := said{"is watching your screen", "正在看你的屏幕"}, said{"asks to see your screen", "想看你的屏幕"}
	watch.types([]string{"w"}, said{"Waiting until", "正在等"})
	l.sees(asks)
	l.pauses()
	l.types([]string{"y"}, mark)
	watch.sees(mark, said{"Right.", "正确。"})
	l.does(step{keys: []string{"C-x"}})
	l.until("not to be watched", func(shown string) bool { return !strings.Contains(shown, mark.in(l.lang)) })
	watch.until("to see nothing of it", func(shown string) bool { return !strings.Contains(shown, said{"Right.", "正确。"}.in(r.lang)) })
	watch.types([]string{"Escape"}, said{"Li Na", "Li Na"})
}

// dies is the server killed in the middle of the class.
func (r *classroom) dies() {
	r.t.Helper()
	pid, err := strconv.Atoi(strings.TrimSpace(r.server.tmux("display-message", "-p", "-t", r.server.name, "#{pane_pid}")))
	if err != nil {
		r.t.Fatal(err)
	}
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		r.t.Skipf("processes cannot be listed here: %v", err)
	}
	for _, child := range strings.Fields(string(children)) {
		n, err := strconv.Atoi(child)
		if err != nil {
			r.t.Fatal(err)
		}
		if p, err := os.FindProcess(n); err == nil {
			_ = p.Kill() // that it ends is seen below
		}
	}
	r.server.sees(said{"it has ended", "it has ended"})
}

// command runs a command of the instructor.
func (r *classroom) command(args ...string) string {
	r.t.Helper()
	cmd := exec.Command("kubetutor", r.args(args...)...)
	cmd.Env = r.environ()
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("kubetutor %q: %v\n%s", args, err, out)
	}
	return string(out)
}

// exports reads the results beside the running server.
func (r *classroom) exports() {
	r.t.Helper()
	text := strings.TrimPrefix(r.command("class", "export", "journey", "--format", "csv"), "\ufeff")
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(rows) != 4 {
		r.t.Fatalf("%v: %q", err, rows)
	}
	results := map[string]map[string]string{}
	for _, row := range rows[1:] {
		results[row[0]] = map[string]string{}
		for i, cell := range row {
			results[row[0]][rows[0][i]] = cell
		}
	}
	for name, wants := range map[string]map[string]string{
		"Li Na": {"attended": "yes", "answered": "1", "right": "1", "passed": "0"},
		"Omar":  {"attended": "yes", "answered": "0", "right": "0", "passed": "1"},
		"Sofia": {"attended": "yes", "answered": "1", "right": "1", "passed": "0"},
	} {
		for column, want := range wants {
			if got := results[name][column]; got != want {
				r.t.Errorf("%s of %s is %q, want %q", column, name, got, want)
			}
		}
	}
	if got := r.command("class", "export", "journey", "--learner", "li na"); !strings.Contains(got, `"question":"`+claim+"/") {
		r.t.Errorf("Li Na takes home %q", got)
	}
	if !json.Valid([]byte(r.command("class", "export", "journey", "--format", "json"))) {
		r.t.Error("what is exported as JSON is none")
	}
}

// ends closes the class, and leaves nothing.
func (r *classroom) ends() {
	r.t.Helper()
	r.server.does(step{keys: []string{"C-c"}})
	r.server.sees(said{"ctrl+c again", "再按一次 ctrl+c"})
	r.server.types([]string{"C-c"}, said{"it has ended", "it has ended"})
	if got := r.command("class", "list"); !slices.ContainsFunc([]string{"can be gone on with", "可以继续"}, func(s string) bool { return strings.Contains(got, s) }) {
		r.t.Errorf("class list: %s", got)
	}
	if left := r.engines(); len(left) > 0 {
		r.t.Errorf("engines that are left: %q", left)
	}
	r.command("class", "forget", "journey", "--yes")
	if left, _ := filepath.Glob(filepath.Join(r.dir, "h", ".local/share/kubetutor/classes/*")); len(left) > 0 {
		r.t.Errorf("left behind: %q", left)
	}
}

// clears ends what is left in the terminals, however far the journey went.
func (r *classroom) clears() {
	if r.server != nil {
		_ = exec.Command("tmux", "-S", filepath.Join(r.dir, "tmux"), "kill-server").Run() // it may be gone
	}
}

// engines lists the engines of the class that run.
func (r *classroom) engines() (lines []string) {
	r.t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		r.t.Fatal(err)
	}
	for _, file := range files {
		line, err := os.ReadFile(file)
		if err == nil && strings.Contains(string(line), "kubelab\x00serve") && strings.Contains(string(line), r.dir) {
			lines = append(lines, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return lines
}
