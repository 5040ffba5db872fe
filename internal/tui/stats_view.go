package tui

import (
	"fmt"
	"strings"

	"kubetutor/internal/chart"
	"kubetutor/internal/stats"
)

// statsKind says what a row of the statistics is about.
type statsKind int

const (
	statsText statsKind = iota // cannot be chosen
	statsUnfinished
	statsTrack
	statsLesson
	statsItem
)

// statsRow is a row of the statistics.
type statsRow struct {
	kind       statsKind
	text       string
	id, parent string // of what can be folded, and that in which it is
	choice     int    // its number among those that can be chosen
	track      stats.Track
	lesson     stats.Lesson
	item       stats.Item
}

// room is the width that is used: in a wide window numbers stand near the names.
func (p *statsPage) room() int { return min(p.width, 112) }

// rows are all rows of the page, drawn but for the cursor.
func (p *statsPage) rows() (rows []statsRow) {
	text := func(lines ...string) {
		for _, l := range lines {
			rows = append(rows, statsRow{text: l})
		}
	}
	w := p.c.words
	text("")
	text(p.sums()...)
	text("", "  "+p.c.styles.Title.Render(w.StatsUnfinished))
	if len(p.stats.Unfinished) == 0 {
		text("    " + p.c.styles.Dim.Render(w.StatsNone))
	}
	for _, l := range p.stats.Unfinished {
		rows = append(rows, statsRow{kind: statsUnfinished, lesson: l})
	}
	text("", p.heading())
	for _, t := range p.stats.Tracks {
		rows = append(rows, p.trackRows(t)...)
	}
	text("")
	text(p.calendar()...)
	return numbered(rows)
}

// numbered counts the rows that can be chosen.
func numbered(rows []statsRow) []statsRow {
	n := 0
	for i := range rows {
		if rows[i].kind != statsText {
			rows[i].choice = n
			n++
		}
	}
	return rows
}

func (p *statsPage) trackRows(t stats.Track) []statsRow {
	id := "track " + t.ID
	rows := []statsRow{{kind: statsTrack, id: id, track: t}}
	if !p.open[id] {
		return rows
	}
	for _, l := range t.Lessons {
		lesson := "lesson " + l.ID
		rows = append(rows, statsRow{kind: statsLesson, id: lesson, parent: id, lesson: l})
		if !p.open[lesson] {
			continue
		}
		for _, i := range l.Items {
			rows = append(rows, p.itemRows(l, i)...)
		}
	}
	return rows
}

// itemRows are a question or a lab, and below it how it stands where that does
// not fit beside it.
func (p *statsPage) itemRows(l stats.Lesson, i stats.Item) []statsRow {
	row := statsRow{kind: statsItem, parent: "lesson " + l.ID, lesson: l, item: i}
	row.text = strings.Join(i.Standing(&p.c.words.StatsWords), " "+p.c.signs.dot+" ")
	if len(statsItemLead)+width(p.itemTitle(row))+width(row.text) < p.room()-2 {
		return []statsRow{row}
	}
	below := statsRow{text: statsItemLead + p.c.styles.Dim.Render(row.text)}
	row.text = ""
	return []statsRow{row, below}
}

// statsItemLead is as wide as what stands before an item.
const statsItemLead = "            "

// sums are what was done in all, and how.
func (p *statsPage) sums() []string {
	w, s := &p.c.words, p.stats
	parts := []string{
		fmt.Sprintf(w.StatsLessons, s.Lessons.Done, s.Lessons.All), fmt.Sprintf(w.StatsQuestions, s.Questions.Done, s.Questions.All),
		fmt.Sprintf(w.StatsLabs, s.Labs.Done, s.Labs.All), w.Spent(s.Spent),
		fmt.Sprintf(w.StatsFirst, s.First), fmt.Sprintf(w.StatsTries, s.Tries), fmt.Sprintf(w.StatsAttempts, s.Attempts),
		fmt.Sprintf(w.StatsHints, s.Hints), fmt.Sprintf(w.StatsSolutions, s.Solutions), fmt.Sprintf(w.StatsStreak, s.Streak().Days),
	}
	return indent(p.flow(parts, " "+p.c.signs.dot+" "), "  ")
}

// flow sets parts side by side, in as many lines as they need.
func (p *statsPage) flow(parts []string, sep string) []string {
	lines := []string{parts[0]}
	for _, part := range parts[1:] {
		if last := &lines[len(lines)-1]; width(*last)+width(sep)+width(part) <= p.room()-4 {
			*last += sep + part
		} else {
			lines = append(lines, part)
		}
	}
	return lines
}

// statsColumn is a column of numbers; all are there where the window is wide
// enough.
type statsColumn struct {
	name        string
	width, room int // room is the width of the window from which it is shown
	of          func(s stats.Sum, lesson bool) string
}

func (p *statsPage) columns() (list []statsColumn) {
	w := &p.c.words
	count := func(c stats.Count) string { return fmt.Sprintf("%d/%d", c.Done, c.All) }
	for _, col := range []statsColumn{
		{w.StatsColumnLessons, 9, 0, func(s stats.Sum, lesson bool) string {
			if lesson {
				return ""
			}
			return count(s.Lessons)
		}},
		{w.StatsColumnPages, 8, 90, func(s stats.Sum, _ bool) string { return count(s.Pages) }},
		{w.StatsColumnQuestions, 11, 56, func(s stats.Sum, _ bool) string { return count(s.Questions) }},
		{w.StatsColumnLabs, 7, 70, func(s stats.Sum, _ bool) string { return count(s.Labs) }},
		{w.StatsColumnTime, 16, 76, func(s stats.Sum, _ bool) string { return w.Spent(s.Spent) }},
	} {
		if p.room() >= col.room {
			list = append(list, col)
		}
	}
	return list
}

