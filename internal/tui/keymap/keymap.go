// Package keymap holds the keys as data: which key means which action in which
// scope. The help, the line of keys at the bottom and the table in the README
// are generated from it.
package keymap

import "slices"

// Scope is a part of the interface that has keys of its own.
type Scope string

// The scopes, in the order in which they are explained.
const (
	Always  Scope = "always" // even while something is typed
	Global  Scope = "global" // everywhere else
	Home    Scope = "home"
	Course  Scope = "course"
	Filter  Scope = "filter"  // the course's filter, while it is typed
	Reading Scope = "reading" // the text of a lesson
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
	Naming  Scope = "naming" // the context of the learner's own cluster is typed
)

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
	Hint      Action = "hint"
	Solution  Action = "solution"
	Restart   Action = "restart"
	RunLine   Action = "run-line"
	Complete  Action = "complete"
	EndInput  Action = "end-input"
	Clear     Action = "clear"
	Yes       Action = "yes"
	No        Action = "no"
)

// Binding is one row of the table of keys.
type Binding struct {
	Scope  Scope
	Action Action
	Keys   []string // as Bubble Tea names them
	Label  string   // how they are shown
	Foot   bool     // also in the line at the bottom
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
