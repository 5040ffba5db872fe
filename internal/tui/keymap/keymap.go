// Package keymap holds the keys as data: which key means which action in which
// scope. The help, the line of keys at the bottom, every sentence that names a
// key and the table in the README are generated from it. The learner's settings
// may change it.
package keymap

import (
	"slices"
	"strings"
)

// Scope is a part of the interface that has keys of its own.
type Scope string

// The scopes, in the order in which they are explained.
const (
	Always  Scope = "always" // even while something is typed
	Global  Scope = "global" // everywhere else
	Home    Scope = "home"
	Course  Scope = "course"
	Filter  Scope = "filter"  // the course's filter, while it is typed
	Palette Scope = "palette" // the search over all lessons
	Reading Scope = "reading" // the text of a lesson
	Finding Scope = "finding" // what is looked for in a lesson, while it is typed
	Found   Scope = "found"   // with it, before the keys of reading
	Picking Scope = "picking" // a part of the text is chosen, to copy or to follow
	Words   Scope = "words"   // the glossary
	Outline Scope = "outline"
	Choice  Scope = "choice" // a question with options
	Sorting Scope = "sorting"
	Blank   Scope = "blank"    // a question with inputs
	Writing Scope = "writing"  // a question answered with a manifest
	Verdict Scope = "verdict"  // an answered question
	LabIdle Scope = "lab-idle" // a lab that does not run
	LabRuns Scope = "lab-runs"
	Lab     Scope = "lab"
	Console Scope = "console"
	Confirm Scope = "confirm"
	Naming  Scope = "naming"  // the context of the learner's own cluster is typed
	Helping Scope = "helping" // the list of keys

	ReviewPage  Scope = "review"       // what is due, and what shall be reviewed
	ReviewEnd   Scope = "review-end"   // after a session, and while cards in learning are waited for
	ReviewCards Scope = "review-cards" // the list of cards
	Rating      Scope = "rating"       // an answered card
	Card        Scope = "card"         // a card, with the keys of what it asks
	CardAsked   Scope = "card-asked"   // a card that is not answered yet
	CardTyping  Scope = "card-typing"  // the same, while the answer is typed
	CardConsole Scope = "card-console" // the console of a card
	History     Scope = "history"      // of a card

	StatsPage    Scope = "stats"
	InsightPage  Scope = "insight" // how reviews go
	NetworkPage  Scope = "network" // the picture of the network
	SettingsPage Scope = "settings"

	Editing     Scope = "editing"      // a text is edited here, not in the learner's own editor
	Class       Scope = "class"        // in a class, everywhere but in inputs
	ClassAlways Scope = "class-always" // in a class, even while something is typed
	ClassPage   Scope = "class-page"   // its messages, and what can be done
	Hand        Scope = "hand"         // what help is asked for, while it is typed
	Called      Scope = "called"       // the class is called to a place, and goes there soon
	Asked       Scope = "asked"        // somebody wants to see the screen
	Shown       Scope = "shown"        // the instructor's screen
	Told        Scope = "told"         // something that must have been read
)

// Typing tells whether letters are text there, so that none can be a key.
func (s Scope) Typing() bool {
	return slices.Contains([]Scope{
		Always, Filter, Palette, Finding, Blank, Writing, Console, Naming, CardTyping, CardConsole, Editing, ClassAlways, Hand,
	}, s)
}

// modal tells whether only the scope's own keys work while it is open.
func (s Scope) modal() bool {
	return slices.Contains([]Scope{Palette, Confirm, Naming, Helping, Editing, Hand, Called, Asked, Told}, s)
}

// always tells whether the scope's keys work whatever else is open.
func (s Scope) always() bool { return s == Always || s == ClassAlways }

// beside are the scopes whose keys work with those of a scope.
func (s Scope) beside() []Scope {
	switch s {
	case Lab:
		return []Scope{LabIdle, LabRuns, Rating, Card, CardAsked}
	case Card:
		return []Scope{CardAsked, Choice, Sorting, Rating, LabIdle, LabRuns}
	case CardAsked:
		return []Scope{Choice, Sorting, LabIdle, LabRuns}
	case CardConsole:
		return []Scope{Console}
	case CardTyping:
		return []Scope{Blank, Writing}
	}
	return nil
}

// together tells whether the keys of two scopes work at the same time.
func together(a, b Scope) bool {
	switch {
	case a == b || a.always() || b.always():
		return true
	case a == Global || a == Class:
		return !b.Typing() && !b.modal()
	case b == Global || b == Class:
		return together(b, a)
	}
	return slices.Contains(a.beside(), b) || slices.Contains(b.beside(), a)
}

// Action is what a key does.
type Action string

