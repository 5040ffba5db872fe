package tui

import (
	"fmt"
	"slices"
	"strings"

	"kubetutor/internal/tui/keymap"
)

// topRule is the line below the header; in a class, the line of the class.
func (m *Model) topRule() string {
	if m.c.room == nil || !m.c.room.known {
		return m.c.rule(m.width, m.split(), m.c.signs.down)
	}
	return m.classLine()
}

// mark is a word in the line of the class.
type mark struct {
	text   string
	weight int // in a narrow window those of the least weight are left out
}

// classLine says what must be seen of the class wherever the learner is. While
// somebody sees their screen the whole line is reversed.
func (m *Model) classLine() string {
	r := m.c.room
	marks := r.marks()
	if r.watched() {
		return m.watchedLine(marks)
	}
	lead := strings.Repeat(m.c.signs.horizontal, 2)
	said := m.joined(marks, m.width-4)
	if said == "" {
		return m.c.rule(m.width, m.split(), m.c.signs.down)
	}
	tail := strings.Repeat(m.c.signs.horizontal, max(m.width-4-width(said), 0))
	return m.c.styles.Rule.Render(lead) + " " + m.c.styles.Strong.Render(said) + " " + m.c.styles.Rule.Render(tail)
}

// watchedLine names who sees the screen, and the key that ends it.
func (m *Model) watchedLine(marks []mark) string {
	w, r := m.c.words, m.c.room
	sign := m.c.signs.watched + " "
	end := "  " + m.c.keys.Label(string(keymap.ClassAlways)+"/"+string(keymap.Unwatch)) + " " + w.RoomEndsIt + " "
	about := w.RoomWatched
	room := func() int { return m.width - width(sign) - width(fmt.Sprintf(about, "")) - width(end) - 2 }
	if width(r.sight.Watched) > room() {
		about = w.RoomWatchedShort
	}
	text := " " + sign + fmt.Sprintf(about, clip(r.sight.Watched, max(room(), 4)))
	if more := m.joined(marks, m.width-width(text)-width(end)-3); more != "" {
		text += " " + m.c.signs.dot + " " + more
	}
	return m.c.styles.Here.Render(spread(text, end, m.width))
}

// joined are the marks that fit, those of most weight first, in their order.
func (m *Model) joined(marks []mark, room int) (text string) {
	var fit []int
	for _, i := range byWeight(marks) {
		more := append(slices.Clone(fit), i)
		slices.Sort(more)
		parts := make([]string, len(more))
		for n, at := range more {
			parts[n] = marks[at].text
		}
		if said := strings.Join(parts, " "+m.c.signs.dot+" "); width(said) <= room {
			fit, text = more, said
		}
	}
	return text
}

// byWeight are the places of marks, the weightiest first.
func byWeight(marks []mark) []int {
	order := make([]int, len(marks))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return marks[b].weight - marks[a].weight })
	return order
}

// marks are what the class has to say now.
func (r *room) marks() (list []mark) {
	w, s := r.c.words, r.sight
	add := func(said bool, weight int, text func() string) {
		if said {
			list = append(list, mark{text(), weight})
		}
	}
	word := func(text string) func() string { return func() string { return text } }
	add(s.Class != "", 1, word(s.Class))
	add(s.Lost, 9, word(r.c.signs.fail+" "+w.RoomLost))
	add(s.Over, 8, word(w.RoomOver))
	add(s.Ask != nil && s.Ask.ID != r.answered, 7, word(w.RoomAsking))
	add(s.Recall != nil, 3, word(w.RoomCalled))
	add(s.Countdown != nil && !s.Over, 6, r.countdown)
	add(s.Queue > 0, 4, func() string { return w.QueuePlace(s.Queue) })
	add(s.Hand, 5, word(w.RoomHandUp))
	add(r.unread() > 0, 5, func() string { return counted(w.RoomUnreadOne, w.RoomUnread, r.unread()) })
	add(s.Shown != nil, 2, word(w.RoomShown))
	return list
}

// countdown is how long it is still, and what for.
func (r *room) countdown() string {
	left := r.c.words.TimeLeft(r.left())
	if of := clip(r.sight.Countdown.Of, 24); of != "" {
		return fmt.Sprintf(r.c.words.RoomEnds, of, left)
	}
	return left
}

// narrowCall is the width from which a call names both of its keys.
const narrowCall = 60

// roomFooter is what the class says in place of the keys: the question of a panel,
// a call, or the newest thing.
func (m *Model) roomFooter() string {
	r := m.c.room
	if r == nil {
		return ""
	}
	kind := m.roomPanel()
	switch {
	case kind != noPanel:
		return " " + m.c.keyLine([]keymap.Scope{panelScope(kind)}, m.width-2)
	case r.calling():
		left := int(max(r.call.goes.Sub(m.c.o.Now()).Seconds()+0.5, 0))
		text := fmt.Sprintf(m.c.words.RoomCallsTo, left, m.c.placeName(r.sight.Recall.To))
		keys := m.c.keyLine([]keymap.Scope{keymap.Called}, m.width/2)
		if m.width < narrowCall {
			keys = m.c.keyLineOf(keymap.Called, m.width/2, keymap.Back)
		}
		return " " + m.c.styles.Wait.Render(clip(text, m.width-width(keys)-4)) + "  " + keys
	}
	text := r.news.text
	if m.front().Typing() {
		text = r.news.typing
	}
	if text == "" {
		return ""
	}
	return " " + m.c.styles.Wait.Render(clip(text, m.width-2))
}

// helpScopes are the keys that the list of keys explains.
func (m *Model) helpScopes() []keymap.Scope {
	scopes := append(m.scopes(), keymap.Always)
	if m.c.room != nil {
		scopes = append(scopes, keymap.ClassAlways)
	}
	return scopes
}

// wants are the texts that what is shown needs.
func (m *Model) wants() []docKey {
	keys := m.page.Wants()
	if s, ok := m.front().(interface{ Wants() []docKey }); ok && len(m.over) > 0 {
		keys = append(keys, s.Wants()...)
	}
	return keys
}
