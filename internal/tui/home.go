package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/chart"
	"kubetutor/internal/class"
	"kubetutor/internal/course"
	"kubetutor/internal/review/insight"
	"kubetutor/internal/stats"
	"kubetutor/internal/tui/keymap"
)

// home answers one question: what now?
type home struct {
	c             *common
	cursor        int
	chosen        tea.Msg // what the learner has moved the cursor to; nil before
	width, height int
}

func newHome(c *common) *home { return &home{c: c} }

// homeItem is one thing that can be done now.
type homeItem struct {
	name, about string
	open        tea.Msg
}

func (h *home) Init() tea.Cmd          { return h.c.loadAwaits() }
func (h *home) SetSize(w, height int)  { h.width, h.height = w, height }
func (h *home) Title() string          { return "kubetutor" }
func (h *home) Aside() string          { return "" }
func (h *home) Split() int             { return 0 }
func (h *home) Scopes() []keymap.Scope { return []keymap.Scope{keymap.Home} }
func (h *home) Typing() bool           { return false }
func (h *home) Busy() bool             { return false }
func (h *home) Cursor() *tea.Cursor    { return nil }
func (h *home) Wants() []docKey        { return nil }
func (h *home) Leave() tea.Cmd         { return nil }
func (h *home) Update(m tea.Msg) tea.Cmd {
	switch m := m.(type) {
	case awaitsMsg, knownMsg:
		h.settle()
	case clickMsg:
		return h.click(m.y)
	case wheelMsg:
		return steps(m.lines/wheelLines, h.act)
	case actMsg:
		return h.act(m.action)
	}
	return nil
}

func (h *home) act(a keymap.Action) tea.Cmd {
	items := h.items()
	switch a {
	case keymap.Up:
		h.choose(max(h.cursor-1, 0))
	case keymap.Down:
		h.choose(min(h.cursor+1, len(items)-1))
	case keymap.Open:
		return say(items[h.cursor].open)
	case keymap.Review:
		return say(openReviewMsg{})
	case keymap.Settings:
		return say(openSettingsMsg{})
	case keymap.Stats:
		return say(openStatsMsg{})
	case keymap.Search:
		return say(openSearchMsg{})
	}
	return nil
}

// items are what can be done now. Reviews come first while cards come back; new
// ones do not stand before the lesson that makes them.
func (h *home) items() []homeItem {
	w := h.c.words
	items := make([]homeItem, 0, 6)
	if h.c.awaits.known && h.c.awaits.Back() > 0 {
		items = append(items, h.reviewItem())
	}
	if l, about := h.next(); l != nil {
		items = append(items, homeItem{w.Continue, about, openLessonMsg{l.ID}})
	}
	if h.c.room != nil && h.c.room.known {
		items = append(items, h.classItem())
	}
	doneLessons, all := 0, 0
	for _, t := range h.c.o.Course.Tracks {
		doneLessons += h.c.known.done(t.Lessons)
		all += len(t.Lessons)
	}
	items = append(items, homeItem{w.Course, fmt.Sprintf(w.LessonsDone, doneLessons, all), openCourseMsg{}})
	if h.c.awaits.known && h.c.awaits.Back() == 0 {
		items = append(items, h.reviewItem())
	}
	return append(items,
		homeItem{w.SearchItem, w.SearchAbout, openSearchMsg{}},
		homeItem{w.StatsTitle, w.StatsAbout, openStatsMsg{}},
		homeItem{w.SettingsTitle, w.SettingsAbout, openSettingsMsg{}},
	)
}

func (h *home) choose(n int) { h.cursor, h.chosen = n, h.items()[n].open }

// classItem is the class, how much of it is done, and what is new in it.
func (h *home) classItem() homeItem {
	w, r := h.c.words, h.c.room
	about := r.sight.Class
	if plan := h.c.plan(); len(plan) > 0 {
		about += " " + h.c.signs.dot + " " + fmt.Sprintf(w.RoomPlanDone, h.c.known.done(plan), len(plan))
	}
	if n := r.unread(); n > 0 {
		about += " " + h.c.signs.dot + " " + counted(w.RoomUnreadOne, w.RoomUnread, n)
	}
	return homeItem{w.RoomItem, about, openClassMsg{}}
}

func (h *home) reviewItem() homeItem {
	return homeItem{h.c.words.ReviewItem, h.c.awaiting(h.c.awaits.Summary, true), openReviewMsg{}}
}

// settle keeps the cursor at what the learner has chosen where the list changes.
func (h *home) settle() {
	items := h.items()
	at := slices.IndexFunc(items, func(i homeItem) bool { return i.open == h.chosen })
	if h.chosen != nil && at >= 0 {
		h.cursor = at
	}
	h.cursor = min(h.cursor, len(items)-1)
}

// next is the lesson to go on with: the last one, or the first that is not
// done.
func (h *home) next() (*course.Lesson, string) {
	k := h.c.known
	if l := h.c.lesson(k.last.Lesson); k.hasLast && l != nil && k.State(l) != stats.Done {
		return l, h.place(l, func(path string) string { return fmt.Sprintf(h.c.words.PageOf, path, k.last.Page+1, l.PageCount) })
	}
	for _, g := range h.c.groups() {
		for _, l := range g.lessons {
			if k.State(l) != stats.Done && !h.c.closed(class.Place{Lesson: l.ID, Page: 1}) {
				return l, h.place(l, func(path string) string { return fmt.Sprintf(h.c.words.Begin, path) })
			}
		}
	}
	return nil, ""
}

