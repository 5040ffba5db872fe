package tui

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
)

// notes tells whether a command says that something was too long.
func notes(cmd tea.Cmd) bool {
	if cmd == nil {
		return false
	}
	switch msg := cmd().(type) {
	case showNoticeMsg:
		return strings.Contains(msg.text, "too long")
	case tea.BatchMsg:
		for _, c := range msg {
			if notes(c) {
				return true
			}
		}
	}
	return false
}

func TestALongPasteIsCutAndSaidSo(t *testing.T) {
	t.Parallel()
	p, con := aheadPanel(t)
	p.Update(consoleOpenedMsg{session: 1, console: con})
	start := time.Now()
	if !notes(p.paste(strings.Repeat("x", 100<<10))) || len(p.input.Value()) != maxInput {
		t.Errorf("one line: %d characters were taken", len(p.input.Value()))
	}
	p.lines()
	p.Cursor()
	if took := time.Since(start); took > time.Second/2 {
		t.Errorf("it took %v", took)
	}
	p.input.Reset()
	if !notes(p.paste(strings.Repeat("echo x\n", 20<<10))) || p.running {
		t.Error("part of a command that is too long was run")
	}
	if cmd := p.paste("echo x\n"); cmd == nil || !p.running {
		t.Error("a short one was not run")
	}
}

func TestALongLineIsDrawnAroundItsCursor(t *testing.T) {
	t.Parallel()
	c, err := newCommon(t.Context(), Options{Theme: "dark"})
	if err != nil {
		t.Fatal(err)
	}
	in := c.newInput()
	in.SetValue(strings.Repeat("卷", 2000))
	for at, want := range map[int]int{0: 0, 3: 6, 1000: 58, 2000: 58} {
		in.SetCursor(at)
		if _, cursor := drawInput(in, 60); cursor != want {
			t.Errorf("at %d the cursor stands in column %d, want %d", at, cursor, want)
		}
	}
}
