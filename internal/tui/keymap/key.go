package keymap

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// named are the keys that have names, as Bubble Tea gives them.
func named() []string {
	return []string{
		"enter", "space", "tab", "esc", "backspace", "delete", "insert", "up", "down", "left", "right",
		"home", "end", "pgup", "pgdown", "f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9", "f10", "f11", "f12",
	}
}

// otherNames are what people also call keys, and what a terminal sends for them.
func otherNames() map[string]string {
	return map[string]string{
		"return": "enter", "escape": "esc", "del": "delete", "ins": "insert", "pageup": "pgup", "pagedown": "pgdown", "pgdn": "pgdown",
		"↑": "up", "↓": "down", "←": "left", "→": "right", "ctrl+i": "tab", "ctrl+m": "enter", "ctrl+[": "esc", "ctrl+space": "ctrl+@",
	}
}

// Parse returns the name that Bubble Tea gives a key; ok is false where there is
// no such key. Modifiers may stand in any order, and what a terminal cannot tell
// apart (tab and ctrl+i) has one name.
func Parse(text string) (key string, ok bool) {
	mods, base := split(text)
	if base == "" || !known(mods) {
		return "", false
	}
	base, mods = letter(base, mods)
	name := join(mods, base)
	if other, ok := otherNames()[name]; ok {
		return other, true
	}
	if other, ok := otherNames()[base]; ok {
		base = other
	}
	single := utf8.RuneCountInString(base) == 1
	if !slices.Contains(named(), base) && !(single && printable(base)) || single && slices.Equal(mods, []string{"shift"}) {
		return "", false
	}
	return join(mods, base), true
}

// split takes the modifiers off a key; "+" itself is a key.
func split(text string) (mods []string, base string) {
	for {
		mod, rest, ok := strings.Cut(text, "+")
		if !ok || rest == "" || mod == "" {
			return mods, text
		}
		mods, text = append(mods, strings.ToLower(mod)), rest
	}
}

func known(mods []string) bool {
	seen := map[string]bool{}
	for _, m := range mods {
		if m != "ctrl" && m != "alt" && m != "shift" || seen[m] {
			return false
		}
		seen[m] = true
	}
	return true
}

// letter writes a key of one letter as a terminal tells of it: shift makes it
// a capital, ctrl knows small ones only. Longer names are small.
func letter(base string, mods []string) (string, []string) {
	switch {
	case utf8.RuneCountInString(base) > 1 || slices.Contains(mods, "ctrl"):
		return strings.ToLower(base), mods
	case slices.Equal(mods, []string{"shift"}) && unicode.IsLetter([]rune(base)[0]):
		return strings.ToUpper(base), nil
	case base == " ":
		return "space", mods
	}
	return base, mods
}

func printable(base string) bool {
	r, _ := utf8.DecodeRuneInString(base)
	return unicode.IsGraphic(r) && !unicode.IsSpace(r)
}

// join writes modifiers in Bubble Tea's order.
func join(mods []string, base string) string {
	name := ""
	for _, m := range []string{"ctrl", "alt", "shift"} {
		if slices.Contains(mods, m) {
			name += m + "+"
		}
	}
	return name + base
}

// typed tells whether a key writes something.
func typed(key string) bool { return key == "space" || utf8.RuneCountInString(key) == 1 }

// Show is how a key is written for people.
func Show(key string) string {
	signs := map[string]string{"up": "↑", "down": "↓", "left": "←", "right": "→", "pgdown": "pgdn"}
	if sign, ok := signs[key]; ok {
		return sign
	}
	return key
}
