package roomtest_test

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"kubetutor/internal/class/roomtest"
	"kubetutor/internal/cli"
	"kubetutor/internal/course"
	"kubetutor/lessons"
)

// TestShortRoom is the room that judges a class in miniature: eight learners for a
// quarter of a minute, without labs, against what `kubetutor class serve` runs.
func TestShortRoom(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it takes a quarter of a minute")
	}
	c, err := course.Open(lessons.FS)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "room") // paths of sockets are short, t.TempDir is not
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	door := serve(t, dir)
	r, err := roomtest.New(t.Context(), roomtest.Options{
		Address: door.Address, Fingerprint: door.Fingerprint, Secret: door.Code, Dir: dir, Course: c,
		Learners: 8, Watchers: 2, Seed: 1, For: 15 * time.Second, Least: 2, Pause: 100 * time.Millisecond, Stay: 5 * time.Second,
		Sizes: [][2]int{{100, 30}, {80, 24}, {160, 50}}, Log: testWriter{t},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	r.Run(t.Context())
	results, err := r.Results(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	v := r.Judge(t.Context(), filepath.Join(dir, "d", "classes", "room"), results)
	for _, f := range v.Faults {
		t.Error(f)
	}
	t.Logf("%d answers, %d shown, %d stored; keys %+v; %+v; %s", v.Answers, v.Shown, v.Stored, v.Asleep, v.Tally, v.Watchers)
	if v.Shown < 2 || v.Tally.Logins <= 8 {
		t.Errorf("too little happened to judge by")
	}
	if t.Failed() || testing.Verbose() {
		for _, o := range v.Odd[:min(len(v.Odd), 10)] {
			t.Log(o)
		}
	}
}

// door is what a server tells those of the same user.
type door struct{ Address, Fingerprint, Code string }

// serve holds a class until the test ends.
func serve(t *testing.T, dir string) (d door) {
	t.Helper()
	for _, name := range []string{"h", "r"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan int, 1)
	data := filepath.Join(dir, "d")
	go func() {
		io := cli.IOStreams{In: os.Stdin, Out: io.Discard, Err: testWriter{t}}
		args := []string{
			"kubetutor", "--data", data, "--kubelab", "/nonexistent",
			"class", "serve", "room", "--track", "storage", "--address", "127.0.0.1", "--port", "0", "--trusted-room",
		}
		ended <- cli.Run(ctx, cli.Build{}, args, io, []string{"HOME=" + filepath.Join(dir, "h"), "XDG_RUNTIME_DIR=" + filepath.Join(dir, "r"), "LANG=en_GB.UTF-8"})
	}()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		text, err := os.ReadFile(filepath.Join(data, "classes", "room", "door.json"))
		if err == nil && json.Unmarshal(text, &d) == nil {
			return d
		}
		select {
		case code := <-ended:
			ended <- code
			t.Fatalf("the server has ended with %d", code)
		default:
		}
	}
	t.Fatal("the server does not say where it is")
	return d
}

// testWriter writes to a test's log.
type testWriter struct{ t *testing.T }

// Write implements io.Writer.
func (w testWriter) Write(p []byte) (int, error) {
	w.t.Logf("%s", p)
	return len(p), nil
}
