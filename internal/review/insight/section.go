package insight

import (
	"fmt"
	"math"
	"time"

	"kubetutor/internal/chart"
	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
	"kubetutor/internal/stats"
)

// Words are those that sections are made of.
type Words struct {
	*i18n.InsightWords
	Stats *i18n.StatsWords
	Terms *i18n.ReviewTerms
}

// Section is a part of an insight as it is shown: on a screen with its drawing,
// and to who does not see one with its list.
type Section struct {
	Title string
	Facts []string // short ones, to stand side by side
	// Draw gives the drawing in a form; nil where there is none.
	Draw func(chart.Form) []chart.Line
	Key  string   // how the drawing is to be read; "" for nothing
	List []string // what the drawing shows, in words
	Note string   // what else is to be said; "" for nothing
}

// Sections are what is shown of an insight, the most useful first. Without any
// review and card there is only the first, which says so.
func (i Insight) Sections(w Words, c *course.Course, lang course.Lang) []Section {
	if i.Total.Reviews == 0 && i.Cards.All() == 0 {
		return []Section{{Note: w.InsightNone}}
	}
	return []Section{
		{Facts: i.facts(w)}, i.days(w), i.forecast(w), i.recalled(w, c, lang), i.months(w),
		i.cards(w), i.stability(w), i.time(w), i.calibration(w),
	}
}

func (i Insight) facts(w Words) []string {
	facts := []string{
		fmt.Sprintf(w.InsightToday, i.Days[len(i.Days)-1].Reviews), fmt.Sprintf(w.InsightReviews, i.Total.Reviews),
		fmt.Sprintf(w.InsightSpent, w.Stats.Spent(i.Total.Spent)), fmt.Sprintf(w.InsightStudied, i.Studied),
		fmt.Sprintf(w.InsightStreak, i.Streak.Days),
	}
	if i.Streak.Forgiven > 0 {
		facts = append(facts, fmt.Sprintf(w.InsightForgiven, i.Streak.Forgiven))
	}
	return facts
}

func (i Insight) days(w Words) Section {
	var levels [chart.Levels]string
	for n := range levels {
		levels[n] = w.InsightLevel(n)
	}
	m := stats.Calendar(w.Stats, i.Heat(), levels)
	s := Section{Title: w.InsightDays, Draw: func(f chart.Form) []chart.Line {
		return append(append(m.Lines(f), nil), m.Legend(f)...)
	}}
	for from := 0; from < len(i.Days); from += week {
		if sum, days := sumOf(i.Days[from:min(from+week, len(i.Days))]); days > 0 {
			s.List = append(s.List, fmt.Sprintf(w.InsightInWeek, i.Days[from].Date().Format(time.DateOnly), days, sum.Reviews, w.Stats.Spent(sum.Spent)))
		}
	}
	return s
}

// sumOf adds days up, and tells on how many something was reviewed.
func sumOf(days []Daily) (sum Sum, studied int) {
	for _, d := range days {
		sum.Reviews, sum.Again, sum.Spent = sum.Reviews+d.Reviews, sum.Again+d.Again, sum.Spent+d.Spent
		if d.Reviews > 0 {
			studied++
		}
	}
	return sum, studied
}

// week is how many days lie between the labels below an axis of days.
const week = 7

func (i Insight) forecast(w Words) Section {
	f, c := i.Forecast, chart.Columns{}
	s := Section{Title: fmt.Sprintf(w.InsightForecast, Ahead)}
	inWeek, all := f.Backlog, f.Backlog
	for n, due := range f.Days {
		c.Values, c.Labels = append(c.Values, float64(due)), append(c.Labels, w.dayLabel(n))
		if all += due; n < week {
			inWeek += due
		}
		if due > 0 {
			s.List = append(s.List, fmt.Sprintf(w.InsightDue, (i.Today+Day(n)).Date().Format(time.DateOnly), due))
		}
	}
	s.Facts = []string{
		fmt.Sprintf(w.InsightDueToday, f.Days[0]), fmt.Sprintf(w.InsightBacklog, f.Backlog),
		fmt.Sprintf(w.InsightWeek, inWeek), fmt.Sprintf(w.InsightMonth, all), fmt.Sprintf(w.InsightLater, f.Later),
	}
	if all == 0 {
		s.Note = w.InsightNoneDue
		return s
	}
	s.Draw = c.Lines
	return s
}

// dayLabel names every seventh day from today, in either direction.
func (w Words) dayLabel(n int) string {
	switch {
	case n == 0:
		return w.InsightNow
	case n%week == 0:
		return fmt.Sprintf("%+d", n)
	}
	return ""
}

func (i Insight) recalled(w Words, c *course.Course, lang course.Lang) Section {
	titles := map[string]string{}
	for _, t := range c.Tracks {
		titles[t.ID] = t.Title.In(lang)
	}
	s := Section{Title: w.InsightByTrack, Facts: []string{fmt.Sprintf(w.InsightAim, w.Percent(i.Retention))}}
	share, ok := i.Recall.Share()
	if !ok {
		s.Note = w.InsightUntried
		return s
	}
	s.Facts = append([]string{fmt.Sprintf(w.InsightOf, w.Percent(share), i.Recall.Asked)}, s.Facts...)
	return s.groups(w, i.Tracks, func(g Group) string { return titles[g.ID] })
}

