package tui_test

import (
	"slices"
	"testing"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/course/coursetest"
)

// BenchmarkKey measures a key in the longest lesson, at 200×60, in Chinese, to
// the finished frame: the update and the view, without the terminal. It reports
// the 99th percentile beside the mean.
func BenchmarkKey(b *testing.B) {
	benchmark(b, nil, "down", "down", "up", "n", "down", "p")
}

// BenchmarkFind measures the same while something is found nearly everywhere:
// from match to match, and typing.
func BenchmarkFind(b *testing.B) {
	b.Run("step", func(b *testing.B) { benchmark(b, []string{"/", "的", "enter"}, "n", "n", "N", "n", "down") })
	b.Run("type", func(b *testing.B) { benchmark(b, []string{"/"}, "的", "backspace") })
}

// benchmark measures keys, over and over, after others.
func benchmark(b *testing.B, before []string, keys ...string) {
	o := options(b)
	o.Lang, o.Lab = course.Chinese, labs()
	longest := o.Course.Lessons()[0]
	for _, l := range o.Course.Lessons() {
		if size(b, o.Course, l.ID) > size(b, o.Course, longest.ID) {
			longest = l
		}
	}
	o.Lesson = longest.ID
	s := newSim(b, o, 200, 60)
	s.press(before...)
	measure(b, s, keys)
}

// BenchmarkManyLessons measures keys of the pages that list a course of 3,000
// lessons, and of the settings, whose page is the longest.
func BenchmarkManyLessons(b *testing.B) {
	dir := b.TempDir()
	coursetest.Write(b, dir, 3000)
	c, err := course.OpenDir(dir)
	if err != nil {
		b.Fatal(err)
	}
	for name, tt := range map[string]struct{ before, keys []string }{
		"home":     {nil, []string{"down", "up"}},
		"course":   {[]string{"down", "enter"}, []string{"down", "pgdown", "up"}},
		"filter":   {[]string{"down", "enter", "/"}, []string{"2", "9", "backspace", "backspace"}},
		"stats":    {[]string{"S"}, []string{"down", "up"}},
		"settings": {[]string{","}, []string{"down", "pgdown", "up"}},
	} {
		b.Run(name, func(b *testing.B) {
			o := options(b)
			o.Course = c
			s := newSim(b, o, 200, 60)
			s.press(tt.before...)
			measure(b, s, tt.keys)
		})
	}
}

// measure presses keys over and over.
func measure(b *testing.B, s *sim, keys []string) {
	b.Helper()
	took := make([]time.Duration, 0, b.N)
	for i := 0; b.Loop(); i++ {
		k := key(keys[i%len(keys)])
		start := time.Now()
		s.model.Update(k)
		_ = s.model.View()
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}

func size(b *testing.B, c *course.Course, lesson string) (n int) {
	for _, p := range inside(b, c, lesson).Pages[course.Chinese] {
		for _, part := range p.Parts {
			n += len(part.Markdown)
		}
	}
	return n
}
