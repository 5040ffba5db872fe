package host

import (
	"cmp"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"kubetutor/internal/class"
	"kubetutor/internal/class/door"
	"kubetutor/internal/class/wire"
	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
)

// Reasons to end a conversation, besides those of package class.
var (
	errUser         = errors.New("there is no such user")
	errSecret       = fmt.Errorf("for an instructor: %w", class.ErrCode)
	errNoInstructor = errors.New("no instructor can come in by a code")
	errHungUp       = errors.New("the client does not answer as asked")
)

const (
	// rounds is how many questions a conversation has at most, and longest how long
	// an answer may be, in bytes.
	rounds, longest = 12, 400
	nameLength      = 40
)

// conversation is one go at keyboard-interactive authentication (RFC 4256).
type conversation struct {
	*applicant
	ask   gossh.KeyboardInteractiveChallenge
	plain bool // with a person, who reads sentences; a program reads words
}

// learner asks until somebody is let in, or why not.
func (c *conversation) learner(app class.Application) (identity, error) {
	questions, why := []door.Question{door.Code, door.Name}, error(nil)
	for range rounds {
		answers, err := c.put(why, questions...)
		if err != nil {
			return identity{}, err
		}
		fill(&app, questions, answers)
		if questions[0] == door.Resume && app.Resume == "" {
			return c.consent(app)
		}
		admission, err := c.server.o.Room.Admit(c.conn.ctx, app)
		if err == nil {
			return identity{learner: admission.Learner, own: app.Own}, nil
		}
		if questions = c.again(err); questions == nil {
			return identity{}, err
		}
		why = err
	}
	return identity{}, class.ErrTries
}

// fill takes the answers into an application.
func fill(app *class.Application, questions []door.Question, answers []string) {
	for i, q := range questions {
		switch q {
		case door.Code:
			app.Code = answers[i]
		case door.Name:
			app.Name = answers[i]
		case door.Resume:
			app.Resume = answers[i]
		}
	}
}

// again is what to ask once more after an error; nil is nothing.
func (c *conversation) again(err error) []door.Question {
	switch {
	case errors.Is(err, class.ErrTries):
		return nil
	case errors.Is(err, class.ErrTaken):
		return []door.Question{door.Resume}
	case errors.Is(err, class.ErrName), errors.Is(err, class.ErrRoster):
		return []door.Question{door.Name}
	}
	if c.wrong++; c.wrong >= c.server.o.Limits.Tries {
		return nil
	}
	switch {
	case errors.Is(err, class.ErrCode), errors.Is(err, class.ErrExpired):
		return []door.Question{door.Code}
	case errors.Is(err, class.ErrResume):
		return []door.Question{door.Resume}
	}
	return nil
}

// consent asks the instructor.
func (c *conversation) consent(app class.Application) (identity, error) {
	limit := c.server.o.Limits.Consent
	if err := c.say("", inBoth(func(w i18n.HostWords) string { return w.Consent })); err != nil {
		return identity{}, err
	}
	c.conn.patience(limit + c.server.o.Limits.Answer)
	ctx, cancel := context.WithTimeoutCause(c.conn.ctx, limit, class.ErrRefused)
	defer cancel()
	admission, err := c.server.o.Room.Ask(ctx, app)
	if err != nil {
		return identity{}, fmt.Errorf("asking the instructor: %w", err)
	}
	return identity{learner: admission.Learner, own: app.Own}, nil
}

// instructor asks for the instructor's code.
func (c *conversation) instructor() (identity, error) {
	if c.server.o.InstructorCode == "" {
		return identity{}, errNoInstructor
	}
	why := error(nil)
	for range c.server.o.Limits.Tries {
		answers, err := c.put(why, door.Secret, door.Name)
		if err != nil {
			return identity{}, err
		}
		if !sameCode(answers[0], c.server.o.InstructorCode) {
			why = errSecret
			continue
		}
		name, err := class.Name(answers[1])
		if err == nil {
			return identity{instructor: name}, nil
		}
		why = err
	}
	return identity{}, why
}

// sameCode compares codes as people type them, in a time that says nothing.
func sameCode(typed, code string) bool {
	return subtle.ConstantTimeCompare([]byte(bare(typed)), []byte(bare(code))) == 1
}

