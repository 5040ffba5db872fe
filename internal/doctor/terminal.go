package doctor

import (
	"strconv"
	"strings"
)

// Terminal is what a learner looks at. Colours is how many it has, 0 where that is not known.
type Terminal struct {
	Known         bool // it was looked at
	Present       bool // there is one: false for a pipe or a file
	Columns, Rows int
	Env           func(string) string
	Locale        string // LC_ALL, LC_CTYPE or LANG, whichever counts
	UTF8          bool   // the locale is of UTF-8
	Colours       int
	Ambiguous     int // columns of a character of ambiguous width, 0 where the terminal did not say
	Tmux          *Tmux
	Editor        string // the command that $VISUAL or $EDITOR names, else vi
	EditorMissing bool   // it is not on the PATH
}

// Tmux are those settings of tmux that matter here.
type Tmux struct {
	Escape    int    // milliseconds that it waits after Esc
	Terminal  string // what TERM is within it
	Clipboard string // on, external or off
}

// What the tutor is made for, and what it can still be read in.
const (
	roomyColumns, roomyRows    = 80, 24
	narrowColumns, shallowRows = 40, 12
)

func (t Terminal) examine(os string) []Finding {
	if !t.Known {
		return nil
	}
	if !t.Present {
		return append([]Finding{of("terminal-none", Fine)}, t.locale(os)...)
	}
	var found []Finding
	for _, part := range [][]Finding{t.size(), t.kind(os), t.locale(os), t.width(), t.colours(), t.multiplexer(), t.distance(), t.editor()} {
		found = append(found, part...)
	}
	return found
}

func (t Terminal) size() []Finding {
	size := []string{"columns", strconv.Itoa(t.Columns), "rows", strconv.Itoa(t.Rows)}
	switch {
	case t.Columns == 0 || t.Rows == 0:
		return []Finding{of("terminal-sizeless", Note)}
	case t.Columns < narrowColumns || t.Rows < shallowRows:
		return []Finding{of("terminal-tiny", Problem, size...)}
	case t.Columns < roomyColumns || t.Rows < roomyRows:
		return []Finding{of("terminal-small", Note, size...)}
	}
	return []Finding{of("terminal-size", Fine, size...)}
}

// kind is about what the terminal says that it is.
func (t Terminal) kind(os string) []Finding {
	name := t.Env("TERM")
	switch {
	case os == "windows" && name == "" && t.Env("WT_SESSION") == "":
		return []Finding{of("terminal-conhost", Note)}
	case os == "windows":
		return nil
	case name == "":
		return []Finding{of("terminal-unnamed", Problem)}
	case name == "dumb":
		return []Finding{of("terminal-dumb", Fine)}
	case name == "linux":
		return []Finding{of("terminal-console", Note)}
	}
	return []Finding{of("terminal", Fine, "name", name)}
}

func (t Terminal) locale(os string) []Finding {
	switch {
	case os == "windows": // has no locales in the environment, and terminals of Unicode
		return nil
	case t.Locale == "":
		return []Finding{of("locale-none", Note)}
	case !t.UTF8:
		return []Finding{of("locale-not-utf8", Problem, "locale", t.Locale)}
	}
	return []Finding{of("locale", Fine, "locale", t.Locale)}
}

// width is about characters such as those that lines are drawn with, which
// Unicode calls ambiguous: as wide as a Chinese one, or as a Latin one.
func (t Terminal) width() []Finding {
	switch {
	case t.Ambiguous > 1:
		return []Finding{of("width-wide", Problem)}
	case t.Ambiguous == 1:
		return []Finding{of("width", Fine)}
	}
	return nil
}

// fewColours is what the theme `ansi` is for.
const fewColours = 16

func (t Terminal) colours() []Finding {
	switch {
	case t.Env("NO_COLOR") != "":
		return []Finding{of("colours-off", Fine)}
	case t.Colours > fewColours:
		return []Finding{of("colours", Fine, "colours", strconv.Itoa(t.Colours))}
	case t.Colours > 0:
		return []Finding{of("colours-few", Note, "colours", strconv.Itoa(t.Colours))}
	}
	return nil
}

// slowEscape is when a learner notices that Esc takes its time, in milliseconds.
const slowEscape = 100

func (t Terminal) multiplexer() []Finding {
	if t.Env("TMUX") == "" && t.Env("STY") != "" {
		return []Finding{of("screen", Note)}
	}
	if t.Tmux == nil {
		return nil
	}
	var found []Finding
	if t.Tmux.Escape > slowEscape {
		found = append(found, of("tmux-escape", Note, "milliseconds", strconv.Itoa(t.Tmux.Escape)))
	}
	if name := t.Tmux.Terminal; !strings.Contains(name, "256color") && !strings.Contains(name, "direct") {
		found = append(found, of("tmux-colours", Note, "name", name))
	}
	if t.Tmux.Clipboard != "on" {
		found = append(found, of("tmux-clipboard", Note, "value", t.Tmux.Clipboard))
	}
	if found == nil {
		found = append(found, of("tmux", Fine))
	}
	return found
}

func (t Terminal) distance() []Finding {
	if t.Env("SSH_CONNECTION") == "" && t.Env("SSH_TTY") == "" {
		return nil
	}
	return []Finding{of("ssh", Fine)}
}

func (t Terminal) editor() []Finding {
	switch {
	case t.Editor == "":
		return nil
	case t.EditorMissing:
		return []Finding{of("editor-missing", Note, "editor", t.Editor)}
	}
	return []Finding{of("editor", Fine, "editor", t.Editor)}
}
