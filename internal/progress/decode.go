package progress

import (
	"encoding/json"
	"fmt"
)

// Decode reads Data as the structure that Kind names, and returns that by value. A
// kind that is not known, perhaps of a newer version, is an error.
func (e Event) Decode() (any, error) {
	switch e.Kind {
	case KindPosition:
		return decode[Position](e)
	case KindAnswer:
		return decode[Answer](e)
	case KindJudged:
		return decode[Judged](e)
	case KindAttempt:
		return decode[Attempt](e)
	case KindCheck:
		return decode[Check](e)
	case KindPassed:
		return decode[Passed](e)
	case KindHint:
		return decode[Hint](e)
	case KindSolution:
		return decode[Solution](e)
	case KindFailed:
		return decode[Failed](e)
	}
	return e.decodeReview()
}

// decodeReview does so for the kinds of reviews.
func (e Event) decodeReview() (any, error) {
	switch e.Kind {
	case KindReviewed:
		return decode[Reviewed](e)
	case KindUnreviewed:
		return decode[Unreviewed](e)
	case KindMarked:
		return decode[Marked](e)
	case KindRescheduled:
		return decode[Rescheduled](e)
	case KindFitted:
		return decode[Fitted](e)
	}
	return nil, fmt.Errorf("%q is no kind of event", e.Kind)
}

func decode[T any](e Event) (any, error) {
	var data T
	if err := json.Unmarshal(e.Data, &data); err != nil {
		return nil, fmt.Errorf("an event of the kind %s: %w", e.Kind, err)
	}
	return data, nil
}
