package image

import (
	"errors"
	"fmt"
)

// Kinds of failure of Resolve, for errors.Is. A CRI server answers NotFound for
// the first and Unknown for the others, as containerd does.
var (
	ErrNotFound    = errors.New("not found")
	ErrDenied      = errors.New("pull access denied, repository does not exist or may require authorization")
	ErrUnreachable = errors.New("failed to do request")
	ErrAbsent      = errors.New("the image is not part of this simulated cluster")
	ErrInvalid     = errors.New("invalid reference format")
)

// pullError is an error with containerd's wording and one of the kinds above.
type pullError struct {
	text string
	kind error
}

func (e *pullError) Error() string { return e.text }
func (e *pullError) Unwrap() error { return e.kind }

// refusal is a registry's answer about ref, told in containerd's words.
func refusal(ref string, kind error, format string, args ...any) error {
	reason := fmt.Sprintf(format, args...)
	return &pullError{
		text: fmt.Sprintf("failed to pull and unpack image %q: failed to resolve reference %q: %s", ref, ref, reason),
		kind: kind,
	}
}
