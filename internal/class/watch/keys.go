package watch

import "kubetutor/internal/tui/keymap"

// The scopes of the view's keys.
const (
	everywhere keymap.Scope = "class"
	inRoster   keymap.Scope = "class-roster"
	inDetail   keymap.Scope = "class-detail"
	inPlan     keymap.Scope = "class-plan"
	inJoin     keymap.Scope = "class-join"
	inDoor     keymap.Scope = "class-door"
	inHints    keymap.Scope = "class-hints"
	inScreen   keymap.Scope = "class-screen"
	inSessions keymap.Scope = "class-sessions"
	inForm     keymap.Scope = "class-form"
	inQuestion keymap.Scope = "class-question"
)

// What the keys do here, beside the actions of package keymap.
const (
	sendMessage keymap.Action = "message"
	sendCommand keymap.Action = "send-command"
	writeNote   keymap.Action = "note"
	attend      keymap.Action = "attend"
	lowerHand   keymap.Action = "lower"
	lookAt      keymap.Action = "look"
	showOwn     keymap.Action = "show"
	openPlan    keymap.Action = "plan"
	recall      keymap.Action = "recall"
	setTime     keymap.Action = "time"
	openJoin    keymap.Action = "join"
	openDoor    keymap.Action = "door"
	export      keymap.Action = "export"
	endClass    keymap.Action = "end"
	tickAll     keymap.Action = "tick-all"
	sortBy      keymap.Action = "sort"
	narrow      keymap.Action = "narrow"
	renew       keymap.Action = "renew"
	invert      keymap.Action = "invert"
	admit       keymap.Action = "admit"
	refuse      keymap.Action = "refuse"
	toggleLock  keymap.Action = "toggle-lock"
	stopShowing keymap.Action = "stop-showing"
	recipients  keymap.Action = "recipients"
)

// Keys is the table of keys that the view comes with.
func Keys() *keymap.Map {
	keys := func(k ...string) []string { return k }
	bindings := []keymap.Binding{
		{Scope: inRoster, Action: keymap.Hint, Keys: keys("h"), Foot: true},
		{Scope: inRoster, Action: sendMessage, Keys: keys("m"), Foot: true},
		{Scope: inRoster, Action: lookAt, Keys: keys("w"), Foot: true},
		{Scope: inRoster, Action: openPlan, Keys: keys("o"), Foot: true},
		{Scope: inRoster, Action: recall, Keys: keys("b"), Foot: true},
		{Scope: inRoster, Action: setTime, Keys: keys("t"), Foot: true},
		{Scope: inRoster, Action: openJoin, Keys: keys("J"), Foot: true},
		{Scope: inRoster, Action: keymap.Open, Keys: keys("enter")},
		{Scope: inRoster, Action: keymap.Tick, Keys: keys("space", "x")},
		{Scope: inRoster, Action: tickAll, Keys: keys("a")},
		{Scope: inRoster, Action: sendCommand, Keys: keys("c")},
		{Scope: inRoster, Action: writeNote, Keys: keys("n")},
		{Scope: inRoster, Action: attend, Keys: keys("p")},
		{Scope: inRoster, Action: lowerHand, Keys: keys("l")},
		{Scope: inRoster, Action: showOwn, Keys: keys("v")},
		{Scope: inRoster, Action: openDoor, Keys: keys("d")},
		{Scope: inRoster, Action: narrow, Keys: keys("f")},
		{Scope: inRoster, Action: sortBy, Keys: keys("s")},
		{Scope: inRoster, Action: keymap.Filtering, Keys: keys("/")},
		{Scope: inRoster, Action: export, Keys: keys("e")},
		{Scope: inRoster, Action: endClass, Keys: keys("E")},
	}
	bindings = append(bindings, moving(inRoster)...)
	bindings = append(append(bindings, keymap.Binding{Scope: inPlan, Action: toggleLock, Keys: keys("o", "space"), Foot: true},
		keymap.Binding{Scope: inPlan, Action: recall, Keys: keys("b"), Foot: true}), moving(inPlan)...)
	bindings = append(append(bindings, keymap.Binding{Scope: inDoor, Action: admit, Keys: keys("a"), Foot: true},
		keymap.Binding{Scope: inDoor, Action: refuse, Keys: keys("x"), Foot: true}), moving(inDoor)...)
	bindings = append(append(bindings, keymap.Binding{Scope: inHints, Action: keymap.Submit, Keys: keys("enter"), Foot: true},
		keymap.Binding{Scope: inHints, Action: recipients, Keys: keys("tab"), Foot: true}), moving(inHints)...)
	bindings = append(append(bindings, keymap.Binding{Scope: inSessions, Action: keymap.Submit, Keys: keys("enter"), Foot: true},
		keymap.Binding{Scope: inSessions, Action: stopShowing, Keys: keys("x"), Foot: true}), moving(inSessions)...)
	bindings = append(append(bindings, moving(inDetail)...), moving(inScreen)...)
	return keymap.New(append(bindings,
		keymap.Binding{Scope: inScreen, Action: keymap.Left, Keys: keys("left", "h")},
		keymap.Binding{Scope: inScreen, Action: keymap.Right, Keys: keys("right", "l")},
		keymap.Binding{Scope: inDetail, Action: keymap.Left, Keys: keys("left")},
		keymap.Binding{Scope: inDetail, Action: keymap.Right, Keys: keys("right")},
		keymap.Binding{Scope: inJoin, Action: renew, Keys: keys("r"), Foot: true},
		keymap.Binding{Scope: inJoin, Action: invert, Keys: keys("i"), Foot: true},
		keymap.Binding{Scope: inForm, Action: keymap.Submit, Keys: keys("enter"), Foot: true},
		keymap.Binding{Scope: inForm, Action: recipients, Keys: keys("tab")}, // said where there is a choice
		keymap.Binding{Scope: inForm, Action: keymap.Back, Keys: keys("esc"), Foot: true},
		keymap.Binding{Scope: inQuestion, Action: keymap.Yes, Keys: keys("y", "Y"), Foot: true},
		keymap.Binding{Scope: inQuestion, Action: keymap.No, Keys: keys("n", "N", "esc", "q"), Foot: true},
		keymap.Binding{Scope: everywhere, Action: keymap.Help, Keys: keys("?"), Foot: true},
		keymap.Binding{Scope: everywhere, Action: keymap.Back, Keys: keys("esc"), Foot: true},
		keymap.Binding{Scope: everywhere, Action: keymap.Language, Keys: keys("L")},
		keymap.Binding{Scope: everywhere, Action: keymap.Quit, Keys: keys("q"), Foot: true},
		keymap.Binding{Scope: keymap.Always, Action: keymap.Interrupt, Keys: keys("ctrl+c")},
		keymap.Binding{Scope: keymap.Always, Action: keymap.Suspend, Keys: keys("ctrl+z")},
	))
}

// moving are the keys that move through a list.
func moving(s keymap.Scope) []keymap.Binding {
	return []keymap.Binding{
		{Scope: s, Action: keymap.Up, Keys: []string{"up", "k"}},
		{Scope: s, Action: keymap.Down, Keys: []string{"down", "j"}},
		{Scope: s, Action: keymap.PageUp, Keys: []string{"pgup"}},
		{Scope: s, Action: keymap.PageDown, Keys: []string{"pgdown"}},
		{Scope: s, Action: keymap.Top, Keys: []string{"g", "home"}},
		{Scope: s, Action: keymap.Bottom, Keys: []string{"G", "end"}},
	}
}
