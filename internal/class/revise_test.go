package class_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"kubetutor/internal/class"
	"kubetutor/internal/class/classtest"
)

// TestAClassIsRevised changes what was set up while the class is held, and opens it
// again.
func TestAClassIsRevised(t *testing.T) {
	t.Parallel()
	c := classtest.Class()
	c.Closed, c.Roster = true, []class.Entry{{Name: "Ann", Note: "row 1"}}
	store := classtest.NewStore(t)
	if err := class.Create(t.Context(), store, c); err != nil {
		t.Fatal(err)
	}
	r := classtest.Open(t, store, class.Options{})
	if _, err := r.Renew(t.Context(), "", 0); err != nil {
		t.Fatal(err)
	}
	ann := classtest.Enter(t, r, "Ann")
	late := class.Application{Name: "Bob", Code: r.Join().Code}
	if _, err := r.Admit(t.Context(), late); !errors.Is(err, class.ErrRoster) {
		t.Fatalf("Bob is not on the roster: %v", err)
	}
	opened := class.Place{Lesson: "lesson-0001"}
	if err := r.Sit("Ms Li").Do(t.Context(), class.Order{Kind: class.OrderOpen, Place: &opened}); err != nil {
		t.Fatal(err)
	}

	// The first lesson is left out, a new one comes, the roster has Bob and not Ann.
	roster := []class.Entry{{Name: "Bob", Note: "row 2"}}
	v := class.Revision{Plan: []class.Planned{{Lesson: "lesson-0001", Minutes: 5}, {Lesson: "lesson-0004", Minutes: 9}}, Roster: &roster}
	if err := r.Revise(t.Context(), "Ms Li", v); err != nil {
		t.Fatal(err)
	}
	if s := sight(t, ann); !slices.Equal(s.Lessons, []string{"lesson-0001", "lesson-0004"}) {
		t.Errorf("Ann sees the lessons %v", s.Lessons)
	}
	if _, err := r.Admit(t.Context(), late); err != nil {
		t.Errorf("Bob is on the roster now: %v", err)
	}
	for name, room := range map[string]*class.Room{"held": r, "opened again": classtest.Open(t, store, class.Options{})} {
		b := room.Board()
		if want := []class.Place{{Lesson: "lesson-0004"}}; !slices.Equal(b.Locked, want) {
			t.Errorf("%s: locked are %v, want %v", name, b.Locked, want)
		}
		var entries []string
		for _, row := range b.Rows {
			entries = append(entries, row.Name+": "+row.Entry)
		}
		slices.Sort(entries)
		if want := []string{"Ann: ", "Bob: row 2"}; !slices.Equal(entries, want) {
			t.Errorf("%s: rows are %q, want %q", name, entries, want)
		}
	}

	// Without a roster everybody may come who has the code.
	if err := r.Revise(t.Context(), "Ms Li", class.Revision{Roster: &[]class.Entry{}}); err != nil {
		t.Fatal(err)
	}
	classtest.Join(t, r, "Cyd")
	if plan := r.Class().Plan; !slices.Equal(plan, v.Plan) {
		t.Errorf("the plan is %v: nobody has changed it", plan)
	}
}

// TestARevisionIsChecked refuses what could not have been made either.
func TestARevisionIsChecked(t *testing.T) {
	t.Parallel()
	r := classtest.Room(t, class.Options{})
	before := r.Class()
	for want, v := range map[string]class.Revision{
		"1 to 200 lessons":      {Plan: []class.Planned{}},
		"planned twice":         {Plan: []class.Planned{{Lesson: "a", Minutes: 1}, {Lesson: "a", Minutes: 1}}},
		"cannot be a lesson":    {Plan: []class.Planned{{Lesson: "../a", Minutes: 1}}},
		"which are the same":    {Roster: &[]class.Entry{{Name: "Ann"}, {Name: "ANN"}}},
		"as ReadRoster makes i": {Roster: &[]class.Entry{{Name: "Ann", Note: "\x1b[2J"}}},
	} {
		if err := r.Revise(t.Context(), "Ms Li", v); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", v, err, want)
		}
	}
	if after := r.Class(); !slices.Equal(after.Plan, before.Plan) || len(after.Roster) != 0 {
		t.Errorf("the class is %+v now", after)
	}
	if err := r.Sit("Ms Li").Do(t.Context(), class.Order{Kind: class.OrderEnd}); err != nil {
		t.Fatal(err)
	}
	if err := r.Revise(t.Context(), "Ms Li", class.Revision{Plan: before.Plan}); !errors.Is(err, class.ErrOver) {
		t.Errorf("after its end: %v", err)
	}
}
