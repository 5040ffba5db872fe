package tui

import (
	"fmt"
	"slices"
	"strings"

	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
	"kubetutor/internal/tui/keymap"
)

// does says what a binding does.
func does(w i18n.TUI, b keymap.Binding) string {
	if s := w.Actions[string(b.Scope)+"/"+string(b.Action)]; s != "" {
		return s
	}
	return w.Actions[string(b.Action)]
}

// keyLine is the short list of keys at the bottom: as many as fit. A key that
// means something else in an earlier scope is left out.
func (c *common) keyLine(scopes []keymap.Scope, room int) string {
	line := ""
	for _, b := range c.keys.Bindings(scopes...) {
		if !b.Foot && b.Scope != keymap.Confirm || c.taken(b, scopes) {
			continue
		}
		part := c.styles.Key.Render(b.Label()) + " " + c.styles.Dim.Render(does(c.words, b))
		if line != "" {
			part = "   " + part
		}
		if width(line)+width(part) <= room {
			line += part
		}
	}
	return line
}

// keyLineOf names some keys of a scope and what they do, as many as fit.
func (c *common) keyLineOf(s keymap.Scope, room int, actions ...keymap.Action) string {
	var parts []string
	for _, a := range actions {
		if b, ok := c.keys.Binding(s, a); ok {
			parts = append(parts, c.styles.Key.Render(b.Label())+" "+c.styles.Dim.Render(does(c.words, b)))
		}
	}
	for len(parts) > 0 && width(strings.Join(parts, "   ")) > room {
		parts = parts[:len(parts)-1]
	}
	return strings.Join(parts, "   ")
}

// taken tells whether the key of a binding means what an earlier scope says.
func (c *common) taken(b keymap.Binding, scopes []keymap.Scope) bool {
	earlier := scopes[:slices.Index(scopes, b.Scope)]
	_, ok := c.keys.Find(b.Keys[0], earlier...)
	return ok
}

// helpOverlay lists all keys that work here.
type helpOverlay struct {
	c      *common
	scopes []keymap.Scope
	top    int
}

func (h *helpOverlay) lines(width int) (lines []string) {
	for _, s := range h.scopes {
		lines = append(lines, "", "  "+h.c.styles.Title.Render(h.c.words.Scopes[string(s)]))
		lines = append(lines, columns(h.c, h.c.keys.Bindings(s), width-4)...)
	}
	about := wrapped(h.c.words.MouseHelp, min(width-4, textWidth), h.c.styles.Dim)
	return append(append(lines, ""), indent(about, "  ")...)
}

// columns sets keys in as many columns as fit.
func columns(c *common, bindings []keymap.Binding, width int) (lines []string) {
	const keyWidth, cell = 18, 38
	n := max(width/cell, 1)
	for i := 0; i < len(bindings); i += n {
		line := "    "
		for _, b := range bindings[i:min(i+n, len(bindings))] {
			line += pad(c.styles.Key.Render(pad(strings.Join(b.Labels(), " "), keyWidth))+" "+does(c.words, b), cell)
		}
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return lines
}

// key scrolls, or closes the help.
func (h *helpOverlay) key(k string, width, height int) *helpOverlay {
	switch a, _ := h.c.keys.Find(k, keymap.Helping); a {
	case keymap.Down:
		if h.top+height >= len(h.lines(width)) {
			return nil
		}
		h.scroll(height/2, width, height)
	case keymap.Up:
		h.scroll(-height/2, width, height)
	default:
		return nil
	}
	return h
}

// scroll moves the list by lines, as far as it goes.
func (h *helpOverlay) scroll(lines, width, height int) {
	h.top = max(min(h.top+lines, len(h.lines(width))-height), 0)
}

func (h *helpOverlay) view(width, height int) string {
	return strings.Join(window(h.lines(width), h.top, height), "\n")
}

// KeyTable is a Markdown table of all keys, for the README.
func KeyTable(l course.Lang) string {
	w, keys := i18n.TUIWords(l), keymap.Default()
	var b strings.Builder
	fmt.Fprintf(&b, "| | %s | %s |\n|---|---|---|\n", w.KeyColumn, w.DoesColumn)
	for _, s := range keys.Scopes() {
		for i, k := range keys.Bindings(s) {
			scope := ""
			if i == 0 {
				scope = w.Scopes[string(s)]
			}
			fmt.Fprintf(&b, "| %s | `%s` | %s |\n", scope, strings.Join(k.Labels(), "` `"), does(w, k))
		}
	}
	return b.String()
}
