package check

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
	utilexec "k8s.io/utils/exec"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

// server answers pods/exec and pods/log as an API server of before WebSockets
// does. The real one is tried in package enginetest/nodes.
type server struct {
	run func(command []string, in io.Reader, out, err io.Writer) error
	log func(w http.ResponseWriter, r *http.Request)
}

// ExecInContainer implements remotecommand.Executor.
func (s server) ExecInContainer(_ context.Context, _, _, _ string, command []string, in io.Reader, out, err io.WriteCloser, _ bool, _ <-chan remotecommand.TerminalSize, _ time.Duration) error {
	return s.run(command, in, out, err)
}

func (s server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/api/v1/namespaces/shop/pods/web/log" {
		s.log(w, r)
		return
	}
	query := r.URL.Query()
	remotecommand.ServeExec(w, r, s, "web", "", query.Get("container"), query["command"],
		&remotecommand.Options{Stdin: query.Get("stdin") == "true", Stdout: true, Stderr: true},
		deadline, deadline, []string{remotecommand.StreamProtocolV4Name})
}

func (s server) checker(t *testing.T) *Checker {
	t.Helper()
	web := httptest.NewServer(s)
	t.Cleanup(web.Close)
	inside, err := containersOf(&rest.Config{Host: web.URL, QPS: -1})
	if err != nil {
		t.Fatal(err)
	}
	return newChecker(Options{}, nil, nil, nil, inside)
}

func running() *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "shop"},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "app"}}},
		Status: corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{
			{Name: "app", State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}},
		}},
	}
}

func TestExecOverTheWire(t *testing.T) {
	t.Parallel()
	c := server{run: func(command []string, in io.Reader, out, err io.Writer) error {
		switch command[0] {
		case "cat":
			_, copied := io.Copy(out, in)
			return copied
		case "flood":
			for {
				if _, failed := out.Write(make([]byte, 4096)); failed != nil {
					return failed
				}
			}
		case "fail":
			fmt.Fprintln(err, "oh no")
			return utilexec.CodeExitError{Err: errors.New("exit 3"), Code: 3}
		}
		return fmt.Errorf("exec: %q: executable file not found in $PATH", command[0])
	}}.checker(t)
	for name, tc := range map[string]struct {
		check  course.ExecRef
		values map[string]any
		have   course.Text
	}{
		"input":   {course.ExecRef{Command: []string{"cat"}, Stdin: "a\nb\n"}, commandValues(0, "a\nb\n", ""), course.Text{}},
		"code":    {course.ExecRef{Command: []string{"fail"}}, commandValues(3, "", "oh no"), course.Text{}},
		"endless": {course.ExecRef{Command: []string{"flood"}}, nil, textTooMuch(maxOutput)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := c.run(t.Context(), &tc.check, running())
			if fmt.Sprint(got.values) != fmt.Sprint(tc.values) || got.have != tc.have {
				t.Errorf("got %+v", got)
			}
		})
	}
	if got := c.run(t.Context(), &course.ExecRef{Command: []string{"gone"}}, running()); got.values != nil || got.have.IsZero() {
		t.Errorf("a program that is not there: %+v", got)
	}
}

func TestLogOverTheWire(t *testing.T) {
	t.Parallel()
	asked := make(chan string, 10)
	c := server{log: func(w http.ResponseWriter, r *http.Request) {
		asked <- r.URL.RawQuery
		if r.URL.Query().Get("container") == "side" {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","code":403,"message":"no"}`)
			return
		}
		_, _ = io.WriteString(w, "one\n")
	}}.checker(t)
	since := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	got := c.readLog(t.Context(), &course.LogsRef{Pod: "web", SinceStart: true}, running(), since)
	if got.values["log"] != "one" {
		t.Errorf("got %+v", got)
	}
	if query := <-asked; query != "container=app&sinceTime=2026-01-02T03%3A04%3A05Z" {
		t.Errorf("asked for %s", query)
	}
	p := running()
	p.Status.ContainerStatuses[0].Name = "side"
	got = c.readLog(t.Context(), &course.LogsRef{Pod: "web", Container: "side"}, p, since)
	if got.unjudged.IsZero() {
		t.Errorf("a cluster that says no: %+v", got)
	}
	r := newCompiler(nil).rule(course.Check{Logs: &course.LogsRef{Pod: "web"}})
	if v := r.judge(input{there: true, samples: []sample{got}}); v.Result != protocol.Unjudged {
		t.Errorf("got %+v", v)
	}
}
