package join_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/ssh"

	"kubetutor/internal/class"
	"kubetutor/internal/class/classtest"
	"kubetutor/internal/class/door"
	"kubetutor/internal/class/join"
	"kubetutor/internal/class/wire"
	"kubetutor/internal/progress"
)

// pipe is one direction of a connection in memory: writing never waits, as the
// exchange of versions of SSH needs it. It is made of channels, so that a bubble of
// synctest knows who waits.
type pipe struct {
	mu   sync.Mutex
	data bytes.Buffer
	more chan struct{} // holds one where there is data, or the end
	err  error
}

func (p *pipe) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return 0, io.ErrClosedPipe
	}
	p.wake()
	return p.data.Write(b)
}

func (p *pipe) wake() {
	select {
	case p.more <- struct{}{}:
	default:
	}
}

func (p *pipe) Read(b []byte) (int, error) {
	for {
		p.mu.Lock()
		if p.data.Len() > 0 {
			defer p.mu.Unlock()
			p.wake()
			return p.data.Read(b)
		}
		if p.err != nil {
			defer p.mu.Unlock()
			p.wake()
			return 0, p.err
		}
		p.mu.Unlock()
		<-p.more
	}
}

func (p *pipe) end(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err = err
	p.wake()
}

// wired is one end of a connection in memory. After left bytes, if that is not
// negative, it is cut, and what was on its way is gone.
type wired struct {
	net.Conn // no more of it than what is below
	in, out  *pipe
	mu       sync.Mutex
	left     int
}

func newWire(left int) (here, there *wired) {
	a, b := &pipe{more: make(chan struct{}, 1)}, &pipe{more: make(chan struct{}, 1)}
	return &wired{in: a, out: b, left: left}, &wired{in: b, out: a, left: -1}
}

// spend counts bytes, and cuts the connection when they are used up.
func (w *wired) spend(n int) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.left < 0 {
		return nil
	}
	if w.left -= n; w.left >= 0 {
		return nil
	}
	w.left = 0
	w.Close()
	return errors.New("the connection was cut")
}

func (w *wired) Read(b []byte) (int, error) {
	n, err := w.in.Read(b)
	return n, errors.Join(w.spend(n), err)
}

func (w *wired) Write(b []byte) (int, error) {
	if err := w.spend(len(b)); err != nil {
		return 0, err
	}
	return w.out.Write(b)
}

func (w *wired) Close() error {
	w.in.end(io.EOF)
	w.out.end(io.EOF)
	return nil
}

func (w *wired) SetDeadline(time.Time) error { return nil }
func (w *wired) RemoteAddr() net.Addr        { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 2222} }
func (w *wired) LocalAddr() net.Addr         { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 2), Port: 50000} }

// smallServer is as little of a class's server as there can be: it lets one learner
// in by any key, and notes all that comes in clear.
type smallServer struct {
	store  class.Store
	room   *class.Room
	who    class.LearnerID
	signer ssh.Signer

	mu    sync.Mutex
	dials int
	last  net.Conn
	cuts  *rand.Rand   // nil: connections are not cut
	heard []string     // what clients said to SSH
	data  bytes.Buffer // and to the class
	work  sync.WaitGroup
}

