package enginetest

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"kubetutor/internal/engine"
)

// Main is what TestMain does in a package that starts engines. It makes the test
// binary kubelab, too: the daemons that tests start are this binary, and so are the
// daemons' workers. What it is to be is told by its first argument, which is never
// a flag then. It returns the exit code.
func Main(m *testing.M) int {
	if len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-") {
		if os.Args[1] == "knock" {
			fmt.Println(knock(os.Args[2]))
			return 0
		}
		return engine.Main("enginetest", os.Args)
	}
	return run(m)
}

// run keeps the learner's own files out of every test, but for what the go
// command keeps: the tutor is built with it.
func run(m *testing.M) int {
	if err := keepGo("GOCACHE", "GOMODCACHE"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	home, err := os.MkdirTemp("", "kthome")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(home)
	for _, name := range []string{"HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"} {
		if err := os.Setenv(name, home); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return m.Run()
}

// keepGo sets variables of the go command to what they are by default, which
// depends on the home.
func keepGo(names ...string) error {
	out, err := exec.Command("go", append([]string{"env"}, names...)...).Output()
	if err != nil {
		return fmt.Errorf("asking the go command for its directories: %w", err)
	}
	for i, value := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		if err := os.Setenv(names[i], value); err != nil {
			return err
		}
	}
	return nil
}
