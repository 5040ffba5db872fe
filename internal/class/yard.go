package class

import (
	"context"

	"kubetutor/internal/lab"
)

// Yard gives learners their labs, each one of their own. Local processes are the
// first one (package class/yard); another may start them on other machines: it
// returns a lab.Service that speaks to those.
type Yard interface {
	// Lab is a learner's service; nothing runs until it is needed. It is the same
	// for all of the learner's sessions. What it starts takes a place among those
	// that may be awake; while there is none, StartLab and Up wait in a queue and
	// say so as a stage with the ID StageQueue, whose Detail is the place, from 1.
	Lab(who LearnerID) (lab.Service, error)
	// Present says that a learner has sessions, or none any more: the labs of those
	// who are away or idle fall asleep, theirs first.
	Present(who LearnerID, sessions int)
	// Labs and Queue tell how it stands; changed is called after each change.
	Labs() Labs
	Queue(who LearnerID) int
	Changed(f func())
	// Close puts every lab to sleep and waits for it, at most until the context
	// ends.
	Close(ctx context.Context) error
}

// StageQueue is the ID of the stage of waiting for a place.
const StageQueue = "queue"
