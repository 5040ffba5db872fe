package cli

import (
	"strings"
	"testing"

	"kubetutor/internal/class/store"
	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
)

// TestChairOfTheOnlyClass holds that a code alone asks for the class of this machine,
// which has to be served, as asking for nothing does.
func TestChairOfTheOnlyClass(t *testing.T) {
	t.Parallel()
	f := &Factory{Words: i18n.CLIWords(course.English), flags: flags{data: t.TempDir()}}
	h, err := f.classHome("storage")
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(h.dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, o := range []watchFlags{{}, {code: "ABCD-EFGH"}} {
		if _, err := f.chair(t.Context(), &o, ""); err == nil || !strings.Contains(err.Error(), "storage") {
			t.Errorf("%+v: %v", o, err)
		}
	}
}
