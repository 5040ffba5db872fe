package quiz

import (
	"context"
	"errors"
	"strings"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

// maxManifest is the longest manifest that is sent to a judge, in bytes.
const maxManifest = 256 << 10

// gradeManifest asks the judge. Score is the share of checks that pass.
func gradeManifest(ctx context.Context, q *course.Question, a Answer, j Judge) (Grade, error) {
	text := a.text(0)
	if strings.TrimSpace(text) == "" {
		return refused(course.Text{EN: "The manifest is empty.", ZH: "清单是空的。"}), nil
	}
	if len(text) > maxManifest {
		return refused(course.Text{EN: "The manifest is too long.", ZH: "清单太长了。"}), nil
	}
	if j == nil {
		return Grade{}, ErrNeedsEngine
	}
	result, err := j.Judge(ctx, protocol.Judge{Manifest: text, Checks: q.Checks})
	if err != nil {
		return Grade{}, needsEngine(err)
	}
	return judged(len(q.Checks), result), nil
}

func refused(why course.Text) Grade {
	return settle(false, 0, []Part{{ID: "1", Note: why}})
}

// needsEngine translates the engine's "no cluster is up".
func needsEngine(err error) error {
	var e *protocol.Error
	if errors.As(err, &e) && e.Code == protocol.CodeConflict && !errors.Is(err, ErrNeedsEngine) {
		return errors.Join(ErrNeedsEngine, err)
	}
	return err
}

func judged(checks int, j protocol.Judgement) Grade {
	passed := 0
	for _, v := range j.Verdicts {
		if v.Result == protocol.Pass {
			passed++
		}
	}
	checks = max(checks, len(j.Verdicts))
	accepted := j.Rejection == ""
	score := 0.0
	if accepted && checks > 0 {
		score = float64(passed) / float64(checks)
	}
	right := accepted && passed == checks
	g := settle(right, score, []Part{{ID: "1", Chosen: true, Right: right}})
	g.Verdicts, g.Rejection = j.Verdicts, j.Rejection
	return g
}
