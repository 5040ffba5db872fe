package watch

import (
	"slices"

	"kubetutor/internal/tui/keymap"
)

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
	attendElse  keymap.Action = "attend-else"
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
	return keymap.New(slices.Concat(rosterKeys(), pageKeys(), typingKeys(), sharedKeys()))
}

// foot is a key that also stands in the line at the bottom.
func foot(s keymap.Scope, a keymap.Action, keys ...string) keymap.Binding {
	return keymap.Binding{Scope: s, Action: a, Keys: keys, Foot: true}
}

func bound(s keymap.Scope, a keymap.Action, keys ...string) keymap.Binding {
	return keymap.Binding{Scope: s, Action: a, Keys: keys}
}

func rosterKeys() []keymap.Binding {
	return append([]keymap.Binding{
		foot(inRoster, keymap.Hint, "h"),
		foot(inRoster, sendMessage, "m"),
		foot(inRoster, lookAt, "w"),
		foot(inRoster, openPlan, "o"),
		foot(inRoster, recall, "b"),
		foot(inRoster, setTime, "t"),
		foot(inRoster, openJoin, "J"),
		bound(inRoster, keymap.Open, "enter"),
		bound(inRoster, keymap.Tick, "space", "x"),
		bound(inRoster, tickAll, "a"),
		bound(inRoster, sendCommand, "c"),
		bound(inRoster, writeNote, "n"),
		bound(inRoster, attend, "p"),
		bound(inRoster, attendElse, "P"),
		bound(inRoster, lowerHand, "l"),
		bound(inRoster, showOwn, "v"),
		bound(inRoster, openDoor, "d"),
		bound(inRoster, narrow, "f"),
		bound(inRoster, sortBy, "s"),
		bound(inRoster, keymap.Filtering, "/"),
		bound(inRoster, export, "e"),
		bound(inRoster, endClass, "E"),
	}, moving(inRoster)...)
}

// pageKeys are those of what stands in the roster's place.
func pageKeys() []keymap.Binding {
	keys := []keymap.Binding{
		foot(inPlan, toggleLock, "o", "space"),
		foot(inPlan, recall, "b"),
		foot(inJoin, renew, "r"),
		foot(inJoin, invert, "i"),
		foot(inDoor, admit, "a"),
		foot(inDoor, refuse, "x"),
		foot(inHints, keymap.Submit, "enter"),
		foot(inHints, recipients, "tab"),
		foot(inSessions, keymap.Submit, "enter"),
		foot(inSessions, stopShowing, "x"),
		bound(inDetail, keymap.Left, "left"),
		bound(inDetail, keymap.Right, "right"),
		bound(inScreen, keymap.Left, "left", "h"),
		bound(inScreen, keymap.Right, "right", "l"),
	}
	for _, scope := range []keymap.Scope{inDetail, inPlan, inDoor, inHints, inScreen, inSessions} {
		keys = append(keys, moving(scope)...)
	}
	return keys
}

func typingKeys() []keymap.Binding {
	return []keymap.Binding{
		foot(inForm, keymap.Submit, "enter"),
		bound(inForm, recipients, "tab"), // said where there is a choice
		foot(inForm, keymap.Back, "esc"),
		foot(inQuestion, keymap.Yes, "y", "Y"),
		foot(inQuestion, keymap.No, "n", "N", "esc", "q"),
	}
}

func sharedKeys() []keymap.Binding {
	return []keymap.Binding{
		foot(everywhere, keymap.Help, "?"),
		foot(everywhere, keymap.Back, "esc"),
		bound(everywhere, keymap.Language, "L"),
		foot(everywhere, keymap.Quit, "q"),
		bound(keymap.Always, keymap.Interrupt, "ctrl+c"),
		bound(keymap.Always, keymap.Suspend, "ctrl+z"),
	}
}

// moving are the keys that move through a list.
func moving(s keymap.Scope) []keymap.Binding {
	return []keymap.Binding{
		bound(s, keymap.Up, "up", "k"),
		bound(s, keymap.Down, "down", "j"),
		bound(s, keymap.PageUp, "pgup"),
		bound(s, keymap.PageDown, "pgdown"),
		bound(s, keymap.Top, "g", "home"),
		bound(s, keymap.Bottom, "G", "end"),
	}
}
