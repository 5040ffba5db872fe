package plain

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"kubetutor/internal/chart"
	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
	"kubetutor/internal/review/insight"
)

// plotRows is how high plots are.
const plotRows = 9

// Insight prints how reviews go. What is a drawing on a screen is said in words
// where the style is plain.
func Insight(w io.Writer, i insight.Insight, c *course.Course, lang course.Lang, words *i18n.CLI, style Style) {
	of := insight.Words{InsightWords: &words.InsightWords, Stats: &words.StatsWords, Terms: &words.ReviewTerms}
	for n, s := range i.Sections(of, c, lang) {
		if n > 0 {
			fmt.Fprintln(w)
		}
		printSection(w, s, words, style)
	}
}

func printSection(w io.Writer, s insight.Section, words *i18n.CLI, style Style) {
	in := ""
	if s.Title != "" {
		fmt.Fprintln(w, s.Title)
		in = "  "
	}
	if len(s.Facts) > 0 {
		style.wrapped(w, in+strings.Join(s.Facts, words.ListSeparator), in)
	}
	if style.Plain {
		for _, line := range s.List {
			style.wrapped(w, in+line, in+in)
		}
	} else if s.Draw != nil {
		for _, l := range s.Draw(chart.Form{Width: style.Width - len(in), Height: plotRows, ASCII: true}) {
			fmt.Fprintln(w, strings.TrimRight(in+l.String(), " "))
		}
		s.Note = strings.TrimSpace(s.Key + " " + s.Note)
	}
	if s.Note != "" {
		style.wrapped(w, in+s.Note, in)
	}
}

// Workload prints what desired retentions cost, and which one counts.
func Workload(w io.Writer, loads []insight.Load, retention float64, words *i18n.CLI) {
	fmt.Fprintln(w, words.WorkloadSay)
	for _, l := range loads {
		line := words.WorkloadSaid(words.Percent(l.Retention), l.Reviews, l.Minutes, l.Memorised)
		if l.Retention == retention {
			line += " " + words.WorkloadNow
		}
		fmt.Fprintf(w, "  %s\n", line)
	}
}

// insight prints how the reviews go, of a track if one is named.
func (r *reviewing) insight(ctx context.Context, track string) error {
	if ids := trackIDs(r.Course); track != "" && !slices.Contains(ids, track) {
		r.say(r.Words.StatsNoTrack, track, strings.Join(ids, r.Words.ListSeparator))
		return nil
	}
	log, err := insight.Gather(ctx, r.Reviews)
	if err != nil {
		return err
	}
	return r.show(ctx, func(w io.Writer) error {
		Insight(w, log.Of(track), r.Course, r.Lang, r.Words, r.Style)
		return nil
	})
}
