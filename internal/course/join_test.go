package course_test

import (
	"path"
	"strings"
	"testing"
	"testing/fstest"

	"kubetutor/internal/course"
)

// renamed is the course of testdata with other ids.
func renamed(t *testing.T, track, lesson string) *course.Course {
	t.Helper()
	files := fstest.MapFS{}
	for name, f := range pack(t) {
		name = strings.NewReplacer("basics/first", "basics/"+lesson).Replace(name)
		text := strings.NewReplacer("[first]", "["+lesson+"]", "id: first", "id: "+lesson, "id: basics", "id: "+track, "[basics]", "["+track+"]").Replace(string(f.Data))
		if below, ok := strings.CutPrefix(name, "basics/"); ok {
			name = path.Join(track, below)
		}
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	c, err := course.Open(files)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestJoin(t *testing.T) {
	t.Parallel()
	base, own := renamed(t, "basics", "first"), renamed(t, "more", "second")
	c, err := course.Join(base, own)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Tracks) != 2 || c.Tracks[1].ID != "more" || len(c.Lessons()) != 2 || len(base.Lessons()) != 1 {
		t.Errorf("tracks %v, lessons %v", c.Tracks, c.Lessons())
	}
	l, ok := c.Lesson("second")
	if !ok || c.Prev(l).ID != "first" || len(inside(t, l).Labs) != 1 {
		t.Errorf("the pack's lesson: %+v", l)
	}
	if _, ok := c.Question("second/one"); !ok {
		t.Error("the pack's question is not there")
	}
	g, err := c.Glossary()
	if err != nil || len(g.Terms()) != 3 {
		t.Errorf("%d terms, %v", len(g.Terms()), err)
	}
}

func TestIDsOfPacksAreTheirOwn(t *testing.T) {
	t.Parallel()
	base := renamed(t, "basics", "first")
	for want, pack := range map[string]*course.Course{
		`there is a lesson "first" in the track basics already`: renamed(t, "more", "first"),
		`there is a track "basics" already`:                     renamed(t, "basics", "second"),
	} {
		if _, err := course.Join(base, pack); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("want %s, have %v", want, err)
		}
	}
}