func (i Insight) months(w Words) Section {
	return Section{Title: w.InsightByMonth}.groups(w, i.Months, func(g Group) string { return g.ID })
}

// groups draws the recall of groups, against all that was asked.
func (s Section) groups(w Words, list []Group, name func(Group) string) Section {
	b := chart.Bars{Whole: 1}
	for _, g := range list {
		share, _ := g.Share()
		text := fmt.Sprintf(w.InsightOf, w.Percent(share), g.Asked)
		b.Bars = append(b.Bars, chart.Bar{Label: name(g), Value: share, Text: text})
		s.List = append(s.List, fmt.Sprintf(w.InsightOnDay, name(g), text))
	}
	s.Draw = b.Lines
	return s
}

func (i Insight) cards(w Words) Section {
	s := Section{Title: w.InsightCards, Note: fmt.Sprintf(w.InsightStagesSay, mature)}
	var b chart.Bars
	for n, count := range []int{i.Cards.New, i.Cards.Learning, i.Cards.Young, i.Cards.Mature} {
		b.Bars = append(b.Bars, chart.Bar{Label: w.InsightStage(n), Value: float64(count), Text: fmt.Sprint(count)})
		s.List = append(s.List, fmt.Sprintf(w.InsightCounted, w.InsightStage(n), count))
	}
	for n, count := range []int{i.Cards.Suspended, i.Cards.Leeches, i.Cards.Buried} {
		if count > 0 {
			s.Facts = append(s.Facts, fmt.Sprintf(w.InsightCounted, w.InsightMark(n), count))
		}
	}
	s.Draw = b.Lines
	return s
}

func (i Insight) stability(w Words) Section {
	from := StabilityFrom()
	s := Section{Title: w.InsightStability, Note: w.InsightStabilitySay}
	if i.Stability.Median == 0 {
		return s
	}
	s.Facts = []string{fmt.Sprintf(w.InsightMedian, w.Terms.Span(time.Duration(i.Stability.Median*24*float64(time.Hour))))}
	var c chart.Columns
	for n, count := range i.Stability.Counts {
		begin := fmt.Sprint(from[n])
		c.Values, c.Labels = append(c.Values, float64(count)), append(c.Labels, begin)
		switch {
		case count == 0:
		case n == len(from)-1:
			s.List = append(s.List, fmt.Sprintf(w.InsightFrom, begin, count))
		default:
			s.List = append(s.List, fmt.Sprintf(w.InsightRange, begin, fmt.Sprint(from[n+1]), count))
		}
	}
	s.Draw = c.Lines
	return s
}

func (i Insight) time(w Words) Section {
	s := Section{Title: fmt.Sprintf(w.InsightTime, Ahead), Facts: []string{fmt.Sprintf(w.InsightTimeAll, w.Stats.Spent(i.Total.Spent))}}
	if i.Studied > 0 {
		s.Facts = append(s.Facts, fmt.Sprintf(w.InsightTimeDay, w.Stats.Spent(i.Total.Spent/time.Duration(i.Studied))),
			fmt.Sprintf(w.InsightTimeCard, w.Terms.Span(i.Total.Spent/time.Duration(i.Total.Reviews))))
	}
	var c chart.Columns
	last := i.Days[len(i.Days)-Ahead:]
	for n, d := range last {
		c.Values, c.Labels = append(c.Values, d.Spent.Minutes()), append(c.Labels, w.dayLabel(n-len(last)+1))
	}
	s.Key = w.InsightTimeUnit
	s.Draw = c.Lines
	return s
}

// few is how many reviews a bin needs to say much: with ten, chance alone moves
// the share by ten hundredths.
const few = 10

func (i Insight) calibration(w Words) Section {
	c := i.Calibration
	s := Section{Title: w.InsightCalibration}
	if c.Reviews == 0 {
		s.Note = w.InsightUntried
		return s
	}
	s.Facts = []string{
		fmt.Sprintf(w.InsightPredicted, w.Permille(c.Predicted), w.Permille(c.Recalled)),
		fmt.Sprintf(w.InsightLoss, c.LogLoss), fmt.Sprintf(w.InsightRMSE, c.RMSE), fmt.Sprintf(w.InsightReviews, c.Reviews),
	}
	s.Key = fmt.Sprintf(w.InsightDiagonal, few)
	plot := chart.Scatter{Low: 0.8, High: 1, Few: few, Tick: w.Percent}
	for _, b := range c.Bins {
		plot.Points = append(plot.Points, chart.Point{X: b.Predicted, Y: b.Recalled, Weight: float64(b.Reviews)})
		if lowest := min(b.Predicted, b.Recalled); b.Reviews >= few {
			plot.Low = min(plot.Low, math.Floor(lowest*10)/10)
		}
		s.List = append(s.List, fmt.Sprintf(w.InsightBin, w.Permille(b.Predicted), w.Permille(b.Recalled), b.Reviews))
	}
	s.Draw = plot.Lines
	return s
}