// homeTop is the row of the first thing to do.
const homeTop = 3

// place names a lesson in what fits; what is said about it is never cut.
func (h *home) place(l *course.Lesson, said func(path string) string) string {
	return said(h.c.shortPath(l, h.about()-width(said(""))))
}

// about is how wide what stands beside a name may be.
func (h *home) about() int { return h.width - 20 }

func (h *home) View() string {
	lines := []string{"", "  " + h.greeting(), ""}
	for i, item := range h.items() {
		lines = append(lines, h.c.entry(item.name, item.about, i == h.cursor, h.width))
	}
	room := max(h.height-len(lines)-3, 1) // for the tracks: the week stands below them
	lines = append(append(append(lines, ""), h.tracks(room)...), "", "  "+h.week())
	return strings.Join(window(lines, h.top(len(lines)), h.height), "\n")
}

// top is the first line shown: in a low window the chosen thing to do is seen.
func (h *home) top(lines int) int { return follow(0, homeTop+h.cursor, h.height, lines) }

func (h *home) greeting() string {
	switch hour := h.c.o.Now().Hour(); {
	case hour >= 5 && hour < 12:
		return h.c.words.Morning
	case hour >= 12 && hour < 18:
		return h.c.words.Afternoon
	}
	return h.c.words.Evening
}

// entry is a thing that can be chosen, and what is said about it, in w columns.
func (c *common) entry(name, about string, selected bool, w int) string {
	about = clip(about, w-20)
	if !selected {
		return "    " + pad(name, 14) + c.styles.Dim.Render(about)
	}
	return "  " + c.styles.Accent.Render(c.signs.cursor) + " " + c.styles.Strong.Render(pad(name, 14)) + about
}

// tracks are bars, side by side where two fit. Of more than there is room for,
// those around the lesson to go on with.
func (h *home) tracks(room int) (lines []string) {
	const cell = 39
	n := max((h.width-2)/cell, 1)
	tracks := h.c.o.Course.Tracks
	if rows := (len(tracks) + n - 1) / n; rows > room {
		first := follow(0, h.trackNow()/n+room/2, room, rows) * n
		tracks = tracks[first:min(first+room*n, len(tracks))]
	}
	for i := 0; i < len(tracks); i += n {
		line := "  "
		for _, t := range tracks[i:min(i+n, len(tracks))] {
			line += pad(h.track(t), cell)
		}
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return lines
}

// trackNow is the number of the track of the lesson to go on with.
func (h *home) trackNow() int {
	l, _ := h.next()
	return max(slices.IndexFunc(h.c.o.Course.Tracks, func(t *course.Track) bool { return l != nil && t == l.Track }), 0)
}

func (h *home) track(t *course.Track) string {
	n, all := h.c.known.done(t.Lessons), len(t.Lessons)
	return pad(t.Title.In(h.c.lang), 15) + " " + h.c.gauge(n, all, 14) + fmt.Sprintf(" %d/%d", n, all)
}

// week sums up the last days: reviews, if there were some, and what else there is
// room for.
func (h *home) week() string {
	w, k := h.c.words, h.c.known
	var answers, right, labs int
	numbers := make([]float64, week)
	for i, d := range k.Days {
		answers, right, labs = answers+d.Answers, right+d.Right, labs+d.Labs
		numbers[i] = float64(d.Answers + d.Labs + k.lately.Days[i])
	}
	parts := h.c.reviewed(k.lately)
	if answers+labs > 0 {
		parts = append(parts, fmt.Sprintf(w.Answers, answers))
		if answers > 0 {
			parts = append(parts, fmt.Sprintf(w.RightShare, 100*right/answers))
		}
		parts = append(parts, fmt.Sprintf(w.LabsPassed, labs))
	}
	if len(parts) == 0 {
		return w.ThisWeek + "  " + h.c.styles.Dim.Render(w.NothingYet)
	}
	line := w.ThisWeek + "  " + h.c.styles.Accent.Render(chart.Spark(numbers, h.c.o.ASCII)) + "   "
	said := ""
	for i, part := range parts {
		if i > 0 {
			part = " " + h.c.signs.dot + " " + part
		}
		if i > 0 && width(line)+width(said)+width(part) > h.width-4 {
			break
		}
		said += part
	}
	return line + h.c.styles.Dim.Render(said)
}

// reviewed says how reviews went in the last days; nothing where there were none.
func (c *common) reviewed(l insight.Lately) (parts []string) {
	if l.Total == 0 {
		return nil
	}
	parts = append(parts, fmt.Sprintf(c.words.InsightReviews, l.Total))
	if share, ok := l.Recall.Share(); ok {
		parts = append(parts, fmt.Sprintf(c.words.InsightRecalled, c.words.Percent(share)))
	}
	if l.Streak.Days > 1 {
		parts = append(parts, fmt.Sprintf(c.words.InsightInARow, l.Streak.Days))
	}
	return parts
}
