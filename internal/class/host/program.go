package host

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime/debug"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"kubetutor/internal/class"
)

// tutor shows a person what Options.Screen makes for them.
func (n *session) tutor() error {
	err := n.show()
	n.farewell(err)
	return err
}

func (n *session) show() (err error) {
	if !n.terminal {
		return errNoTerminal
	}
	presence, err := n.enter()
	if err != nil {
		return n.hindered("entering the room", err)
	}
	defer presence.Leave()
	what := n.description(presence)
	made, err := n.server.o.Screen(n.ctx, what)
	if err != nil {
		return n.hindered("making a screen", err)
	}
	defer func() {
		if made.Close != nil {
			err = errors.Join(err, made.Close())
		}
	}()
	return n.draw(made, what, presence)
}

// hindered says why a session cannot begin. What is no bound of the class, such as a
// file that is damaged, the instructor has to hear of: it will not pass by itself.
func (n *session) hindered(doing string, err error) error {
	if n.ctx.Err() == nil && !errors.Is(err, class.ErrOver) && !errors.Is(err, class.ErrFull) {
		n.log.Warn("a session cannot begin", "name", n.who.called(), "doing", doing, "cause", err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

func (n *session) enter() (*class.Presence, error) {
	if n.who.instructor != "" {
		return n.server.o.Room.EnterInstructor(n.who.instructor), nil
	}
	return n.server.o.Room.Enter(n.ctx, n.who.learner.ID, false)
}

func (n *session) description(presence *class.Presence) Session {
	n.mu.Lock()
	defer n.mu.Unlock()
	who := n.who.learner
	if l, ok := n.server.o.Room.Learner(who.ID); ok {
		who = l
	}
	return Session{
		Who: who, Instructor: n.who.instructor, Seat: presence,
		Env: append([]string(nil), n.env...), Width: n.size.width, Height: n.size.height,
	}
}

// draw runs a screen's model until its user leaves it, or must.
func (n *session) draw(made Screen, what Session, presence *class.Presence) error {
	m := newPlay(made.Model, n.out, n.server.o.Limits.Frames, n.breaks)
	m.screen.size = window{what.Width, what.Height}
	profile := colorprofile.Env(what.Env)
	m.screen.profile = profile
	p := tea.NewProgram(m, tea.WithContext(n.ctx), tea.WithInput(nil), tea.WithOutput(n.out), tea.WithoutRenderer(), tea.WithFPS(idleFrames),
		tea.WithEnvironment(what.Env), tea.WithColorProfile(profile), tea.WithWindowSize(what.Width, what.Height),
		tea.WithoutSignalHandler(), tea.WithFilter(m.filter))
	defer n.server.painter.add(m, presence)()
	m.input = newInput(p.Send, func(r any) { _ = n.breaks(r) }, n.server.o.Limits.Paste)
	go n.typed(m.input)
	ended, told := make(chan struct{}), make(chan error, 1)
	go n.attend(p, made.Leave, presence, ended, told)
	_, err := p.Run()
	close(ended)
	reason := <-told
	_ = m.screen.restore()
	return n.outcome(m, err, reason)
}

// idleFrames is how often a second Bubble Tea looks whether it has something to
// write itself, which is only what is copied to a clipboard.
const idleFrames = 4

// outcome is why a program ended; nil: its user has left it.
func (n *session) outcome(m *play, err, reason error) error {
	switch {
	case m.failed != nil:
		return m.failed
	case errors.Is(reason, errLeft), reason == nil && (err == nil || errors.Is(err, tea.ErrInterrupted)):
		return nil
	case reason != nil:
		return reason
	case n.ctx.Err() != nil:
		return context.Cause(n.ctx)
	}
	return fmt.Errorf("%w: %w", errBroken, err)
}

// typed brings what is typed, until nothing more can come.
func (n *session) typed(in *input) {
	_ = in.read(n.here, n.Channel, n.server.o.Limits)
	n.leave(errLeft)
}

// resizeEvery is how often a program is told of another size at most: each has all
// of its texts broken into lines anew.
const resizeEvery = 50 * time.Millisecond

// attend tells a program of its window's size, and to end where that must be, until
// it has ended. It says why it had to.
func (n *session) attend(p *tea.Program, leave tea.Msg, presence *class.Presence, ended <-chan struct{}, told chan<- error) {
	if leave == nil {
		leave = tea.QuitMsg{}
	}
	var reason error
	defer func() { told <- reason }()
	must := func(why error) {
		if reason == nil {
			reason = why
			n.dismiss(p, leave)
		}
	}
	resized, again := n.resized, (<-chan time.Time)(nil)
	gone, left := presence.Gone(), n.here.Done()
	for {
		select {
		case <-ended:
			return
		case <-resized:
			n.mu.Lock()
			size := n.size
			n.mu.Unlock()
			p.Send(tea.WindowSizeMsg{Width: size.width, Height: size.height})
			resized, again = nil, time.After(resizeEvery)
		case <-again:
			resized = n.resized
		case <-gone:
			gone = nil
			must(ousted(presence))
		case <-left:
			left = nil
			must(context.Cause(n.here))
		}
	}
}

// ousted is why a session ended in the room.
func ousted(p *class.Presence) error {
	if p.Given() {
		return errGiven
	}
	return errStopping
}

// dismiss asks a program to end, and ends it if it does not in half of the time that
// there is.
func (n *session) dismiss(p *tea.Program, leave tea.Msg) {
	late := time.AfterFunc(n.server.o.Limits.Grace/2, func() { n.end(errStopping) })
	context.AfterFunc(n.ctx, func() { late.Stop() })
	p.Send(leave)
}

// play is a model around a screen's: it draws on the terminal, keeps to the limits
// of frames, and breaks alone.
type play struct {
	inner    tea.Model
	screen   *screen
	input    *input
	lent     *lent // who has the terminal instead
	interval time.Duration
	breaks   func(any) error // logs what has broken, and ends the session
	failed   error

	drawn   time.Time // when, last
	waiting bool      // a tick will draw what is new
	picture picture
}

func newPlay(inner tea.Model, to *output, frames int, breaks func(any) error) *play {
	return &play{inner: inner, screen: &screen{to: to}, interval: time.Second / time.Duration(frames), breaks: breaks}
}

// frameMsg says that the next frame may be drawn; brokenMsg that a command broke.
type (
	frameMsg  struct{}
	brokenMsg struct{ cause any }
)

// Init implements tea.Model.
func (m *play) Init() (cmd tea.Cmd) {
	defer m.guard(&cmd)
	return guarded(m.inner.Init())
}

// Update implements tea.Model.
func (m *play) Update(msg tea.Msg) (model tea.Model, cmd tea.Cmd) {
	defer m.guard(&cmd)
	switch msg := msg.(type) {
	case frameMsg:
		m.waiting = false
		return m, nil
	case brokenMsg:
		m.failed = m.breaks(msg.cause)
		return m, tea.Quit
	case Loan:
		return m, m.lend(msg)
	case lentBackMsg:
		m.takeBack()
		m.inner, cmd = m.inner.Update(msg.tell)
		return m, guarded(cmd)
	case tea.WindowSizeMsg:
		m.screen.resize(window{msg.Width, msg.Height})
		if m.lent != nil {
			m.tellSize()
		}
	case tea.ColorProfileMsg:
		m.screen.profile = msg.Profile
	}
	if reflect.TypeOf(msg) == reflect.TypeOf(tea.ClearScreen()) {
		m.screen.clear()
	}
	m.inner, cmd = m.inner.Update(msg)
	return m, tea.Batch(guarded(cmd), m.later())
}

// later is a tick that draws what is new, where it is too early to do so now.
func (m *play) later() tea.Cmd {
	early := m.interval - time.Since(m.drawn)
	if m.waiting || early <= 0 {
		return nil
	}
	m.waiting = true
	return tea.Tick(early, func(time.Time) tea.Msg { return frameMsg{} })
}

// afterNothing is how long after a view that was as the one before another is made:
// what a key has begun, such as reading a page, is often ready a millisecond later,
// and need not wait as long as after a frame.
const afterNothing = 3 * time.Millisecond

// View implements tea.Model. It is called after each message; the first of them
// draws at once, and those that follow it closely wait for the tick.
func (m *play) View() tea.View {
	defer m.guard(nil)
	if m.waiting || m.lent != nil || m.failed != nil {
		return tea.View{}
	}
	m.drawn = time.Now()
	v, frames := m.inner.View(), m.screen.frames
	m.picture.set(v.Content, m.screen.size)
	if err := m.screen.draw(v); err != nil {
		m.failed = errGone
	}
	if m.screen.frames == frames {
		m.drawn = m.drawn.Add(min(afterNothing-m.interval, 0))
	}
	return tea.View{}
}

// guard ends the session of a model that panics, and nothing else.
func (m *play) guard(cmd *tea.Cmd) {
	if r := recover(); r != nil {
		m.failed = m.breaks(r)
		if cmd != nil {
			*cmd = tea.Quit
		}
	}
}

// guarded is a command whose panic ends the session and nothing else, with all the
// commands that it leads to.
func guarded(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() (msg tea.Msg) {
		defer func() {
			if r := recover(); r != nil {
				msg = brokenMsg{fmt.Errorf("%v\n%s", r, debug.Stack())}
			}
		}()
		msg = cmd()
		if list := reflect.ValueOf(msg); list.Kind() == reflect.Slice && list.Type().Elem() == reflect.TypeFor[tea.Cmd]() {
			for i := range list.Len() { // a batch or a sequence
				list.Index(i).Set(reflect.ValueOf(guarded(list.Index(i).Interface().(tea.Cmd))))
			}
		}
		return msg
	}
}

// filter keeps messages from Bubble Tea that act on this process, and asks the
// terminal itself what Bubble Tea asks only where it reads the answers.
func (m *play) filter(_ tea.Model, msg tea.Msg) tea.Msg {
	switch reflect.TypeOf(msg) {
	case reflect.TypeFor[tea.SuspendMsg](), reflect.TypeOf(tea.Exec(nil, nil)()):
		return nil
	case reflect.TypeOf(tea.RequestBackgroundColor()):
		_, _ = m.screen.to.Write([]byte(ansi.RequestBackgroundColor))
		return nil
	}
	return msg
}

// picture is what a screen shows, for those who look at it.
type picture struct {
	mu      sync.Mutex
	content string
	size    window
	version int
}

func (p *picture) set(content string, size window) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if content != p.content || size != p.size {
		p.content, p.size = content, size
		p.version++
	}
}

func (p *picture) get() (class.Screen, int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return class.Screen{Columns: p.size.width, Rows: p.size.height, Content: p.content}, p.version
}

// broken notes what broke in a session.
func (n *session) broken(cause any) error {
	n.log.Error("a session has broken", "cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
	return errBroken
}

// breaks notes what broke in a session, and ends it.
func (n *session) breaks(cause any) error {
	err := n.broken(cause)
	n.end(err)
	return err
}
