package keymap

import "slices"

// Change gives an action of a scope other keys than the default ones.
type Change struct {
	Scope  Scope
	Action Action
	Keys   []string
}

// Reason is why a change is not taken.
type Reason string

// The reasons.
const (
	NoScope  Reason = "no-scope"  // there is no such scope
	NoAction Reason = "no-action" // the scope has no such action
	NoKey    Reason = "no-key"    // there is no such key
	NoKeys   Reason = "no-keys"   // an action must keep one
	IsText   Reason = "is-text"   // the key writes a letter where text is typed
	Taken    Reason = "taken"     // the key has another meaning at the same time
)

// Problem says which change is not taken, and why.
type Problem struct {
	Change int // index of the change
	Key    int // index of the key in it; -1 where it is about all of it
	Reason Reason
	Known  []string // what there is instead, for NoScope and NoAction
	Other  Binding  // who has the key, for Taken
}

// With returns the table with changes, and which of them could not be taken;
// the others count. Of two changes that want the same key the later one yields.
func (m *Map) With(changes []Change) (*Map, []Problem) {
	var problems []Problem
	taken := make([]bool, len(changes))
	changes = slices.Clone(changes)
	for i := range changes {
		p, ok := m.checked(&changes[i])
		taken[i] = ok
		if p.Change = i; !ok {
			problems = append(problems, p)
		}
	}
	for {
		next := m.apply(changes, taken)
		clash, found := next.clash(changes, taken)
		if !found {
			return next, problems
		}
		taken[clash.Change] = false
		problems = append(problems, clash)
	}
}

// checked tells whether a change makes sense by itself, and names its keys as
// Bubble Tea does.
func (m *Map) checked(c *Change) (Problem, bool) {
	bindings := m.Bindings(c.Scope)
	if len(bindings) == 0 {
		return Problem{Key: -1, Reason: NoScope, Known: names(m.Scopes())}, false
	}
	if _, ok := m.Binding(c.Scope, c.Action); !ok {
		return Problem{Key: -1, Reason: NoAction, Known: names(actions(bindings))}, false
	}
	if len(c.Keys) == 0 {
		return Problem{Key: -1, Reason: NoKeys}, false
	}
	c.Keys = slices.Clone(c.Keys)
	for i, text := range c.Keys {
		key, ok := Parse(text)
		if !ok {
			return Problem{Key: i, Reason: NoKey}, false
		}
		if c.Scope.Typing() && typed(key) {
			return Problem{Key: i, Reason: IsText}, false
		}
		c.Keys[i] = key
	}
	return Problem{}, true
}

func actions(bindings []Binding) []Action {
	list := make([]Action, len(bindings))
	for i, b := range bindings {
		list[i] = b.Action
	}
	return list
}

func names[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return out
}

func (m *Map) apply(changes []Change, taken []bool) *Map {
	bindings := slices.Clone(m.bindings)
	for i, c := range changes {
		if !taken[i] {
			continue
		}
		at := slices.IndexFunc(bindings, func(b Binding) bool { return b.Scope == c.Scope && b.Action == c.Action })
		bindings[at].Keys = c.Keys
	}
	return New(bindings)
}

// clash finds the last change with a key that means something else at the same
// time.
func (m *Map) clash(changes []Change, taken []bool) (Problem, bool) {
	for i := len(changes) - 1; i >= 0; i-- {
		if !taken[i] {
			continue
		}
		for n, key := range changes[i].Keys {
			if other, ok := m.rival(changes[i].Scope, changes[i].Action, key); ok {
				return Problem{Change: i, Key: n, Reason: Taken, Other: other}, true
			}
		}
	}
	return Problem{}, false
}

// rival finds another action that a key means while the scope's keys work.
func (m *Map) rival(s Scope, a Action, key string) (Binding, bool) {
	for _, b := range m.bindings {
		if b.Action != a && together(s, b.Scope) && slices.Contains(b.Keys, key) {
			return b, true
		}
	}
	return Binding{}, false
}

// Changes lists what differs from another table of the same actions, in order.
func (m *Map) Changes(from *Map) (list []Change) {
	for i, b := range m.bindings {
		if !slices.Equal(b.Keys, from.bindings[i].Keys) {
			list = append(list, Change{b.Scope, b.Action, b.Keys})
		}
	}
	return list
}
