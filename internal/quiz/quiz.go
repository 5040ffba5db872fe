// Package quiz grades answers to the questions of a course: exact sets, blanks,
// orders, command lines (by what they mean, not by their letters), predicted
// output, and manifests (which an API server judges). Grading is pure: the same
// question and answer give the same grade.
package quiz

import (
	"context"
	"errors"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

// Answer is what a learner gave. Which field counts depends on the question's
// type.
type Answer struct {
	Options []string `json:"options,omitempty"` // single, multi: IDs of the ticked options; order: IDs of the items in the learner's order
	Texts   []string `json:"texts,omitempty"`   // cloze: one per blank; command, predict, manifest: one
}

// Grade says how right an answer is.
type Grade struct {
	Right bool    `json:"right"`
	Score float64 `json:"score"` // share of what is right, 0 to 1; 1 exactly when Right
	Parts []Part  `json:"parts,omitempty"`
	// Verdicts is how the checks of a manifest question went, and Rejection what
	// the API server said against it.
	Verdicts  []protocol.Verdict `json:"verdicts,omitempty"`
	Rejection string             `json:"rejection,omitempty"`
}

// Part is the grade of one option, blank or item.
type Part struct {
	ID     string      `json:"id"` // of the option or item; the blank's number from 1
	Chosen bool        `json:"chosen"`
	Right  bool        `json:"right"` // the learner did with it what was right
	Note   course.Text `json:"note,omitzero"`
}

// ErrNeedsEngine means that only an API server can judge this answer, and none
// is there. The answer is kept and judged later.
var ErrNeedsEngine = errors.New("this answer is judged by a cluster, and none is running yet")

// Judge judges a manifest with an API server. It returns ErrNeedsEngine where
// there is none.
type Judge interface {
	Judge(ctx context.Context, req protocol.Judge) (protocol.Judgement, error)
}
