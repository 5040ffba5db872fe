package cli

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"kubetutor/internal/class"
	"kubetutor/internal/lab/attempt"
	"kubetutor/internal/plain"
	"kubetutor/internal/progress"
)

// runClassPlain takes part line after line. What the class says is said as it
// comes; help is asked for by a command.
func (f *Factory) runClassPlain(ctx context.Context, seat class.Seat, db *progress.DB) error {
	o, err := f.plainOptions()
	if err != nil {
		return err
	}
	o.Store = class.Recording(db, func(e progress.Event) { _ = seat.Recorded(ctx, e) }) // kept until it is sent
	o.Desk = &attempt.Desk{Labs: o.Labs, Store: o.Store}
	m := &classmate{f: f, seat: seat}
	o.Further = m.commands()
	ctx, cancel := context.WithCancel(ctx)
	var following sync.WaitGroup
	following.Go(func() { _ = seat.Follow(ctx, m.follow) }) // it ends with the context
	defer following.Wait()
	defer cancel()
	return plain.New(o).Run(ctx, "")
}

// classmate is a learner in a class who reads line after line.
type classmate struct {
	f    *Factory
	seat class.Seat

	mu    sync.Mutex
	sight class.Sight // the last one
}

func (m *classmate) commands() []plain.Command {
	w := m.f.Words
	return []plain.Command{{Word: "hand", Text: w.ClassHand, Do: m.hand}, {Word: "messages", Text: w.ClassMessages, Do: m.messages}}
}

// hand calls for help, or takes the call back.
func (m *classmate) hand(ctx context.Context, why string, out io.Writer) error {
	m.mu.Lock()
	up := !m.sight.Hand || why != ""
	m.mu.Unlock()
	if err := m.seat.Raise(ctx, class.Call{Up: up, Text: why}); err != nil {
		fmt.Fprintln(out, m.f.explain(err))
		return nil // the tutor goes on without the class
	}
	said := m.f.Words.ClassHandUp
	if !up {
		said = m.f.Words.ClassHandDown
	}
	fmt.Fprintln(out, said)
	return nil
}

// messages says again what the instructor has sent.
func (m *classmate) messages(_ context.Context, _ string, out io.Writer) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.sight.Messages) == 0 {
		fmt.Fprintln(out, m.f.Words.ClassNoMessages)
	}
	for _, message := range m.sight.Messages {
		fmt.Fprintln(out, m.message(message))
	}
	return nil
}

func (m *classmate) message(message class.Message) string {
	w := m.f.Words
	switch {
	case message.Lab != "":
		return fmt.Sprintf(w.ClassHintCame, message.Hint, message.Lab)
	case message.Kind == class.MessageCommand:
		return fmt.Sprintf(w.ClassCommandCame, message.Text)
	}
	return fmt.Sprintf(w.ClassMessageCame, message.Text)
}

// follow says what has changed since the last sight.
func (m *classmate) follow(now class.Sight) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	was := m.sight
	m.sight = now
	for _, line := range m.changes(was, now) {
		fmt.Fprintf(m.f.IO.Out, "\n%s\n", line) // below the prompt that waits
	}
	if n := len(now.Messages); n > 0 && now.Messages[n-1].ID != now.Read {
		go func() { _ = m.seat.Read(context.Background(), now.Messages[n-1].ID) }() // said is read; if not told, it is said once more
	}
	return nil
}

func (m *classmate) changes(was, now class.Sight) (lines []string) {
	w := m.f.Words
	say := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	if now.Resume != "" && was.Resume == "" {
		say(w.ClassResumeCode, now.Me, now.Resume)
	}
	switch {
	case now.Lost && !was.Lost:
		say("%s", w.ClassRefusal("lost"))
	case now.Over && !was.Over:
		say("%s", w.ClassRefusal("over"))
	}
	for _, message := range now.Messages {
		if message.ID > max(was.Read, newest(was.Messages), now.Read) {
			say("%s", m.message(message))
		}
	}
	if r := now.Recall; r != nil && (was.Recall == nil || r.ID != was.Recall.ID) {
		say(w.ClassCalled, r.To.Lesson, max(r.To.Page, 1))
	}
	if c := now.Countdown; c != nil && (was.Countdown == nil || !c.Until.Equal(was.Countdown.Until)) {
		say(w.ClassEndsAt, c.Until.Add(-now.Skew).Local().Format(time.TimeOnly), c.Of)
	}
	return lines
}

// newest is the ID of the last message; IDs grow.
func newest(messages []class.Message) string {
	if len(messages) == 0 {
		return ""
	}
	return messages[len(messages)-1].ID
}
