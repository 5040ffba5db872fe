package search_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kubetutor/internal/course"
	"kubetutor/internal/search"
)

// copied is the small course in a directory that a test may change.
func copied(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/course")); err != nil {
		t.Fatal(err)
	}
	return dir
}

func open(t *testing.T, dir string) *course.Course {
	t.Helper()
	c, err := course.OpenDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func change(t *testing.T, file, old, new string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(data), old) {
		t.Fatalf("%s has no %q: %v", file, old, err)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(data), old, new, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// files lists the index files of a directory.
func files(t *testing.T, dir string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(dir, "search-*.db"))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestAnIndexFollowsItsCourse(t *testing.T) {
	t.Parallel()
	lessons, cache := copied(t), filepath.Join(t.TempDir(), "cache", "kubetutor")
	if hits := find(t, index(t, cache, open(t, lessons)), "ErrImagePull"); len(hits) != 1 {
		t.Fatalf("%d hits", len(hits))
	}
	change(t, filepath.Join(lessons, "basics/crashes/en.md"), "ErrImagePull", "ImagePullBackOff")
	change(t, filepath.Join(lessons, "basics/track.yaml"), "[claims, crashes]", "[crashes]")
	change(t, filepath.Join(lessons, "glossary.yaml"), "\n  lesson: claims", "")
	change(t, filepath.Join(lessons, "glossary.yaml"), "Waiting longer", "Sleeping longer")
	x := index(t, cache, open(t, lessons))
	for query, n := range map[string]int{"ErrImagePull": 1, "ImagePullBackOff": 1, "controller": 0, "Sleeping": 1, `"Waiting longer"`: 0, "Restarts": 1} {
		if hits := find(t, x, query); len(hits) != n {
			t.Errorf("%q: %d hits, not %d: %+v", query, len(hits), n, hits)
		}
	}
	if list := files(t, cache); len(list) != 1 {
		t.Errorf("files: %v", list)
	}
}

func TestADamagedIndexIsMadeAnew(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(file string) error{
		"text":  func(file string) error { return os.WriteFile(file, []byte(strings.Repeat("no index ", 1000)), 0o600) },
		"torn":  func(file string) error { return os.Truncate(file, 20_000) },
		"empty": func(file string) error { return os.Truncate(file, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lessons, cache := open(t, copied(t)), t.TempDir()
			if err := index(t, cache, lessons).Close(); err != nil {
				t.Fatal(err)
			}
			if err := damage(files(t, cache)[0]); err != nil {
				t.Fatal(err)
			}
			if hits := find(t, index(t, cache, lessons), "ErrImagePull"); len(hits) != 1 {
				t.Errorf("%d hits", len(hits))
			}
		})
	}
}

func TestWithoutACacheTheIndexIsInMemory(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if hits := find(t, index(t, filepath.Join(file, "below"), open(t, "testdata/course")), "ErrImagePull"); len(hits) != 1 {
		t.Errorf("%d hits", len(hits))
	}
}

func TestALessonWithFaultsIsLeftOut(t *testing.T) {
	t.Parallel()
	lessons := copied(t)
	change(t, filepath.Join(lessons, "basics/claims/zh.md"), "## 谁来应答", "")
	x := index(t, t.TempDir(), open(t, lessons))
	if len(find(t, x, "controller")) != 0 || len(find(t, x, "ErrImagePull")) != 1 {
		t.Error("the wrong lessons are found")
	}
}

func TestASearchCanBeGivenUp(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	x := small(t)
	cancel()
	if _, err := x.Search(ctx, "claim", search.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("searching: %v", err)
	}
	if _, err := search.Open(ctx, t.TempDir(), open(t, "testdata/course")); !errors.Is(err, context.Canceled) {
		t.Errorf("opening: %v", err)
	}
}
