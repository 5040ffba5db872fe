package class_test

import (
	"fmt"
	"testing"

	"kubetutor/internal/class"
	"kubetutor/internal/class/classtest"
	"kubetutor/internal/class/store"
	"kubetutor/internal/progress"
)

// room60 is a room of sixty who are here and have read forty pages each.
func room60(b *testing.B) (*class.Room, class.Store, []*class.Presence) {
	b.Helper()
	s, err := store.Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	if err := class.Create(b.Context(), s, classtest.Class()); err != nil {
		b.Fatal(err)
	}
	r := classtest.Open(b, s, class.Options{Course: classtest.Course(b), Yard: classtest.NewYard()})
	if _, err := r.Renew(b.Context(), "", 0); err != nil {
		b.Fatal(err)
	}
	var all []*class.Presence
	for n := range 60 {
		p := classtest.Enter(b, r, fmt.Sprint("Learner ", n))
		disk, err := s.Progress(b.Context(), r.Board().Rows[0].Learner)
		if err != nil {
			b.Fatal(err)
		}
		disk.Close()
		for page := range 40 {
			e := travelled(r.Class().Began, page, progress.KindPosition, progress.Position{Lesson: fmt.Sprintf("lesson-%04d", page/5), Page: page % 5})
			if err := p.Recorded(b.Context(), e); err != nil {
				b.Fatal(err)
			}
		}
		all = append(all, p)
	}
	return r, s, all
}

// BenchmarkBoard draws up the board of sixty.
func BenchmarkBoard(b *testing.B) {
	r, _, _ := room60(b)
	for b.Loop() {
		r.Board()
	}
}

// BenchmarkRaise writes one thing down that is acknowledged.
func BenchmarkRaise(b *testing.B) {
	_, _, all := room60(b)
	for n := 0; b.Loop(); n++ {
		if err := all[n%60].Raise(b.Context(), class.Call{Up: true, Text: fmt.Sprint(n)}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpen opens the class of sixty again.
func BenchmarkOpen(b *testing.B) {
	_, s, _ := room60(b)
	for b.Loop() {
		r, err := class.Open(b.Context(), s, class.Options{})
		if err != nil {
			b.Fatal(err)
		}
		r.Close()
	}
}

// BenchmarkCleanScreen cleans a screen full of colours.
func BenchmarkCleanScreen(b *testing.B) {
	var content string
	for row := range 50 {
		for column := range 40 {
			content += fmt.Sprintf("\x1b[38;5;%dmab王", (row+column)%256)
		}
		content += "\x1b[m\n"
	}
	b.SetBytes(int64(len(content)))
	for b.Loop() {
		class.CleanScreen(class.Screen{Columns: 160, Rows: 50, Content: content})
	}
}
