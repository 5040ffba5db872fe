package join

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"kubetutor/internal/class"
	"kubetutor/internal/class/door"
	"kubetutor/internal/class/wire"
)

// applicant is one go at being let in.
type applicant struct {
	*dialer
	ctx  context.Context // of the go, which the callbacks of package ssh do not have
	conn net.Conn

	fingerprint string
	answers     map[door.Question]string // that were given last
	refused     error                    // what the server said last
}

func (a *applicant) config() *ssh.ClientConfig {
	return &ssh.ClientConfig{
		User:            a.user,
		ClientVersion:   door.Version,
		HostKeyCallback: a.host,
		Auth:            []ssh.AuthMethod{ssh.PublicKeys(a.key), ssh.KeyboardInteractive(a.challenge)},
	}
}

// host decides about the server's key. Nobody is asked here: a server does not wait
// with the exchange of keys until somebody has compared fingerprints.
func (a *applicant) host(address string, remote net.Addr, key ssh.PublicKey) error {
	a.fingerprint = ssh.FingerprintSHA256(key)
	return a.o.hosts().check(address, remote, key)
}

// ask asks who is there, who may take as long as they like.
func (a *applicant) ask(q Question) (string, error) {
	if a.o.Ask == nil {
		return "", cmp.Or(q.Why, ErrUnanswered)
	}
	_ = a.conn.SetDeadline(time.Time{})
	answer, err := a.o.Ask(a.ctx, q)
	_ = a.conn.SetDeadline(time.Now().Add(answerWithin))
	return strings.TrimSpace(answer), err
}

// challenge answers a round of questions (RFC 4256).
func (a *applicant) challenge(title, instruction string, prompts []string, shown []bool) ([]string, error) {
	_ = a.conn.SetDeadline(time.Now().Add(answerWithin))
	why := wire.CodeError(instruction)
	if title == door.Refused {
		a.refused = cmp.Or(a.refused, ErrRefused)
		if why != nil {
			a.refused = why
		}
		return nil, nil // the server waits for a reply, which has no answers
	}
	questions := door.Questions(title)
	if len(questions) != len(prompts) {
		return nil, fmt.Errorf("%w: it asks %q", ErrNoClass, class.Clean(strings.Join(prompts, " "), 80))
	}
	answers := make([]string, len(questions))
	for i, q := range questions {
		var err error
		if answers[i], err = a.answer(q, why, shown[i]); err != nil {
			return nil, err
		}
	}
	return answers, nil
}

// answer answers a question: with what was given, if that was not refused yet.
func (a *applicant) answer(q door.Question, why error, shown bool) (string, error) {
	if q == door.Secret && why != nil {
		why = ErrSecret
	}
	a.refused = why
	answer := a.option(q)
	if _, again := a.answers[q]; again || answer == "" {
		var err error
		if answer, err = a.ask(Question{Kind: kindOf(q), Echo: shown, Why: why}); err != nil {
			return "", err
		}
	}
	a.answers[q] = answer
	return answer, nil
}

// option is what was given for a question, empty where nothing was.
func (a *applicant) option(q door.Question) string {
	switch q {
	case door.Code, door.Secret:
		return a.o.Code
	case door.Name:
		return a.o.Name
	case door.Resume:
		return a.o.Resume
	}
	return ""
}

func kindOf(q door.Question) QuestionKind {
	return map[door.Question]QuestionKind{
		door.Code: AskCode, door.Name: AskName, door.Resume: AskResume, door.Secret: AskInstructor,
	}[q]
}

// explain says why one was not let in. What our own callbacks said is wrapped in
// the error of package ssh; what the server said is not.
func (a *applicant) explain(err error) error {
	var other *HostKeyError
	var unknown *unknownKey
	switch {
	case errors.As(err, &other):
		return other
	case errors.As(err, &unknown):
		return unknown
	case errors.Is(err, ErrUnanswered), errors.Is(err, ErrNoClass):
		return err
	case a.refused != nil:
		return &refusal{a.refused}
	case strings.Contains(err.Error(), "unable to authenticate"):
		return &refusal{ErrRefused}
	}
	return fmt.Errorf("connecting to %s: %w", a.address, clean{err})
}

// clean is an error that may have words of the server in it, which has not proven
// to be anybody yet.
type clean struct{ error }

func (e clean) Error() string { return class.Clean(e.error.Error(), 300) }
func (e clean) Unwrap() error { return e.error }

// refusal says that the server does not let one in, and why. Trying again at once
// would only count as another wrong try.
type refusal struct{ why error }

func (r *refusal) Error() string {
	if r.why == ErrRefused {
		return ErrRefused.Error()
	}
	return ErrRefused.Error() + ": " + r.why.Error()
}

func (r *refusal) Unwrap() []error { return []error{ErrRefused, r.why} }

// Pause is how long a program should leave the server alone.
func (r *refusal) Pause() time.Duration {
	if tries := (*class.TriesError)(nil); errors.As(r.why, &tries) {
		return max(time.Until(tries.Until), longPause)
	}
	return longPause
}

// longPause is how long a program waits where another try is unlikely to do better.
const longPause = time.Minute
