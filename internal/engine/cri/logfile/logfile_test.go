package logfile

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// entry is one parsed line of a log.
type entry struct{ stream, tag, text string }

var format = regexp.MustCompile(`(?s)^(\S+) (stdout|stderr) ([PF]) (.*)$`)

func entries(t *testing.T, path string) []entry {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var list []entry
	for line := range strings.Lines(string(data)) {
		m := format.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if m == nil {
			t.Fatalf("not an entry: %q", line)
		}
		if _, err := time.Parse(time.RFC3339Nano, m[1]); err != nil {
			t.Fatal(err)
		}
		list = append(list, entry{m[2], m[3], m[4]})
	}
	return list
}

func open(t *testing.T, limits Limits) (*File, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pod", "main", "0.log")
	f, err := Open(path, limits, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f, path
}

func TestEntries(t *testing.T) {
	t.Parallel()
	full := strings.Repeat("x", MaxLine)
	tests := []struct {
		name   string
		writes []string
		want   []entry
	}{
		{"a line", []string{"one\n"}, []entry{{"stdout", "F", "one"}}},
		{"two lines at once", []string{"one\ntwo\n"}, []entry{{"stdout", "F", "one"}, {"stdout", "F", "two"}}},
		{"a line in pieces", []string{"o", "n", "e\n"}, []entry{{"stdout", "F", "one"}}},
		{"an empty line", []string{"\n"}, []entry{{"stdout", "F", ""}}},
		{"a terminal's line", []string{"one\r\ntwo\r\n"}, []entry{{"stdout", "F", "one"}, {"stdout", "F", "two"}}},
		{"no end of line", []string{"one\ntw"}, []entry{{"stdout", "F", "one"}, {"stdout", "P", "tw"}}},
		{"as long as an entry", []string{full + "\n"}, []entry{{"stdout", "F", full}}},
		{"one byte longer", []string{full + "y\n"}, []entry{{"stdout", "P", full}, {"stdout", "F", "y"}}},
		{"longer, in pieces", []string{full, "yz\n"}, []entry{{"stdout", "P", full}, {"stdout", "F", "yz"}}},
		{"nothing", []string{""}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f, path := open(t, DefaultLimits())
			s := f.Stream("stdout")
			for _, w := range test.writes {
				if n, err := s.Write([]byte(w)); n != len(w) || err != nil {
					t.Fatalf("Write = %d, %v", n, err)
				}
			}
			s.Close()
			if got := entries(t, path); fmt.Sprint(got) != fmt.Sprint(test.want) {
				t.Errorf("entries %.100q, want %.100q", fmt.Sprint(got), fmt.Sprint(test.want))
			}
		})
	}
}

// However writes are cut, the text that comes out is the text that went in.
func FuzzStream(f *testing.F) {
	f.Add([]byte("one\ntwo"), uint16(3))
	f.Add(bytes.Repeat([]byte("z"), 3*MaxLine+1), uint16(1000))
	f.Fuzz(func(t *testing.T, text []byte, size uint16) {
		if bytes.ContainsAny(text, "\r") {
			t.Skip()
		}
		log, path := open(t, DefaultLimits())
		s := log.Stream("stderr")
		for rest := text; len(rest) > 0; {
			n := min(len(rest), int(size)+1)
			s.Write(rest[:n])
			rest = rest[n:]
		}
		s.Close()
		var got strings.Builder
		for _, e := range entries(t, path) {
			got.WriteString(e.text)
			if e.tag == "F" {
				got.WriteByte('\n')
			}
		}
		if got.String() != string(text) {
			t.Errorf("%d bytes came out, %d went in", got.Len(), len(text))
		}
	})
}

