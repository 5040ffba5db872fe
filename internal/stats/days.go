package stats

import (
	"time"

	"kubetutor/internal/progress"
)

// Weeks is how many weeks the interfaces look back.
const Weeks = 26

// Levels is how many there are: from nothing to an hour and more.
const Levels = 5

// Level is how much was done on a day: 0 nothing, 1 less than 10 minutes, 2 less
// than 30, 3 less than 60, 4 an hour and more. A day on which something was
// answered or passed is at least 1.
func Level(d progress.Day) int {
	switch {
	case d.Spent >= time.Hour:
		return 4
	case d.Spent >= 30*time.Minute:
		return 3
	case d.Spent >= 10*time.Minute:
		return 2
	case d.Spent > 0 || d.Answers+d.Labs > 0:
		return 1
	}
	return 0
}

// Span is how many days the last weeks have that end with today. A week begins
// on Monday (ISO 8601).
func Span(weeks int, now time.Time) int { return max((weeks-1)*7+weekday(now)+1, 0) }

// weekday counts from Monday, 0.
func weekday(t time.Time) int { return (int(t.Weekday()) + 6) % 7 }

// Calendar sets days in a row for each weekday, Monday first, and a column for
// each week: the index of the day, or -1 where there is none. Days are
// consecutive, oldest first.
func Calendar(days []progress.Day) (rows [7][]int) {
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

// Streak is how many days in a row something was done, up to today, or up to
// yesterday while today has just begun.
func Streak(days []progress.Day) (n int) {
	end := len(days)
	if end > 0 && Level(days[end-1]) == 0 {
		end--
	}
	for n < end && Level(days[end-1-n]) > 0 {
		n++
	}
	return n
}

// Last are the days of at most the last weeks, from a Monday on.
func Last(days []progress.Day, weeks int) []progress.Day {
	if len(days) == 0 {
		return nil
	}
	n := Span(weeks, days[len(days)-1].Date)
	return days[max(len(days)-n, 0):]
}