// The actions. What each means in a scope is said in the help.
const (
	Quit      Action = "quit"
	Interrupt Action = "interrupt"
	Suspend   Action = "suspend"
	Help      Action = "help"
	Language  Action = "language"
	Back      Action = "back"
	Up        Action = "up"
	Down      Action = "down"
	PageUp    Action = "page-up"
	PageDown  Action = "page-down"
	Top       Action = "top"
	Bottom    Action = "bottom"
	Left      Action = "left"
	Right     Action = "right"
	Open      Action = "open"
	Filtering Action = "filtering"
	Questions Action = "questions"
	Next      Action = "next"
	Previous  Action = "previous"
	NextPage  Action = "next-page"
	PrevPage  Action = "prev-page"
	Contents  Action = "contents"
	Other     Action = "other"
	Tick      Action = "tick"
	Pick      Action = "pick"
	Submit    Action = "submit"
	MoveUp    Action = "move-up"
	MoveDown  Action = "move-down"
	NextBlank Action = "next-blank"
	Editor    Action = "editor"
	Continue  Action = "continue"
	Reread    Action = "reread"
	Retry     Action = "retry"
	Start     Action = "start"
	Jump      Action = "jump"
	Hint      Action = "hint"
	Solution  Action = "solution"
	Restart   Action = "restart"
	RunLine   Action = "run-line"
	Complete  Action = "complete"
	EndInput  Action = "end-input"
	Clear     Action = "clear"
	Search    Action = "search"
	Find      Action = "find"
	NextMatch Action = "next-match"
	PrevMatch Action = "prev-match"
	Copy      Action = "copy"
	Insert    Action = "insert"
	Links     Action = "links"
	NextLink  Action = "next-link"
	PrevLink  Action = "prev-link"
	Explain   Action = "explain"
	Return    Action = "return"
	Yes       Action = "yes"
	No        Action = "no"
	Mouse     Action = "mouse"
	Settings  Action = "settings"
	Stats     Action = "stats"
	Network   Action = "network"
	Pause     Action = "pause"
	System    Action = "system"
	Review    Action = "review"
	Again     Action = "again"
	Hard      Action = "hard"
	Good      Action = "good"
	Easy      Action = "easy"
	Undo      Action = "undo"
	Reveal    Action = "reveal"
	Bury      Action = "bury"
	Hide      Action = "hide" // suspend a card; Suspend is of the program
	Past      Action = "past"
	Forget    Action = "forget"
	Save      Action = "save"
	Add       Action = "add"
	Reset     Action = "reset"
	RaiseHand Action = "hand"
	OpenClass Action = "class"
	Screen    Action = "screen" // the one that the instructor shows
	Follow    Action = "follow" // goes where the class was called to
	Unwatch   Action = "unwatch"
)

// Binding is one row of the table of keys.
type Binding struct {
	Scope  Scope
	Action Action
	Keys   []string // as Bubble Tea names them; the first is the one to tell of
	Foot   bool     // also in the line at the bottom
}

// Label is how the binding's key is shown where there is room for one.
func (b Binding) Label() string {
	if b.Action == Pick && len(b.Keys) > 1 {
		return Show(b.Keys[0]) + "–" + Show(b.Keys[len(b.Keys)-1])
	}
	return Show(b.Keys[0])
}

// Labels are how all of the binding's keys are shown.
func (b Binding) Labels() []string {
	if b.Action == Pick {
		return []string{b.Label()}
	}
	list := make([]string, len(b.Keys))
	for i, k := range b.Keys {
		list[i] = Show(k)
	}
	return list
}

// Map is a table of keys.
type Map struct {
	bindings []Binding
	index    map[Scope]map[string]Action
}

// New indexes bindings.
func New(bindings []Binding) *Map {
	m := &Map{bindings: bindings, index: map[Scope]map[string]Action{}}
	for _, b := range bindings {
		if m.index[b.Scope] == nil {
			m.index[b.Scope] = map[string]Action{}
		}
		for _, k := range b.Keys {
			m.index[b.Scope][k] = b.Action
		}
	}
	return m
}

// Find returns what a key means in the first of the scopes that knows it.
func (m *Map) Find(key string, scopes ...Scope) (Action, bool) {
	for _, s := range scopes {
		if a, ok := m.index[s][key]; ok {
			return a, true
		}
	}
	return "", false
}

// Binding finds the row of an action in a scope.
func (m *Map) Binding(s Scope, a Action) (Binding, bool) {
	i := slices.IndexFunc(m.bindings, func(b Binding) bool { return b.Scope == s && b.Action == a })
	if i < 0 {
		return Binding{}, false
	}
	return m.bindings[i], true
}

// Nth tells which of an action's keys a key is, from 0; -1 for none of them.
func (m *Map) Nth(s Scope, a Action, key string) int {
	b, _ := m.Binding(s, a)
	return slices.Index(b.Keys, key)
}

// Label is how the key of SCOPE/ACTION is shown; "" where there is none.
func (m *Map) Label(path string) string {
	scope, action, _ := strings.Cut(path, "/")
	b, ok := m.Binding(Scope(scope), Action(action))
	if !ok {
		return ""
	}
	return b.Label()
}

// Bindings lists the keys of the scopes, in order.
func (m *Map) Bindings(scopes ...Scope) (list []Binding) {
	for _, s := range scopes {
		for _, b := range m.bindings {
			if b.Scope == s {
				list = append(list, b)
			}
		}
	}
	return list
}

// Scopes lists the scopes that have keys, in order.
func (m *Map) Scopes() (list []Scope) {
	for _, b := range m.bindings {
		if !slices.Contains(list, b.Scope) {
			list = append(list, b.Scope)
		}
	}
	return list
}