func TestStreamsInterleaveWholeEntries(t *testing.T) {
	t.Parallel()
	f, path := open(t, DefaultLimits())
	var wg sync.WaitGroup
	for _, name := range []string{"stdout", "stderr"} {
		wg.Go(func() {
			s := f.Stream(name)
			for i := range 500 {
				fmt.Fprintf(s, "%s %d", name, i)
				fmt.Fprintln(s)
			}
		})
	}
	wg.Wait()
	next := map[string]int{}
	for _, e := range entries(t, path) {
		if want := fmt.Sprintf("%s %d", e.stream, next[e.stream]); e.text != want || e.tag != "F" {
			t.Fatalf("got %q, want %q", e.text, want)
		}
		next[e.stream]++
	}
	if next["stdout"] != 500 || next["stderr"] != 500 {
		t.Errorf("entries: %v", next)
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	f, path := open(t, DefaultLimits())
	s := f.Stream("stdout")
	fmt.Fprintln(s, "before")
	fmt.Fprint(s, "half")
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(s, " a line")
	if err := f.Reopen(); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(s, "after")
	if got := fmt.Sprint(entries(t, path+".1")); got != "[{stdout F before} {stdout F half a line}]" {
		t.Errorf("the old file: %s", got)
	}
	if got := fmt.Sprint(entries(t, path)); got != "[{stdout F after}]" {
		t.Errorf("the new file: %s", got)
	}
}

func TestFullFileLosesOutputUntilItIsRotated(t *testing.T) {
	t.Parallel()
	f, path := open(t, Limits{Rate: 1 << 20, Burst: 1 << 20, Size: 200})
	s := f.Stream("stdout")
	for range 10 {
		fmt.Fprintln(s, "some text")
	}
	if f.Lost() == 0 {
		t.Error("nothing was lost")
	}
	if info, err := os.Stat(path); err != nil || info.Size() > 200 {
		t.Errorf("size %d, %v", info.Size(), err)
	}
	os.Rename(path, path+".1")
	f.Reopen()
	fmt.Fprintln(s, "room again")
	if got := fmt.Sprint(entries(t, path)); got != "[{stdout F room again}]" {
		t.Errorf("after the rotation: %s", got)
	}
}

func TestChattyWriterIsSlowedDownAndLetGo(t *testing.T) {
	t.Parallel()
	f, path := open(t, Limits{Rate: 1000, Burst: 1000, Size: 1 << 20})
	done := make(chan struct{})
	go func() {
		defer close(done)
		s := f.Stream("stdout")
		for range 1000 { // two minutes' worth
			s.Write(bytes.Repeat([]byte("chatter "), 12))
			s.Write([]byte("\n"))
		}
	}()
	select {
	case <-done:
		t.Fatal("the writer was not slowed down")
	case <-time.After(100 * time.Millisecond):
	}
	if info, err := os.Stat(path); err != nil || info.Size() > 2000 {
		t.Errorf("size %d, %v", info.Size(), err)
	}
	f.Close()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		t.Fatal("a closed log still holds its writer")
	}
}

func TestNoPathKeepsNothing(t *testing.T) {
	t.Parallel()
	f, err := Open("", DefaultLimits(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(f.Stream("stdout"), "gone")
	if err := f.Reopen(); err != nil {
		t.Error(err)
	}
	if f.Lost() != 0 {
		t.Error("a log without a path loses nothing")
	}
}

func TestReopenAfterClose(t *testing.T) {
	t.Parallel()
	f, _ := open(t, DefaultLimits())
	f.Close()
	if err := f.Reopen(); err == nil {
		t.Error("a closed log was opened again")
	}
}

func BenchmarkLine(b *testing.B) {
	f, err := Open(filepath.Join(b.TempDir(), "0.log"), Limits{Rate: 1 << 40, Burst: 1 << 40, Size: 1 << 40}, time.Now)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	s := f.Stream("stdout")
	line := []byte("10.244.1.2 - - [21/Nov/2026:02:30:00 +0000] \"GET / HTTP/1.1\" 200 615 \"-\" \"curl/8.5.0\"\n")
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		s.Write(line)
	}
}
