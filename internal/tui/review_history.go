package tui

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/progress"
	"kubetutor/internal/review"
	"kubetutor/internal/tui/keymap"
)

// cardHistory shows how a card stands and how it was rated, over the page.
type cardHistory struct {
	c             *common
	msg           historyMsg
	top           int
	width, height int
}

// historyMsg brings the history of a card.
type historyMsg struct {
	card    review.ID
	state   progress.CardState
	recall  float64 // 0 to 1; 0 where it is not known
	reviews []progress.Review
	err     error
}

// maxHistory is how many ratings are shown, the newest ones.
const maxHistory = 500

// loadHistory reads how a card was rated.
func (c *common) loadHistory(id review.ID, state progress.CardState, recall float64) tea.Cmd {
	return func() tea.Msg {
		m := historyMsg{card: id, state: state, recall: recall}
		m.err = c.o.Store.Reviews(c.ctx, time.Time{}, func(r progress.Review) error {
			if r.Card == string(id) {
				m.reviews = append(m.reviews, r)
			}
			return nil
		})
		m.reviews = m.reviews[max(len(m.reviews)-maxHistory, 0):]
		return m
	}
}

// showHistory lays the history over the page.
func (m *Model) showHistory(msg historyMsg) tea.Cmd {
	if errors.Is(msg.err, m.c.ctx.Err()) && msg.err != nil {
		return nil
	}
	if msg.err != nil {
		m.notice = fmt.Sprintf(m.c.words.ReviewKept, msg.err)
		return nil
	}
	return m.cover(&cardHistory{c: m.c, msg: msg})
}

func (h *cardHistory) Init() tea.Cmd          { return nil }
func (h *cardHistory) SetSize(w, height int)  { h.width, h.height = w, height }
func (h *cardHistory) Scopes() []keymap.Scope { return []keymap.Scope{keymap.History} }
func (h *cardHistory) Typing() bool           { return false }
func (h *cardHistory) Cursor() *tea.Cursor    { return nil }

func (h *cardHistory) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case wheelMsg:
		h.scroll(msg.lines)
	case actMsg:
		return h.act(msg.action)
	}
	return nil
}

func (h *cardHistory) act(a keymap.Action) tea.Cmd {
	switch a {
	case keymap.Up:
		h.scroll(-1)
	case keymap.Down:
		h.scroll(1)
	case keymap.Back:
		return say(uncoverMsg{})
	}
	return nil
}

func (h *cardHistory) scroll(by int) {
	h.top = max(min(h.top+by, len(h.lines())-h.height), 0)
}

func (h *cardHistory) View() string { return joinLines(window(h.lines(), h.top, h.height)) }

func (h *cardHistory) lines() []string {
	w, s := h.c.words, h.msg.state
	text := func(t string) []string { return indent(wrapped(t, min(h.width-4, textWidth), h.c.styles.Text), "  ") }
	lines := []string{"", "  " + h.c.styles.Title.Render(w.HistoryTitle) + "  " + h.c.styles.Dim.Render(clip(h.c.cardName(h.msg.card), h.width-width(w.HistoryTitle)-6)), ""}
	lines = append(lines, text(h.standing())...)
	if s.Stage != progress.StageNew {
		recall := int(math.Round(100 * h.msg.recall))
		lines = append(lines, text(fmt.Sprintf(w.HistoryFigure, s.Stability, s.Difficulty, recall))...)
		lines = append(lines, text(fmt.Sprintf(w.HistoryCounts, s.Reps, s.Lapses))...)
	}
	if len(h.msg.reviews) == 0 {
		return append(append(lines, ""), text(w.HistoryNone)...)
	}
	return append(append(lines, ""), h.table()...)
}

// standing is the stage of the card, and when it is due.
func (h *cardHistory) standing() string {
	stage := h.c.words.CardStage(string(h.msg.state.Stage))
	if h.msg.state.Due.IsZero() {
		return stage
	}
	return fmt.Sprintf(h.c.words.HistoryState, stage, h.c.words.Moment(h.msg.state.Due, h.c.o.Now()))
}

// table lists the ratings, the newest first.
func (h *cardHistory) table() []string {
	cells := func(when, rating, took, next string) string {
		return "    " + pad(when, 18) + pad(rating, 10) + pad(took, 12) + next
	}
	head := strings.Split(h.c.words.HistoryColumn, "|")
	lines := []string{h.c.styles.Dim.Render(cells(head[0], head[1], head[2], head[3]))}
	zone := h.c.o.Now().Location()
	for i := len(h.msg.reviews) - 1; i >= 0; i-- {
		r := h.msg.reviews[i]
		next := ""
		if !r.State.Due.IsZero() {
			next = h.c.words.Span(r.State.Due.Sub(r.At))
		}
		lines = append(lines, cells(r.At.In(zone).Format("2006-01-02 15:04"), h.c.words.Rating(r.Rating), h.c.words.Span(r.Took), next))
	}
	return lines
}
