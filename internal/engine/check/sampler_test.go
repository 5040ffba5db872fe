package check

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

// fakeContainers answers as the functions say.
type fakeContainers struct {
	mu      sync.Mutex
	command func(ctx context.Context, pod string, command []string, stdin string, stdout, stderr io.Writer) (int, error)
	logs    func(pod string, o *corev1.PodLogOptions) (string, error)
	runs    int
	running int
	most    int // that ran at once
}

func (f *fakeContainers) exec(ctx context.Context, pod *corev1.Pod, o *corev1.PodExecOptions, stdin io.Reader, stdout, stderr io.Writer) (int, error) {
	f.mu.Lock()
	f.runs++
	f.running++
	f.most = max(f.most, f.running)
	command := f.command
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.running--
	}()
	text := ""
	if stdin != nil {
		data, _ := io.ReadAll(stdin)
		text = string(data)
	}
	return command(ctx, pod.Name, o.Command, text, stdout, stderr)
}

func (f *fakeContainers) log(_ context.Context, pod *corev1.Pod, o *corev1.PodLogOptions) (io.ReadCloser, error) {
	text, err := f.logs(pod.Name, o)
	return io.NopCloser(strings.NewReader(text)), err
}

func (f *fakeContainers) counts() (runs, most int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.runs, f.most
}

func (f *fakeContainers) answer(command func(ctx context.Context, pod string, command []string, stdin string, stdout, stderr io.Writer) (int, error)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.command = command
}

// says is a command that always ends like this.
func says(exit int, stdout, stderr string) func(context.Context, string, []string, string, io.Writer, io.Writer) (int, error) {
	return func(_ context.Context, _ string, _ []string, _ string, out, err io.Writer) (int, error) {
		_, _ = io.WriteString(out, stdout)
		_, _ = io.WriteString(err, stderr)
		return exit, nil
	}
}

const (
	runs    = `{"running": {}}`
	waits   = `{"waiting": {"reason": "ContainerCreating"}}`
	hasQuit = `{"terminated": {"exitCode": 0}}`
)

// pod is a Pod with one container, "app", in a state.
func pod(name, phase, state string, version int) *unstructured.Unstructured {
	o := &unstructured.Unstructured{}
	text := fmt.Sprintf(`{"apiVersion": "v1", "kind": "Pod",
		"metadata": {"name": %q, "namespace": "shop", "uid": %[1]q, "labels": {"app": "x"}, "resourceVersion": "%d"},
		"spec": {"containers": [{"name": "app", "image": "nginx"}]},
		"status": {"phase": %q, "containerStatuses": [{"name": "app", "state": %s}]}}`, name, version, phase, state)
	if err := o.UnmarshalJSON([]byte(text)); err != nil {
		panic(err)
	}
	return o
}

func pods() schema.GroupVersionResource {
	return schema.GroupVersionResource{Version: "v1", Resource: "pods"}
}

func execLab(refs ...course.Check) *course.Lab {
	return &course.Lab{ID: "l", Namespace: "shop", Checks: refs}
}

func TestExecFollowsItsPod(t *testing.T) {
	t.Parallel()
	c := newCluster(t, Options{})
	c.inside.answer(says(0, " hello\n", ""))
	verdicts := c.follow(execLab(
		course.Check{ID: "runs", Exec: &course.ExecRef{LabelSelector: "app", Command: []string{"true"}}},
		course.Check{ID: "says", Exec: &course.ExecRef{LabelSelector: "app", Command: []string{"cat"}}, Expect: `exit == 0 && stdout == "hello" && lines == [" hello"]`},
	), false)
	v := until(t, verdicts, fail, fail)
	if v[0].Have != textNoPod() || v[0].Want != textSucceeds() || v[1].Have != textNoPod() {
		t.Errorf("without a Pod: %+v", v)
	}
	c.create(pods(), pod("web", "Pending", waits, 1))
	v = until(t, verdicts, protocol.Waiting, protocol.Waiting)
	if v[0].Have != textNotRunning("app") || v[1].Reason != textNotYet() {
		t.Errorf("while it starts: %+v", v)
	}
	if n, _ := c.inside.counts(); n != 0 {
		t.Errorf("%d commands ran in a container that does not run", n)
	}
	c.update(pods(), pod("web", "Running", runs, 2))
	until(t, verdicts, pass, pass)
	c.must(c.objects.Resource(pods()).Namespace("shop").Delete(t.Context(), "web", metav1.DeleteOptions{}))
	until(t, verdicts, fail, fail)
}