// numbers are the columns of a row, or with nil the names of the columns.
func (p *statsPage) numbers(s *stats.Sum, lesson bool) (line string) {
	for _, col := range p.columns() {
		cell := col.name
		if s != nil {
			cell = col.of(*s, lesson)
		}
		line += strings.Repeat(" ", max(col.width-width(cell), 1)) + cell
	}
	return strings.TrimLeft(line, " ") + " " // what is on its left has the room
}

func (p *statsPage) heading() string {
	return spread("  "+p.c.styles.Title.Render(p.c.words.StatsByTrack), p.c.styles.Dim.Render(p.numbers(nil, false)), p.room())
}

// top is the first row shown: the one with the cursor is on the screen, and with
// the last one everything after it.
func (p *statsPage) top(rows []statsRow) int {
	at, last := 0, 0
	for i, r := range rows {
		if r.kind != statsText && r.choice == p.cursor {
			at = i
		}
		if r.kind != statsText {
			last = i
		}
	}
	switch {
	case p.cursor == 0:
		return 0
	case at == last:
		return max(min(at, len(rows)-p.height), 0)
	}
	return follow(0, at+p.height/3, p.height, len(rows))
}

func (p *statsPage) View() string {
	if !p.loaded {
		return strings.Join(window([]string{"", "  " + p.c.words.Loading}, 0, p.height), "\n")
	}
	rows := p.rows()
	lines := make([]string, p.height)
	for i, top := 0, p.top(rows); i < p.height && top+i < len(rows); i++ {
		lines[i] = p.row(rows[top+i])
	}
	return strings.Join(lines, "\n")
}

// row draws a row.
func (p *statsPage) row(r statsRow) string {
	lead, style := "    ", p.c.styles.Text
	if r.kind != statsText && r.choice == p.cursor {
		lead, style = "  "+p.c.styles.Accent.Render(p.c.signs.cursor)+" ", p.c.styles.Strong
	}
	switch r.kind {
	case statsUnfinished:
		left := strings.Join(r.lesson.Missing(&p.c.words.StatsWords), " "+p.c.signs.dot+" ")
		return spread(lead+style.Render(p.c.shortPath(r.lesson.Lesson, p.room()-7-width(left))), p.c.styles.Dim.Render(left)+" ", p.room())
	case statsTrack:
		title := pad(r.track.Title.In(p.c.lang), 16)
		bar := ""
		if p.room() >= 56 {
			bar = " " + p.c.gauge(r.track.Sum.Lessons.Done, r.track.Sum.Lessons.All, 10)
		}
		return spread(lead+p.folded(r.id)+" "+style.Render(title)+bar, p.numbers(&r.track.Sum, false), p.room())
	case statsLesson:
		title := p.folded(r.id) + " " + p.c.sign(r.lesson.State) + " " + style.Render(r.lesson.Title.In(p.c.lang))
		return spread(lead+"  "+title, p.numbers(&r.lesson.Sum, true), p.room())
	case statsItem:
		return spread(lead+"      "+p.itemSign(r.item)+" "+style.Render(p.itemTitle(r)), p.c.styles.Dim.Render(r.text)+" ", p.room())
	}
	return r.text
}

// folded is the sign of what can be unfolded, or folded.
func (p *statsPage) folded(id string) string {
	if p.open[id] {
		return "-"
	}
	return "+"
}

func (p *statsPage) itemSign(i stats.Item) string {
	switch {
	case i.Done:
		return p.c.sign(stats.Done)
	case i.Pending:
		return p.c.sign(stats.Begun)
	case i.Tries > 0:
		return p.c.styles.Bad.Render(p.c.signs.fail)
	}
	return p.c.sign(stats.Untouched)
}

// itemTitle is the title of a lab once its lesson is loaded, and the id of what
// has none.
func (p *statsPage) itemTitle(r statsRow) string {
	if !r.item.Lab {
		return fmt.Sprintf(p.c.words.StatsQuestion, r.item.ID)
	}
	if b := p.bodies[r.lesson.ID]; b != nil {
		if l, ok := b.Lab(r.item.ID); ok {
			return fmt.Sprintf(p.c.words.LabTitle, l.Title.In(p.c.lang))
		}
	}
	return fmt.Sprintf(p.c.words.StatsLab, r.item.ID)
}

// calendar shows the last weeks.
func (p *statsPage) calendar() []string {
	f := chart.Form{Width: p.room() - 4, ASCII: p.c.o.ASCII}
	weeks := chart.Weeks(f.Width, stats.Weeks)
	m := p.stats.Calendar(&p.c.words.StatsWords)
	lines := []string{"  " + p.c.styles.Title.Render(fmt.Sprintf(p.c.words.StatsWeeks, weeks))}
	lines = append(lines, p.c.drawn(m.Lines(f), "    ")...)
	return append(append(lines, ""), p.c.drawn(m.Legend(f), "    ")...)
}
