package cli_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"kubetutor/internal/cli"
)

// TestMain lets scripts call this test's binary as kubetutor, and as an
// engine.
func TestMain(m *testing.M) {
	tutor := func() { os.Exit(cli.Main(cli.Build{Version: "v0.0.0-test", EngineID: engineID})) }
	testscript.Main(m, map[string]func(){"kubetutor": tutor, "kubectl-tutor": tutor, "kubelab": kubelab})
}

// TestScripts runs the program as a user would, without an engine.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Condition: func(cond string) (bool, error) {
			return cond == "root" && os.Geteuid() == 0, nil
		},
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("LANG", "en_GB.UTF-8")
			e.Setenv("XDG_RUNTIME_DIR", "")
			return nil
		},
		Cmds: commands(),
	})
}

func commands() map[string]func(*testscript.TestScript, bool, []string) {
	all := journeyCommands()
	all["status"] = status
	all["output"] = output
	return all
}

// output TEXT ARGS... runs kubetutor until it says a text.
func output(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: output TEXT ARGS...")
	}
	said := ""
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		cmd := exec.Command("kubetutor", args[1:]...)
		for _, name := range []string{"HOME", "LANG", "PATH"} {
			cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
		}
		out, _ := cmd.CombinedOutput() // it may fail at first
		if said = string(out); strings.Contains(said, args[0]) {
			return
		}
	}
	ts.Fatalf("waited in vain for %q of kubetutor %q:\n%s", args[0], args[1:], said)
}

// status WANT ARGS... runs kubetutor and compares its exit status.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: status WANT ARGS...")
	}
	var out strings.Builder
	env := []string{}
	for _, name := range []string{"HOME", "LANG", "PATH", "XDG_DATA_HOME"} {
		env = append(env, name+"="+ts.Getenv(name))
	}
	s := cli.IOStreams{In: strings.NewReader(""), Out: &out, Err: &out}
	code := cli.Run(context.Background(), cli.Build{EngineID: engineID}, append([]string{"kubetutor"}, args[1:]...), s, env)
	ts.Logf("%s", out.String())
	if got := string(rune('0' + code%10)); code > 9 || got != args[0] {
		ts.Fatalf("exit status %d, want %s", code, args[0])
	}
}
