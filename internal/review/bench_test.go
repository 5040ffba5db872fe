package review

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/progress"
)

// The lessons of the largest course: 100,200 cards of questions.
const (
	manyLessons = 3000
	ofLesson    = 34 // questions, less one that is new
)

// manyHeads writes the heads of many lessons, all that a queue needs of a course.
func manyHeads(b *testing.B) *course.Course {
	b.Helper()
	dir := b.TempDir()
	write := func(name, text string) {
		name = filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o700), os.WriteFile(name, []byte(text), 0o600)); err != nil {
			b.Fatal(err)
		}
	}
	var text strings.Builder
	text.WriteString("# Lesson\n")
	for n := range ofLesson {
		fmt.Fprintf(&text, "\n## Page\n\n<!-- quiz: q-%d -->\n", n)
	}
	var tracks []string
	for track := range manyLessons / 100 {
		id := fmt.Sprintf("track-%d", track)
		tracks = append(tracks, id)
		var lessons []string
		for n := range 100 {
			lesson := lessonID(track*100 + n)
			lessons = append(lessons, lesson)
			write(id+"/"+lesson+"/lesson.yaml", "format: 1\nid: "+lesson+"\ntitle: {en: A, zh: 甲}\nlevel: core\nminutes: 9\nobjectives: [{en: A, zh: 甲}]\nchecked_for: \"1.37\"\n")
			write(id+"/"+lesson+"/en.md", text.String())
			write(id+"/"+lesson+"/zh.md", text.String())
		}
		write(id+"/track.yaml", "format: 1\nid: "+id+"\ntitle: {en: A, zh: 甲}\nsummary: {en: A, zh: 甲}\nlessons: ["+strings.Join(lessons, ", ")+"]\n")
	}
	write("course.yaml", "format: 1\ntracks: ["+strings.Join(tracks, ", ")+"]\n")
	c, err := course.OpenDir(dir)
	if err != nil {
		b.Fatal(err)
	}
	return c
}

func lessonID(n int) string { return fmt.Sprintf("lesson-%04d", n) }

// manyCards is a learner with 99,000 cards that have a state, of each hundred of
// which so many are due, and 3,000 that are new.
func manyCards(b *testing.B, due int) *world {
	w := newWorld(b, 1)
	w.desk.Course = manyHeads(b)
	var events []any
	for n := range manyLessons {
		events = append(events, progress.Position{Lesson: lessonID(n), Page: ofLesson - 1, Pages: ofLesson})
		for q := range ofLesson - 1 {
			at := n*ofLesson + q
			s := progress.CardState{Stage: progress.StageReview, Stability: float64(5 + at%200), Difficulty: 5, Reps: 3}
			s.Last = w.now.Add(-time.Duration(10+at%300) * day)
			s.Due = w.now.Add(time.Duration(1+at%300) * day)
			if at%100 < due {
				s.Due = w.now.Add(-time.Duration(1+at%30) * day)
			}
			events = append(events, progress.Reviewed{Card: string(NewID(Question, lessonID(n), fmt.Sprintf("q-%d", q))),
				Rating: 3, Source: progress.SourceImport, At: s.Last, State: s})
		}
	}
	w.record(events...)
	return w
}

// A learner with 100,000 cards waits for today's queue and the first card. The
// aim is 50 ms.
func BenchmarkBegin(b *testing.B) {
	for _, due := range []int{5, 100} {
		w := manyCards(b, due)
		begin := func(b *testing.B) {
			for b.Loop() {
				w.next(w.begin(Options{}))
			}
		}
		b.Run(fmt.Sprintf("due=%d%%", due), begin)
		b.Run(fmt.Sprintf("summary/due=%d%%", due), func(b *testing.B) {
			for b.Loop() {
				if _, err := w.desk.Summary(b.Context(), Filter{}); err != nil {
					b.Fatal(err)
				}
			}
		})
		for n := range manyLessons {
			w.knows(NewID(Question, lessonID(n), fmt.Sprintf("q-%d", ofLesson-1)), 100, 50)
		}
		b.Run(fmt.Sprintf("nothing new/due=%d%%", due), begin)
	}
}

// A rating among as many cards, with the disk's own sync, which the second
// benchmark has alone: an event of which nothing follows. The aim is a difference
// of 5 ms.
func BenchmarkRate(b *testing.B) {
	w := manyCards(b, 100)
	w.desk.Config.Limit = 100_000
	s := w.begin(Options{})
	b.Run("rating", func(b *testing.B) {
		for b.Loop() {
			w.next(s)
			w.rate(s, Good)
		}
	})
	b.Run("sync", func(b *testing.B) {
		for b.Loop() {
			w.record(progress.Judged{Answer: "none"})
		}
	})
}
