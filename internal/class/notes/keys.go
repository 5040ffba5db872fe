package notes

import "kubetutor/internal/tui/keymap"

const inNotes keymap.Scope = "class-notes"

const follow keymap.Action = "follow"

// Keys is the table of keys that the notes come with.
func Keys() *keymap.Map {
	keys := func(k ...string) []string { return k }
	return keymap.New([]keymap.Binding{
		{Scope: inNotes, Action: keymap.Next, Keys: keys("space", "pgdown"), Foot: true},
		{Scope: inNotes, Action: keymap.NextPage, Keys: keys("n", "enter"), Foot: true},
		{Scope: inNotes, Action: keymap.PrevPage, Keys: keys("p"), Foot: true},
		{Scope: inNotes, Action: follow, Keys: keys("f"), Foot: true},
		{Scope: inNotes, Action: keymap.Help, Keys: keys("?"), Foot: true},
		{Scope: inNotes, Action: keymap.Previous, Keys: keys("b", "pgup")},
		{Scope: inNotes, Action: keymap.Up, Keys: keys("up", "k")},
		{Scope: inNotes, Action: keymap.Down, Keys: keys("down", "j")},
		{Scope: inNotes, Action: keymap.Top, Keys: keys("g", "home")},
		{Scope: inNotes, Action: keymap.Bottom, Keys: keys("G", "end")},
		{Scope: inNotes, Action: keymap.Right, Keys: keys("right", "l")},
		{Scope: inNotes, Action: keymap.Left, Keys: keys("left", "h")},
		{Scope: inNotes, Action: keymap.Restart, Keys: keys("t"), Foot: true},
		{Scope: inNotes, Action: keymap.Language, Keys: keys("L"), Foot: true},
		{Scope: inNotes, Action: keymap.Quit, Keys: keys("q"), Foot: true},
		{Scope: keymap.Always, Action: keymap.Interrupt, Keys: keys("ctrl+c")},
		{Scope: keymap.Always, Action: keymap.Suspend, Keys: keys("ctrl+z")},
	})
}
