package keymap

// Rows is by how many rows an action moves in a list of all rows, of which page
// are passed with a page; ok is false where it moves nothing.
func Rows(a Action, page, all int) (by int, ok bool) {
	switch a {
	case Up:
		return -1, true
	case Down:
		return 1, true
	case PageUp:
		return -max(page, 1), true
	case PageDown:
		return max(page, 1), true
	case Top:
		return -all, true
	case Bottom:
		return all, true
	}
	return 0, false
}
