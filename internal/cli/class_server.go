package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"kubetutor/internal/class"
	"kubetutor/internal/class/host"
	"kubetutor/internal/class/store"
	"kubetutor/internal/class/yard"
	"kubetutor/internal/plain"
)

// server is a class that is being served.
type server struct {
	f     *Factory
	flags *serveFlags
	home  classHome

	store class.Store
	yard  *yard.Yard
	room  *class.Room
	// opened is the room for what logs, which may do so before there is one.
	opened atomic.Pointer[class.Room]
	host   *host.Server
	gate   gate
	door   door
	log    *slog.Logger
	fresh  *class.Class // to be made; nil where it is there already

	talk    sync.Mutex
	closing []func()
}

// later closes what was opened, in reverse order, when the server ends.
func (s *server) later(f func()) { s.closing = append(s.closing, f) }

func (s *server) close() {
	for i := len(s.closing) - 1; i >= 0; i-- {
		s.closing[i]()
	}
}

// sleepPatience is how long labs have to fall asleep at the end; what does not by
// then does so by itself a few minutes later.
const sleepPatience = 45 * time.Second

// prepare opens all that a class needs. Nobody can come in yet.
func (s *server) prepare(ctx context.Context) (err error) {
	f := s.f
	s.home.close() // a server that was killed left it open
	if err := s.openDiary(); err != nil {
		return err
	}
	if s.store, err = store.Open(s.home.dir); err != nil {
		return err
	}
	s.later(func() { _ = s.store.Close() })
	if s.yard, err = yard.New(yard.Options{
		Dir: s.home.dir, Environ: f.Environ, Kubelab: f.flags.kubelab, EngineID: f.Build.EngineID, Limit: s.flags.labs, Log: s.log,
	}); err != nil {
		return err
	}
	s.later(s.sleep)
	if err := s.openRoom(ctx); err != nil {
		return err
	}
	s.later(func() { _ = s.room.Close() })
	return s.openHost(ctx)
}

// openRoom opens the class, and makes it before if it is new.
func (s *server) openRoom(ctx context.Context) error {
	c, err := s.f.Course()
	if err != nil {
		return err
	}
	if s.fresh != nil {
		if err := class.Create(ctx, s.store, *s.fresh); err != nil {
			return fmt.Errorf("making class %s: %w", s.home.name, err)
		}
	}
	s.room, err = class.Open(ctx, s.store, class.Options{Course: c, Yard: s.yard, Code: s.flags.valid})
	if err != nil {
		return fmt.Errorf("opening class %s: %w", s.home.name, err)
	}
	s.opened.Store(s.room)
	if s.room.Over() {
		return errors.Join(fmt.Errorf(s.f.Words.ClassOver, s.home.name), s.room.Close())
	}
	return nil
}

// sleep puts all labs to sleep.
func (s *server) sleep() {
	ctx, cancel := context.WithTimeoutCause(context.Background(), sleepPatience, errors.New("labs take too long to fall asleep"))
	defer cancel()
	if err := s.yard.Close(ctx); err != nil {
		s.say(s.f.explain(err))
	}
}

// openHost listens, and says how the class is reached.
func (s *server) openHost(ctx context.Context) error {
	signer, err := host.HostKey(ctx, s.store)
	if err != nil {
		return err
	}
	code, err := host.InstructorCode(ctx, s.store)
	if err != nil {
		return err
	}
	tutors, err := newTutors(s)
	if err != nil {
		return err
	}
	s.host, err = host.New(host.Options{
		Room: s.room, Address: s.flags.bind(), Signer: signer, InstructorCode: code, Screen: tutors.screen,
		Lang: s.room.Class().Lang, Version: version(s.f.Build), Log: s.log,
	})
	if err != nil {
		return s.f.cannotListen(s.flags.bind(), err)
	}
	s.later(func() { _ = s.host.Close() })
	if s.gate, err = gateAt(s.flags.address, portOf(s.host.Addr())); err != nil {
		return err
	}
	fingerprint := host.Fingerprint(signer.PublicKey())
	s.room.Announce(s.gate.ssh("class"), fingerprint)
	if err := s.renewCode(ctx); err != nil {
		return err
	}
	s.door = door{Address: s.gate.local(), Fingerprint: fingerprint, Code: code, Link: s.gate.link()}
	return nil
}

// renewCode makes a join code, unless the one from before a restart is still good.
func (s *server) renewCode(ctx context.Context) error {
	if j := s.room.Join(); j.Code != "" && time.Now().Before(j.Expires) {
		return nil
	}
	if _, err := s.room.Renew(ctx, s.f.instructor(), s.flags.valid); err != nil {
		return fmt.Errorf("making a join code: %w", err)
	}
	return nil
}

