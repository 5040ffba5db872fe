package host

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"

	gossh "golang.org/x/crypto/ssh"

	"kubetutor/internal/class"
	"kubetutor/internal/class/door"
	"kubetutor/internal/class/wire"
	"kubetutor/internal/i18n"
)

// session is one channel of a connection. Its requests come one after another;
// what it was started for runs beside them.
type session struct {
	server *Server
	conn   *conn
	who    identity
	gossh.Channel
	log *slog.Logger
	out *output

	// Both contexts belong to the session's life, not to a call. Here is over once
	// nobody is at the other end, or should not be; then what runs is asked to end, and
	// has some time to save what it must, until ctx is over.
	here, ctx  context.Context
	leave, end context.CancelCauseFunc

	mu       sync.Mutex
	env      []string
	size     window
	terminal bool
	started  bool
	resized  chan struct{}
}

// open takes a channel, if it is one of a kind and number that there may be.
func (s *Server) open(c *conn, who identity, asked gossh.NewChannel) {
	if asked.ChannelType() != "session" {
		c.offend()
		_ = asked.Reject(gossh.UnknownChannelType, "there are sessions only")
		return
	}
	if !c.take() {
		c.offend()
		_ = asked.Reject(gossh.ResourceShortage, "too many sessions")
		return
	}
	channel, requests, err := asked.Accept()
	if err != nil {
		c.give()
		return
	}
	n := &session{
		server: s, conn: c, who: who, Channel: channel,
		log:     s.log.With("who", who.name()),
		resized: make(chan struct{}, 1), size: window{80, 24},
	}
	n.here, n.leave = context.WithCancelCause(c.ctx)
	defer context.AfterFunc(s.stopping, func() { n.leave(errStopping) })()
	n.ctx, n.end = context.WithCancelCause(context.WithoutCancel(c.ctx))
	n.out = &output{to: channel, limit: s.o.Limits.Write, drop: func() { c.drop("a session does not read") }}
	n.serve(requests)
}

// serve answers requests until the client closes the channel, or what runs ends.
func (n *session) serve(requests <-chan *gossh.Request) {
	ended := make(chan struct{})
	running := false
	for n.answer(requests, ended, &running) {
	}
	n.leave(errGone)
	go gossh.DiscardRequests(requests)
	if running {
		<-ended
	}
	n.end(errGone)
	n.conn.give()
}

// answer answers the next request, if there is one.
func (n *session) answer(requests <-chan *gossh.Request, ended chan struct{}, running *bool) bool {
	select {
	case <-ended:
		return false
	case r, open := <-requests:
		if !open || !n.conn.allow(len(r.Payload)) {
			return false
		}
		run, ok := n.request(r)
		_ = r.Reply(ok, nil)
		if !ok {
			n.conn.offend()
		}
		if run != nil {
			*running = true
			go func() {
				defer close(ended)
				n.run(run)
			}()
		}
		return true
	}
}

// request answers one request, and says what to run from now on.
func (n *session) request(r *gossh.Request) (run func() error, ok bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch r.Type {
	case "pty-req":
		return nil, n.setTerminal(r.Payload)
	case "window-change":
		return nil, n.resize(r.Payload)
	case "env":
		variable, ok := parseVariable(r.Payload)
		if ok && !n.started {
			n.env = with(n.env, variable)
		}
		return nil, ok && !n.started
	case "signal":
		return nil, n.signal(r.Payload)
	case "shell":
		return n.start(n.tutor)
	case "subsystem":
		var name struct{ Name string }
		if err := gossh.Unmarshal(r.Payload, &name); err != nil {
			return nil, false
		}
		return n.subsystem(name.Name)
	}
	return nil, false
}

func (n *session) setTerminal(payload []byte) bool {
	term, size, ok := parseTerminal(payload)
	if !ok || n.terminal || n.started {
		return false
	}
	n.env, n.size, n.terminal = with(n.env, "TERM="+term), size, true
	return true
}

func (n *session) resize(payload []byte) bool {
	var r resizeRequest
	if err := gossh.Unmarshal(payload, &r); err != nil || !n.terminal {
		return false
	}
	n.size = bounded(r.Columns, r.Rows)
	select {
	case n.resized <- struct{}{}:
	default: // it is told of the newest size anyway
	}
	return true
}

