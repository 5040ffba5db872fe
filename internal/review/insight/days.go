package insight

import (
	"kubetutor/internal/chart"
	"kubetutor/internal/stats"
)

// longest bounds the days of a streak, so that an imported review of the year 1
// does not make a list of a million days: twenty years.
const longest = 20 * 366

// calendar counts by day.
func (i *Insight) calendar(reviews []rating) {
	shown := chart.DaysIn(Weeks, i.Today.Date())
	i.Days = make([]Daily, shown)
	for n := range i.Days {
		i.Days[n].Day = i.Today - Day(shown-1-n)
	}
	done := map[Day]bool{}
	for _, r := range reviews {
		i.Total.add(r)
		done[r.day] = true
		if n := shown - 1 - int(i.Today-r.day); n >= 0 && n < shown {
			i.Days[n].add(r)
		}
	}
	i.Studied = len(done)
	i.Streak = streak(done, i.Today, longest)
}

// streak is the run of days that is not over, looking back at most so many days.
func streak(done map[Day]bool, today Day, most int) stats.Run {
	first := today
	for d := range done {
		first = min(first, d)
	}
	days := make([]bool, min(int(today-first)+1, most))
	for n := range days {
		days[n] = done[today-Day(len(days)-1-n)]
	}
	return stats.Streak(days)
}