func portOf(a net.Addr) int {
	_, port, _ := net.SplitHostPort(a.String())
	n, _ := strconv.Atoi(port) // it is one that the system gave
	return n
}

// run serves until it is interrupted, and says who comes and goes.
func (s *server) run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	defer s.f.interrupts.divert(s.interrupted(stop))()
	if err := s.home.open(s.door); err != nil {
		return err
	}
	defer s.home.close()
	s.announce()
	var aside sync.WaitGroup
	aside.Go(func() { s.prepareEngine(ctx) })
	aside.Go(func() { s.follow(ctx) })
	aside.Go(func() { s.watchDisk(ctx) })
	err := s.host.Serve(ctx)
	stop()
	aside.Wait()
	if err != nil {
		return fmt.Errorf("serving class %s: %w", s.home.name, err)
	}
	s.say(s.f.Words.ClassStopping)
	stopped := s.f.Words.ClassStopped
	if s.room.Over() {
		stopped = s.f.Words.ClassStoppedOver
	}
	s.later(func() { s.say(fmt.Sprintf(stopped, s.home.name)) })
	return nil
}

// interrupted ends the server; while learners are here, only when it is asked
// twice within a few seconds.
func (s *server) interrupted(stop func()) func() {
	var asked time.Time
	return func() {
		here := s.room.Board().Here
		if now := time.Now(); here > 0 && now.Sub(asked) > stopWithin {
			asked = now
			s.say(fmt.Sprintf(s.f.Words.ClassStopAgain, here))
			return
		}
		stop()
	}
}

const stopWithin = 5 * time.Second

// announce says what the class is and how one comes in.
func (s *server) announce() {
	s.talk.Lock()
	defer s.talk.Unlock()
	f, w, c := s.f, s.f.Words, s.room.Class()
	if s.fresh != nil {
		f.printf(w.ClassBegun+"\n\n", c.Name, len(c.Plan), span(length(c.Plan)))
	} else {
		f.printf(w.ClassGoesOn+"\n\n", c.Name, len(c.Plan), len(s.room.Learners()))
	}
	facts := f.poster(s.room.Board(), s.gate)
	f.printFacts(facts)
	f.printCode(s.gate, len(facts))
	f.printf("\n")
	f.printIndented("", s.listens())
	f.printIndented("", w.ClassStop)
	for _, err := range s.room.Faults() {
		f.printIndented("! ", f.explain(err)) // theirs is what waits; the class goes on
	}
	f.printf("\n")
}

// listens says who can reach the class.
func (s *server) listens() string {
	w, g := s.f.Words, s.gate
	ip := net.ParseIP(g.asked)
	switch {
	case g.asked == "" && g.first == "127.0.0.1":
		return w.ClassNoAddress
	case g.asked == "":
		return fmt.Sprintf(w.ClassListensAll, g.port)
	case ip != nil && ip.IsLoopback():
		return fmt.Sprintf(w.ClassListensHere, g.bind())
	}
	return fmt.Sprintf(w.ClassListensOne, g.bind())
}

// say writes a line below the others.
func (s *server) say(line string) {
	s.talk.Lock()
	defer s.talk.Unlock()
	s.f.printIndented("", line)
}

// prepareEngine finds or builds the engine before the first lab needs it.
func (s *server) prepareEngine(ctx context.Context) {
	p := &plain.BuildPrinter{Out: &spoken{s}, Words: s.f.Words}
	switch err := s.yard.Prepare(ctx, p.Changed); {
	case ctx.Err() != nil:
	case err != nil:
		s.say(fmt.Sprintf(s.f.Words.ClassEngineNone, s.f.explain(err)))
	default:
		s.say(fmt.Sprintf(s.f.Words.ClassEngineReady, s.yard.Labs().Limit))
	}
}

// spoken writes whole lines between those of others.
type spoken struct{ s *server }

// Write implements io.Writer.
func (w *spoken) Write(p []byte) (int, error) {
	w.s.talk.Lock()
	defer w.s.talk.Unlock()
	return w.s.f.IO.Out.Write(p)
}

// follow says who comes and goes.
func (s *server) follow(ctx context.Context) {
	p := newPorter(s.f.Words, s.room.Board())
	err := s.room.Sit(s.f.instructor()).Watch(ctx, func(b class.Board) error {
		for _, line := range p.lines(b) {
			s.say(line)
		}
		return nil
	})
	if err != nil && ctx.Err() == nil {
		s.say(s.f.explain(err))
	}
}
