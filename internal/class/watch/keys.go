package watch

import "kubetutor/internal/tui/keymap"

// Keys is the table of keys that the view comes with.
func Keys() *keymap.Map { return keymap.New(nil) }
