package class_test

import (
	"encoding/json"
	"testing"

	"kubetutor/internal/class"
	"kubetutor/internal/class/classtest"
	"kubetutor/internal/progress"
)

// Where an instructor reads is on the board, for their speaker notes.
func TestInstructorsPlaceIsOnTheBoard(t *testing.T) {
	t.Parallel()
	room := classtest.Room(t, class.Options{})
	ada := room.EnterInstructor("Ada")
	for i, lesson := range []string{"lesson-0001", "../etc"} { // the second cannot be a place
		data, err := json.Marshal(progress.Position{Lesson: lesson, Page: 2})
		if err != nil {
			t.Fatal(err)
		}
		e := progress.Event{ID: "01J0000000000000000000000" + string(rune('0'+i)), Kind: progress.KindPosition, Data: data}
		if err := ada.Recorded(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	want := class.Session{ID: ada.ID(), By: "Ada", At: class.Place{Lesson: "lesson-0001", Page: 3}}
	if got := room.Board().Screens; len(got) != 1 || got[0] != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
