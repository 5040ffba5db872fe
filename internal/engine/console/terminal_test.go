//go:build unix

package console

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
	utilexec "k8s.io/utils/exec"

	"kubetutor/internal/lab/protocol"
)

// podServer is an API server that knows the Pod web, whose program answers
// lines.
type podServer struct{}

func (s podServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := func(o any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(o)
	}
	switch r.URL.Path {
	case "/api":
		answer(metav1.APIVersions{TypeMeta: metav1.TypeMeta{Kind: "APIVersions"}, Versions: []string{"v1"}})
	case "/apis":
		answer(metav1.APIGroupList{TypeMeta: metav1.TypeMeta{Kind: "APIGroupList"}})
	case "/api/v1":
		answer(metav1.APIResourceList{TypeMeta: metav1.TypeMeta{Kind: "APIResourceList"}, GroupVersion: "v1",
			APIResources: []metav1.APIResource{{Name: "pods", SingularName: "pod", Namespaced: true, Kind: "Pod"}}})
	case "/api/v1/namespaces/default/pods/web":
		answer(corev1.Pod{TypeMeta: metav1.TypeMeta{Kind: "Pod", APIVersion: "v1"}, ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "default"},
			Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "app"}}}, Status: corev1.PodStatus{Phase: corev1.PodRunning}})
	case "/api/v1/namespaces/default/pods/web/exec":
		q := r.URL.Query()
		o := &remotecommand.Options{Stdin: q.Get("stdin") == "true", Stdout: true, Stderr: q.Get("tty") != "true", TTY: q.Get("tty") == "true"}
		remotecommand.ServeExec(w, r, s, "web", "", "app", q["command"], o, time.Minute, time.Minute, []string{remotecommand.StreamProtocolV4Name})
	default:
		http.NotFound(w, r)
	}
}

// ExecInContainer is the program: it answers lines. Like one in raw mode, it
// gets control-C as a character.
func (podServer) ExecInContainer(_ context.Context, _, _, _ string, _ []string, in io.Reader, out, _ io.WriteCloser, tty bool, resize <-chan remotecommand.TerminalSize, _ time.Duration) error {
	size := make(chan string, 100)
	go func() {
		for s := range resize {
			size <- fmt.Sprintf("%dx%d", s.Width, s.Height)
		}
	}()
	fmt.Fprintf(out, "tty %t\r\n", tty)
	keys := bufio.NewReader(in)
	for {
		line, err := keys.ReadString('\r')
		switch {
		case err != nil:
			return nil
		case strings.HasPrefix(line, "size"):
			fmt.Fprintf(out, "size %s\r\n", <-size)
		case strings.HasPrefix(line, "exit"):
			return utilexec.CodeExitError{Err: fmt.Errorf("exit 7"), Code: 7}
		default:
			fmt.Fprintf(out, "got %q\r\n", line)
		}
	}
}

// terminalBench is a console whose client has a terminal, on a cluster with the
// Pod web.
func terminalBench(t *testing.T) *bench {
	t.Helper()
	server := httptest.NewServer(podServer{})
	t.Cleanup(server.Close)
	file := filepath.Join(t.TempDir(), "kubeconfig")
	text := fmt.Sprintf(`{"apiVersion": "v1", "kind": "Config", "current-context": "a",
		"clusters": [{"name": "a", "cluster": {"server": %q}}],
		"contexts": [{"name": "a", "context": {"cluster": "a", "namespace": "default"}}]}`, server.URL)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	b := newBench(t, file)
	c, err := b.manager.Open(t.Context(), protocol.OpenConsole{Columns: 100, Rows: 30, Terminal: true})
	if err != nil {
		t.Fatal(err)
	}
	b.id = c.ID
	return b
}

// screen is a client's terminal while a program has it.
type screen struct {
	*bench
	mu    sync.Mutex
	text  string
	turns []protocol.Loan
	moved chan struct{}
}

func newScreen(b *bench) *screen { return &screen{bench: b, moved: make(chan struct{}, 1)} }

func (s *screen) show(o protocol.Output) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text += string(o.Data)
	if o.Terminal != "" {
		s.turns = append(s.turns, o.Terminal)
	}
	select {
	case s.moved <- struct{}{}:
	default:
	}
}

