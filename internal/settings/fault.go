package settings

import (
	"cmp"
	"fmt"
	"slices"

	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
)

// Kind says what is wrong.
type Kind string

// The kinds of faults. i18n has the words for each.
const (
	Unreadable     Kind = "unreadable"
	NotYAML        Kind = "not-yaml"
	SecondDocument Kind = "second-document"
	NotMapping     Kind = "not-mapping"
	OtherFormat    Kind = "other-format"
	UnknownKey     Kind = "unknown-key"
	Twice          Kind = "twice"
	NotOneOf       Kind = "not-one-of"
	NotText        Kind = "not-text"
	NotBool        Kind = "not-bool"
	NotList        Kind = "not-list"
	NotNumber      Kind = "not-number"
	NotWhole       Kind = "not-whole"
	OutOfRange     Kind = "out-of-range"
	NotStep        Kind = "not-step"
	TooMany        Kind = "too-many"
	UnknownScope   Kind = "unknown-scope"
	UnknownAction  Kind = "unknown-action"
	UnknownName    Kind = "unknown-name" // of a key of the keyboard
	NoKeys         Kind = "no-keys"
	KeyIsText      Kind = "key-is-text"
	KeyTaken       Kind = "key-taken"
)

// Fault is one thing that is wrong in the file.
type Fault struct {
	Line   int    // 1-based; 0 where it is about the whole file
	Column int    // 1-based, in characters; 0 where it is about the whole line
	Key    string // the setting, such as theme or keys.reading.next; "" for none
	What   Kind
	Args   []any // of the words for it
}

// Message says what is wrong, in a language.
func (f Fault) Message(l course.Lang) string {
	return fmt.Sprintf(i18n.SettingsFaults(l)[string(f.What)], f.Args...)
}

// In is the fault with its place in a file, as the user can open it.
func (f Fault) In(path string, l course.Lang) string {
	for _, n := range []int{f.Line, f.Column} {
		if n == 0 {
			break
		}
		path = fmt.Sprintf("%s:%d", path, n)
	}
	return path + ": " + f.Message(l)
}

func sorted(faults []Fault) []Fault {
	slices.SortStableFunc(faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return faults
}
