package tui

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"kubetutor/internal/course"
	"kubetutor/internal/markdown"
)

func sharedKey(i int) docKey {
	return docKey{fmt.Sprintf("Text %d. %s", i, strings.Repeat("word ", 200)), markdown.Options{Width: 60}}
}

func TestSharedTextsAreRenderedOnceAndBounded(t *testing.T) {
	t.Parallel()
	s := NewShared()
	s.most = 64 << 10
	var wait sync.WaitGroup
	docs := make([]*markdown.Document, 8)
	for i := range docs {
		wait.Go(func() { docs[i] = s.render(sharedKey(1)) })
	}
	wait.Wait()
	for _, d := range docs {
		if d != docs[0] || len(d.Lines) < 10 {
			t.Fatal("a text is rendered for each who asks")
		}
	}
	for i := range 100 {
		wait.Go(func() { s.render(sharedKey(i % 50)) })
	}
	wait.Wait()
	if s.holds > s.most || len(s.found) != s.used.Len() || len(s.found) < 3 {
		t.Errorf("it holds %d bytes in %d texts", s.holds, len(s.found))
	}
	total := 0
	for at := s.used.Front(); at != nil; at = at.Next() {
		total += at.Value.(*sharedText).weight
	}
	if total != s.holds {
		t.Errorf("it counts %d bytes, has %d", s.holds, total)
	}
}

// Sessions that share draw the same as one that does not.
func TestSharedIsAsOwn(t *testing.T) {
	t.Parallel()
	s := NewShared()
	for i := range 5 {
		k := sharedKey(i)
		if got, want := fmt.Sprint(*s.render(k)), fmt.Sprint(*render(k)); got != want {
			t.Errorf("shared:\n%s\nown:\n%s", got, want)
		}
	}
	for _, l := range course.Langs {
		own, err := newCommon(t.Context(), Options{Lang: l})
		if err != nil {
			t.Fatal(err)
		}
		shared, err := newCommon(t.Context(), Options{Lang: l, Shared: s})
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(own.words) != fmt.Sprint(shared.words) {
			t.Errorf("%s: other words are shared", l)
		}
	}
}
