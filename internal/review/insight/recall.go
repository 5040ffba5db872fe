package insight

import (
	"slices"
	"strings"

	"kubetutor/internal/course"
)

// months is how many of them are told.
const months = 12

// recall counts what was recalled, by track and by month.
func (i *Insight) recall(c *course.Course, reviews []rating) {
	tracks := make([]Recall, len(c.Tracks))
	by := map[string]*Recall{}
	for _, r := range reviews {
		if !r.tested {
			continue
		}
		i.Recall.add(r.recalled)
		if r.track >= 0 {
			tracks[r.track].add(r.recalled)
		}
		month := r.day.Date().Format("2006-01")
		if by[month] == nil {
			by[month] = &Recall{}
		}
		by[month].add(r.recalled)
	}
	for n, t := range c.Tracks {
		if tracks[n].Asked > 0 {
			i.Tracks = append(i.Tracks, Group{t.ID, tracks[n]})
		}
	}
	for month, r := range by {
		i.Months = append(i.Months, Group{month, *r})
	}
	slices.SortFunc(i.Months, func(a, b Group) int { return strings.Compare(a.ID, b.ID) })
	i.Months = i.Months[max(len(i.Months)-months, 0):]
}
