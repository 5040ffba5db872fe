package console

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
)

// TestListens asks upstream's command tree, with commands that only say that
// they ran, which addresses a kubectl in a learner's own terminal may open.
func TestListens(t *testing.T) {
	t.Parallel()
	for line, wanted := range map[string]bool{
		"port-forward pod/x 80":                                        true,
		"port-forward pod/x 80 --address localhost":                    true,
		"port-forward pod/x 80 --address=127.0.0.1,::1":                true,
		"port-forward --address 127.8.8.8 -n a pod/x 80":               true,
		"port-forward pod/x 80 --address 0.0.0.0":                      false,
		"port-forward pod/x 80 --address=0.0.0.0":                      false,
		"port-forward --address 0.0.0.0 pod/x 80":                      false,
		"--address 0.0.0.0 port-forward pod/x 80":                      false,
		"--address=0.0.0.0 port-forward pod/x 80":                      false,
		"-n a --context=c port-forward --address=:: pod/x 80":          false,
		"port-forward pod/x 80 --address localhost,0.0.0.0":            false,
		"port-forward pod/x 80 --address localhost --address 10.1.2.3": false,
		"port-forward pod/x 80 --address ::":                           false,
		"port-forward pod/x 80 --address ::ffff:0.0.0.0":               false,
		"port-forward pod/x 80 --address 0":                            false,
		"port-forward pod/x 80 --address elsewhere.example":            false,
		"port-forward pod/x 80 --address localhost.example":            false,
		"port-forward pod/x 80 --address localhost,":                   false,
		"proxy":                                     true,
		"proxy --port=0 --address=127.0.0.1":        true,
		"proxy --address localhost":                 true,
		"proxy --address ::1":                       true,
		"proxy --address 0.0.0.0":                   false,
		"proxy --address=0.0.0.0 --port=0":          false,
		"--address 0.0.0.0 proxy":                   false,
		"proxy --address=":                          false,
		"proxy --address [::1]":                     true,
		"proxy --address [::]":                      false,
		"proxy --address 127.0.0.1:0":               false,
		"proxy --address ::":                        false,
		"proxy --address elsewhere.example":         false,
		"proxy --unix-socket=s":                     true,
		"proxy -u s --address 0.0.0.0":              true,
		"proxy --unix-socket= --address 0.0.0.0":    false,
		"get pods":                                  true,
		"run x --image=i -- --address 0.0.0.0":      true,
		"exec x -- kubectl proxy --address 0.0.0.0": true,
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			ran, err := asked(append([]string{"kubectl"}, strings.Fields(line)...))
			if ran != wanted || wanted != (err == nil) {
				t.Errorf("it runs: %t, wanted %t: %v", ran, wanted, err)
			}
			if err != nil && !strings.Contains(err.Error(), "this machine only") {
				t.Errorf("it does not say why: %v", err)
			}
		})
	}
}

// asked tells whether a kubectl gets as far as running its command.
func asked(args []string) (ran bool, err error) {
	root := onLoopback(kubectlCommand(args, nil))
	root.SilenceErrors, root.SilenceUsage = true, true
	only := func(*cobra.Command, []string) { ran = true }
	for _, c := range root.Commands() {
		c.PreRun, c.Run = nil, only
	}
	root.SetArgs(args[1:])
	return ran, root.Execute()
}

// TestKubectlMainListens starts real ones, which a kuberc tells more than their
// arguments do.
func TestKubectlMainListens(t *testing.T) {
	t.Parallel()
	kuberc := filepath.Join(t.TempDir(), "kuberc")
	const text = `apiVersion: kubectl.config.k8s.io/v1beta1
kind: Preference
aliases:
- {name: serve, command: proxy, prependArgs: ["--port=0"], options: [{name: address, default: "0.0.0.0"}]}
- {name: open, command: proxy, prependArgs: ["--port=0", "--address=0.0.0.0"]}
- {name: here, command: proxy, prependArgs: ["--port=0"]}
defaults:
- {command: port-forward, options: [{name: address, default: "0.0.0.0"}]}
`
	if err := os.WriteFile(kuberc, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for line, refused := range map[string]bool{
		"proxy --port=0 --address=0.0.0.0":              true,
		"--address 0.0.0.0 proxy --port 0":              true,
		"proxy --port=0":                                false,
		"proxy --port=0 --address [::1]":                false,
		"proxy --unix-socket=" + kuberc + ".s":          false,
		"serve --kuberc " + kuberc:                      true,
		"open --kuberc " + kuberc:                       true,
		"here --kuberc " + kuberc:                       false,
		"port-forward x 80 --kuberc=" + kuberc:          true,
		"port-forward x 80 --address localhost,0.0.0.0": true,
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			said, ok := firstLine(t, strings.Fields(line))
			switch {
			case refused && (ok || !strings.Contains(said, "this machine only")):
				t.Errorf("it is not refused: %s", said)
			case !refused && !strings.HasPrefix(said, "Starting to serve on "):
				t.Errorf("it does not serve: %s", said)
			case !refused && strings.Contains(said, "[::]"):
				t.Errorf("it serves the world: %s", said)
			}
		})
	}
}

// firstLine runs a kubectl as the learner does until it has said something: all
// of it if it ended by itself, which it did with exit status 0 if ok.
func firstLine(t *testing.T, args []string) (said string, ok bool) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, program, args...)
	c.Args[0] = "kubectl"
	c.Env = []string{workerVariable + "=1", "HOME=" + t.TempDir(), "PATH="}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.Stderr = c.Stdout
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	said, _ = bufio.NewReader(out).ReadString('\n') // at its end there is no more
	if strings.HasPrefix(said, "Starting") {
		cancel()
	}
	return said, c.Wait() == nil
}

// TestKubectlByItsName looks at what kubectl makes of its own name and arguments,
// and that a kuberc does not end the command line.
func TestKubectlByItsName(t *testing.T) {
	t.Parallel()
	b := newBench(t, "")
	b.write("d.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  selector: {matchLabels: {a: b}}\n"+
		"  template:\n    metadata: {labels: {a: b}}\n    spec: {containers: [{name: c, image: i}]}\n")
	r := b.run("kubectl set image --local -f d.yaml c=j --record -o yaml | grep change-cause")
	if want := "kubernetes.io/change-cause: kubectl set image c=j --local=true --filename=d.yaml"; strings.TrimSpace(r.out) != want {
		t.Errorf("wanted %q: %+v", want, r)
	}
	if r := b.run("kept=1"); r.exit.Code != 0 {
		t.Fatalf("%+v", r)
	}
	for _, line := range []string{"kubectl get pods --kuberc=none", "kubectl get pods --kuberc d.yaml"} {
		if r := b.run(line + "; echo $kept$?"); r.out != "11\n" || !strings.Contains(r.err, "kuberc") {
			t.Errorf("%s: %+v", line, r)
		}
	}
}
