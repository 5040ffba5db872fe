package author_test

import (
	"os"
	"testing"
	"testing/fstest"
	"time"

	"kubetutor/internal/author"
	"kubetutor/internal/course"
)

func TestRecord(t *testing.T) {
	t.Parallel()
	dir, day := t.TempDir(), time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	a, b, gone := lab("a", nil), lab("b", nil), lab("gone", nil)
	r, err := author.ReadRecord(os.DirFS(dir))
	if err != nil || len(r) != 0 {
		t.Fatalf("the record of a course without one is %v, %v", r, err)
	}
	labs := []*course.Lab{a, b, gone}
	r.Add(labs, []author.Proof{{Lab: "l/a", OK: true}, {Lab: "l/b", OK: true}, {Lab: "l/gone", OK: true}}, day)
	r.Add(labs[1:2], []author.Proof{{Lab: "l/b"}}, day)
	r.Keep(labs[:2])
	if err := r.Write(dir); err != nil {
		t.Fatal(err)
	}
	if r, err = author.ReadRecord(os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if len(r) != 1 || r["l/a"].On != "2026-11-21" || !r.Holds(a) || r.Holds(b) || r.Holds(gone) {
		t.Errorf("read back: %v", r)
	}
	changed := *a
	changed.Files = map[string]string{"setup.yaml": "new"}
	if r.Holds(&changed) {
		t.Error("a lab whose file has changed counts as proven")
	}
}

func TestRecordThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"format: 2\n", "format: [\n", "labs: {}\n"} {
		_, err := author.ReadRecord(fstest.MapFS{author.RecordFile: {Data: []byte(text)}})
		if err == nil {
			t.Errorf("%q is read", text)
		}
	}
}
