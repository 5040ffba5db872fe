package quiz

import (
	"errors"
	"slices"
	"strings"

	"kubetutor/internal/course"
)

// gradePredict compares what the learner expects to be printed with each of the
// answers, and takes the nearest. Score is the share of lines that are right in
// their place.
func gradePredict(q *course.Question, a Answer) (Grade, error) {
	if len(q.Answers) == 0 {
		return Grade{}, errors.New("there is no answer")
	}
	given := lines(a.text(0))
	best, right := 0.0, false
	var note course.Text
	for _, answer := range q.Answers {
		want := lines(answer)
		right = right || slices.Equal(want, given)
		best = max(best, agreement(want, given))
		if strings.EqualFold(strings.Join(want, "\n"), strings.Join(given, "\n")) {
			note = course.Text{EN: "Only upper and lower case differ.", ZH: "只有大小写不同。"}
		}
	}
	if right {
		note = course.Text{}
	}
	part := Part{ID: "1", Chosen: len(given) > 0, Right: right, Note: note}
	return settle(right, best, []Part{part}), nil
}

// lines splits an output into lines that can be compared: runs of white space
// inside a line are one space (tables differ in them), its end does not count,
// nor do empty lines at the beginning and end, nor an indentation that all lines
// share. Any other indentation counts (YAML).
func lines(output string) []string {
	output = strings.Map(straight, strings.ReplaceAll(output, "\t", "  "))
	list := strings.Split(strings.ReplaceAll(output, "\r\n", "\n"), "\n")
	blank := func(s string) bool { return strings.TrimSpace(s) == "" }
	for len(list) > 0 && blank(list[0]) {
		list = list[1:]
	}
	for len(list) > 0 && blank(list[len(list)-1]) {
		list = list[:len(list)-1]
	}
	shared := -1
	for _, l := range list {
		if n := indentation(l); !blank(l) && (shared < 0 || n < shared) {
			shared = n
		}
	}
	for i, l := range list {
		indent := max(indentation(l)-shared, 0)
		if blank(l) {
			indent = 0
		}
		list[i] = strings.Repeat(" ", indent) + strings.Join(strings.Fields(l), " ")
	}
	return list
}

func indentation(line string) int {
	return len(line) - len(strings.TrimLeft(line, " "))
}

func agreement(want, given []string) float64 {
	n := 0
	for i := range min(len(want), len(given)) {
		if want[i] == given[i] {
			n++
		}
	}
	return float64(n) / float64(max(len(want), len(given), 1))
}
