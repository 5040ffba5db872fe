package author_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kubetutor/internal/author"
)

// follower collects drafts as they come.
type follower struct {
	t      *testing.T
	drafts chan author.Draft
}

func follow(t *testing.T, p author.Place) *follower {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	f := &follower{t, make(chan author.Draft)}
	go func() {
		_ = p.Follow(ctx, func(d author.Draft) {
			select {
			case f.drafts <- d:
			case <-ctx.Done():
			}
		})
	}()
	return f
}

// until waits for a draft that is as wanted.
func (f *follower) until(what string, is func(author.Draft) bool) author.Draft {
	f.t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		select {
		case d := <-f.drafts:
			if is(d) {
				return d
			}
		case <-deadline:
			f.t.Fatalf("never seen: %s", what)
		}
	}
}

func right(d author.Draft) bool { return len(d.Faults) == 0 }

func titled(title string) func(author.Draft) bool {
	return func(d author.Draft) bool { return right(d) && d.Course.Lessons()[0].Title.EN == title }
}

// TestFollow changes a lesson as editors do: in place, by a rename, by taking
// the file away and putting another there.
func TestFollow(t *testing.T) {
	t.Parallel()
	dir := pack(t, "", "", "")
	file := filepath.Join(dir, "basics", "first", "lesson.yaml")
	f := follow(t, author.Place{Dir: dir, Lesson: "basics/first"})
	f.until("the beginning", titled("The first lesson"))

	change(t, file, "The first lesson", "The second")
	f.until("a change in place", titled("The second"))

	change(t, file, "level: intro", "level: easy")
	d := f.until("a fault", func(d author.Draft) bool { return !right(d) })
	if len(d.Faults) != 1 || !strings.Contains(d.Faults[0].Error(), "lesson.yaml:4:8: \"easy\" is no level — write intro, core or advanced") {
		t.Errorf("the fault: %v", d.Faults)
	}

	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	next := strings.NewReplacer("easy", "core", "The second", "The third").Replace(string(data))
	if err := os.WriteFile(file+"~", []byte(next), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(file+"~", file); err != nil {
		t.Fatal(err)
	}
	f.until("a file that was replaced", titled("The third"))

	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	f.until("a file that is gone", func(d author.Draft) bool { return !right(d) })
	if err := os.WriteFile(file, []byte(strings.Replace(next, "The third", "The fourth", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	f.until("a file that came back", titled("The fourth"))
}

// TestFollowDirectories lets directories appear, and the course itself go and
// come back.
func TestFollowDirectories(t *testing.T) {
	t.Parallel()
	dir := pack(t, "", "", "")
	f := follow(t, author.Place{Dir: dir})
	f.until("the beginning", right)
	if err := os.CopyFS(filepath.Join(dir, "more", "second"), os.DirFS("testdata/pack/basics/first")); err != nil {
		t.Fatal(err)
	}
	change(t, filepath.Join(dir, "more", "second", "lesson.yaml"), "id: first", "id: second")
	if err := os.WriteFile(filepath.Join(dir, "more", "track.yaml"), []byte("format: 1\nid: more\ntitle: {en: M, zh: M}\nsummary: {en: M, zh: M}\nlessons: [second]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	change(t, filepath.Join(dir, "course.yaml"), "[basics]", "[basics, more]")
	f.until("a new track", func(d author.Draft) bool { return right(d) && len(d.Course.Lessons()) == 2 })
	change(t, filepath.Join(dir, "more", "second", "lesson.yaml"), "The first lesson", "Another")
	f.until("a change in a new directory", func(d author.Draft) bool {
		return right(d) && len(d.Course.Lessons()) == 2 && d.Course.Lessons()[1].Title.EN == "Another"
	})

	if err := os.Rename(dir, dir+"-gone"); err != nil {
		t.Fatal(err)
	}
	f.until("no course", func(d author.Draft) bool { return !right(d) })
	if err := os.Rename(dir+"-gone", dir); err != nil {
		t.Fatal(err)
	}
	f.until("the course again", right)
	change(t, filepath.Join(dir, "basics", "first", "lesson.yaml"), "The first lesson", "Back")
	f.until("a change in the course that came back", titled("Back"))
}

// TestFollowLittle wants nothing to be told of files that do not count.
func TestFollowLittle(t *testing.T) {
	t.Parallel()
	dir := pack(t, "", "", "")
	f := follow(t, author.Place{Dir: dir, Lesson: "basics/first"})
	f.until("the beginning", right)
	for _, name := range []string{".git/index", "basics/first/.en.md.swp", "basics/first/en.md~", "basics/first/#en.md#"} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	change(t, filepath.Join(dir, "basics/first/lesson.yaml"), "The first lesson", "Counts")
	if d := <-f.drafts; !titled("Counts")(d) {
		t.Errorf("told of files that do not count: %+v", d)
	}
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	dir := pack(t, "", "", "")
	for name, want := range map[string]string{
		".": "", "basics": "", "course.yaml": "", "basics/track.yaml": "",
		"basics/first": "basics/first", "basics/first/labs/make/lab.yaml": "basics/first",
	} {
		if p, err := author.FindPlace(filepath.Join(dir, name)); err != nil || p.Dir != dir || p.Lesson != want {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
	if p, ok := author.LessonIn(dir, "first"); !ok || p.Lesson != "basics/first" || p.ID() != "first" {
		t.Errorf("%+v, %t", p, ok)
	}
	if p, ok := author.LessonIn(dir, "*"); ok {
		t.Errorf("a pattern is a lesson: %+v", p)
	}
	gone := author.Place{Dir: dir, Lesson: "basics/gone"}
	if d := gone.Load(); len(d.Faults) != 1 || d.Faults[0].Mend == "" {
		t.Errorf("a lesson that is not there: %+v", d)
	}
	if d := (author.Place{Dir: filepath.Join(dir, "none")}).Load(); len(d.Faults) != 1 {
		t.Errorf("a course that is not there: %+v", d)
	}
}
