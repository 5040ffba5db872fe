package console

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestGuest: who is not at this machine gets no port of it, and not all of its
// processes.
func TestGuest(t *testing.T) {
	t.Parallel()
	p := place{Workspace: "/w", Private: "/p", Guest: true}
	for _, line := range []string{
		"kubectl port-forward pod/x 80", "kubectl --namespace a port-forward svc/x 80:80", "kubectl proxy", "kubectl proxy --unix-socket=s",
	} {
		if err := guard(p, "/w", strings.Fields(line)); err == nil || !strings.Contains(err.Error(), "cannot reach") {
			t.Errorf("%s: %v", line, err)
		}
	}
	if permitsOf(execRequest{Place: p, Args: []string{"kubectl", "port-forward"}}).listen {
		t.Error("a guest's process may listen")
	}
	if hint := hintFor("curl", true); strings.Contains(hint, "kubetutor shell") {
		t.Errorf("a guest is told to use a shell of the machine: %s", hint)
	}
}

// TestGuestProcesses: a line that starts command after command is refused the
// thirteenth.
func TestGuestProcesses(t *testing.T) {
	t.Parallel()
	pool := newPool("/nowhere", nil, 0)
	pool.most = guestProcesses
	for range guestProcesses {
		pool.live[&process{}] = true
	}
	if _, err := pool.take(); err == nil || !strings.Contains(err.Error(), "12 commands run already") {
		t.Error(err)
	}
}

func TestSocketFrom(t *testing.T) {
	t.Parallel()
	long := "/home/" + strings.Repeat("learner/", 12)
	for name, tt := range map[string]struct{ dir, path, want string }{
		"short": {"/w", "/p/edit1", "/p/edit1"},
		"long":  {filepath.Clean(long + "w/a"), long + "p/edit1", "../../p/edit1"},
	} {
		if got := socketFrom(tt.dir, tt.path); got != tt.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}
