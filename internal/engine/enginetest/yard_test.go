package enginetest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kubetutor/internal/class"
	"kubetutor/internal/class/yard"
	"kubetutor/internal/lab"
	"kubetutor/internal/lab/protocol"
)

// classroom is a class with labs of real engines.
type classroom struct {
	t   *testing.T
	dir string
}

// opens opens the yard of the class, as a server does when it starts.
func (c classroom) opens(idle time.Duration) *yard.Yard {
	c.t.Helper()
	program, err := os.Executable()
	if err != nil {
		c.t.Fatal(err)
	}
	y, err := yard.New(yard.Options{
		Dir: filepath.Join(c.dir, "class"), Runtime: filepath.Join(c.dir, "r"), Kubelab: program, Limit: 1, Idle: idle, Grace: time.Second,
		Environ: append(os.Environ(), "KUBECONFIG=/instructor/config", "EDITOR=/instructor/editor", "TOKEN=of-the-instructor"),
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return y
}

// processes are those that have the class's directory on their command lines or in
// their environments.
func (c classroom) processes() (found []string) {
	files, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, file := range files {
		dir := filepath.Dir(file)
		line, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
		environ, _ := os.ReadFile(file)
		all := append(append(line, '\n'), environ...)
		if bytes.Contains(all, []byte(c.dir)) && filepath.Base(dir) != fmt.Sprint(os.Getpid()) {
			found = append(found, strings.ReplaceAll(string(all), "\x00", " "))
		}
	}
	return found
}

// comes is a learner with a session.
func (c classroom) comes(y *yard.Yard, who class.LearnerID) lab.Service {
	c.t.Helper()
	y.Present(who, 1)
	s, err := y.Lab(who)
	if err != nil {
		c.t.Fatal(err)
	}
	return s
}

// begins starts a lab and tells which places in the queue that took.
func (c classroom) begins(ctx context.Context, s lab.Service) (places []string, err error) {
	var mu sync.Mutex
	_, err = s.StartLab(ctx, protocol.StartLab{Lab: *SettingsLab(), Number: 1, Seed: 1}, func(st protocol.Stage) {
		mu.Lock()
		defer mu.Unlock()
		if st.ID == class.StageQueue && !st.Done {
			places = append(places, st.Detail)
		}
	})
	return places, err
}

// types runs a line in a console.
func (c classroom) types(con lab.Console, line string) (said string) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	_, _, err := con.Run(ctx, line, func(o protocol.Output) { said += string(o.Data) })
	if err != nil {
		c.t.Fatalf("%s: %v", line, err)
	}
	return said
}

func (c classroom) console(s lab.Service) lab.Console {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	con, err := s.OpenConsole(ctx, protocol.OpenConsole{Columns: 80, Rows: 24})
	if err != nil {
		c.t.Fatal(err)
	}
	return con
}

// TestYard: two learners share one place. The first has it when the server is
// killed, the second waits for it, the first comes back to what was left; neither
// reaches what is the other's, and nothing is left behind.
func TestYard(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "kt") // socket paths are short, t.TempDir is not
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	c := classroom{t, dir}
	ctx, cancel := context.WithTimeout(t.Context(), 2*Patience)
	defer cancel()

	killed := c.opens(time.Hour) // it is never closed: as one that is killed
	ann := c.comes(killed, "ann")
	if places, err := c.begins(ctx, ann); err != nil || len(places) > 0 {
		t.Fatalf("the first one waits at %v: %v", places, err)
	}
	c.types(c.console(ann), "mkdir -p deep/er; cd deep/er; echo ann-wrote-this > note.txt; kubectl create configmap ann-made-this")
	impatient, leave := context.WithTimeout(ctx, time.Second)
	defer leave()
	if places, err := c.begins(impatient, c.comes(killed, "ben")); err == nil || !slices.Equal(places, []string{"1"}) {
		t.Errorf("the second one waits at %v: %v", places, err)
	}
	for _, p := range c.processes() {
		if strings.Contains(p, "instructor") {
			t.Errorf("a lab has the instructor's environment: %s", p)
		}
	}

	y := c.opens(2 * time.Second)
	if got := y.Labs(); got.Awake != 1 {
		t.Errorf("after the restart: %+v", got)
	}
	ann, ben := c.comes(y, "ann"), c.comes(y, "ben")
	con := c.console(ann)
	c.types(con, "cd deep/er")
	if places, err := c.begins(ctx, ben); err != nil || !slices.Equal(places, []string{"1"}) {
		t.Fatalf("the second one had to wait at %v: %v", places, err)
	}
	c.keepsApart(c.console(ben), dir)

	began := time.Now()
	if said := c.types(con, "cat note.txt; kubectl get configmap ann-made-this -o name"); said != "ann-wrote-this\nconfigmap/ann-made-this\n" {
		t.Errorf("the first one comes back to %q", said)
	}
	t.Logf("the first one had to wait for %v", time.Since(began).Round(time.Millisecond))
	if st, err := ann.Status(ctx); err != nil || st.Lab == nil || st.Lab.Number != 1 || st.Workspace != "" {
		t.Errorf("%+v, %v", st, err)
	}
	if err := y.Close(ctx); err != nil {
		t.Error(err)
	}
	deadline := time.Now().Add(Patience)
	for len(c.processes()) > 0 && time.Now().Before(deadline) {
		time.Sleep(50 * time.Millisecond)
	}
	if left := c.processes(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// keepsApart tries from one learner's console to get at another's lab, of whom all
// names are known, and what a learner must be able to do all the same.
func (c classroom) keepsApart(con lab.Console, dir string) {
	c.t.Helper()
	state := filepath.Join(dir, "class", "learners", "ann", "state", "kubetutor", "clusters", "class-ann")
	config := filepath.Join(state, "control-plane", "kubeconfig", "learner.kubeconfig")
	if _, err := os.Stat(config); err != nil {
		c.t.Fatal(err) // else nothing is tried
	}
	note := filepath.Join(state, "workspace", "deep", "er", "note.txt")
	for _, line := range []string{
		"cat " + note, "cp " + note + " x; cat x", "echo $(< " + note + ")", "source " + note,
		"kubectl --kubeconfig " + config + " get configmaps", "KUBECONFIG=" + config + " kubectl get configmaps",
		"kubectl create configmap x --from-file=" + note + "; kubectl get configmap x -o yaml", "kubectl port-forward pod/x 8080",
		"crictl -r unix://" + filepath.Join(dir, "r", "ann", "kubetutor", "class-ann", "runtime.sock") + " pods",
		"env; cat /proc/self/environ; cat /etc/passwd; kubectl get configmaps -A",
	} {
		said := c.types(con, line)
		for _, secret := range []string{"ann-wrote", "ann-made", "instructor", "root:", "Forwarding"} {
			if strings.Contains(said, secret) {
				c.t.Errorf("%s says %s", line, said)
			}
		}
	}
	if said := c.types(con, "kubectl create configmap plain --dry-run=client -o yaml | kubectl diff -f -"); !strings.Contains(said, "+  name: plain") {
		c.t.Errorf("kubectl diff says %q", said)
	}
}
