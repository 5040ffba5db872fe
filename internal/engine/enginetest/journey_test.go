package enginetest

import (
	"fmt"
	"os/exec"
	"slices"
	"testing"
)

// TestJourneys goes through the whole product as learners do: the tutor in a
// terminal, the engine behind it, and nothing in between that is not real.
func TestJourneys(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("no tmux here to be the terminal")
	}
	tutor := buildTutor(t)
	for _, journey := range []struct {
		name string
		goes func(*testing.T, *learner)
	}{
		{"the first hour", firstHour},
		{"in Chinese", chineseWay},
		{"resizing", resizing},
		{"crashes", crashes},
		{"pasting", pasting},
		{"plain", plainWay},
		{"bad calls", badCalls},
		{"two at once", together},
		{"help with a lab", helped},
	} {
		t.Run(journey.name, func(t *testing.T) {
			t.Parallel()
			journey.goes(t, newLearner(t, tutor))
		})
	}
}

// firstHour: read, answer wrong, then right, do a lab, leave, and be back.
func firstHour(t *testing.T, l *learner) {
	s := l.opens(80, 24)
	s.sees("Begin: Containers and images", fmt.Sprintf("0 of %d lessons", lessonCount(t)), "cluster off")
	s.presses("down", "enter").sees("Course", "What cloud native means")
	s.presses("/").sees("Filter:").types("labels").loses("What cloud native means").presses("enter")
	s.sees("Why objects wear labels", "1/")

	s.presses("space").sees("A question", "space answers")
	s.presses("space").sees("You remove the label app")
	s.ticks("Nothing, the Service").presses("enter")
	s.sees("Not quite.", "It never stores names.", "this one is right")
	s.presses("t").loses("Not quite.")
	s.ticks("no longer sends traffic").presses("enter")
	s.sees("✓ Right.")
	s.presses("enter").sees("A question  ✓")
	s.presses("space").sees("What may be written", "2/")

	s.presses("tab").sees("Press enter to start the lab.", "env is prod", "0 of 5")
	s.presses("enter").sees("Starting …", "cluster starting", "API server")
	s.sees("tags $", "2 of 5", "cluster up")
	s.enters("kubectl label pod p1 env=prod").sees("--overwrite is false")
	s.enters("kubectl label pod p1 role=proxy tmp-").sees("4 of 5")
	s.presses("shift+tab").sees("attempt 1", `"dev"   metadata.labels.env`)
	s.presses("h").sees("Hint 1.")
	s.presses("tab").sees("pod/p1 modified")
	s.enters("kubectl label pod p1 env=prod --overwrite").sees("Passed", "5 of 5")
	s.presses("shift+tab").sees("✓ Passed", "Labels of a running object")

	s.presses("esc").sees("[Text]", "2/")
	before := s.body()
	s.quits()

	s = l.opens(80, 24)
	s.sees("Continue", "Labels", "page 2", "Review")
	s.ticks("Continue").sees("[Text]", "2/").seesBody(before)
	s.presses("tab").sees("✓ Passed", "5 of 5", "How it could have been done")
	s.presses(slices.Repeat([]string{"down"}, 20)...).sees("Hint 1.")
	s.quits()
	if got, want := l.progress("labels"), (lessonProgress{"labels", 2, 1, 1}); got != want {
		t.Errorf("progress --json says %+v, want %+v", got, want)
	}
}

// lessonCount is how many lessons the course has.
func lessonCount(t *testing.T) (n int) {
	for _, track := range builtIn(t).Tracks {
		n += len(track.Lessons)
	}
	return n
}
