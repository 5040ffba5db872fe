package host

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"kubetutor/internal/class"
	"kubetutor/internal/class/classtest"
	"kubetutor/internal/class/door"
	"kubetutor/internal/class/wire"
)

// TestDoor is who is let in, and what they are told.
func TestDoor(t *testing.T) {
	t.Parallel()
	clock := &clock{at: time.Now()}
	var room *class.Room
	s := serve(t, func(o *Options) {
		room = classtest.Room(t, class.Options{Now: clock.now})
		o.Room = room
	})
	s.room = room
	code := room.Join().Code
	ada := classtest.Join(t, room, "Ada")
	tests := []struct {
		name    string
		user    string
		answers *answers
		in      bool
		asked   []door.Question // "" of any
		said    string
	}{
		{"the code and a name", door.Learner, &answers{code: code, name: "Bob"}, true, []door.Question{door.Code, door.Name}, "Welcome"},
		{"in Chinese too", door.Learner, &answers{code: code, name: "李雷"}, true, nil, "欢迎"},
		{"the code as people type it", door.Learner, &answers{code: " " + strings.ToLower(code) + " ", name: "Carol"}, true, nil, ""},
		{"another code", door.Learner, &answers{code: "WRONG-CODE", name: "Dave"}, false,
			[]door.Question{door.Code, door.Name, door.Code, door.Code}, "This is not the join code."},
		{"no code", door.Learner, &answers{name: "Dave"}, false, nil, "This is not the join code."},
		{"no name", door.Learner, &answers{code: code}, false, nil, "A name has letters"},
		{"a name with controls", door.Learner, &answers{code: code, name: "\x1b]0;Eve\x07"}, false, nil, "A name has letters"},
		{"a name of nothing but marks", door.Learner, &answers{code: code, name: "\u202e\u200b"}, false, nil, "A name has letters"},
		{"a name that is taken, with its code", door.Learner, &answers{code: code, name: "ada", resume: ada.Resume}, true,
			[]door.Question{door.Code, door.Name, door.Resume}, "This name is in use"},
		{"a name that is taken, with another code", door.Learner, &answers{code: code, name: "Ada", resume: "WRONG-CODE"}, false, nil, "not the resume code"},
		{"another user", "root", &answers{code: code, name: "Eve", secret: secret}, false, []door.Question{}, "learners are `class@"},
		{"an instructor", door.Instructor, &answers{secret: "abcd efgh", name: "Grace"}, true, []door.Question{door.Secret, door.Name}, ""},
		{"an instructor with another code", door.Instructor, &answers{secret: "ABCD-EFGX", name: "Eve"}, false, nil, "not the instructor code"},
		{"an instructor with the join code", door.Instructor, &answers{secret: code, name: "Eve"}, false, nil, "not the instructor code"},
		{"a learner with the instructor code", door.Learner, &answers{code: secret, name: "Eve"}, false, nil, "not the join code"},
		{"an answer without end", door.Learner, &answers{code: code, name: strings.Repeat("x", 5000)}, false, nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := tt.answers
			_, err := s.dial("", tt.user, a)
			if in := err == nil; in != tt.in {
				t.Errorf("let in: %v (%v), want %v", in, err, tt.in)
			}
			if tt.asked != nil && !slices.Equal(a.asked, tt.asked) {
				t.Errorf("asked %q, want %q", a.asked, tt.asked)
			}
			if !strings.Contains(a.heard(), tt.said) {
				t.Errorf("said was %q, want %q in it", a.heard(), tt.said)
			}
		})
	}
	clock.add(24 * time.Hour)
	late := &answers{code: code, name: "Zoe"}
	if _, err := s.dial("", door.Learner, late); err == nil || !strings.Contains(late.heard(), "expired") {
		t.Errorf("with a code of yesterday: %v, said was %q", err, late.heard())
	}
	back := &answers{code: code, name: "Ada", resume: ada.Resume}
	if _, err := s.dial("", door.Learner, back); err != nil {
		t.Errorf("with a code of yesterday and the resume code: %v, said was %q", err, back.heard())
	}
	again := &answers{name: "Ada", resume: ada.Resume}
	if _, err := s.dial("", door.Learner, again); err == nil {
		t.Error("a resume code that was not asked for lets in")
	}
}

