package enginetest

import (
	"strings"
	"testing"
)

// claimCommand solves the lab pv-pvc-matching/bind-claim.
const claimCommand = `kubectl apply -n shop -f - <<'Y'
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec:
  storageClassName: manual
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 500Mi}}
Y
`

// chineseWay reads and does a lab in Chinese, in a large window.
func chineseWay(t *testing.T, l *learner) {
	l.lang = "zh_CN.UTF-8"
	s := l.opens(160, 45)
	s.sees("从这里开始", "集群未启动").presses("down", "enter").sees("什么是云原生")
	s.presses("/").sees("筛选：").types("申领怎样").loses("标签：").presses("enter")
	s.sees("两个对象，两种人", "按 enter 开始实验").presses("n").sees("哪些条件必须对上", "2/")
	before := s.body()
	s.presses("L").sees("What has to match", "2/", "Press enter to start the lab.")
	s.presses("L").sees("2/").seesBody(before)

	s.presses("space").sees("第 1 题，共 3 题").presses("esc").sees("哪些条件必须对上")
	s.presses("tab", "enter").sees("正在启动", "API 服务器")
	s.sees("shop $", "0 / 4", "实为  不存在", "集群运行中")
	s.pastes(claimCommand).sees("> kind: PersistentVolumeClaim", "persistentvolumeclaim/data created", "已通过", "4 / 4")
	s.enters("echo 中文 > 笔记; cat 笔记").sees("│ 中文")
	s.quitsFromConsole()
}

// plainWay does without a screen: lines in, lines out, through pipes.
func plainWay(t *testing.T, l *learner) {
	out, said, code := l.tries(strings.Join([]string{
		"course", "labels", "", "", // the question is passed over, and the page turned
		"", ".", "", // so are these two, one of which is answered in several lines
		"kubectl label po web env=dev", "r", "kubectl label pods/web --overwrite env=prod",
		"kubectl label pod web tmp-",
		"start", "console",
		"kubectl label pod p1 env=prod",
		"kubectl label pod p1 env=prod role=proxy tmp- --overwrite",
		"exit", "quit",
	}, "\n")+"\n", "--plain")
	if code != 0 || said != "" {
		t.Errorf("exit status %d, said %s", code, said)
	}
	rest := out
	for _, want := range []string{
		"Why objects wear labels", "[Figure: Three Pods with labels.", "What may be written",
		"Not quite", "Right.", "Right.", "Lab: Put a Pod's labels right",
		"API server", "export KUBECONFIG=" + l.dir, "failed: env is prod", "passed: app is still cache",
		"--overwrite is false", "pod/p1 modified", "passed: env is prod", "Passed", "Your place is saved.",
	} {
		var found bool
		if _, rest, found = strings.Cut(rest, want); !found {
			t.Fatalf("there is no %q where it should be in\n%s", want, out)
		}
	}
	if strings.Contains(out, "\x1b") {
		t.Error("an escape sequence was written into a pipe")
	}
	if got := l.progress("labels"); got.Answered != 2 || got.Passed != 1 {
		t.Errorf("progress --json says %+v", got)
	}
}

// together uses one home from two terminals at once.
func together(t *testing.T, l *learner) {
	one, two := l.opens(80, 24, "lesson", "open", "labels"), l.opens(80, 24, "lesson", "open", "pv-pvc-matching")
	one.sees("Why objects").presses("space").sees("space answers").presses("space").sees("You remove the label app")
	two.sees("Two objects").presses("space").sees("space answers").presses("space").sees("Which of the two")
	one.ticks("no longer sends traffic")
	two.ticks("The claim only")
	one.presses("enter")
	two.presses("enter")
	one.sees("✓ Right.")
	two.sees("✓ Right.")
	one.presses("enter").sees("A question  ✓").presses("tab").sees("Press enter to start")
	two.presses("enter").sees("A question  ✓").presses("tab").sees("Press enter to start")

	one.presses("enter").sees("tags $", "2 of 5")
	one.enters("kubectl label pod p1 env=prod role=proxy tmp- --overwrite").sees("Passed")
	two.presses("enter").sees("shop $", "0 of 4")
	one.presses("shift+tab").sees("The lab is no longer running.")
	two.pastes(claimCommand).sees("Passed")
	one.quits()
	two.quitsFromConsole()
	for lesson, page := range map[string]int{"labels": 1, "pv-pvc-matching": 1} {
		if got, want := l.progress(lesson), (lessonProgress{lesson, page, 1, 1}); got != want {
			t.Errorf("progress --json says %+v, want %+v", got, want)
		}
	}
}
