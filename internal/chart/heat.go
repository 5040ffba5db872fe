package chart

import "time"

// Day is a date and how much it had: 0 is nothing, Levels-1 the most.
type Day struct {
	Date  time.Time
	Level int
}

// HeatMap shows days as a calendar: a row for each weekday from Monday on (ISO
// 8601), a column for each week, a sign for each level.
type HeatMap struct {
	Days     []Day          // consecutive, oldest first
	Weekdays [7]string      // from Monday
	Months   [12]string     // in short
	Levels   [Levels]string // what they mean, for the legend
}

// label is how wide the names of weekdays are.
const label = 4

// DaysIn is how many days the last weeks have that end with today.
func DaysIn(weeks int, today time.Time) int { return max((weeks-1)*7+weekday(today)+1, 0) }

// weekday counts from Monday, 0.
func weekday(t time.Time) int { return (int(t.Weekday()) + 6) % 7 }

// Weeks is how many weeks a map of some width has room for, of so many.
func Weeks(width, most int) int { return max(min(most, (width-label)/2), 1) }

// Lines draws the last weeks that fit, the names of months above them.
func (m HeatMap) Lines(f Form) []Line {
	days := lastWeeks(m.Days, (f.Width-label)/2)
	rows, s := calendar(days), f.signs()
	lines := []Line{Line{}.add(Frame, blank(label+1)+m.months(days, rows[0]))}
	for r, row := range rows {
		l := Line{}.add(Words, left(m.Weekdays[r], label))
		for _, i := range row {
			l = l.add(Words, " ")
			if i < 0 {
				l = l.add(Words, " ")
				continue
			}
			l = append(l, s.level(days[i].Level))
		}
		lines = append(lines, l)
	}
	return f.clipped(lines)
}

// Legend says what the signs mean, in as many lines as that needs.
func (m HeatMap) Legend(f Form) []Line {
	s := f.signs()
	parts := make([]Line, len(m.Levels))
	for n, means := range m.Levels {
		parts[n] = Line{s.level(n), Span{" " + means, Words}}
	}
	return Flow(parts, "   ", f.Width)
}

// level is the sign of a level.
func (s signs) level(n int) Span {
	if n = max(min(n, Levels-1), 0); n == 0 {
		return Span{s.levels[0], Frame}
	}
	return Span{s.levels[n], Value}
}

// months names the months above the weeks in which they begin.
func (m HeatMap) months(days []Day, mondays []int) (line string) {
	for w, i := range mondays {
		if i < 0 || days[i].Date.Day() > 7 || width(line) > 2*w {
			continue
		}
		line = left(line, 2*w) + m.Months[days[i].Date.Month()-1] + " "
	}
	return line
}

// calendar sets days in a row for each weekday and a column for each week: the
// index of the day, or -1 where there is none.
func calendar(days []Day) (rows [7][]int) {
	if len(days) == 0 {
		return rows
	}
	first := weekday(days[0].Date)
	weeks := (first + len(days) + 6) / 7
	for r := range rows {
		rows[r] = make([]int, weeks)
		for w := range weeks {
			if rows[r][w] = w*7 + r - first; rows[r][w] < 0 || rows[r][w] >= len(days) {
				rows[r][w] = -1
			}
		}
	}
	return rows
}

// lastWeeks are the days of at most the last weeks, from a Monday on.
func lastWeeks(days []Day, weeks int) []Day {
	if len(days) == 0 {
		return nil
	}
	n := DaysIn(weeks, days[len(days)-1].Date)
	return days[max(len(days)-n, 0):]
}
