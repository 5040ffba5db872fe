package class_test

import (
	"errors"
	"slices"
	"testing"

	"kubetutor/internal/class"
	"kubetutor/internal/class/classtest"
	"kubetutor/internal/progress"
)

// TestRecordingTellsWhatIsOnDisk tells of events as they are read again.
func TestRecordingTellsWhatIsOnDisk(t *testing.T) {
	t.Parallel()
	disk, err := classtest.NewStore(t).Progress(t.Context(), "abcdefgh")
	if err != nil {
		t.Fatal(err)
	}
	defer disk.Close()
	var told []progress.Event
	store := class.Recording(disk, func(e progress.Event) { told = append(told, e) })
	id, err := store.Record(t.Context(), progress.Position{Lesson: "pods", Page: 1})
	if err != nil {
		t.Fatal(err)
	}
	ids, err := store.RecordAll(t.Context(), []any{progress.Hint{Lab: "pods/run", N: 1}, progress.Answer{Question: "pods/what"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Record(t.Context(), "no event"); err == nil {
		t.Error("anything can be recorded")
	}
	after := "x"
	if _, err := store.Record(t.Context(), progress.Reviewed{Card: "question:pods/what", After: &after}); !errors.Is(err, progress.ErrElsewhere) {
		t.Errorf("what another was faster with: %v", err)
	}
	want, err := disk.Since(t.Context(), progress.Cursor{}, 10)
	if err != nil || len(told) != 3 || len(want) != 3 {
		t.Fatalf("told of %d, %d are there, %v", len(told), len(want), err)
	}
	for i, e := range told {
		w := want[i]
		if e.ID != append([]string{id}, ids...)[i] || e.Kind != w.Kind || !e.At.Equal(w.At) || e.Device != w.Device || !slices.Equal(e.Data, w.Data) {
			t.Errorf("told of %+v, on disk is %+v", e, w)
		}
	}
}

// TestWhatIsAnnounced is on the board.
func TestWhatIsAnnounced(t *testing.T) {
	t.Parallel()
	r := classtest.Room(t, class.Options{})
	r.Announce("ssh -p 2222 class@192.0.2.1", "SHA256:x")
	if j := r.Board().Join; j.Line != "ssh -p 2222 class@192.0.2.1" || j.Fingerprint != "SHA256:x" || j.Code == "" || j != r.Join() {
		t.Errorf("announced: %+v", j)
	}
	if r.Over() {
		t.Error("it is over")
	}
}
