package wire

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"kubetutor/internal/class"
)

// stranger speaks to a server by hand.
type stranger struct {
	net.Conn
	lines *bufio.Reader
	ended chan error
}

// knock greets a server of a seat as a client does.
func knock(t *testing.T, seat class.Seat) *stranger {
	far, near := net.Pipe()
	s := &stranger{Conn: near, lines: bufio.NewReader(near), ended: make(chan error, 1)}
	go func() { s.ended <- ServeSeat(context.WithoutCancel(t.Context()), far, seat, Options{Program: "v9"}) }()
	t.Cleanup(func() { near.Close() })
	return s
}

func (s *stranger) greet(t *testing.T) {
	t.Helper()
	s.say(t, `{"speaks":"kubetutor-seat","protocol":1}`)
	if got := s.read(t); !strings.Contains(got, `"protocol":1`) {
		t.Fatalf("greeted with %s", got)
	}
}

func (s *stranger) say(t *testing.T, line string) {
	t.Helper()
	if _, err := io.WriteString(s, line+"\n"); err != nil {
		t.Fatalf("saying %.40q: %v", line, err)
	}
}

func (s *stranger) read(t *testing.T) string {
	t.Helper()
	line, err := s.lines.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return line
}

// bye reads up to the last line.
func (s *stranger) bye(t *testing.T) string {
	t.Helper()
	last := ""
	for {
		line, err := s.lines.ReadString('\n')
		if err != nil {
			return last
		}
		last = line
	}
}

func TestWhatIsMalformedEndsTheConnectionWithAReason(t *testing.T) {
	event := func(id, at, kind, data string) string {
		return fmt.Sprintf(`{"id":1,"do":"recorded","with":[{"id":%q,"device":%q,"at":%q,"kind":%q,"data":%s}]}`, id, device, at, kind, data)
	}
	const now = "2026-11-21T09:00:00Z"
	for name, tt := range map[string]struct{ line, want string }{
		"no JSON":            {"GET / HTTP/1.1", "not as it should be"},
		"another type":       {`{"id":"one","do":"ping"}`, "not as it should be"},
		"a negative number":  {`{"id":-1,"do":"ping"}`, "not as it should be"},
		"number 0":           {`{"do":"ping"}`, "used before"},
		"a call of text":     {`{"id":1,"do":"raise","with":"help"}`, "this is no class.Call"},
		"a call of nothing":  {`{"id":1,"do":"raise"}`, "this is no class.Call"},
		"a review":           {event(ulidA, now, "review", `{"card":"question:a/1","rating":1}`), "do not travel"},
		"an unknown kind":    {event(ulidA, now, "shell", "{}"), "no kind of event"},
		"an ID that is none": {event("../../etc", now, "position", "{}"), "no ULID"},
		"an impossible time": {event(ulidA, "1066-11-21T09:00:00Z", "position", "{}"), "no time"},
		"too long":           {`{"id":1,"do":"read","with":"` + strings.Repeat("x", maxQuestion) + `"}`, "too long"},
		"too deep":           {`{"id":1,"do":"read","with":` + strings.Repeat("[", 20_000) + `}`, "not as it should be"},
		"an escape in an ID": {strings.ReplaceAll(event("ESC[2J", now, "position", "{}"), "ESC", `\u001b`), "no ULID"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				fake := newFakeSeat()
				s := knock(t, fake)
				s.greet(t)
				go io.WriteString(s, tt.line+"\n") // the server may not read all of it
				last := s.bye(t)
				if !strings.Contains(last, `"bye"`) || !strings.Contains(last, tt.want) || strings.ContainsAny(last, "\x1b") {
					t.Errorf("the last line is %q", last)
				}
				malformed := (*MalformedError)(nil)
				if err := <-s.ended; !errors.As(err, &malformed) {
					t.Errorf("it ended with %v", err)
				}
				if len(fake.all()) > 0 {
					t.Errorf("the seat heard %q", fake.all())
				}
			})
		})
	}
}

