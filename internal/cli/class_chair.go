package cli

import (
	"context"
	"errors"
	"fmt"
	"os/user"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/term"

	"kubetutor/internal/class"
	"kubetutor/internal/class/join"
	"kubetutor/internal/class/store"
	"kubetutor/internal/class/wire"
	"kubetutor/internal/i18n"
)

// chair is an instructor's place in a class, and how one leaves it.
type chair struct {
	class.Chair
	link  string      // what a camera is shown, where that is known
	room  *class.Room // of a class on disk
	store class.Store // the same
	close func()
}

// chairServed takes a chair at the server of a class of this machine.
func (f *Factory) chairServed(ctx context.Context, h classHome, by string) (chair, error) {
	d, err := h.door()
	if err != nil {
		return chair{}, err
	}
	c, err := f.chairAt(ctx, join.Options{Host: d.Address, Code: d.Code, Fingerprint: d.Fingerprint, Name: by})
	c.link = d.Link
	return c, err
}

// chairAt takes a chair over the network.
func (f *Factory) chairAt(ctx context.Context, o join.Options) (chair, error) {
	dir, err := f.joinDir()
	if err != nil {
		return chair{}, err
	}
	o.Dir, o.Program = dir, version(f.Build)
	if f.IO.Terminal() {
		o.Ask = f.askJoin
	}
	c, err := join.Watch(ctx, o)
	if err != nil {
		return chair{}, err
	}
	return chair{Chair: c, close: func() { _ = c.Close() }}, nil
}

// chairOnDisk takes a chair in a class as it is on disk, beside its server if there
// is one: that sees what is done within a second. Who is here only a server knows.
func (f *Factory) chairOnDisk(ctx context.Context, h classHome) (chair, error) {
	c, err := f.Course()
	if err != nil {
		return chair{}, err
	}
	s, err := store.Open(h.dir)
	if err != nil {
		return chair{}, err
	}
	room, err := class.Open(ctx, s, class.Options{Course: c, Now: time.Now})
	if err != nil {
		_ = s.Close()
		return chair{}, fmt.Errorf("opening class %s: %w", h.name, err)
	}
	return chair{Chair: room.Sit(f.instructor()), room: room, store: s, close: func() { _, _ = room.Close(), s.Close() }}, nil
}

// glance is how a class stands now.
func (c chair) glance(ctx context.Context) (board class.Board, err error) {
	enough := errors.New("seen")
	err = c.Watch(ctx, func(b class.Board) error {
		board = b
		return enough
	})
	if errors.Is(err, enough) {
		err = nil
	}
	return board, err
}

// joinDir is where keys and known hosts of classes are kept that are held
// elsewhere, and what could not be sent yet.
func (f *Factory) joinDir() (string, error) {
	dir, err := f.dataDir()
	return filepath.Join(dir, "join"), err
}

// instructor is the name of who is at this terminal, as learners see it.
func (f *Factory) instructor() string {
	if u, err := user.Current(); err == nil {
		for _, name := range []string{u.Name, u.Username} {
			if clean, err := class.Name(name); err == nil {
				return clean
			}
		}
	}
	return "instructor"
}

// instructorBy is the name that was given, or that of who is at this terminal.
func (f *Factory) instructorBy(given string) (string, error) {
	if given == "" {
		return f.instructor(), nil
	}
	name, err := class.Name(given)
	if err != nil {
		return "", usageError{errors.New(f.explain(err))}
	}
	return name, nil
}

// askJoin asks at the terminal what only its user knows.
func (f *Factory) askJoin(ctx context.Context, q join.Question) (string, error) {
	if q.Why != nil {
		fmt.Fprintln(f.IO.Err, f.explain(q.Why))
	}
	fmt.Fprint(f.IO.Err, f.question(q))
	line := make(chan string, 1)
	go func() { line <- f.answer(q.Echo) }() // cannot be stopped: the program ends with the context
	select {
	case said := <-line:
		return said, nil
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// answer reads a line, which is not shown where others may look at the screen.
func (f *Factory) answer(echo bool) string {
	n, terminal := fd(f.IO.In)
	if echo || !terminal {
		return readLine(f.IO.In)
	}
	secret, _ := term.ReadPassword(n) // what was not read is no answer
	fmt.Fprintln(f.IO.Err)
	return strings.TrimSpace(string(secret))
}

func (f *Factory) question(q join.Question) string {
	if q.Kind == join.AskHost {
		return fmt.Sprintf(f.Words.ClassTrustKey, q.Host, q.Fingerprint)
	}
	return f.Words.ClassQuestion(string(q.Kind))
}

// explainClass says in words why somebody is not let in, or not any more; "" where
// an error is another one.
func explainClass(err error, w *i18n.CLI) string {
	var key *join.HostKeyError
	var gone *join.UnreachableError
	var tries *class.TriesError
	var other *wire.VersionError
	switch {
	case errors.As(err, &other) && other.There > other.Here:
		return w.ClassOlderHere
	case errors.As(err, &other):
		return w.ClassOlderThere
	case errors.As(err, &tries):
		return fmt.Sprintf(w.ClassTries, tries.Until.Local().Format(time.TimeOnly))
	case errors.As(err, &key):
		return fmt.Sprintf(w.ClassOtherKey, key.Host, key.Fingerprint, key.Known)
	case errors.As(err, &gone):
		return fmt.Sprintf(w.ClassUnreachable, gone.Address, gone.Err)
	}
	for _, known := range []struct {
		err error
		id  string
	}{
		{class.ErrCode, "code"}, {class.ErrExpired, "expired"}, {class.ErrTries, "tries"}, {class.ErrRoster, "roster"}, {class.ErrName, "name"},
		{class.ErrTaken, "taken"}, {class.ErrResume, "resume"}, {class.ErrRefused, "refused"},
		{class.ErrFull, "full"}, {class.ErrOver, "over"}, {class.ErrLost, "lost"}, {class.ErrNewer, "newer"},
		{join.ErrSecret, "secret"}, {join.ErrNoClass, "none"}, {join.ErrUnanswered, "unanswered"}, {join.ErrStranger, "stranger"}, {join.ErrRefused, "closed"},
	} {
		if errors.Is(err, known.err) {
			return w.ClassRefusal(known.id)
		}
	}
	return ""
}