// await waits until the screen shows a text.
func (s *screen) await(text string) {
	s.Helper()
	limit := time.After(20 * time.Second)
	for {
		s.mu.Lock()
		shown := s.text
		s.mu.Unlock()
		if strings.Contains(shown, text) {
			return
		}
		select {
		case <-s.moved:
		case <-limit:
			s.Errorf("the terminal shows %q, wanted %q", shown, text)
			return
		}
	}
}

func (s *screen) keys(keys string) {
	s.Helper()
	if err := s.manager.Input(s.Context(), protocol.Input{Console: s.id, Data: []byte(keys)}); err != nil {
		s.Error(err)
	}
}

func TestProgramHasTheTerminal(t *testing.T) {
	t.Parallel()
	b := terminalBench(t)
	s := newScreen(b)
	var acting sync.WaitGroup
	acting.Go(func() {
		s.await("tty true")
		s.keys("size\r")
		s.await("size 100x30")
		if err := b.manager.Resize(t.Context(), protocol.Resize{Console: b.id, Columns: 132, Rows: 50}); err != nil {
			t.Error(err)
		}
		s.keys("size\r")
		s.await("size 132x50")
		s.keys("a\x03b\r")
		s.await(`got "a\x03b\r"`)
		s.keys("exit\r")
	})
	r := b.runWith(t.Context(), "echo before; kubectl exec -it web -- sh; echo after $?", s.show)
	acting.Wait()
	if r.exit.Code != 0 || !strings.HasPrefix(r.out, "before\n") || !strings.HasSuffix(r.out, "after 7\n") {
		t.Errorf("got %+v", r)
	}
	if fmt.Sprint(s.turns) != "[begins ends]" {
		t.Errorf("turns of the terminal: %v", s.turns)
	}
	if r := b.run("echo next"); r.out != "next\n" {
		t.Errorf("the line after it: %+v", r)
	}
}

// TestNoTerminalInAPipe: what is piped, or run for a client without a terminal,
// gets none; upstream says so and goes on.
func TestNoTerminalInAPipe(t *testing.T) {
	t.Parallel()
	b := terminalBench(t)
	s := newScreen(b)
	if r := b.runWith(t.Context(), "echo exit | tr '\\n' '\\r' | kubectl exec -it web -- sh", s.show); len(s.turns) > 0 || !strings.Contains(r.err, "Unable to use a TTY") || !strings.Contains(r.out, "tty false") {
		t.Errorf("in a pipe: %v, %+v", s.turns, r)
	}
	c, err := b.manager.Open(t.Context(), protocol.OpenConsole{Columns: 80, Rows: 24})
	if err != nil {
		t.Fatal(err)
	}
	b.id = c.ID
	asked := false
	r := b.runWith(t.Context(), "kubectl exec -it web -- sh", func(o protocol.Output) {
		s.show(o)
		if o.Input && !asked {
			asked = true
			s.keys("exit\r")
		}
	})
	if !asked || len(s.turns) > 0 || r.exit.Code != 7 {
		t.Errorf("without a terminal: asked %t, %v, %+v", asked, s.turns, r)
	}
}

// TestTerminalOfAnInterruptedLine: a client that goes, goes with its program.
func TestTerminalOfAnInterruptedLine(t *testing.T) {
	t.Parallel()
	b := terminalBench(t)
	s := newScreen(b)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		s.await("tty true")
		cancel()
	}()
	began := time.Now()
	r := b.runWith(ctx, "kubectl exec -it web -- sh", s.show)
	if r.exit.Code == 0 || time.Since(began) > 15*time.Second || fmt.Sprint(s.turns) != "[begins ends]" {
		t.Errorf("got %+v, %v after %v", r, s.turns, time.Since(began))
	}
	if r := b.run("echo next"); r.out != "next\n" {
		t.Errorf("the line after it: %+v", r)
	}
}

func TestWantsTerminal(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]bool{
		"kubectl exec -it web -- sh":              true,
		"kubectl exec web -ti -c app -- sh -c ls": true,
		"kubectl -n shop exec --stdin --tty web":  true,
		"kubectl run x --image=busybox -it --rm":  true,
		"kubectl attach web -it":                  true,
		"kubectl debug node/a -it --image=b":      true,
		"kubectl exec -i web -- sh":               false,
		"kubectl exec web -- ls -it":              false,
		"kubectl get pods -w":                     false,
		"kubectl run -t":                          false,
		"kubectl nonsense -it":                    false,
	} {
		if got := wantsTerminal(strings.Fields(line)); got != want {
			t.Errorf("%s: %t", line, got)
		}
	}
}