func TestManyStreamsAreNotBegun(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := knock(t, newFakeSeat())
		s.greet(t)
		for n := range maxStreams + 1 {
			s.say(t, fmt.Sprintf(`{"id":%d,"do":"follow"}`, n+1))
		}
		if last := s.bye(t); !strings.Contains(last, "more streams") {
			t.Errorf("the last line is %q", last)
		}
		<-s.ended
	})
}

func TestAnUnknownQuestionIsAnsweredSo(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := knock(t, newFakeSeat())
		s.greet(t)
		for n, do := range []string{"order", "watch", "look", "export", "shell", ""} {
			s.say(t, fmt.Sprintf(`{"id":%d,"do":%q}`, n+1, do))
			if got := s.read(t); !strings.Contains(got, `"error":"no-such"`) {
				t.Errorf("%q is answered with %s", do, got)
			}
		}
		s.Close()
		if err := <-s.ended; err != nil {
			t.Errorf("to leave is %v", err)
		}
	})
}

func TestWhoSaysNothingIsNotWaitedFor(t *testing.T) {
	bubble(t, func(t *testing.T) {
		began := time.Now()
		s := knock(t, newFakeSeat())
		if err := <-s.ended; err == nil || time.Since(began) != patience {
			t.Errorf("before a greeting: %v after %v", err, time.Since(began))
		}
		s = knock(t, newFakeSeat())
		s.greet(t)
		began = time.Now()
		if err := <-s.ended; err == nil || time.Since(began) != silence {
			t.Errorf("after it: %v after %v", err, time.Since(began))
		}
	})
}

// Who does not read gets the newest when they do, and holds up nobody.
func TestASlowReaderGetsTheNewest(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeSeat()
		s := knock(t, fake)
		s.greet(t)
		s.say(t, `{"id":1,"do":"follow"}`)
		const many = 5000
		for n := range many {
			fake.sights <- class.Sight{Read: fmt.Sprint(n)}
		}
		var seen []string
		for len(seen) == 0 || seen[len(seen)-1] != fmt.Sprint(many-1) {
			var a answer
			var sight class.Sight
			if err := errors.Join(json.Unmarshal([]byte(s.read(t)), &a), json.Unmarshal(a.Is, &sight)); err != nil {
				t.Fatal(err)
			}
			seen = append(seen, sight.Read)
		}
		if len(seen) > 5 {
			t.Errorf("it got %d sights: %q", len(seen), seen[:5])
		}
		s.Close()
		<-s.ended
	})
}

// Who asks without end is read more slowly.
func TestAFloodIsReadSlowly(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeSeat()
		s := knock(t, fake)
		s.greet(t)
		go io.Copy(io.Discard, s.lines)
		began := time.Now()
		const minute = 60 * perSecond / questionCost
		for n := range burst/questionCost + minute {
			s.say(t, fmt.Sprintf(`{"id":%d,"do":"raise","with":{"up":true}}`, n+1))
		}
		if d := time.Since(began); d < 50*time.Second {
			t.Errorf("it was read within %v", d)
		}
		s.Close()
		<-s.ended
	})
}

// Who asks for what is costly waits longer than it takes.
func TestCostlyCallsTakeAShare(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeSeat()
		fake.takes = 100 * time.Millisecond
		seat, _ := seatOver(t, fake, Options{})
		if err := seat.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		for range 10 {
			if err := seat.Read(t.Context(), "x"); err != nil {
				t.Fatal(err)
			}
		}
		if d := time.Since(began); d < 9*(1+idleShare)*fake.takes {
			t.Errorf("10 calls took %v", d)
		}
	})
}

func TestVersions(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := knock(t, newFakeSeat())
		s.say(t, `{"speaks":"kubetutor-seat","protocol":7,"program":"v12\u001b[2J"}`)
		got := s.bye(t)
		if want := "this program is older than the other side"; !strings.Contains(got, want) || strings.Contains(got, "u001b") {
			t.Errorf("a newer client is told %q", got)
		}
		version := (*VersionError)(nil)
		if err := <-s.ended; !errors.As(err, &version) || version.There != 7 {
			t.Errorf("it ended with %v", err)
		}
	})
}

