package tui

import "time"

// keyGuard keeps a key that is held down, or pressed once too often, from
// meaning something in what it has just brought to the screen. Terminals do not
// tell a repeated key from one that is pressed again.
type keyGuard struct {
	key    string
	at     time.Time
	turned time.Time // when keys came to mean something else; zero once a key was meant so
}

const (
	// keyRest is how long a key must have been at rest before it means something
	// new: longer than desktops wait before they repeat a key (X.Org 660 ms, GNOME
	// and macOS 500 ms).
	keyRest = 700 * time.Millisecond
	// glance is the time in which nobody can have seen what is new and answered it.
	glance = 200 * time.Millisecond
)

// turn notes that keys mean something else from now on.
func (g *keyGuard) turn(now time.Time) { g.turned = now }

// stray tells whether a key belongs to what was on the screen before. As long as
// it is held, it stays so.
func (g *keyGuard) stray(key string, now time.Time) bool {
	held := key == g.key && now.Sub(g.at).Abs() < keyRest
	stray := !g.turned.IsZero() && (held || now.Sub(g.turned).Abs() < glance)
	g.key, g.at = key, now
	if !stray {
		g.turned = time.Time{}
	}
	return stray
}
