package tui_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/class"
	"kubetutor/internal/course"
	"kubetutor/internal/tui"
)

// heap is how much memory is in use.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// used is a session as it is after some use: a lesson that was read, a question
// that was asked, the search, open.
func used(t testing.TB, o tui.Options, w, h int) *sim {
	t.Helper()
	s := newSim(t, o, w, h)
	s.press("n", "n", "space", "space", "down", "esc", "ctrl+k", "p", "v", "c")
	_ = s.model.View()
	return s
}

// perSession is how much memory each of many sessions takes beyond what they share.
func perSession(t testing.TB, many, w, h int) int {
	t.Helper()
	o := options(t)
	o.Search, o.Guest, o.Shared = index(o.Course), true, tui.NewShared()
	lessons := o.Course.Lessons()
	begin := func(i int) *sim {
		o := o
		o.Store, o.Lab, o.Seat = &fakeStore{}, labs(), &fakeSeat{first: storageLab()}
		o.Lang, o.Lesson = course.Langs[i%2], lessons[i%10*7].ID
		return used(t, o, w, h)
	}
	shared := make([]*sim, 20) // what all share is there with these
	for i := range shared {
		shared[i] = begin(i)
	}
	before := heap()
	sessions := make([]*sim, many)
	for i := range sessions {
		sessions[i] = begin(i)
	}
	after := heap()
	runtime.KeepAlive(sessions)
	runtime.KeepAlive(shared)
	return int(after-before) / many
}

// A server has many sessions: what each of them takes is bounded. The memory of the
// process is looked at, so nothing else may run meanwhile.
func TestASessionTakesLittleMemory(t *testing.T) {
	if n := perSession(t, 40, 80, 24); n > 150<<10 {
		t.Errorf("a session takes %d KB", n>>10)
	}
}

// BenchmarkSession measures what each of a hundred sessions takes.
func BenchmarkSession(b *testing.B) {
	for b.Loop() {
		b.ReportMetric(float64(perSession(b, 100, 160, 50)>>10), "KB/session")
	}
}

// BenchmarkKeyInClass measures a key of a guest in a class to the finished frame.
func BenchmarkKeyInClass(b *testing.B) {
	for _, size := range [][2]int{{80, 24}, {160, 50}} {
		for _, lang := range course.Langs {
			b.Run(fmt.Sprintf("%dx%d-%s", size[0], size[1], lang), func(b *testing.B) {
				o := options(b)
				o.Lang, o.Lab, o.Guest, o.Lesson, o.Shared = lang, labs(), true, claim, tui.NewShared()
				sight := storageLab()
				sight.Countdown = &class.Countdown{Until: evening().Add(time.Hour)}
				o.Seat = &fakeSeat{first: sight}
				tui.HoldClock(&o, func(time.Duration, tea.Msg) tea.Cmd { return nil })
				s := newSim(b, o, size[0], size[1])
				measure(b, s, []string{"down", "down", "up", "n", "down", "p"})
			})
		}
	}
}
