package insight

import (
	"slices"

	"kubetutor/internal/progress"
	"kubetutor/internal/review"
)

// card counts a card.
func (i *Insight) card(c Clock, e review.Entry) {
	if e.Leech {
		i.Cards.Leeches++
	}
	if e.Suspended {
		i.Cards.Suspended++
		return
	}
	if e.Buried.After(c.Now) {
		i.Cards.Buried++
	}
	switch {
	case e.State.Stage == progress.StageNew:
		i.Cards.New++
		return
	case e.State.Stage != progress.StageReview:
		i.Cards.Learning++
	case e.State.Stability < mature:
		i.Cards.Young++
	default:
		i.Cards.Mature++
	}
	i.Forecast.add(c, e)
	if e.State.Stage == progress.StageReview {
		i.Stability.Counts[stabilityBin(e.State.Stability)]++
	}
}

// add counts a card on the day on which it is due. One that is buried is not
// asked before that is over.
func (f *Forecast) add(c Clock, e review.Entry) {
	due := e.State.Due
	if e.Buried.After(due) {
		due = e.Buried
	}
	switch n := int(c.Day(due) - c.Today()); {
	case n < 0:
		f.Backlog++
	case n < Ahead:
		f.Days[n]++
	default:
		f.Later++
	}
}

func stabilityBin(days float64) (n int) {
	from := StabilityFrom()
	for n = len(from) - 1; n > 0 && days < from[n]; n-- {
	}
	return n
}

// median is the stability that half of a track's cards in review have at least.
func (l *Log) median(track string) float64 {
	var list []float64
	for _, c := range l.cards {
		if c.State.Stage == progress.StageReview && !c.Suspended && (track == "" || c.Track == track) {
			list = append(list, c.State.Stability)
		}
	}
	if len(list) == 0 {
		return 0
	}
	slices.Sort(list)
	return list[len(list)/2]
}
