package search_test

import (
	"fmt"
	"testing"

	"kubetutor/internal/course"
	"kubetutor/internal/search"
)

// small is the index of a course of one lesson that does not change when the
// real ones do.
func small(t testing.TB) *search.Index {
	t.Helper()
	c, err := course.OpenDir("testdata/course")
	if err != nil {
		t.Fatal(err)
	}
	return index(t, "", c)
}

func index(t testing.TB, dir string, c *course.Course) *search.Index {
	t.Helper()
	x, err := search.Open(t.Context(), dir, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	return x
}

// find searches in English.
func find(t testing.TB, x *search.Index, query string) []search.Hit {
	t.Helper()
	return findIn(t, x, query, course.English)
}

func findIn(t testing.TB, x *search.Index, query string, lang course.Lang) []search.Hit {
	t.Helper()
	hits, err := x.Search(t.Context(), query, search.Options{Lang: lang})
	if err != nil {
		t.Fatalf("%q: %v", query, err)
	}
	return hits
}

// where says in short where a hit is.
func where(h search.Hit) string {
	name := fmt.Sprintf("%s %s/%d.%d", h.Kind, h.Lesson, h.Page, h.Block)
	if id := h.Question + h.Lab + h.Term; id != "" {
		name += " " + id
	}
	return name
}

// marked is the snippet with its marks in brackets.
func marked(h search.Hit) string {
	s, end := "", 0
	for _, m := range h.Marks {
		s += h.Snippet[end:m[0]] + "[" + h.Snippet[m[0]:m[1]] + "]"
		end = m[1]
	}
	return s + h.Snippet[end:]
}