func TestAnOlderServerIsNamed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		far, near := net.Pipe()
		go func() {
			bufio.NewReader(far).ReadString('\n')
			io.WriteString(far, `{"speaks":"kubetutor-seat","protocol":0,"program":"v1"}`+"\n")
			far.Close()
		}()
		seat := NewSeat(func(context.Context) (io.ReadWriteCloser, error) { return near, nil }, Options{})
		defer seat.Close()
		version := (*VersionError)(nil)
		err := seat.Ready(t.Context())
		if !errors.As(err, &version) || version.Program != "v1" || !strings.Contains(err.Error(), "older than this program") {
			t.Errorf("got %v", err)
		}
	})
}

// FuzzServer holds that no bytes of a client bring a server down, keep it from
// ending, or reach the seat with control characters.
func FuzzServer(f *testing.F) {
	const greeting = `{"speaks":"kubetutor-seat","protocol":1}` + "\n"
	for _, rest := range []string{
		"", `{"id":1,"do":"follow"}` + "\n" + `{"id":1,"do":"cancel"}` + "\n", `{"id":1,"do":"raise","with":{"up":true,"text":"a\u001b[31m"}}` + "\n",
		`{"id":2,"do":"recorded","with":[{"id":"` + ulidA + `","device":"` + device + `","at":"2026-11-21T09:00:00Z","kind":"answer","data":{"question":"a/1","given":{"texts":["x\u0007\ny"]}}}]}` + "\n",
		`{"id":3,"do":"checks","with":{"lab":"a/b","failing":[{"check":"\u202e"}]}}` + "\n", "\x00\xff\n", `{"id":18446744073709551615,"do":"ping"}` + "\n",
	} {
		f.Add([]byte(greeting + rest))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		fake := newFakeSeat()
		far, near := net.Pipe()
		ended := make(chan error, 1)
		go func() { ended <- ServeSeat(t.Context(), far, fake, Options{}) }()
		go io.Copy(io.Discard, near)
		near.SetWriteDeadline(time.Now().Add(5 * time.Second))
		near.Write(in)
		near.Close()
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			t.Fatal("the server does not end")
		}
		for _, heard := range fake.all() {
			if strings.ContainsAny(heard, "\x1b\x07\x00\u202e\u009b") {
				t.Errorf("the seat heard %q", heard)
			}
		}
	})
}

// FuzzClient holds the same of a client and the bytes of a server.
func FuzzClient(f *testing.F) {
	const greeting = `{"speaks":"kubetutor-seat","protocol":1}` + "\n" + `{"id":1,"is":{"now":"2026-11-21T09:00:00Z"},"end":true}` + "\n"
	for _, rest := range []string{
		"", `{"id":2,"is":{"class":"a\u001b]0;x\u0007","me":"b","messages":[{"text":"\u001b[2J"}],"shown":{"columns":2,"rows":1,"content":"\u001b[31mx\u001b[6n"}}}` + "\n",
		`{"id":2,"end":true,"error":"tries x"}` + "\n", `{"bye":"\u001b[1m"}` + "\n", `{"id":2,"is":[]}` + "\n",
	} {
		f.Add([]byte(greeting + rest))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		far, near := net.Pipe()
		first := true
		seat := NewSeat(func(context.Context) (io.ReadWriteCloser, error) {
			if !first {
				return nil, errors.New("once")
			}
			first = false
			return near, nil
		}, Options{Trouble: func(err error) {
			if strings.ContainsAny(err.Error(), "\x1b\x07") {
				t.Errorf("the trouble is %q", err)
			}
		}})
		go io.Copy(io.Discard, far)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = seat.Follow(ctx, func(s class.Sight) error {
				for _, text := range []string{s.Class, s.Me, fmt.Sprint(s.Messages), fmt.Sprint(s.Locked)} {
					if strings.ContainsAny(text, "\x1b\x07\x00\u009b") {
						t.Errorf("it tells %q", text)
					}
				}
				return nil
			})
		}()
		far.SetWriteDeadline(time.Now().Add(5 * time.Second))
		far.Write(in)
		far.Close()
		_ = seat.Ready(ctx)
		cancel()
		<-done
		seat.Close()
	})
}
