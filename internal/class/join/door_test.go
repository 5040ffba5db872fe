package join_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/crypto/ssh"

	"kubetutor/internal/class"
	"kubetutor/internal/class/join"
)

// asks answers questions from a list, and notes them.
func (l *laptop) asks(answers ...string) func(context.Context, join.Question) (string, error) {
	return func(_ context.Context, q join.Question) (string, error) {
		l.asked = append(l.asked, q)
		if len(answers) == 0 {
			return "", errors.New("nobody answers any more")
		}
		a := answers[0]
		answers = answers[1:]
		return a, nil
	}
}

func (l *laptop) kinds() (kinds []join.QuestionKind) {
	for _, q := range l.asked {
		kinds = append(kinds, q.Kind)
	}
	return kinds
}

func TestAddress(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"host": "host:2222", " host ": "host:2222", "host:22": "host:22", "192.0.2.1": "192.0.2.1:2222", "192.0.2.1:22": "192.0.2.1:22",
		"::1": "[::1]:2222", "[::1]": "[::1]:2222", "[::1]:22": "[::1]:22", "fe80::1%eth0": "[fe80::1%eth0]:2222", "2001:db8::2:22": "[2001:db8::2:22]:2222",
		"ssh://class@host:2223": "host:2223", "ssh://class@host/": "host:2222", "class@host": "host:2222", "class@[::1]:22": "[::1]:22", "教室.example": "教室.example:2222",
		"": "", "host:": "", "host:0": "", "host:65536": "", "host:ssh": "", ":22": "", "a b": "", "host:1:2": "", "-oProxyCommand=x": "", "a\x1b[2J": "", "a/b": "",
	} {
		got, err := join.Address(typed)
		if got != want || (err != nil) != (want == "") {
			t.Errorf("%q is %q, %v; want %q", typed, got, err, want)
		}
	}
}

// FuzzAddress holds that what is taken for an address is a host and a port, and
// itself an address.
func FuzzAddress(f *testing.F) {
	for _, typed := range []string{"host", "[::1]:22", "fe80::1%eth0", "ssh://class@host:2223", "a@b@c", "[host]:1"} {
		f.Add(typed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		address, err := join.Address(typed)
		if err != nil {
			return
		}
		if host, port, err := net.SplitHostPort(address); err != nil || host == "" || port == "" || strings.ContainsFunc(address, unicode.IsControl) {
			t.Errorf("%q is %q: %v", typed, address, err)
		}
		if again, err := join.Address(address); err != nil || again != address {
			t.Errorf("%q is %q, and that is %q, %v", typed, address, again, err)
		}
	})
}

// A host key is asked about once; from then on it must be that.
func TestHostKeys(t *testing.T) {
	t.Parallel()
	s, l := serve(t), newLaptop(t)
	real := ssh.FingerprintSHA256(s.signer.PublicKey())
	o := l.options(s, "li.na")
	o.Fingerprint = ""

	o.Ask = nil
	if _, err := join.Dial(t.Context(), o); !errors.Is(err, join.ErrUnanswered) {
		t.Errorf("with nobody to ask: %v", err)
	}
	o.Ask = l.asks("no")
	if _, err := join.Dial(t.Context(), o); !errors.Is(err, join.ErrStranger) {
		t.Errorf("a key that is not trusted: %v", err)
	}
	if len(l.asked) != 1 || l.asked[0].Fingerprint != real || l.asked[0].Host != "class.example:2222" {
		t.Errorf("asked %+v", l.asked)
	}
	if len(s.room.Learners()) > 0 {
		t.Error("somebody was let in")
	}

	o.Ask = l.asks("yes")
	shut(t, dial(t, o))
	o.Ask = nil
	shut(t, dial(t, o))                                          // known
	for _, host := range []string{"192.0.2.7", "fe80::1%eth0"} { // and at another address, too
		o.Host = host
		shut(t, dial(t, o))
		shut(t, dial(t, o))
	}
	o.Host = "class.example"

	// Another machine takes the place of the first.
	s.stop()
	s.signer = newSigner(t)
	s.start()
	other := ssh.FingerprintSHA256(s.signer.PublicKey())
	changed := (*join.HostKeyError)(nil)
	for range 2 {
		if _, err := join.Dial(t.Context(), o); !errors.As(err, &changed) || changed.Known != real || changed.Fingerprint != other || changed.Told {
			t.Fatalf("a changed key: %v", err)
		}
	}
	o.Fingerprint = real
	if _, err := join.Dial(t.Context(), o); !errors.As(err, &changed) || !changed.Told {
		t.Errorf("another key than was told: %v", err)
	}
	o.Fingerprint = other
	shut(t, dial(t, o))
	o.Fingerprint = ""
	shut(t, dial(t, o)) // it has taken the old one's place
	hosts, err := os.ReadFile(filepath.Join(o.Dir, "known_hosts"))
	if err != nil || strings.Count(string(hosts), "\n") != 3 || strings.Count(string(hosts), "class.example") != 1 {
		t.Errorf("%s, %v", hosts, err)
	}
}