func TestExecIsAskedAgainWhileItFails(t *testing.T) {
	t.Parallel()
	c := newCluster(t, Options{}, pod("web", "Running", runs, 1))
	c.inside.answer(says(1, "", "no such file\nsecond line"))
	verdicts := c.follow(execLab(
		course.Check{Exec: &course.ExecRef{Pod: "web", Command: []string{"cat", "/done"}}},
	), false)
	v := until(t, verdicts, fail)
	if v[0].Have != (course.Text{EN: "exit code 1: no such file", ZH: "退出码为 1：no such file"}) {
		t.Errorf("have %+v", v[0].Have)
	}
	c.inside.answer(says(0, "", ""))
	until(t, verdicts, pass)
	n, _ := c.inside.counts()
	c.inside.answer(says(1, "", ""))
	c.update(pods(), pod("web", "Running", runs, 2))
	until(t, verdicts, fail)
	if after, _ := c.inside.counts(); after < n+1 {
		t.Errorf("%d runs, then %d", n, after)
	}
}

// TestExecRunsRarely counts what a failing check costs: not more than one run
// each 250 ms.
func TestExecRunsRarely(t *testing.T) {
	t.Parallel()
	c := newCluster(t, Options{}, pod("web", "Running", runs, 1))
	c.inside.answer(says(1, "", ""))
	began := time.Now()
	verdicts := c.follow(execLab(
		course.Check{Exec: &course.ExecRef{Pod: "web", Command: []string{"date"}}, Expect: "exit == 0"},
	), false)
	until(t, verdicts, fail)
	for n := 0; n < 4; n, _ = c.inside.counts() {
		if !pause(t.Context(), 10*time.Millisecond) || time.Since(began) > deadline {
			t.Fatalf("after %v it has run %d times", time.Since(began), n)
		}
	}
	if took := time.Since(began); took < 3*lookAgain {
		t.Errorf("four runs within %v", took)
	}
}

func TestExecInSeveralPods(t *testing.T) {
	t.Parallel()
	c := newCluster(t, Options{})
	for i := range 9 {
		c.create(pods(), pod(fmt.Sprintf("web-%d", i), "Running", runs, 1))
	}
	c.create(pods(), pod("old", "Succeeded", hasQuit, 1)) // has ended: nothing can run in it
	c.inside.answer(func(ctx context.Context, pod string, _ []string, _ string, _, _ io.Writer) (int, error) {
		pause(ctx, 20*time.Millisecond)
		if pod == "web-4" {
			return 3, nil
		}
		return 0, nil
	})
	all := course.ExecRef{LabelSelector: "app", Command: []string{"true"}}
	some := all
	some.Any = true
	v := until(t, c.follow(execLab(course.Check{Exec: &all}, course.Check{Exec: &some}, course.Check{Exec: &some, Expect: "exit == 4"}), false), fail, pass, fail)
	if v[0].Have != (course.Text{EN: "web-4: exit code 3", ZH: "web-4：退出码为 3"}) {
		t.Errorf("have %+v", v[0].Have)
	}
	if v[2].Have.EN != "web-0: 0" {
		t.Errorf("of any, the first is told of: %+v", v[2])
	}
	if _, most := c.inside.counts(); most > maxAtOnce {
		t.Errorf("%d ran at once", most)
	}
}