type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// TestKeys holds that a key that was proven when somebody joined lets them in
// again, and no other does.
func TestKeys(t *testing.T) {
	t.Parallel()
	teacher := newSigner(t)
	s := serve(t, func(o *Options) {
		o.InstructorKeys = map[string]string{Fingerprint(teacher.PublicKey()): "Grace"}
	})
	mine, others, more := newSigner(t), newSigner(t), newSigner(t)
	var unknown []gossh.Signer
	for range 9 {
		unknown = append(unknown, newSigner(t))
	}
	first := &answers{keys: []gossh.Signer{more, mine}, code: s.room.Join().Code, name: "Ada"}
	if _, err := s.dial("", door.Learner, first); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		user  string
		keys  []gossh.Signer
		in    bool
		asked bool
	}{
		{"the key", door.Learner, []gossh.Signer{more}, true, false},
		{"the key behind another", door.Learner, []gossh.Signer{others, more}, true, false},
		{"a key that was offered and not needed", door.Learner, []gossh.Signer{mine}, false, true},
		{"another key", door.Learner, []gossh.Signer{others}, false, true},
		{"a key whose owner cannot prove it", door.Learner, []gossh.Signer{forged{others, more.PublicKey()}}, false, false},
		{"ten keys", door.Learner, append(slices.Clone(unknown), more), true, false},
		{"the instructor's", door.Instructor, []gossh.Signer{teacher}, true, false},
		{"a learner's as the instructor's", door.Instructor, []gossh.Signer{more}, false, true},
		{"the instructor's as a learner's", door.Learner, []gossh.Signer{teacher}, false, true},
		{"another user", "root", []gossh.Signer{more}, false, false},
		{"a certificate", door.Learner, []gossh.Signer{certified(t, more)}, false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := &answers{keys: tt.keys}
			c, err := s.dial("", tt.user, a)
			if in := err == nil; in != tt.in {
				t.Fatalf("let in: %v (%v), want %v", in, err, tt.in)
			}
			if asked := len(a.asked) > 0; asked != tt.asked {
				t.Errorf("asked: %q, want %v", a.asked, tt.asked)
			}
			if tt.in && tt.user == door.Learner {
				open(t, c, 80, 24).await("hello Ada")
			}
		})
	}
}

// forged says that it has a key, and signs with another.
type forged struct {
	gossh.Signer
	public gossh.PublicKey
}

func (f forged) PublicKey() gossh.PublicKey { return f.public }

func certified(t *testing.T, key gossh.Signer) gossh.Signer {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	authority, err := gossh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	c := &gossh.Certificate{Key: key.PublicKey(), CertType: gossh.UserCert, ValidPrincipals: []string{door.Learner}, ValidBefore: gossh.CertTimeInfinity}
	if err := c.SignCert(rand.Reader, authority); err != nil {
		t.Fatal(err)
	}
	signer, err := gossh.NewCertSigner(c, key)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// TestConsent holds that an instructor can give a name back to somebody who has
// lost its code, and can refuse.
func TestConsent(t *testing.T) {
	t.Parallel()
	s := serve(t)
	ada := classtest.Join(t, s.room, "Ada")
	before, err := s.dial("", door.Learner, &answers{code: s.room.Join().Code, name: "Ada", resume: ada.Resume})
	if err != nil {
		t.Fatal(err)
	}
	had, seat := open(t, before, 80, 24), s.seat(before)
	had.await("hello Ada")
	chair := s.room.Sit("Grace")
	for _, yes := range []bool{true, false} {
		a := &answers{code: s.room.Join().Code, name: "Ada"}
		result := make(chan error, 1)
		var c *gossh.Client
		go func() {
			var err error
			c, err = s.dial("", door.Learner, a)
			result <- err
		}()
		if err := chair.Do(t.Context(), class.Order{Kind: class.OrderAdmit, By: "Grace", ID: s.asking(t), Yes: yes}); err != nil {
			t.Fatal(err)
		}
		err := <-result
		if in := err == nil; in != yes {
			t.Fatalf("let in: %v (%v), want %v", in, err, yes)
		}
		if !strings.Contains(a.heard(), "The instructor has been asked.") {
			t.Errorf("said was %q", a.heard())
		}
		if yes {
			n := open(t, c, 80, 24)
			n.await("hello Ada")
			s.ousted(had)
			s.ousted(open(t, before, 80, 24)) // over the connection that they have
			within(t, "the seat of who had the name ends", seat)
			within(t, "another one is not taken", s.seat(before))
			n.press("x")
			n.await("typed x.")
		} else if !strings.Contains(a.heard(), "has not agreed") {
			t.Errorf("said was %q", a.heard())
		}
	}
	if l, ok := s.room.Learner(ada.Learner.ID); !ok || l.Name != "Ada" {
		t.Errorf("Ada is %v, %v now", l, ok)
	}
}

// seat takes a seat as a program does, and tells when it ends.
func (s *served) seat(c *gossh.Client) <-chan error {
	s.t.Helper()
	session, err := c.NewSession()
	if err != nil {
		s.t.Fatal(err)
	}
	in, err := session.StdinPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := session.RequestSubsystem(door.Seat); err != nil {
		s.t.Fatal(err)
	}
	fmt.Fprintf(in, "{\"speaks\":%q,\"protocol\":%d}\n", door.Seat, wire.Protocol)
	ended := make(chan error, 1)
	go func() { ended <- session.Wait() }()
	return ended
}

// within waits for something that happens at once.
func within(t *testing.T, what string, ended <-chan error) {
	t.Helper()
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Errorf("not seen in time: %s", what)
	}
}

