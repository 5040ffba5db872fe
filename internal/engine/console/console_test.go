package console

import (
	"context"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kubetutor/internal/lab/protocol"
)

// workerVariable makes the test binary a worker when it is run as one.
const workerVariable = "KUBETUTOR_CONSOLE_TEST_WORKER"

func TestMain(m *testing.M) {
	switch {
	case os.Getenv(workerVariable) == "":
	case filepath.Base(os.Args[0]) == "kubectl":
		os.Exit(KubectlMain())
	case len(os.Args) > 1 && os.Args[1] == "tool":
		os.Exit(ToolMain(os.Args[2:]))
	}
	flag.Parse()
	os.Exit(m.Run())
}

// bench is a console under test.
type bench struct {
	*testing.T
	manager   *Manager
	workspace string
	id        string
	edit      func(protocol.Edit) protocol.Edited
}

func newBench(t *testing.T, kubeconfig string) *bench {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	b := &bench{T: t, workspace: filepath.Join(dir, "workspace")}
	b.manager = New(Config{
		Workspace: b.workspace, Kubeconfig: func() string { return kubeconfig }, Program: program,
		Env: []string{workerVariable + "=1"}, History: filepath.Join(dir, "history"),
		Private: filepath.Join(dir, "consoles"),
	})
	t.Cleanup(func() { b.manager.Close() })
	c, err := b.manager.Open(t.Context(), protocol.OpenConsole{Columns: 80, Rows: 24})
	if err != nil {
		t.Fatal(err)
	}
	b.id = c.ID
	return b
}

// result is what a line did.
type result struct {
	out, err   string
	exit       *protocol.Exit
	incomplete bool
}

func (b *bench) run(line string) result {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), 30*time.Second)
	defer cancel()
	return b.runWith(ctx, line, nil)
}

func (b *bench) runWith(ctx context.Context, line string, seen func(protocol.Output)) (r result) {
	b.Helper()
	err := b.manager.Run(ctx, protocol.RunLine{Console: b.id, Line: line}, func(o protocol.Output) {
		if o.Stderr {
			r.err += string(o.Data)
		} else {
			r.out += string(o.Data)
		}
		if o.Edit != nil && b.edit != nil {
			answer := b.edit(*o.Edit)
			answer.Console, answer.ID = b.id, o.Edit.ID
			if err := b.manager.Edited(ctx, answer); err != nil {
				b.Error(err)
			}
		}
		if o.Exit != nil {
			r.exit = o.Exit
		}
		r.incomplete = r.incomplete || o.Incomplete
		if seen != nil {
			seen(o)
		}
	})
	if err != nil {
		b.Fatalf("%s: %v", line, err)
	}
	if r.exit == nil && !r.incomplete {
		b.Fatalf("%s: it did not end", line)
	}
	return r
}

func (b *bench) write(name, text string) {
	b.Helper()
	path := filepath.Join(b.workspace, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		b.Fatal(err)
	}
}

