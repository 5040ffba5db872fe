package tui

import (
	"context"
	"fmt"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/oklog/ulid/v2"

	"kubetutor/internal/class"
	"kubetutor/internal/tui/keymap"
	"kubetutor/internal/tui/stream"
)

// room is the class that the learner is in, as far as this interface knows it.
// Nothing in it takes a key from somebody who types: what comes from the class
// waits below, or at the top, until they turn to it.
type room struct {
	c     *common
	sight class.Sight
	known bool // there was one

	news     banner
	told     string // the last message that was told of
	call     call
	panel    panel
	shown    panelKind // the panel that the guard knows of
	guard    rest
	answered string // the last Ask that was answered
	ticks    int    // number of the clock that runs; older ones are dropped
	report   report
	lowered  bool // the learner has taken the hand down
	ended    bool // the learner lets nobody watch any more
}

// banner is what the class said last. It stays until it is opened, or until keys
// have been pressed for a while.
type banner struct {
	text, typing string // what it says, also where something is typed
	at           time.Time
}

// bannerStays is how long keys do not take a banner away.
const bannerStays = 10 * time.Second

// Messages of the class.
type (
	sightMsg struct {
		sight class.Sight
		ended bool // there will be no other
	}
	roomToldMsg struct{ err error } // the class was told something, or could not be
	clockMsg    struct{ tick int }
)

// roomPatience is how long the class may take to be told something.
const roomPatience = 10 * time.Second

func newRoom(c *common) *room {
	if c.o.Seat == nil {
		return nil
	}
	return &room{c: c}
}

// follow listens to the class.
func (r *room) follow() tea.Cmd {
	if r == nil {
		return nil
	}
	return stream.Of(r.c.ctx, func(send func(tea.Msg) error) tea.Msg {
		err := r.c.o.Seat.Follow(r.c.ctx, func(s class.Sight) error { return send(sightMsg{sight: s}) })
		if err == nil || r.c.ctx.Err() != nil {
			return nil
		}
		return sightMsg{ended: true}
	})
}

// tell tells the class something; a failure is shown.
func (r *room) tell(say func(ctx context.Context, s class.Seat) error) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(r.c.ctx, roomPatience)
		defer cancel()
		return roomToldMsg{say(ctx, r.c.o.Seat)}
	}
}

// sighted takes over how the class is.
func (m *Model) sighted(msg sightMsg) tea.Cmd {
	r := m.c.room
	old, first := r.sight, !r.known
	if msg.ended {
		msg.sight = old
		msg.sight.Lost = true
	}
	r.sight, r.known = tidied(msg.sight), true
	if first {
		r.told = r.sight.Read
	}
	r.noteHand(old)
	r.noteMessages()
	r.noteWatch(old)
	r.noteLocks(m.where(), old)
	return tea.Batch(m.noteShown(old), m.noteCall(first), r.wind())
}

// tidied is a sight whose words can be shown: they come from elsewhere.
func tidied(s class.Sight) class.Sight {
	s.Class, s.Me, s.Watched = line(s.Class), line(s.Me), line(s.Watched)
	s.Messages = slices.Clone(s.Messages)
	for i := range s.Messages {
		s.Messages[i].Text = clean(s.Messages[i].Text, maxText)
	}
	if s.Ask != nil {
		s.Ask = &class.Ask{ID: s.Ask.ID, By: line(s.Ask.By)}
	}
	if s.Countdown != nil {
		s.Countdown = &class.Countdown{Until: s.Countdown.Until, Of: line(s.Countdown.Of)}
	}
	return s
}

// say shows a banner; typing is what it says while something is typed.
func (r *room) say(text, typing string) { r.news = banner{text, typing, r.c.o.Now()} }

func (r *room) noteHand(old class.Sight) {
	if old.Hand && !r.sight.Hand && !r.lowered {
		r.say(r.c.words.RoomLowered, r.c.words.RoomLowered)
	}
	r.lowered = false
}

// noteMessages tells of the newest message that was not told of.
func (r *room) noteMessages() {
	list := r.sight.Messages
	if len(list) == 0 || list[len(list)-1].ID <= r.told {
		return
	}
	newest := list[len(list)-1]
	r.told = newest.ID
	w := r.c.words
	text := w.RoomNewHint
	switch newest.Kind {
	case class.MessageText:
		text = fmt.Sprintf(w.RoomNewMessage, line(newest.Text))
	case class.MessageCommand:
		text = fmt.Sprintf(w.RoomNewCommand, line(newest.Text))
	}
	sep := " " + r.c.signs.dot + " "
	r.say(w.RoomReadIt+sep+text, w.RoomReadItTyping+sep+text)
}

// unread counts the messages that were not opened.
func (r *room) unread() (n int) {
	for _, msg := range r.sight.Messages {
		if msg.ID > r.sight.Read {
			n++
		}
	}
	return n
}

// noteLocks says that the place where the learner is has been locked.
func (r *room) noteLocks(at class.Place, old class.Sight) {
	if at.Lesson != "" && r.sight.Closed(at) && !old.Closed(at) {
		r.say(r.c.words.RoomNowLocked, r.c.words.RoomNowLocked)
	}
}

// now is the time in the class.
func (r *room) now() time.Time { return r.c.o.Now().Add(r.sight.Skew) }

// left is how long the countdown still runs.
func (r *room) left() time.Duration { return r.sight.Countdown.Until.Sub(r.now()) }

// The clock of a countdown moves rarely: where there are wide characters, each
// frame draws whole rows anew.
const (
	clockStep = 15 * time.Second
	clockNear = time.Minute // from here on, every second
)

// wind starts the clock, if there is something to count: a time for all, or the
// seconds until a call is followed.
func (r *room) wind() tea.Cmd {
	r.ticks++
	wait := r.call.wait(r.c.o.Now())
	if r.sight.Countdown != nil {
		left := r.left()
		switch {
		case left <= 0:
		case left <= clockNear:
			wait = sooner(wait, time.Second)
		default:
			wait = sooner(wait, min(clockStep, left-clockNear))
		}
	}
	if wait <= 0 {
		return nil
	}
	return r.c.o.after(max(wait, time.Second/10), clockMsg{r.ticks})
}

// sooner is the shorter of two times; 0 is none.
func sooner(a, b time.Duration) time.Duration {
	if a <= 0 {
		return b
	}
	return min(a, b)
}

// ticked lets the clock go on.
func (m *Model) ticked(msg clockMsg) tea.Cmd {
	r := m.c.room
	if r == nil || msg.tick != r.ticks {
		return nil
	}
	return tea.Batch(m.callDue(), r.wind())
}

// roomAct does what a key of the class asks for.
func (m *Model) roomAct(a keymap.Action) (cmd tea.Cmd, done bool) {
	switch a {
	case keymap.RaiseHand:
		return m.hand(), true
	case keymap.OpenClass:
		return m.openClass(), true
	case keymap.Screen:
		return m.openShown(), true
	case keymap.Follow:
		return m.followCall(), true
	case keymap.Unwatch:
		return m.unwatch(), true
	}
	return nil, false
}

// roomTold says that the class could not be told.
func (m *Model) roomTold(msg roomToldMsg) {
	if msg.err != nil && m.c.ctx.Err() == nil {
		m.notice = fmt.Sprintf(m.c.words.RoomNotToldYet, msg.err)
	}
}

// made is when a ULID was made; zero for what is none.
func made(id string) time.Time {
	u, err := ulid.ParseStrict(id)
	if err != nil {
		return time.Time{}
	}
	return u.Timestamp()
}

// line is a text from elsewhere in one line.
func line(text string) string { return class.Clean(text, maxInput) }
