package class_test

import (
	"errors"
	"testing"

	"kubetutor/internal/class"
	"kubetutor/internal/class/classtest"
)

// TestWhoIsMissing has somebody of the roster sit beside another, without a
// machine.
func TestWhoIsMissing(t *testing.T) {
	t.Parallel()
	c := classtest.Class()
	c.Roster = []class.Entry{{Name: "Ann"}, {Name: "Bob", Note: "row 2"}, {Name: "Cyd"}}
	store := classtest.NewStore(t)
	if err := class.Create(t.Context(), store, c); err != nil {
		t.Fatal(err)
	}
	r := classtest.Open(t, store, class.Options{})
	if _, err := r.Renew(t.Context(), "", 0); err != nil {
		t.Fatal(err)
	}
	classtest.Enter(t, r, "Ann")
	chair := r.Sit("Ms Li")
	if err := chair.Do(t.Context(), class.Order{Kind: class.OrderAttend, Text: "BOB", Yes: true}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Ann", "Dan"} {
		if err := chair.Do(t.Context(), class.Order{Kind: class.OrderAttend, Text: name, Yes: true}); !errors.Is(err, class.ErrOrder) {
			t.Errorf("%s is missing: %v", name, err)
		}
	}
	missing := classtest.Open(t, store, class.Options{}).Board().Missing
	if len(missing) != 2 || missing[0].Name != "Bob" || !missing[0].Attended || missing[0].Note != "row 2" || missing[1].Attended {
		t.Errorf("missing are %+v", missing)
	}
	if _, err := r.Admit(t.Context(), class.Application{Name: "Bob", Code: r.Join().Code}); err != nil {
		t.Fatal(err)
	}
	b := r.Board()
	if len(b.Missing) != 1 || len(b.Rows) != 2 || !b.Rows[1].Attended {
		t.Errorf("Bob joins after all: %+v, %+v", b.Rows, b.Missing)
	}
}
