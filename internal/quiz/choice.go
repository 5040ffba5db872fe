package quiz

import (
	"errors"
	"slices"

	"kubetutor/internal/course"
)

// gradeChoice compares the set of ticked options with the set of right ones.
// Score is the share of right options that were ticked, less as much for each
// wrong one.
func gradeChoice(q *course.Question, a Answer) (Grade, error) {
	right := rightOptions(q)
	switch {
	case len(right) == 0:
		return Grade{}, errors.New("no option is right")
	case len(right) == len(q.Options):
		return Grade{}, errors.New("all options are right: ticking everything would pass")
	case q.Type == course.Single && len(right) > 1:
		return Grade{}, errors.New("more than one option is right")
	}
	ticked := distinct(a.Options)
	hits := 0
	for _, id := range ticked {
		if slices.Contains(right, id) {
			hits++
		}
	}
	misses := len(ticked) - hits
	score := float64(hits-misses) / float64(len(right))
	return settle(hits == len(right) && misses == 0, score, optionParts(q, ticked)), nil
}

func optionParts(q *course.Question, ticked []string) []Part {
	parts := make([]Part, len(q.Options))
	for i, o := range q.Options {
		chosen := slices.Contains(ticked, o.ID)
		parts[i] = Part{ID: o.ID, Chosen: chosen, Right: chosen == o.Right, Note: o.Why}
	}
	return parts
}

func rightOptions(q *course.Question) []string {
	var ids []string
	for _, o := range q.Options {
		if o.Right {
			ids = append(ids, o.ID)
		}
	}
	return ids
}

// distinct returns the texts without repetitions, in their order.
func distinct(list []string) []string {
	var out []string
	for _, s := range list {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// gradeOrder wants the items in the order in which they are written. A part is
// right when its item stands in its place. Score is the length of the longest
// run of items that are in the right order among themselves, so that one item
// out of place costs little; a single item, which is always in order, counts
// nothing.
func gradeOrder(q *course.Question, a Answer) (Grade, error) {
	want := itemIDs(q)
	if len(want) < 2 {
		return Grade{}, errors.New("there is nothing to order")
	}
	var places []int
	for _, id := range distinct(a.Options) {
		if at := slices.Index(want, id); at >= 0 {
			places = append(places, at)
		}
	}
	score := float64(longestRise(places)-1) / float64(len(want)-1)
	return settle(slices.Equal(a.Options, want), score, orderParts(want, a.Options)), nil
}

func orderParts(want, given []string) []Part {
	parts := make([]Part, len(want))
	for i, id := range want {
		at := slices.Index(given, id)
		parts[i] = Part{ID: id, Chosen: at >= 0, Right: at == i}
	}
	return parts
}

func itemIDs(q *course.Question) []string {
	ids := make([]string, len(q.Items))
	for i, item := range q.Items {
		ids[i] = item.ID
	}
	return ids
}

// longestRise returns the length of the longest increasing subsequence of
// distinct numbers, by patience sorting (Aldous and Diaconis, 1999).
func longestRise(list []int) int {
	var tops []int // smallest end of an increasing subsequence, by its length
	for _, n := range list {
		i, _ := slices.BinarySearch(tops, n)
		if i == len(tops) {
			tops = append(tops, n)
		} else {
			tops[i] = n
		}
	}
	return len(tops)
}
