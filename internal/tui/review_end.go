package tui

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/i18n"
	"kubetutor/internal/review"
	"kubetutor/internal/review/insight"
)

// ReviewOutlook is what comes after a session, and what came before it.
type ReviewOutlook struct {
	insight.Lately
	Tomorrow int       // cards due tomorrow, those that are left over today included
	Next     time.Time // when the next card is due; zero where some are due now, or none ever
}

// aftermath is what is told at the end of a session.
type aftermath struct {
	outlook ReviewOutlook
	known   bool
	boxed   bool // the time box ended it
}

// finishedMsg brings what comes after the session.
type finishedMsg struct {
	reply   int
	outlook ReviewOutlook
	err     error
}

// finish looks what comes next. What a session has taught about the learner's
// memory goes into the schedule.
func (r *reviewRun) finish() tea.Cmd {
	r.after = aftermath{boxed: !r.ends.IsZero() && !r.c.o.Now().Before(r.ends)}
	id := r.reply
	look := func() tea.Msg {
		o, err := r.c.o.Review.Outlook(r.c.ctx)
		return finishedMsg{id, o, err}
	}
	if r.tally.Rated == 0 || r.options.Mode == review.Cram {
		return look
	}
	return tea.Batch(look, r.c.fitReviews())
}

func (r *reviewRun) finished(msg finishedMsg) {
	if msg.reply == r.reply && msg.err == nil {
		r.after.outlook, r.after.known = msg.outlook, true
	}
}

// summary is what stands on the screen at the end.
func (r *reviewRun) summary() []string {
	lines := wrapped(r.ending(), r.columns(), r.c.styles.Strong)
	if r.options.Mode == review.Cram {
		lines = append(lines, wrapped(r.c.words.TallyCram, r.columns(), r.c.styles.Text)...)
	}
	return r.page(lines, r.coming())
}

// ending says why nothing more is asked. What a session was narrowed to says
// nothing of the rest.
func (r *reviewRun) ending() string {
	o := r.options
	switch {
	case r.after.boxed:
		return r.c.words.ReviewDoneBox
	case o.Mode != review.Due, o.HandsOn, len(o.Tracks)+len(o.Lessons)+len(o.Tags)+len(o.Kinds) > 0:
		return r.c.words.ReviewDoneChosen
	}
	return r.c.words.ReviewDone
}

// tallied is what was done so far.
func (r *reviewRun) tallied() (lines []string) {
	w, t := r.c.words, r.tally
	if t.Rated == 0 {
		return nil
	}
	parts := []string{fmt.Sprintf(w.TallyRated, t.Rated), fmt.Sprintf(w.TallyRecalled, t.Recalled, t.Rated, 100*t.Recalled/t.Rated)}
	if t.New > 0 {
		parts = append(parts, fmt.Sprintf(w.TallyNew, t.New))
	}
	parts = append(parts, fmt.Sprintf(w.TallyTime, w.Spent(t.Time)))
	lines = wrapped(strings.Join(parts, " "+r.c.signs.dot+" "), r.columns(), r.c.styles.Text)
	if tracks := r.byTrack(); len(tracks) > 0 {
		lines = append(append(lines, ""), tracks...)
	}
	for _, id := range t.Leeches {
		lines = append(lines, wrapped(fmt.Sprintf(w.TallyLeech, r.c.cardName(id)), r.columns(), r.c.styles.Wait)...)
	}
	return append(lines, "")
}

// byTrack counts the rated cards of each track, in the order of the course.
func (r *reviewRun) byTrack() (lines []string) {
	count := map[string]int{}
	for _, track := range r.done {
		count[track]++
	}
	for _, t := range r.c.o.Course.Tracks {
		if n := count[t.ID]; n > 0 {
			lines = append(lines, pad(t.Title.In(r.c.lang), 16)+r.c.gauge(n, r.tally.Rated, 14)+fmt.Sprintf(" %d", n))
		}
	}
	return lines
}

// coming is what comes after the session.
func (r *reviewRun) coming() (lines []string) {
	w, o := r.c.words, r.after.outlook
	if !r.after.known {
		return nil
	}
	add := func(text string) { lines = append(lines, wrapped(text, r.columns(), r.c.styles.Text)...) }
	switch {
	case o.Tomorrow > 0:
		add(i18n.Several(w.TallyTomorrow, o.Tomorrow))
	case !o.Next.IsZero():
		add(fmt.Sprintf(w.TallyNext, w.Moment(o.Next, r.c.o.Now())))
	}
	if o.Streak.Days > 1 {
		add(fmt.Sprintf(w.TallyStreak, o.Streak.Days))
	}
	return lines
}

// cardName names a card by its lesson and its ID there.
func (c *common) cardName(id review.ID) string {
	lesson := id.Lesson()
	if l := c.lesson(lesson); l != nil {
		lesson = l.Title.In(c.lang)
	}
	return lesson + " " + c.signs.sep + " " + id.Item()
}
