package tui_test

import (
	"strings"
	"testing"

	"kubetutor/internal/course"
)

func TestTermsOfThePage(t *testing.T) {
	t.Parallel()
	o := small(t)
	o.Lesson = claim
	s := newSim(t, o, 80, 24)
	before := s.screen()
	s.press("w")
	s.shows("Glossary", "▸ Pod", "share a network", "PersistentVolumeClaim   持久卷申领, PVC")
	s.press("down")
	s.shows("made in a namespace", "Taught in this lesson.")
	s.press("L")
	s.shows("▸ 持久卷申领", "存储请求")
	s.press("L", "esc")
	if got := s.screen(); got != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, got)
	}
	s.press("n", "n", "w")
	s.hides("▸ namespace")
}

func TestATermFromTheSearch(t *testing.T) {
	t.Parallel()
	s := newSim(t, searchable(t), 80, 24)
	s.press("/")
	s.write("pvc")
	if line := lineWith(s.screen(), "▸"); !strings.Contains(line, "glossary") {
		t.Errorf("the term is not the first: %q", line)
	}
	s.press("enter")
	s.shows("made in a namespace", "Taught in: Storage › How a claim")
	s.press("esc")
	s.shows("Search: pvc")
	s.press("enter", "enter")
	s.shows("Two objects, two people", "1/3")
}

func TestAPageWithoutTerms(t *testing.T) {
	t.Parallel()
	o := small(t)
	o.Lesson = claim
	for _, lang := range course.Langs {
		for i := range inside(t, o.Course, claim).Pages[lang] {
			inside(t, o.Course, claim).Pages[lang][i] = course.Page{Title: "0"}
		}
	}
	s := newSim(t, o, 80, 24)
	s.press("w")
	s.shows("The glossary has no word of this page.")
}
