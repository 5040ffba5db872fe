package tui

import "time"

// keyGuard keeps a key that is held down, or pressed once too often, from
// meaning something in what it has just brought to the screen. Terminals do not
// tell a repeated key from one that is pressed again.
type keyGuard struct {
	key    string
	at     time.Time
	turned bool // keys have come to mean something else since
}

// keyRest is how long a key must have been at rest before it means something
// new: longer than desktops wait before they repeat a key (X.Org 660 ms, GNOME
// and macOS 500 ms).
const keyRest = 700 * time.Millisecond

// turn notes that keys mean something else from now on.
func (g *keyGuard) turn() { g.turned = true }

// stray notes a key, and tells whether it belongs to what was on the screen
// before. As long as it is held, it stays so.
func (g *keyGuard) stray(key string, now time.Time) bool {
	g.turned = g.turned && key == g.key && now.Sub(g.at).Abs() < keyRest
	g.key, g.at = key, now
	return g.turned
}
