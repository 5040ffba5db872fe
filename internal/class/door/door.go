// Package door is what both sides of a class's SSH connection know of each other:
// the names of users and subsystems, and the questions that are asked before
// anybody is let in. A person reads the questions; a program that joins tells
// them apart by the name of the challenge (RFC 4256, section 3.2), which Title and
// Questions write and read.
package door

import "strings"

// The users that there are. Everybody else is refused.
const (
	Learner    = "class"
	Instructor = "instructor"
)

// The subsystems that there are. They speak package wire's protocols.
const (
	Seat  = "kubetutor-seat"  // for learners who work on a machine of their own
	Chair = "kubetutor-chair" // for instructors
)

// Version begins what a program of ours says as its version, which tells it from
// a person with an ordinary client: a learner who comes with it works with labs
// of their own machine.
const Version = "SSH-2.0-kubetutor"

// Question is something that is asked at the door.
type Question string

// The questions. A learner is asked for Code and Name, then for what was wrong
// about them, and for Resume where the name is taken; an empty answer to that asks
// the instructor. An instructor is asked for Secret and Name.
const (
	Code   Question = "code"
	Name   Question = "name"
	Resume Question = "resume code"
	Secret Question = "instructor code"
)

// Refused is the name of a challenge that asks nothing: its instruction says why
// nobody is let in.
const Refused = prefix + "closed"

const prefix = "kubetutor: "

// Title names a challenge by what it asks.
func Title(questions ...Question) string {
	words := make([]string, len(questions))
	for i, q := range questions {
		words[i] = string(q)
	}
	return prefix + strings.Join(words, ", ")
}

// Questions tells what a challenge asks, in its order; nil where its name is not
// one of Title's.
func Questions(title string) []Question {
	words, ours := strings.CutPrefix(title, prefix)
	if !ours {
		return nil
	}
	var questions []Question
	for _, word := range strings.Split(words, ", ") {
		switch q := Question(word); q {
		case Code, Name, Resume, Secret:
			questions = append(questions, q)
		default:
			return nil
		}
	}
	return questions
}