// TestLines runs lines as a learner types them, each in the same console.
func TestLines(t *testing.T) {
	t.Parallel()
	b := newBench(t, "")
	b.write("fruit.txt", "pear\napple\nfig\napple\n")
	b.write("data.json", `{"items":[{"name":"a","n":1},{"name":"b","n":2}]}`)
	for _, c := range []struct {
		line, out string
		code      int
	}{
		{"echo hello", "hello\n", 0},
		{"cat fruit.txt | sort | uniq -c | sort -rn | head -1", "      2 apple\n", 0},
		{"wc -l fruit.txt", "4 fruit.txt\n", 0},
		{"wc -l < fruit.txt", "4\n", 0},
		{"grep -n app fruit.txt", "2:apple\n4:apple\n", 0},
		{"grep -c nothing fruit.txt", "0\n", 1},
		{"grep -q apple fruit.txt && echo yes", "yes\n", 0},
		{"tail -n +3 fruit.txt", "fig\napple\n", 0},
		{"tail -1 fruit.txt", "apple\n", 0},
		{"tail -c 4 fruit.txt", "ple\n", 0},
		{"printf 12345 | tail -c +3", "345", 0},
		{"printf 12345 | tail -c 9", "12345", 0},
		{"printf 12345 | tail -c 2k", "", 1},
		{"echo -n aGVsbG8= | base64 -d", "hello", 0},
		{"echo hello | base64 -w0", "aGVsbG8K", 0},
		{"jq -r '.items[].name' data.json", "a\nb\n", 0},
		{"jq -c --arg x b '.items[] | select(.name == $x)' data.json", "{\"n\":2,\"name\":\"b\"}\n", 0},
		{"seq 3 | tr '\\n' ' '", "1 2 3 ", 0},
		{"echo a:b:c | cut -d: -f2-", "b:c\n", 0},
		{"x=5; echo $((x*2))", "10\n", 0},
		{"echo $x", "5\n", 0},
		{"f() { echo \"got $1\"; }", "", 0},
		{"f it", "got it\n", 0},
		{"for i in 1 2 3; do echo $i; done | tail -n1", "3\n", 0},
		{"mkdir -p a/b && cd a/b && pwd | grep -c a/b", "1\n", 0},
		{"echo deep > file; cat file; cd", "deep\n", 0},
		{"cat a/b/file", "deep\n", 0},
		{"ls a/*/*", "a/b/file\n", 0},
		{"cp -r a c && cat c/b/file && rm -r c && ls", "deep\na\ndata.json\nfruit.txt\n", 0},
		{"cat <<E\none\ntwo $x\nE", "one\ntwo 5\n", 0},
		{"false; echo $?", "1\n", 0},
		{"(exit 3)", "", 3},
		{"echo $?", "3\n", 0},
		{"answer 42; cat answer", "42\n", 0},
		{"echo b a | xargs -n1 echo", "b\na\n", 0},
		{"diff fruit.txt fruit.txt", "", 0},
		{"echo x > /dev/null", "", 0},
		{"while read l; do echo \"<$l>\"; done < fruit.txt | head -n1", "<pear>\n", 0},
		{"n=0; while ((n<3)); do ((n++)); done; echo $n", "3\n", 0},
		{"echo one | tee copy.txt; cat copy.txt", "one\none\n", 0},
		{"nonsense", "", 127},
		{"yes | head -n2", "y\ny\n", 0},
	} {
		r := b.run(c.line)
		if r.exit == nil || r.out != c.out || r.exit.Code != c.code {
			t.Errorf("%s\nhave %q, %+v (%s)\nwant %q, code %d", c.line, r.out, r.exit, r.err, c.out, c.code)
		}
	}
}

func TestUnfinishedLines(t *testing.T) {
	t.Parallel()
	b := newBench(t, "")
	for _, line := range []string{"for i in 1 2", "echo 'open", "cat <<E\nmore", "if true; then", "echo a \\", "echo $(", "f() {"} {
		if r := b.run(line); !r.incomplete {
			t.Errorf("%q is taken for finished: %+v", line, r)
		}
	}
	for _, line := range []string{"fi", "echo )", ";;"} {
		if r := b.run(line); r.incomplete || r.exit.Code != 2 || !strings.Contains(r.err, "syntax error") {
			t.Errorf("%q: %+v", line, r)
		}
	}
}