// What options do not answer is asked, and again if it was wrong.
func TestQuestions(t *testing.T) {
	t.Parallel()
	s, l := serve(t), newLaptop(t)
	o := l.options(s, "")
	o.Code = "WRONG"
	o.Ask = l.asks("li.na", s.room.Join().Code)
	dial(t, o)
	if want := []join.QuestionKind{join.AskName, join.AskCode}; !slices.Equal(l.kinds(), want) {
		t.Fatalf("asked %q, want %q", l.kinds(), want)
	}
	if why := l.asked[1].Why; !errors.Is(why, class.ErrCode) {
		t.Errorf("asked again because of %v", why)
	}

	// Somebody else takes the name: they have neither its key nor its code.
	m := newLaptop(t)
	o = m.options(s, "Li.Na")
	o.Ask = m.asks("WRONG", "WRONG", "WRONG", "WRONG")
	if _, err := join.Dial(t.Context(), o); !errors.Is(err, join.ErrRefused) {
		t.Errorf("with a wrong resume code: %v", err)
	}
	if m.asked[0].Kind != join.AskResume || !errors.Is(m.asked[0].Why, class.ErrTaken) || !errors.Is(m.asked[1].Why, class.ErrResume) {
		t.Errorf("asked %+v", m.asked)
	}
	o.Ask = nil
	if _, err := join.Dial(t.Context(), o); !errors.Is(err, class.ErrTaken) || !errors.Is(err, join.ErrRefused) {
		t.Errorf("with nobody to ask: %v", err)
	}
	o = newLaptop(t).options(s, "a\x1b[31mb")
	if _, err := join.Dial(t.Context(), o); !errors.Is(err, class.ErrName) {
		t.Errorf("a name that cannot be one: %v", err)
	}
}

// The resume code that the first session tells lets somebody in from another
// machine; an empty answer asks the instructor.
func TestComingBackFromAnotherMachine(t *testing.T) {
	t.Parallel()
	s, l := serve(t), newLaptop(t)
	seat := dial(t, l.options(s, "li.na"))
	resume := ""
	_ = seat.Follow(t.Context(), func(sight class.Sight) error {
		resume = sight.Resume
		return errors.New("seen")
	})
	if resume == "" {
		t.Fatal("the first session tells no resume code")
	}
	shut(t, seat)
	o := newLaptop(t).options(s, "li.na")
	o.Resume = resume
	shut(t, dial(t, o))

	m := newLaptop(t)
	o = m.options(s, "li.na")
	o.Ask = m.asks("")
	go func() {
		for t.Context().Err() == nil {
			if asking := s.room.Board().Asking; len(asking) > 0 {
				_ = s.room.Sit("Ms. Wu").Do(t.Context(), class.Order{Kind: class.OrderAdmit, ID: asking[0].ID, Yes: true})
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
	}()
	dial(t, o)
	if n := len(s.room.Learners()); n != 1 {
		t.Errorf("there are %d learners", n)
	}
}

func TestNobodyThere(t *testing.T) {
	t.Parallel()
	s, l := serve(t), newLaptop(t)
	o := l.options(s, "li.na")
	s.cut(true)
	unreachable := (*join.UnreachableError)(nil)
	if _, err := join.Dial(t.Context(), o); !errors.As(err, &unreachable) || unreachable.Address != "class.example:2222" {
		t.Errorf("got %v", err)
	}
	s.cut(false)
	ctx, cancel := context.WithCancel(t.Context())
	o.Code = ""
	o.Ask = func(ctx context.Context, _ join.Question) (string, error) {
		cancel()
		<-ctx.Done()
		return "", context.Cause(ctx)
	}
	if _, err := join.Dial(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
}

// Programs that are started at once agree on a key, and on who they are.
func TestManyProgramsOfOneLearner(t *testing.T) {
	t.Parallel()
	s, l := serve(t), newLaptop(t)
	o := l.options(s, "li.na")
	ended := make(chan error)
	for range 4 {
		go func() {
			seat, err := join.Dial(t.Context(), o)
			if err == nil {
				shut(t, seat)
			}
			ended <- err
		}()
	}
	for range 4 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if l := s.room.Learners(); len(l) != 1 || len(l[0].Keys) != 1 {
		t.Errorf("there are %+v", l)
	}
}

// Two who share a machine are two to the class, when they say their names.
func TestTwoLearnersOfOneMachine(t *testing.T) {
	t.Parallel()
	s, l := serve(t), newLaptop(t)
	me := func(seat *join.Seat) (name string) {
		_ = seat.Follow(t.Context(), func(sight class.Sight) error {
			name = sight.Me
			return errors.New("seen")
		})
		shut(t, seat)
		return name
	}
	o := l.options(s, "")
	o.Ask = l.asks("li.na") // the first is asked for the name
	if got := me(dial(t, o)); got != "li.na" {
		t.Errorf("the first is %q", got)
	}
	o.Ask, o.Code = nil, ""
	for _, name := range []string{"", "Li.Na"} {
		if o.Name = name; me(dial(t, o)) != "li.na" {
			t.Errorf("as %q they are somebody else", name)
		}
	}
	o = l.options(s, "wang.wei")
	for range 2 {
		if got := me(dial(t, o)); got != "wang.wei" {
			t.Errorf("the second is %q", got)
		}
		o.Code = ""
	}
	if n := len(s.room.Learners()); n != 2 {
		t.Errorf("there are %d learners", n)
	}
}

// What a server says that nobody trusts yet does not reach the terminal as it is.
func TestWordsOfAStrangersServer(t *testing.T) {
	t.Parallel()
	signer := newSigner(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			config := &ssh.ServerConfig{NoClientAuth: true}
			config.AddHostKey(signer)
			_, channels, requests, err := ssh.NewServerConn(c, config)
			if err != nil {
				continue
			}
			go ssh.DiscardRequests(requests)
			for asked := range channels {
				_ = asked.Reject(ssh.ConnectionFailed, "\x1b]0;mine\x07\x1b[2Jgo away")
			}
		}
	}()
	_, err = join.Dial(t.Context(), join.Options{
		Host: listener.Addr().String(), Dir: filepath.Join(t.TempDir(), "join"), Fingerprint: ssh.FingerprintSHA256(signer.PublicKey()),
	})
	if !errors.Is(err, join.ErrNoClass) || strings.ContainsAny(err.Error(), "\x1b\x07") || !strings.Contains(err.Error(), "go away") {
		t.Errorf("got %q", err)
	}
}
