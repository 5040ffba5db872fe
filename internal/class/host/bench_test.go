package host

import (
	"fmt"
	"io"
	"net"
	"runtime"
	"slices"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"kubetutor/internal/class/door"
)

// BenchmarkLogin is somebody who joins: key exchange, questions, and the write of
// their name to the store.
func BenchmarkLogin(b *testing.B) {
	s := serve(b, unhindered)
	for i := 0; b.Loop(); i++ {
		c, err := s.dial("", door.Learner, &answers{code: s.room.Join().Code, name: fmt.Sprint("learner ", i)})
		if err != nil {
			b.Fatal(err)
		}
		_ = c.Close()
	}
}

// BenchmarkRefusal is a connection more than are let in.
func BenchmarkRefusal(b *testing.B) {
	s := serve(b, func(o *Options) { o.Limits.ArrivalsEach, o.Limits.BurstEach = 1, 1 })
	for b.Loop() {
		c, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			continue // it was closed as soon as it was there
		}
		_, _ = c.Read(make([]byte, 1))
		_ = c.Close()
	}
}

// unhindered lets connections in as fast as they come.
func unhindered(o *Options) {
	o.Limits.Arrivals, o.Limits.ArrivalsEach, o.Limits.Burst, o.Limits.BurstEach = 1e6, 1e6, 1e6, 1e6
	o.Limits.Sessions, o.Limits.Begins = 1e4, 1e6
	o.Limits.Keys, o.Limits.TypeAhead = 1e6, 1e6
}

// BenchmarkKeyToFrame is the time from a key to its frame, client and server on one
// machine, with so many others who do nothing. Keys come thirty in a second, as from
// a key that is held down.
func BenchmarkKeyToFrame(b *testing.B) {
	for _, idle := range []int{0, 40, 200} {
		b.Run(fmt.Sprint(idle, " idle"), func(b *testing.B) {
			s := serve(b, unhindered)
			for i := range idle {
				s.quiet(b, fmt.Sprint("idle ", i))
			}
			n := open(b, s.join("Ada"), 80, 24)
			n.await("hello Ada")
			var took []time.Duration
			for i := 0; b.Loop(); i++ {
				key := string(rune('a' + i%26))
				at := time.Now()
				n.press(key)
				n.await(key + ".")
				took = append(took, time.Since(at))
				b.StopTimer()
				time.Sleep(time.Second/30 - took[len(took)-1])
				b.StartTimer()
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
		})
	}
}

// quiet opens a session whose client keeps nothing of it.
func (s *served) quiet(t testing.TB, name string) {
	t.Helper()
	session, err := s.join(name).NewSession()
	if err != nil {
		t.Fatal(err)
	}
	session.Stdout = io.Discard
	if err := session.RequestPty("xterm-256color", 24, 80, gossh.TerminalModes{}); err != nil {
		t.Fatal(err)
	}
	if _, err := session.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := session.Shell(); err != nil {
		t.Fatal(err)
	}
	poll(t, "its screen", func() bool { _, there := s.models.Load(name); return there })
}

// BenchmarkSessionMemory is what a session takes, with its client's side, which is
// in the same process, and without a tutor.
func BenchmarkSessionMemory(b *testing.B) {
	s := serve(b, unhindered)
	s.quiet(b, "the first")
	before, i := inUse(), 0
	for b.Loop() {
		s.quiet(b, fmt.Sprint("learner ", i))
		i++
	}
	b.ReportMetric(float64(inUse()-before)/float64(i)/1024, "KB/session")
}

// inUse is the memory of heap and stacks, in bytes.
func inUse() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}
