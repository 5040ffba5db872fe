package wire

import (
	"errors"
	"strings"
	"time"

	"kubetutor/internal/class"
)

var (
	errNoSuch = errors.New("the server does not know this question")
	errFailed = errors.New("the server could not do this")
)

// coded is an error that crosses the connection as a word.
type coded struct {
	code string
	err  error
}

// codes are never changed: a new error gets a new one.
func codes() []coded {
	return []coded{
		{"code", class.ErrCode}, {"expired", class.ErrExpired}, {"tries", class.ErrTries}, {"roster", class.ErrRoster},
		{"name", class.ErrName}, {"taken", class.ErrTaken}, {"resume", class.ErrResume}, {"refused", class.ErrRefused},
		{"full", class.ErrFull}, {"over", class.ErrOver},
		{"declined", class.ErrDeclined}, {"away", class.ErrAway}, {"unknown", class.ErrUnknown}, {"order", class.ErrOrder},
		{"no-such", errNoSuch}, {"failed", errFailed},
	}
}

// Code is the word for an error of package class, "failed" for any other, "" for
// none. That of *class.TriesError has the time behind it.
func Code(err error) string {
	if err == nil {
		return ""
	}
	if tries := (*class.TriesError)(nil); errors.As(err, &tries) {
		return "tries " + tries.Until.UTC().Format(time.RFC3339)
	}
	for _, c := range codes() {
		if errors.Is(err, c.err) {
			return c.code
		}
	}
	return "failed"
}

// CodeError is the error that a word of Code stands for; nil where it is none.
func CodeError(code string) error {
	code, rest, _ := strings.Cut(code, " ")
	for _, c := range codes() {
		if c.code != code {
			continue
		}
		if until, err := time.Parse(time.RFC3339, rest); c.err == class.ErrTries && err == nil {
			return &class.TriesError{Until: until}
		}
		return c.err
	}
	return nil
}

// saidError is an error that has no word, as the server told it.
type saidError string

func (e saidError) Error() string { return string(e) }

// failure is the error of a last answer.
func (a answer) failure() error {
	if a.Error == "" {
		return nil
	}
	if text := class.CleanLines(a.Text, 500); text != "" {
		if known := CodeError(a.Error); known != nil && known != errFailed {
			return explained{text, known}
		}
		return saidError(text)
	}
	if known := CodeError(a.Error); known != nil {
		return known
	}
	return errFailed
}

// explained is an error of package class in the server's words.
type explained struct {
	text string
	err  error
}

func (e explained) Error() string { return e.text }
func (e explained) Unwrap() error { return e.err }