// signal ends the session by those that ask for it.
func (n *session) signal(payload []byte) bool {
	var r struct{ Name string }
	if err := gossh.Unmarshal(payload, &r); err != nil {
		return false
	}
	switch r.Name {
	case "HUP", "TERM", "INT", "KILL", "QUIT":
		n.leave(errLeft)
		return true
	}
	return false
}

// subsystem starts one of the two, for whom it is meant.
func (n *session) subsystem(name string) (func() error, bool) {
	switch {
	case name == door.Seat && n.who.instructor == "":
		return n.start(n.seat)
	case name == door.Chair && n.who.instructor != "":
		return n.start(n.chair)
	}
	return nil, false
}

func (n *session) start(run func() error) (func() error, bool) {
	if n.started {
		return nil, false
	}
	n.started = true
	return run, true
}

// Reasons for a session's end. errLeft is an ordinary one.
var (
	errLeft       = errors.New("the client has ended it")
	errNoTerminal = errors.New("there is no terminal")
	errBroken     = errors.New("the session has broken")
	errStopping   = errors.New("the server is stopping")
	errGiven      = errors.New("their name was given to somebody else")
)

// run runs what a session was started for, says how it ended, and closes it.
func (n *session) run(what func() error) {
	err := n.counted(what)
	n.log.Info("a session has ended", "because", err)
	n.leave(errLeft)
	n.end(errLeft)
	var status struct{ Code uint32 }
	if err != nil && !errors.Is(err, errStopping) {
		status.Code = 1
	}
	_, _ = n.SendRequest("exit-status", false, gossh.Marshal(&status))
	_ = n.CloseWrite()
	_ = n.Close()
}

// counted runs something if there is room for another session, and keeps what
// breaks in it from everything else.
func (n *session) counted(what func() error) (err error) {
	if n.given() {
		n.farewell(errGiven)
		return errGiven
	}
	if err := n.server.sessions.enter(n.who); err != nil {
		n.farewell(err)
		return err
	}
	defer n.server.sessions.leave(n.who)
	n.log.Info("a session has begun", "from", n.conn.from.Addr())
	defer func() {
		if r := recover(); r != nil {
			err = n.broken(r)
			n.farewell(err)
		}
	}()
	return what()
}

// given tells whether the name that they came in under is somebody else's now: then
// it has another resume code.
func (n *session) given() bool {
	l, ok := n.server.o.Room.Learner(n.who.learner.ID)
	return ok && !bytes.Equal(l.Resume, n.who.learner.Resume)
}

// words are those of the session's language.
func (n *session) words() i18n.HostWords {
	return i18n.Host(langOf(n.env, n.server.o.Lang))
}

// farewell says why a session ends that has a person in front of it.
func (n *session) farewell(why error) {
	w := n.words()
	text := w.Ended
	switch {
	case errors.Is(why, errNoTerminal):
		text = w.NoTerminal
	case errors.Is(why, errCrowded), errors.Is(why, class.ErrFull):
		text = w.TooMany
	case errors.Is(why, errFull):
		text = w.Full
	case errors.Is(why, errStopping):
		text = w.Stopped
	case errors.Is(why, errGiven):
		text = w.Given
	case errors.Is(why, class.ErrOver):
		text = w.Over
	case why != nil:
		text = w.Broken
	}
	if n.terminal {
		_, _ = io.WriteString(n.out, text+"\r\n")
		return
	}
	_, _ = io.WriteString(n.Stderr(), text+"\n")
}

// seat speaks the protocol of learners with a program of their own.
func (n *session) seat() error {
	presence, err := n.server.o.Room.Enter(n.here, n.who.learner.ID, true)
	if err != nil {
		return n.hindered("entering the room", err)
	}
	defer presence.Leave()
	go func() {
		<-presence.Gone()
		n.leave(ousted(presence))
	}()
	return wire.ServeSeat(n.here, stream{n}, presence, n.server.wire())
}

// chair speaks the protocol of instructors' views.
func (n *session) chair() error {
	return wire.ServeChair(n.here, stream{n}, n.server.o.Room.Sit(n.who.instructor), n.server.wire())
}

// stream is a session's channel for package wire: what is written to it is watched.
type stream struct{ *session }

func (s stream) Write(p []byte) (int, error) { return s.out.Write(p) }