func newSmallServer(t *testing.T, signer ssh.Signer) *smallServer {
	t.Helper()
	store := classtest.NewStore(t)
	if err := class.Create(t.Context(), store, classtest.Class()); err != nil {
		t.Fatal(err)
	}
	room, err := class.Open(t.Context(), store, class.Options{Course: classtest.Course(t)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := room.Renew(t.Context(), "", 24*time.Hour); err != nil {
		t.Fatal(err)
	}
	return &smallServer{
		store: store, room: room, who: classtest.Join(t, room, "li.na").Learner.ID, signer: signer,
	}
}

func (s *smallServer) options(t *testing.T, l *laptop) join.Options {
	return join.Options{
		Host: "class.example", Dir: t.TempDir(), Progress: l.DB, Network: s.network, Program: "v9.9.9",
		Fingerprint: ssh.FingerprintSHA256(s.signer.PublicKey()),
	}
}

// close ends the class and waits until nothing of it is left.
func (s *smallServer) close() {
	s.room.Close()
	s.work.Wait()
}

func (s *smallServer) note(parts ...[]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range parts {
		s.heard = append(s.heard, string(p))
	}
}

// cut lets connections be cut from the next one on; nil ends it.
func (s *smallServer) cut(r *rand.Rand) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cuts = r
}

func (s *smallServer) network(context.Context, string, string) (net.Conn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	left := -1
	if s.dials++; s.cuts != nil {
		left = s.cuts.IntN(20_000)
	}
	here, there := newWire(left)
	s.last = here
	s.work.Go(func() { s.serve(there) })
	return here, nil
}

func (s *smallServer) serve(c net.Conn) {
	defer c.Close()
	config := &ssh.ServerConfig{
		PublicKeyCallback: func(m ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			s.note(m.ClientVersion(), []byte(m.User()))
			return nil, nil
		},
	}
	config.AddHostKey(s.signer)
	conn, channels, requests, err := ssh.NewServerConn(c, config)
	if err != nil {
		return
	}
	defer conn.Close()
	s.work.Go(func() { s.refuse(requests) })
	for asked := range channels {
		s.note([]byte(asked.ChannelType()), asked.ExtraData())
		channel, requests, err := asked.Accept()
		if err != nil {
			return
		}
		s.work.Go(func() { s.session(channel, requests) })
	}
}

func (s *smallServer) refuse(requests <-chan *ssh.Request) {
	for r := range requests {
		s.note([]byte(r.Type), r.Payload)
		_ = r.Reply(false, nil)
	}
}

// spied notes what is read.
type spied struct {
	ssh.Channel
	s *smallServer
}

func (s spied) Read(p []byte) (int, error) {
	n, err := s.Channel.Read(p)
	s.s.mu.Lock()
	defer s.s.mu.Unlock()
	s.s.data.Write(p[:n])
	return n, err
}

func (s *smallServer) session(channel ssh.Channel, requests <-chan *ssh.Request) {
	for r := range requests {
		s.note([]byte(r.Type), r.Payload)
		ok := r.Type == "subsystem" && string(r.Payload[4:]) == door.Seat
		_ = r.Reply(ok, nil)
		if !ok {
			continue
		}
		s.work.Go(func() { s.refuse(requests) })
		presence, err := s.room.Enter(context.Background(), s.who, true)
		if err != nil {
			channel.Close()
			return
		}
		_ = wire.ServeSeat(context.Background(), spied{channel, s}, presence, wire.Options{Program: "test"})
		presence.Leave()
		return
	}
}

// The events that the class has are in the end those that were recorded here, each
// once, and the board shows the last of all, however often and at whatever byte
// connections are cut.
func TestConnectionsCutAtRandomMoments(t *testing.T) {
	t.Parallel()
	signer := newSigner(t)
	for seed := range uint64(3) {
		l := newLaptop(t)
		synctest.Test(t, func(t *testing.T) { cutAtRandom(t, l, signer, rand.New(rand.NewPCG(seed, 6))) })
	}
}

func cutAtRandom(t *testing.T, l *laptop, signer ssh.Signer, r *rand.Rand) {
	s := newSmallServer(t, signer)
	seat, err := join.Dial(t.Context(), s.options(t, l))
	if err != nil {
		t.Fatal(err)
	}
	s.cut(rand.New(rand.NewPCG(r.Uint64(), 7)))
	s.last.Close()
	want := map[string]bool{}
	call, standing := class.Call{}, class.Standing{}
	for range 200 {
		switch r.IntN(8) {
		case 0:
			call = class.Call{Up: r.IntN(2) == 0, Text: "it hangs"}
			if !call.Up {
				call.Text = ""
			}
			_ = seat.Raise(t.Context(), call)
		case 1:
			standing = class.Standing{Lab: lesson + "/lab-0", Number: 1, Passed: r.IntN(9), Of: 9}
			_ = seat.Checks(t.Context(), standing)
		default:
			for _, id := range record(t, l, answer(r.IntN(6), r.IntN(2) == 0)) {
				want[id] = true
			}
			_ = seat.Recorded(t.Context(), progress.Event{})
		}
		time.Sleep(time.Duration(r.IntN(5000)) * time.Millisecond)
	}
	s.cut(nil)
	time.Sleep(3 * time.Minute)
	row := s.room.Board().Rows[0]
	if err := seat.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if up := row.Call != nil; up != call.Up || up && row.Call.Text != call.Text {
		t.Errorf("the hand is up: %v, want %v", row.Call, call)
	}
	if row.Standing.Passed != standing.Passed || row.Standing.Lab != standing.Lab {
		t.Errorf("the lab stands at %+v, want %+v", row.Standing, standing)
	}
	s.close()
	have := events(t, s.store, s.who)
	for id := range want {
		if have[id] != 1 {
			t.Errorf("%s is there %d times", id, have[id])
		}
		delete(have, id)
	}
	if len(have) > 0 {
		t.Errorf("there are others: %v", have)
	}
	t.Logf("%d events over %d connections", len(want), s.dials)
}

// events is what a class has of a learner, and how often.
func events(t *testing.T, store class.Store, who class.LearnerID) map[string]int {
	t.Helper()
	p, err := store.Progress(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	list, err := p.Since(t.Context(), progress.Cursor{}, 100_000)
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]int{}
	for _, a := range list {
		ids[a.ID]++
	}
	return ids
}
