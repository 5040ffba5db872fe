package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kubetutor/internal/class"
	"kubetutor/internal/class/store"
	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
)

// TestExportGoesOn holds that what one learner did and cannot be read does not keep
// the others' results back, and that the command fails all the same.
func TestExportGoesOn(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	f := &Factory{
		Words: i18n.CLIWords(course.English), flags: flags{data: t.TempDir()}, IO: IOStreams{Out: &out},
		course: func() (*course.Course, error) { return &course.Course{}, nil },
	}
	h, err := f.classHome("storage")
	if err != nil {
		t.Fatal(err)
	}
	ann := heldFor(t, h, "Ann", "Bob")
	data := filepath.Join(h.dir, "learners", string(ann), "data")
	if err := os.MkdirAll(filepath.Dir(data), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(data, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	err = runClassExport(t.Context(), f, "storage", "csv", "-")
	if err == nil || !strings.Contains(err.Error(), "is missing: reading the progress of Ann") || strings.Contains(err.Error(), "Bob") {
		t.Errorf("the error is %v", err)
	}
	if !strings.Contains(out.String(), "Ann,"+string(ann)+",no,,0,,,0,,0,") || !strings.Contains(out.String(), ",no,,0,0,0,0,0,0,") {
		t.Errorf("%s", out.String())
	}
}

// heldFor makes a class that learners have joined, and returns the first of them.
func heldFor(t *testing.T, h classHome, names ...string) class.LearnerID {
	t.Helper()
	s, err := store.Open(h.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := class.Create(t.Context(), s, class.Class{Name: h.name, Plan: []class.Planned{{Lesson: "volumes", Minutes: 10}}}); err != nil {
		t.Fatal(err)
	}
	room, err := class.Open(t.Context(), s, class.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer room.Close()
	join, err := room.Renew(t.Context(), "", 0)
	if err != nil {
		t.Fatal(err)
	}
	var first class.LearnerID
	for _, name := range names {
		a, err := room.Admit(t.Context(), class.Application{Name: name, Code: join.Code})
		if err != nil {
			t.Fatal(err)
		}
		if first == "" {
			first = a.Learner.ID
		}
	}
	return first
}