func TestExecThatGoesWrong(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		command func(context.Context, string, []string, string, io.Writer, io.Writer) (int, error)
		result  protocol.Result
		have    course.Text
	}{
		"too much": {func(ctx context.Context, _ string, _ []string, _ string, out, _ io.Writer) (int, error) {
			for {
				if _, err := out.Write(make([]byte, 1000)); err != nil {
					<-ctx.Done() // it was ended
					return 0, err
				}
			}
		}, fail, textTooMuch(maxOutput)},
		"broken": {func(context.Context, string, []string, string, io.Writer, io.Writer) (int, error) {
			return 0, fmt.Errorf("unable to upgrade connection: container not found")
		}, fail, course.Same("unable to upgrade connection: container not found")},
		"not UTF-8": {says(0, "\xff", ""), fail, course.Same("\"\uFFFD\"")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, Options{}, pod("web", "Running", runs, 1))
			c.inside.answer(tc.command)
			v := until(t, c.follow(execLab(course.Check{Exec: &course.ExecRef{Pod: "web", Command: []string{"x"}}, Expect: `stdout == "?"`}), false), tc.result)
			if v[0].Have != tc.have {
				t.Errorf("have %+v, wanted %+v", v[0].Have, tc.have)
			}
		})
	}
}

func TestExecGivesStdinAndVariables(t *testing.T) {
	t.Parallel()
	c := newCluster(t, Options{}, pod("web", "Running", runs, 1))
	c.inside.answer(func(_ context.Context, _ string, command []string, stdin string, out, _ io.Writer) (int, error) {
		fmt.Fprintf(out, "%v %s", command, stdin)
		return 0, nil
	})
	lab := execLab(course.Check{Exec: &course.ExecRef{Pod: "@{who}", Command: []string{"greet", "@{who}"}, Stdin: "for @{who}"}, Expect: `stdout == "[greet web] for web"`})
	got, _, err := c.AtRest(t.Context(), lab, map[string]string{"who": "web"}, time.Now(), 20*time.Millisecond, deadline)
	if err != nil || got[0].Result != pass {
		t.Errorf("got %+v, %v", got, err)
	}
}

// TestAtRestLooksAgain: what happens in a container makes no event, so a verdict
// at rest needs a look of its own.
func TestAtRestLooksAgain(t *testing.T) {
	t.Parallel()
	c := newCluster(t, Options{}, pod("web", "Running", runs, 1))
	c.inside.answer(says(0, "", ""))
	lab := execLab(course.Check{Exec: &course.ExecRef{Pod: "web", Command: []string{"true"}}})
	until(t, c.follow(lab, false), pass)
	c.inside.answer(says(1, "", ""))
	got, _, err := c.AtRest(t.Context(), lab, nil, time.Time{}, 20*time.Millisecond, deadline)
	if err != nil || got[0].Result != fail {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestConfinedLooksIntoItsNamespaceOnly(t *testing.T) {
	t.Parallel()
	c := newCluster(t, Options{Confined: true}, pod("web", "Running", runs, 1))
	c.inside.answer(says(0, "", ""))
	v := until(t, c.follow(execLab(
		course.Check{Exec: &course.ExecRef{Pod: "web", Command: []string{"true"}}},
		course.Check{Exec: &course.ExecRef{Namespace: "kube-system", Pod: "web", Command: []string{"true"}}},
		course.Check{Logs: &course.LogsRef{Namespace: "kube-system", Pod: "web"}},
	), false), pass, unknown, unknown)
	if v[1].Reason != textElsewhere("shop") {
		t.Errorf("got %+v", v[1])
	}
}

func TestLogs(t *testing.T) {
	t.Parallel()
	c := newCluster(t, Options{}, pod("job", "Succeeded", hasQuit, 1))
	var asked []corev1.PodLogOptions
	var mu sync.Mutex
	c.inside.logs = func(_ string, o *corev1.PodLogOptions) (string, error) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, *o)
		return "one\ntwo\n", nil
	}
	v := until(t, c.follow(execLab(
		course.Check{Logs: &course.LogsRef{Pod: "job", SinceStart: true}},
		course.Check{Logs: &course.LogsRef{Pod: "job"}, Expect: `log.contains("two") && lines.size() == 2`},
		course.Check{Logs: &course.LogsRef{Pod: "job"}, Expect: `"three" in lines`},
		course.Check{Logs: &course.LogsRef{Pod: "job"}, Expect: `log.contains("three")`},
		course.Check{Logs: &course.LogsRef{Pod: "job", Previous: true}},
		course.Check{Logs: &course.LogsRef{Pod: "job", Container: "side"}},
	), false), pass, pass, fail, fail, fail, fail)
	want := containing(`"three"`, false)
	if v[2].Want != want || v[3].Want != want || v[3].Have != course.Same(`"one\ntwo"`) {
		t.Errorf("got %+v and %+v", v[2], v[3])
	}
	if v[4].Have != textNotRestarted("app") || v[5].Have != textNoContainer("side") {
		t.Errorf("got %+v and %+v", v[4], v[5])
	}
	mu.Lock()
	defer mu.Unlock()
	if asked[0].Container != "app" {
		t.Errorf("asked for %+v", asked[0])
	}
}

