package shell

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"kubetutor/internal/engine/kernel"
)

var update = flag.Bool("update", false, "run testdata/scripts.txtar by the busybox of this machine and keep what it prints")

const (
	scriptsFile  = "testdata/scripts.txtar"
	expectedFile = "testdata/expected.txtar"
)

// TestAsBusybox compares what scripts print with what the real busybox printed.
func TestAsBusybox(t *testing.T) {
	t.Parallel()
	if *update {
		record(t)
	}
	expected := readArchive(t, expectedFile)
	for name, script := range readArchive(t, scriptsFile) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, ok := expected[name]
			if !ok {
				t.Fatal("nothing is expected: run with -update on a machine with busybox")
			}
			c := newContainer(t, kernel.Config{})
			got := runIn(t, c, "", "sh", "-c", "mkdir /tmp/w; cd /tmp/w; echo '"+strings.ReplaceAll(script, "'", `'\''`)+"' > /tmp/script; sh /tmp/script 2>/tmp/err; code=$?; cat /tmp/err >&2; exit $code")
			if text := transcript(got.out, got.err, got.code); text != want {
				t.Errorf("differs:\n%s", difference(want, text))
			}
		})
	}
}

// difference shows the first lines that differ.
func difference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	var out strings.Builder
	for i := range max(len(a), len(b)) {
		var x, y string
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		if x != y {
			fmt.Fprintf(&out, "%4d want %q\n     got  %q\n", i+1, x, y)
		}
		if out.Len() > 1500 {
			break
		}
	}
	return out.String()
}

func transcript(out, errs string, code int) string {
	return fmt.Sprintf("%s\n== stderr\n%s\n== exit %d\n", out, errs, code)
}

func readArchive(t *testing.T, file string) map[string]string {
	t.Helper()
	a, err := txtar.ParseFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range a.Files {
		files[f.Name] = string(f.Data)
	}
	return files
}

// record runs the scripts by the real busybox.
func record(t *testing.T) {
	t.Helper()
	bin := t.TempDir()
	if out, err := exec.Command("busybox", "--install", "-s", bin).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	scripts, err := txtar.ParseFile(scriptsFile)
	if err != nil {
		t.Fatal(err)
	}
	result := &txtar.Archive{Comment: []byte("What busybox printed. Do not edit: run the test with -update.\n")}
	for _, f := range scripts.Files {
		dir := t.TempDir()
		script := filepath.Join(t.TempDir(), "script")
		if err := os.WriteFile(script, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
		var out, errs bytes.Buffer
		cmd := exec.Command(filepath.Join(bin, "sh"), script)
		cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &errs
		cmd.Env = []string{"PATH=" + bin, "HOME=/root"}
		_ = cmd.Run() // the status is part of the result
		text := transcript(out.String(), errs.String(), cmd.ProcessState.ExitCode())
		text = strings.ReplaceAll(strings.ReplaceAll(text, script, "/tmp/script"), dir, "/tmp/w")
		result.Files = append(result.Files, txtar.File{Name: f.Name, Data: []byte(text)})
	}
	if err := os.WriteFile(expectedFile, txtar.Format(result), 0o644); err != nil {
		t.Fatal(err)
	}
}
