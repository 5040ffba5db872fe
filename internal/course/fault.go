package course

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Fault is one thing that is wrong in the files of a course.
type Fault struct {
	File    string `json:"file"`             // as the user can open it; of the built-in course, below its root
	Line    int    `json:"line,omitempty"`   // 1-based; 0 where the fault is of the whole file
	Column  int    `json:"column,omitempty"` // 1-based, in characters; 0 where the fault is of the whole line
	Message string `json:"message"`          // what is wrong
	Mend    string `json:"mend,omitempty"`   // what to do about it
}

// Error returns file:line:column: message — mend.
func (f Fault) Error() string {
	text := f.Place() + ": " + f.Message
	if f.Mend != "" {
		text += " — " + f.Mend
	}
	return text
}

// Place returns file:line:column, as far as they are known. A file name that
// could upset a terminal is quoted.
func (f Fault) Place() string {
	var b strings.Builder
	if _, bad := hasBadChar(f.File); bad || strings.Contains(f.File, "\n") {
		b.WriteString(strconv.Quote(f.File))
	} else {
		b.WriteString(f.File)
	}
	for _, n := range []int{f.Line, f.Column} {
		if n == 0 {
			break
		}
		fmt.Fprintf(&b, ":%d", n)
	}
	return b.String()
}

// Faults is everything that is wrong with a course, sorted by place.
type Faults []Fault

// Error returns one fault per line.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.Error()
	}
	return strings.Join(lines, "\n")
}

// Sort orders the faults by file, line and column, and drops repeated ones.
func (f Faults) Sort() Faults {
	slices.SortStableFunc(f, func(a, b Fault) int {
		return cmp.Or(
			cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(f)
}