// TestNothingOutside tries to get out of the workspace.
func TestNothingOutside(t *testing.T) {
	t.Parallel()
	b := newBench(t, "")
	secret := filepath.Join(filepath.Dir(b.workspace), "secret")
	if err := os.WriteFile(secret, []byte("secret words\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	b.write("dir/keep", "")
	if err := os.Symlink(secret, filepath.Join(b.workspace, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("..", filepath.Join(b.workspace, "up")); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"cat " + secret, "cat ../secret", "cat link", "cat up/secret", "cat < ../secret", "grep -r secret ..", "head -n1 link",
		"cp ../secret here && cat here", "cp link here && cat here", "cd ..; cat secret", "cd up && cat secret", ". ../secret",
		"jq -R . ../secret", "diff ../secret /dev/null", "echo $(<../secret)", "mapfile -t l < ../secret; echo $l", "vi ../secret",
		"kubectl create configmap c --dry-run=client -o yaml --from-file=../secret",
		"kubectl create configmap c --dry-run=client -o yaml --from-file=link",
		"kubectl create configmap c --dry-run=client -o yaml --from-file=k=" + secret,
		"kubectl create -f " + secret + " --dry-run=client", "kubectl apply -f ../secret", "kubectl kustomize ..",
		"kubectl config view --kubeconfig " + secret, "kubectl config view --kubeconfig=link -o jsonpath-file=link",
		"kubectl create ns x --dry-run=client -o jsonpath-file=" + secret, "kubectl create ns x --dry-run=client -o go-template-file=link",
	} {
		if r := b.run(line); strings.Contains(r.out+r.err, "secret words") {
			t.Errorf("%s reads the secret:\n%s%s", line, r.out, r.err)
		}
	}
	for _, line := range []string{
		"echo x > ../made", "echo x > up/made", "tee ../made < dir/keep", "cp dir/keep ../made", "mv dir/keep ../made", "mkdir ../made",
		"touch ../made", "rm -rf ../secret", "rm -rf up/secret", "rm -rf ..", "mv ../secret mine", "echo x > link", "vi ../made",
		"kubectl config set-context x --kubeconfig ../made", "kubectl cluster-info dump --output-directory ..",
	} {
		r := b.run(line)
		if text, err := os.ReadFile(secret); err != nil || string(text) != "secret words\n" {
			t.Fatalf("%s changed the secret: %q %v", line, text, err)
		}
		if _, err := os.Lstat(filepath.Join(filepath.Dir(b.workspace), "made")); err == nil {
			t.Fatalf("%s made something outside", line)
		}
		if r.exit.Code == 0 {
			t.Errorf("%s seems to succeed: %q %q", line, r.out, r.err)
		}
	}
}

func TestKubectl(t *testing.T) {
	t.Parallel()
	b := newBench(t, "")
	if r := b.run("kubectl create configmap c --from-literal=a=b --dry-run=client -o yaml | grep 'a: b'"); r.out != "  a: b\n" {
		t.Errorf("%+v", r)
	}
	if r := b.run("kubectl create ns x --dry-run=client -o json | jq -r .metadata.name"); r.out != "x\n" {
		t.Errorf("%+v", r)
	}
	if r := b.run("kubectl nonsense; echo $?"); r.out != "1\n" || !strings.Contains(r.err, "plugins are not available") {
		t.Errorf("%+v", r)
	}
	if r := b.run("kubectl get --nonsense; echo $?"); r.out != "1\n" || !strings.Contains(r.err, "unknown flag") {
		t.Errorf("%+v", r)
	}
	b.write("k/kustomization.yaml", "resources: [cm.yaml]\nnamePrefix: my-\n")
	b.write("k/cm.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n")
	if r := b.run("kubectl kustomize k | grep name"); r.out != "  name: my-c\n" {
		t.Errorf("%+v", r)
	}
	r := b.run("while read n; do kubectl create ns $n --dry-run=client -o name; done <<E\na\nb\nE")
	if r.out != "namespace/a\nnamespace/b\n" {
		t.Errorf("a command takes the input of its loop: %+v", r)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	b := newBench(t, "")
	for line, why := range map[string]string{
		"kubectl proxy":                                      "every user of this machine",
		"kubectl get pods --kubeconfig ../x":                 "outside the workspace",
		"kubectl get pods -s https://example.org":            "--server is not available",
		"kubectl apply -f https://example.org/x.yaml":        "nothing is fetched",
		"kubectl create -f=https://example.org/x.yaml":       "nothing is fetched",
		"kubectl apply -k github.com/a/b":                    "nothing is fetched",
		"kubectl kustomize https://example.org/a":            "nothing is fetched",
		"kubectl port-forward pod/x 80 --address 0.0.0.0":    "this machine only",
		"kubectl config set-credentials u --exec-command=sh": "run a program",
		"kubectl config set users.u.exec.command sh":         "run a program",
		"kubectl get -f /etc/passwd":                         "outside the workspace",
		"kubectl get pods --profile cpu":                     "--profile is not available",
		"bash -c id":                                         "out of reach",
	} {
		if r := b.run(line); r.exit.Code == 0 || !strings.Contains(r.err, why) {
			t.Errorf("%s: %+v", line, r)
		}
	}
	if r := b.run("kubectl debug pod/x --image=b --profile=general"); strings.Contains(r.err, "not available") {
		t.Errorf("a security profile is taken for one of kubectl: %+v", r)
	}
}

// TestHungryLines tries to eat the machine. Whatever the line does, the console
// lives on.
func TestHungryLines(t *testing.T) {
	t.Parallel()
	b := newBench(t, "")
	for line, want := range map[string]string{
		"a=x; " + strings.Repeat("a=$a$a; ", 48): "memory",
		"f() { f; }; f":                          "",
		"yes":                                    "longer than 8 MiB",
		"yes > big":                              "full",
		"printf '%3000000000d' 1":                "",
		"echo " + strings.Repeat("$(echo ", 3000): "",
		strings.Repeat("(", 200000):               "",
		"echo {1..100000000}":                     "",
	} {
		limit := 12 * time.Second
		if want != "" {
			limit = time.Minute // it must come to that, on a busy machine too
		}
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		started := time.Now()
		r := b.runWith(ctx, line, nil)
		cancel()
		t.Logf("%.40q took %s", line, time.Since(started))
		if !strings.Contains(r.err, want) {
			t.Errorf("%.40s: %+.300q", line, r.err)
		}
		if r := b.run("rm -f big; echo alive"); r.out != "alive\n" {
			t.Fatalf("after %.40s: %+v", line, r)
		}
	}
}

func TestInterrupt(t *testing.T) {
	t.Parallel()
	b := newBench(t, "")
	for _, line := range []string{
		"echo go; sleep 60", "echo go; while true; do :; done", "echo go; while ((1)); do ((x++)); done", "echo go; cat", "echo go; yes > /dev/null",
		"echo go; read x", "echo go; tail -f /dev/null", "echo go; kubectl create -f -", "echo go; sleep 60 | cat",
	} {
		started := time.Now()
		r := b.runWith(t.Context(), line, func(o protocol.Output) {
			if strings.Contains(string(o.Data), "go") {
				if err := b.manager.Signal(t.Context(), protocol.Signal{Console: b.id, Name: "INT"}); err != nil {
					t.Error(err)
				}
			}
		})
		if r.exit.Code != 130 || time.Since(started) > 10*time.Second {
			t.Errorf("%s: %+v after %s", line, r.exit, time.Since(started))
		}
	}
	if r := b.run("echo alive"); r.out != "alive\n" {
		t.Errorf("%+v", r)
	}
}

func TestInput(t *testing.T) {
	t.Parallel()
	b := newBench(t, "")
	asked := false
	r := b.runWith(t.Context(), "sort", func(o protocol.Output) {
		if o.Input && !asked {
			asked = true
			for _, in := range []protocol.Input{{Data: []byte("b\n")}, {Data: []byte("a\n")}, {EOF: true}} {
				in.Console = b.id
				if err := b.manager.Input(t.Context(), in); err != nil {
					t.Error(err)
				}
			}
		}
	})
	if !asked || r.out != "a\nb\n" {
		t.Errorf("%+v", r)
	}
}

func TestEdit(t *testing.T) {
	t.Parallel()
	b := newBench(t, "")
	b.write("claim.yaml", "size: 1\n")
	b.edit = func(e protocol.Edit) protocol.Edited {
		return protocol.Edited{Content: []byte(strings.ReplaceAll(string(e.Content), "1", "2"))}
	}
	if r := b.run("vi claim.yaml; cat claim.yaml"); r.out != "size: 2\n" {
		t.Errorf("%+v", r)
	}
	b.edit = func(protocol.Edit) protocol.Edited { return protocol.Edited{Aborted: true} }
	if r := b.run("vi claim.yaml; cat claim.yaml"); r.out != "size: 2\n" {
		t.Errorf("%+v", r)
	}
}

func TestScript(t *testing.T) {
	t.Parallel()
	b := newBench(t, "")
	out, code, err := b.manager.Script(t.Context(), "a.console", "echo one; false\necho two > file\ncat file nothing", "")
	if err != nil || code != 1 || !strings.HasPrefix(out, "one\ntwo\n") {
		t.Errorf("%q %d %v", out, code, err)
	}
	if out, code, err = b.manager.Script(t.Context(), "a.console", "set -e\nfalse\necho never", ""); err != nil || code != 1 || out != "" {
		t.Errorf("%q %d %v", out, code, err)
	}
	if _, _, err = b.manager.Script(t.Context(), "a.console", "cat <<E\nopen", ""); err == nil {
		t.Error("an unfinished script runs")
	}
}

func TestResetAndKill(t *testing.T) {
	t.Parallel()
	b := newBench(t, "")
	b.run("mkdir d; cd d; x=1")
	if err := b.manager.Reset(); err != nil {
		t.Fatal(err)
	}
	if r := b.run("echo x=$x"); r.out != "x=\n" || r.exit.Directory != "." {
		t.Errorf("%+v", r)
	}
	r := b.runWith(t.Context(), "echo go; sleep 60", func(o protocol.Output) {
		if len(o.Data) > 0 && !o.Stderr {
			if err := b.manager.Signal(t.Context(), protocol.Signal{Console: b.id, Name: "KILL"}); err != nil {
				t.Error(err)
			}
		}
	})
	if r.exit.Code != 137 {
		t.Errorf("%+v", r)
	}
	if r := b.run("exit"); !r.exit.Closed {
		t.Errorf("%+v", r.exit)
	}
}

func TestCompletion(t *testing.T) {
	t.Parallel()
	b := newBench(t, "")
	b.write("claim.yaml", "")
	b.write("dir/inner.txt", "")
	for line, want := range map[string]string{
		"kub": "kubectl", "cat cl": "claim.yaml", "cat di": "dir/", "cat dir/": "dir/inner.txt", "ls | gre": "grep",
		"kubectl cre": "create", "kubectl get --out": "--output", "kubectl apply -f cl": "claim.yaml", "x=1 jq . d": "dir/",
		"echo hi > cl": "claim.yaml", "for i in 1; do hea": "head",
	} {
		c, err := b.manager.Complete(t.Context(), protocol.Complete{Console: b.id, Line: line, Cursor: len(line)})
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, item := range c.Items {
			found = found || strings.HasPrefix(item.Word, want) && strings.HasPrefix(item.Word, line[c.From:])
		}
		if !found {
			t.Errorf("%q: %+v", line, c)
		}
	}
}

func TestHistory(t *testing.T) {
	t.Parallel()
	b := newBench(t, "")
	b.run("echo 'a\nb\\n'")
	b.run("echo 2")
	if r := b.run("history"); !strings.Contains(r.out, "echo 'a\nb\\n'") || !strings.Contains(r.out, "echo 2") {
		t.Errorf("%q", r.out)
	}
	again := openHistory(b.manager.history.file)
	if have := again.lines(); len(have) != 3 || have[0] != "echo 'a\nb\\n'" {
		t.Errorf("%q", have)
	}
}

// TestLeavesNothing: a closed manager leaves no file of a console's own, and a
// new one removes what a killed one left.
func TestLeavesNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t, "")
	b.run("echo a > b")
	private := b.manager.config.Private
	if left := entriesOf(t, private); len(left) == 0 {
		t.Error("an open console has no directory of its own")
	}
	if err := b.manager.Close(); err != nil {
		t.Fatal(err)
	}
	if left := entriesOf(t, private); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if err := os.MkdirAll(filepath.Join(private, "kubetutor-console-1", "of-a-killed-one"), 0o700); err != nil {
		t.Fatal(err)
	}
	next := New(b.manager.config)
	defer next.Close()
	if left := entriesOf(t, private); len(left) > 0 {
		t.Errorf("left by a killed one: %v", left)
	}
}

func entriesOf(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