func bare(code string) string {
	return strings.NewReplacer(" ", "", "-", "").Replace(strings.ToUpper(code))
}

// put asks questions, and says before why they are asked again.
func (c *conversation) put(why error, questions ...door.Question) ([]string, error) {
	prompts, shown := make([]string, len(questions)), make([]bool, len(questions))
	for i, q := range questions {
		prompts[i], shown[i] = prompt(q), q == door.Code || q == door.Name
	}
	said := c.reason(why, questions[0])
	if c.plain {
		prompts[0] = said.second + "\n" + prompts[0]
	}
	answers, err := c.challenge(door.Title(questions...), said.first, prompts, shown)
	if err != nil {
		return nil, err
	}
	for i, a := range answers {
		if len(a) > longest {
			return nil, errHungUp
		}
		answers[i] = strings.TrimSpace(a)
	}
	return answers, nil
}

func (c *conversation) challenge(title, instruction string, prompts []string, shown []bool) ([]string, error) {
	c.conn.patience(c.server.o.Limits.Answer)
	answers, err := c.ask(title, instruction, prompts, shown)
	if err != nil || len(answers) != len(prompts) {
		return nil, errHungUp
	}
	return answers, nil
}

// tell says why nobody is let in.
func (c *conversation) tell(err error) {
	if !errors.Is(err, errHungUp) {
		_ = c.say(door.Refused, c.reason(err, ""))
	}
}

// said is a text as it crosses the door. A program gets a word in first; a person
// gets English there and Chinese in second. OpenSSH shows instructions with all but
// ASCII written as octal numbers, and prompts as they are, so Chinese is said there.
type said struct{ first, second string }

// say shows something, and waits until it has been read.
func (c *conversation) say(title string, text said) error {
	var prompts []string
	if c.plain {
		prompts = []string{text.second + "\n[Enter] "}
	}
	_, err := c.challenge(title, text.first, prompts, make([]bool, len(prompts)))
	return err
}

// reason is why something is asked.
func (c *conversation) reason(why error, question door.Question) said {
	switch {
	case !c.plain && why == nil:
		return said{}
	case !c.plain:
		return said{first: wire.Code(why)}
	}
	return inBoth(func(w i18n.HostWords) string {
		switch {
		case why != nil:
			return sentence(w, why)
		case question == door.Secret:
			return w.WelcomeInstructor
		}
		return w.Welcome
	})
}

func inBoth(say func(i18n.HostWords) string) said {
	return said{say(i18n.Host(course.English)), say(i18n.Host(course.Chinese))}
}

// sentence words an error.
func sentence(w i18n.HostWords, why error) string { return cmp.Or(refusal(w, why), w.Fail) }

// ordinary tells whether an error comes from who is at the door. Any other, such as a
// full disk, is one that the instructor has to hear of.
func ordinary(why error) bool {
	return errors.Is(why, errHungUp) || refusal(i18n.Host(course.English), why) != ""
}

// refusal words why somebody is not let in; "" where an error is none of those.
func refusal(w i18n.HostWords, why error) string {
	var tries *class.TriesError
	if errors.As(why, &tries) {
		return w.TriesAgain(tries.Until.Format(time.TimeOnly))
	}
	for _, known := range []struct {
		err  error
		text string
	}{
		{errSecret, w.Secret}, {class.ErrCode, w.Code}, {class.ErrExpired, w.Expired}, {class.ErrTries, w.Tries}, {class.ErrRoster, w.Roster},
		{class.ErrName, w.Name}, {class.ErrTaken, w.Taken}, {class.ErrResume, w.Resume}, {class.ErrRefused, w.Refused},
		{class.ErrFull, w.Full}, {class.ErrOver, w.Over}, {errUser, w.User}, {errNoInstructor, w.NoInstructor},
	} {
		if errors.Is(why, known.err) {
			return known.text
		}
	}
	return ""
}

// prompt words a question.
func prompt(q door.Question) string {
	return i18n.AskAtDoor(func(w i18n.HostWords) string {
		switch q {
		case door.Name:
			return w.AskName
		case door.Resume:
			return w.AskResume
		case door.Secret:
			return w.AskSecret
		default:
			return w.AskCode
		}
	})
}
