package shell

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"kubetutor/internal/engine/kernel"
)

// FuzzScript runs any text as a script: it ends, or is killed, without a panic
// and without touching the machine. A directory of the machine is mounted, and a
// canary stands beside it.
func FuzzScript(f *testing.F) {
	a, err := txtar.ParseFile(scriptsFile)
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range a.Files {
		f.Add(string(file.Data))
	}
	for _, s := range []string{"((", "$((", "${x", "a=(1 2 3); echo ${a[@]:1}", "cat /m/../../canary", "ln -s .. /m/l; rm -rf /m/l/*", "{a..z}{a..z}{a..z}", "printf %1000000000d", ":(){ :|:& };:", "exec 9<&0 0<&-; read x", "trap 'kill -9 $$' EXIT; exit", "x[99999999]=1", "echo $((x[1]))", "case x in (x) ;; esac", "f() { f & }; f", "awk 'BEGIN{while(1)a[i++]=i}'", "sed ':a;ba'", "yes | sort", "tar c / | tar x"} {
		f.Add(s)
	}
	top := f.TempDir()
	inside, canary := filepath.Join(top, "m"), filepath.Join(top, "canary")
	if err := os.WriteFile(canary, []byte("alive"), 0o600); err != nil {
		f.Fatal(err)
	}
	base := image()
	f.Fuzz(func(t *testing.T, script string) {
		watchdog := time.AfterFunc(patience, func() {
			stacks := make([]byte, 1<<20)
			panic("a killed script still runs:\n" + string(stacks[:runtime.Stack(stacks, true)]))
		})
		defer watchdog.Stop()
		if err := os.MkdirAll(inside, 0o700); err != nil {
			t.Fatal(err)
		}
		c := newContainer(t, kernel.Config{
			Image: base, Limits: kernel.Limits{Memory: 64 << 20, PIDs: 50, Disk: 1 << 20},
			Mounts: []kernel.Mount{{Target: "/m", Source: inside}},
		})
		var out discard
		p, err := c.Start(kernel.Spec{Args: []string{"sh", "-c", script}, Env: []string{"PATH=/bin"}, Stdout: &out, Stderr: &out})
		if err != nil {
			t.Skip()
		}
		ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
		defer cancel()
		status, err := p.Wait(ctx)
		if err == nil && status.Signal == kernel.SIGSEGV && !c.OOMKilled() && strings.Contains(out.String(), "Segmentation fault") {
			t.Fatalf("panic: %s", out.String())
		}
		if text, err := os.ReadFile(canary); err != nil || string(text) != "alive" {
			t.Fatal("a file outside of the container was touched")
		}
	})
}

// discard forgets what is written but for the end.
type discard struct {
	mu   sync.Mutex
	tail []byte
}

func (d *discard) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return string(d.tail)
}

func (d *discard) Write(b []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tail = append(d.tail, b...)
	if len(d.tail) > 4096 {
		d.tail = append([]byte{}, d.tail[len(d.tail)-2048:]...)
	}
	return len(b), nil
}
