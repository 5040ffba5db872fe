// Package class is a class as such: who is in it, where everyone is, what the
// instructor says and allows. It knows no terminal, no SSH and no database; those
// are packages below it.
//
// A [Room] is a class that is being held. A learner's tutor sees it as a [Seat],
// an instructor's view as a [Chair]; both are the Room itself where they run in
// the server, and package wire's where they come over a connection. What must
// outlive the server is in a [Store], learners' labs come from a [Yard].
package class

import (
	"regexp"
	"time"

	"kubetutor/internal/course"
)

// Class is what an instructor sets up.
type Class struct {
	ID    string    `json:"id"`   // ULID
	Name  string    `json:"name"` // a DNS label, as storage-lab
	Began time.Time `json:"began"`
	Plan  []Planned `json:"plan"` // the lessons in order, at least one
	// Roster names who may join. Empty, everybody may who has the code, under a
	// name of their own.
	Roster []Entry `json:"roster,omitempty"`
	// Closed says that lessons of the plan are locked until they are opened.
	Closed bool        `json:"closed,omitempty"`
	Lang   course.Lang `json:"lang,omitempty"` // of learners who choose none
}

// Planned is a lesson of a class, and how long it is meant to take.
type Planned struct {
	Lesson  string `json:"lesson"`
	Minutes int    `json:"minutes"`
}

// Entry is a line of a roster.
type Entry struct {
	Name string `json:"name"`
	// Note is what else the file said of them; instructors see it.
	Note string `json:"note,omitempty"`
}

// LearnerID names a learner within a class: eight letters and digits, drawn when
// they first join. It is also the name of their directory.
type LearnerID string

// Valid tells whether it can be the ID of a learner: only then may it be part of a
// path.
func (id LearnerID) Valid() bool { return validID.MatchString(string(id)) }

// validID has the letters of Crockford's base 32, which no file system confuses.
var validID = regexp.MustCompile(`^[0-9a-hjkmnp-tv-z]{8}$`)

// Learner is somebody who has joined.
type Learner struct {
	ID     LearnerID `json:"id"`
	Name   string    `json:"name"` // as Name makes it of what was typed
	Joined time.Time `json:"joined"`
	// Keys are the fingerprints (SHA256:…) of public keys that were proven when
	// they joined.
	Keys []string `json:"keys,omitempty"`
	// Resume is the hash of the resume code.
	Resume []byte `json:"resume,omitempty"`
	// Own says that they work with a program and labs of their own machine.
	Own bool `json:"own,omitempty"`
}

// Place is somewhere in a course: a lesson; with Page a page of it; with Focus a
// question or a lab of it ("quiz:ID", "lab:ID", as in progress.Position).
type Place struct {
	Lesson string `json:"lesson"`
	Page   int    `json:"page,omitempty"` // from 1; 0 means the lesson
	Focus  string `json:"focus,omitempty"`
}

// Within tells whether a place is another or part of it.
func (p Place) Within(other Place) bool {
	return p.Lesson == other.Lesson &&
		(other.Page == 0 || p.Page == other.Page) &&
		(other.Focus == "" || p.Focus == other.Focus)
}

// Message is something that the instructor sends. It appears; it is never typed
// for a learner.
type Message struct {
	ID   string      `json:"id"` // ULID
	At   time.Time   `json:"at"`
	Kind MessageKind `json:"kind"`
	Text string      `json:"text"`
	// Lab and Hint name a hint of a lab, from 1, in place of Text: it is shown in
	// the learner's language, with their values.
	Lab  string `json:"lab,omitempty"`
	Hint int    `json:"hint,omitempty"`
}

// MessageKind says how a message is shown.
type MessageKind string

// The kinds of messages.
const (
	MessageText    MessageKind = "text"
	MessageHint    MessageKind = "hint"
	MessageCommand MessageKind = "command" // a line for the console, to be read and perhaps typed
)

// Countdown is a time that runs for all.
type Countdown struct {
	Until time.Time `json:"until"`
	Of    string    `json:"of,omitempty"` // what for, in the instructor's words
}

// Recall calls everybody to a place. Each has an ID, so that it is followed once.
type Recall struct {
	ID string `json:"id"` // ULID
	To Place  `json:"to"`
}
