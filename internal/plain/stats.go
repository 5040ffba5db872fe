package plain

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"kubetutor/internal/chart"
	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
	"kubetutor/internal/progress"
	"kubetutor/internal/stats"
)

// statistics prints how far a learner has come.
type statistics struct {
	w     io.Writer
	words *i18n.CLI
	lang  course.Lang
	style Style
}

// statistics prints how far the learner has come, in a track if one is named.
func (t *Tutor) statistics(ctx context.Context, track string) error {
	now := time.Now()
	facts, err := stats.Gather(ctx, t.Store, chart.DaysIn(stats.Weeks, now), now)
	if err != nil {
		return err
	}
	s := stats.Of(t.Course, facts)
	if track == "" {
		return t.show(ctx, func(w io.Writer) error { Stats(w, s, t.Lang, t.Words, t.Style); return nil })
	}
	of, ok := s.Track(track)
	if !ok {
		fmt.Fprintf(t.Out, t.Words.StatsNoTrack+"\n", track, strings.Join(s.TrackIDs(), t.Words.ListSeparator))
		return nil
	}
	return t.show(ctx, func(w io.Writer) error { TrackStats(w, of, t.Lang, t.Words, t.Style); return nil })
}

// Stats prints how far a learner has come. What is a picture on a screen is said
// in words where the style is plain.
func Stats(w io.Writer, s stats.Stats, lang course.Lang, words *i18n.CLI, style Style) {
	p := statistics{w, words, lang, style}
	p.sums(s)
	p.unfinished(s.Unfinished)
	fmt.Fprintf(w, "\n%s\n", words.StatsByTrack)
	for _, t := range s.Tracks {
		p.track(t)
	}
	p.days(s)
}

// TrackStats prints how the lessons of a track stand, with all questions and
// labs.
func TrackStats(w io.Writer, t stats.Track, lang course.Lang, words *i18n.CLI, style Style) {
	p := statistics{w, words, lang, style}
	p.track(t)
	for _, l := range t.Lessons {
		p.lesson(l)
	}
}

// sums are two lines: what is done, and how.
func (p statistics) sums(s stats.Stats) {
	w := p.words
	fmt.Fprintln(p.w, p.list(
		fmt.Sprintf(w.StatsLessons, s.Lessons.Done, s.Lessons.All), fmt.Sprintf(w.StatsQuestions, s.Questions.Done, s.Questions.All),
		fmt.Sprintf(w.StatsLabs, s.Labs.Done, s.Labs.All), w.Spent(s.Spent)))
	fmt.Fprintln(p.w, p.list(
		fmt.Sprintf(w.StatsFirst, s.First), fmt.Sprintf(w.StatsTries, s.Tries), fmt.Sprintf(w.StatsAttempts, s.Attempts),
		fmt.Sprintf(w.StatsHints, s.Hints), fmt.Sprintf(w.StatsSolutions, s.Solutions), fmt.Sprintf(w.StatsStreak, s.Streak().Days)))
}

func (p statistics) list(parts ...string) string { return strings.Join(parts, p.words.ListSeparator) }

func (p statistics) unfinished(lessons []stats.Lesson) {
	fmt.Fprintf(p.w, "\n%s\n", p.words.StatsUnfinished)
	if len(lessons) == 0 {
		fmt.Fprintf(p.w, "  %s\n", p.words.StatsNone)
	}
	for _, l := range lessons {
		fmt.Fprintf(p.w, "  %-24s %s: %s\n", l.ID, l.Title.In(p.lang), p.list(l.Missing(&p.words.StatsWords)...))
	}
}

// track is a line, or two where that would be too long.
func (p statistics) track(t stats.Track) {
	w := p.words
	head := "  " + padded(t.ID+": "+t.Title.In(p.lang), 34) + " "
	if !p.style.Plain {
		head += gauge(t.Sum.Lessons, 12) + "  "
	}
	sums := p.list(
		fmt.Sprintf(w.StatsLessons, t.Sum.Lessons.Done, t.Sum.Lessons.All), fmt.Sprintf(w.StatsQuestions, t.Questions.Done, t.Questions.All),
		fmt.Sprintf(w.StatsLabs, t.Labs.Done, t.Labs.All), w.Spent(t.Spent))
	if !p.style.Plain && ansi.StringWidth(head+sums) > p.style.Width {
		head = strings.TrimRight(head, " ") + "\n      "
	}
	fmt.Fprintln(p.w, head+sums)
}

// gauge is a bar of which a part is full.
func gauge(c stats.Count, width int) string {
	full := 0
	if c.All > 0 {
		full = c.Done * width / c.All
	}
	return strings.Repeat("#", full) + strings.Repeat(".", width-full)
}

// padded makes a text at least n columns wide.
func padded(s string, n int) string { return s + strings.Repeat(" ", max(n-ansi.StringWidth(s), 0)) }

func (p statistics) lesson(l stats.Lesson) {
	w := p.words
	fmt.Fprintf(p.w, "\n%s  %s\n", l.ID, l.Title.In(p.lang))
	if l.State == stats.Untouched {
		fmt.Fprintf(p.w, "  %s\n", w.StatsUntouched)
		return
	}
	fmt.Fprintf(p.w, "  %s\n", p.list(fmt.Sprintf(w.StatsPages, l.Pages.Done, l.Pages.All), w.Spent(l.Spent)))
	for _, i := range l.Items {
		name := w.StatsQuestion
		if i.Lab {
			name = w.StatsLab
		}
		fmt.Fprintf(p.w, "  %s %s\n", padded(fmt.Sprintf(name, i.ID), 34), p.list(i.Standing(&w.StatsWords)...))
	}
}

// days are a calendar, or in words the days on which something was done.
func (p statistics) days(s stats.Stats) {
	f := chart.Form{Width: p.style.Width - 2, ASCII: true}
	if p.style.Plain {
		fmt.Fprintf(p.w, "\n%s\n", fmt.Sprintf(p.words.StatsWeeks, stats.Weeks))
		p.listDays(s.Days)
		return
	}
	fmt.Fprintf(p.w, "\n%s\n", fmt.Sprintf(p.words.StatsWeeks, chart.Weeks(f.Width, stats.Weeks)))
	m := s.Calendar(&p.words.StatsWords)
	p.drawn(m.Lines(f))
	p.drawn(m.Legend(f))
}

// drawn prints a drawing, two columns from the edge.
func (p statistics) drawn(lines []chart.Line) {
	for _, l := range lines {
		fmt.Fprintf(p.w, "  %s\n", l)
	}
}

func (p statistics) listDays(days []progress.Day) {
	w, said := p.words, false
	for _, d := range days {
		if stats.Level(d) == 0 {
			continue
		}
		said = true
		fmt.Fprintf(p.w, "  "+w.StatsOnDay+"\n", d.Date.Format("2006-01-02"), p.list(
			w.Spent(d.Spent), fmt.Sprintf(w.StatsTries, d.Answers), fmt.Sprintf(w.StatsPassedLabs, d.Labs)))
	}
	if !said {
		fmt.Fprintf(p.w, "  %s\n", w.StatsNothing)
	}
}
