package door

import (
	"slices"
	"testing"
)

func TestTitle(t *testing.T) {
	t.Parallel()
	for _, asked := range [][]Question{{Code, Name}, {Code}, {Name}, {Resume}, {Secret, Name}} {
		if got := Questions(Title(asked...)); !slices.Equal(got, asked) {
			t.Errorf("Questions(%q) = %q, want %q", Title(asked...), got, asked)
		}
	}
	for _, other := range []string{"", "Password", "kubetutor: ", "kubetutor: shoe size", Refused} {
		if got := Questions(other); got != nil {
			t.Errorf("Questions(%q) = %q, want none", other, got)
		}
	}
}