// ousted holds that the session of whoever had a name before ends, and tells why.
func (s *served) ousted(n *terminal) {
	s.t.Helper()
	if status := n.end(); status != 1 || !strings.Contains(n.bytes(), "given this name to somebody else") {
		s.t.Errorf("who had the name ends with %d, and reads %q", status, tail(n.bytes(), 200))
	}
}

// asking waits for somebody who asks the instructor.
func (s *served) asking(t *testing.T) string {
	t.Helper()
	for range 500 {
		if asking := s.room.Board().Asking; len(asking) > 0 {
			return asking[0].ID
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("nobody asks")
	return ""
}

// TestConsentGivenUp holds that a request for consent goes with who asked.
func TestConsentGivenUp(t *testing.T) {
	t.Parallel()
	s := serve(t)
	classtest.Join(t, s.room, "Ada")
	a := &answers{code: s.room.Join().Code, name: "Ada"}
	giveUp := make(chan *gossh.Client, 1)
	go func() {
		c, _ := s.dialRaw(door.Learner, a)
		giveUp <- c
	}()
	s.asking(t)
	s.cut()
	<-giveUp
	poll(t, "the request goes", func() bool { return len(s.room.Board().Asking) == 0 })
}

// TestFingerprintCompared holds that people have time to compare the host key's
// fingerprint, which their client asks for in the middle of the key exchange.
func TestFingerprintCompared(t *testing.T) {
	t.Parallel()
	s := serve(t, func(o *Options) { o.Limits.Handshake = 100 * time.Millisecond })
	config := s.config(door.Learner, &answers{code: s.room.Join().Code, name: "Ada"})
	config.HostKeyCallback = func(string, net.Addr, gossh.PublicKey) error {
		time.Sleep(5 * s.o.Limits.Handshake)
		return nil
	}
	c, err := gossh.Dial("tcp", s.Addr().String(), config)
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
}

// TestProgramsAtDoor holds that a program of ours is told words, and comes with
// labs of its own.
func TestProgramsAtDoor(t *testing.T) {
	t.Parallel()
	s := serve(t)
	a := &answers{code: "WRONG-CODE", name: "Ada", version: door.Version + "_1.0"}
	if _, err := s.dial("", door.Learner, a); err == nil {
		t.Fatal("let in with another code")
	}
	if len(a.told) != 1+s.o.Limits.Tries || a.told[0] != "" {
		t.Fatalf("told was %q", a.told)
	}
	for _, told := range a.told[1:] {
		if !errors.Is(wire.CodeError(told), class.ErrCode) {
			t.Errorf("told was %q", told)
		}
	}
}

// poll waits until something is so.
func poll(t testing.TB, what string, so func() bool) {
	t.Helper()
	for range 1000 {
		if so() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("it does not happen: %s", what)
}