func TestTailKeepsTheEnd(t *testing.T) {
	t.Parallel()
	var end tail
	for i := range 5 * maxLog / 10 {
		fmt.Fprintf(&end, "line %4d\n", i%10000)
	}
	text := end.text()
	if len(text) > maxLog || len(text) < maxLog-10 || !strings.HasPrefix(text, "line ") || !strings.HasSuffix(text, fmt.Sprintf("line %4d\n", (5*maxLog/10-1)%10000)) {
		t.Errorf("%d bytes, from %q", len(text), text[:20])
	}
	if len(end.kept) > 2*maxLog {
		t.Errorf("it keeps %d bytes", len(end.kept))
	}
	var short tail
	_, _ = short.Write([]byte("a\nb"))
	if short.text() != "a\nb" {
		t.Errorf("got %q", short.text())
	}
}

func TestCompileOfContainers(t *testing.T) {
	t.Parallel()
	good := course.ExecRef{Pod: "web", Command: []string{"true"}}
	for name, tc := range map[string]struct {
		check course.Check
		fault string
	}{
		"good":       {course.Check{Exec: &good, Expect: "exit == 0 && size(lines) > 1"}, ""},
		"no command": {course.Check{Exec: &course.ExecRef{Pod: "web"}}, "needs a command"},
		"two ways":   {course.Check{Exec: &course.ExecRef{Pod: "web", LabelSelector: "a=b", Command: []string{"a"}}}, "either a pod"},
		"selector":   {course.Check{Logs: &course.LogsRef{LabelSelector: "a=b=c"}}, "labelSelector"},
		"always":     {course.Check{Exec: &good, Always: "exit == 0"}, "takes expect"},
		"type":       {course.Check{Exec: &good, Expect: `exit == "0"`}, "no matching overload"},
		"variable":   {course.Check{Logs: &course.LogsRef{Pod: "web"}, Expect: `stdout == "0"`}, "undeclared reference"},
		"want":       {course.Check{Exec: &good, Expect: `stdout.matches("a+")`}, "cannot be derived"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			faults := Compile([]course.Check{tc.check}, nil)
			switch {
			case tc.fault == "" && len(faults) > 0:
				t.Errorf("got %+v", faults)
			case tc.fault != "" && (len(faults) != 1 || !strings.Contains(faults[0].Reason.EN, tc.fault)):
				t.Errorf("got %+v, wanted %q", faults, tc.fault)
			}
		})
	}
}
