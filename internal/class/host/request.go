package host

import (
	"regexp"
	"slices"
	"strings"

	gossh "golang.org/x/crypto/ssh"
)

// The largest window, in cells on each side and in all. Nobody reads on more, and
// what a screen costs grows with it.
const (
	widest    = 500
	mostCells = 64 << 10
)

// window is the size of a terminal's window, in cells.
type window struct{ width, height int }

// bounded is a size that can be drawn. A terminal that has none says 0.
func bounded(columns, rows uint32) window {
	if columns == 0 || rows == 0 {
		return window{80, 24}
	}
	w := window{int(min(columns, widest)), int(min(rows, widest))}
	w.height = min(w.height, mostCells/w.width)
	return w
}

// terminalRequest is the payload of pty-req (RFC 4254, section 6.2).
type terminalRequest struct {
	Term           string
	Columns, Rows  uint32
	PixelWidth     uint32
	PixelHeight    uint32
	EncodedMachine string // modes of a terminal device, which there is none of
}

// resizeRequest is the payload of window-change (section 6.7).
type resizeRequest struct {
	Columns, Rows           uint32
	PixelWidth, PixelHeight uint32
}

// parseTerminal reads a pty-req.
func parseTerminal(payload []byte) (term string, w window, ok bool) {
	var r terminalRequest
	if err := gossh.Unmarshal(payload, &r); err != nil {
		return "", window{}, false
	}
	return terminalName(r.Term), bounded(r.Columns, r.Rows), true
}

// terminalName is a TERM that is passed on. One that no terminfo entry could have
// is taken for the plainest that all understand.
func terminalName(term string) string {
	const plain = "xterm"
	if len(term) > 32 || !termName.MatchString(term) {
		return plain
	}
	return term
}

// variables is how many variables a session keeps, and valueLength how long one may
// be, in bytes.
const variables, valueLength = 16, 64

var (
	termName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.+_-]*$`)
	envName  = regexp.MustCompile(`^(LANG|LC_[A-Z]{1,20}|COLORTERM|NO_COLOR)$`)
	envValue = regexp.MustCompile(`^[A-Za-z0-9.,:;@+_-]*$`)
)

// parseVariable reads an env request (section 6.4). What no terminal needs to say
// of itself is not taken.
func parseVariable(payload []byte) (variable string, ok bool) {
	var r struct{ Name, Value string }
	if err := gossh.Unmarshal(payload, &r); err != nil || len(r.Value) > valueLength {
		return "", false
	}
	if !envName.MatchString(r.Name) || !envValue.MatchString(r.Value) {
		return "", false
	}
	return r.Name + "=" + r.Value, true
}

// with sets a variable among others.
func with(env []string, variable string) []string {
	name, _, _ := strings.Cut(variable, "=")
	env = slices.DeleteFunc(env, func(v string) bool { return strings.HasPrefix(v, name+"=") })
	if len(env) >= variables {
		return env
	}
	return append(env, variable)
}
