package annotation

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"kubetutor/internal/engine/addon/ingress/setting"
)

// errMissing says that the Ingress has no such annotation.
var errMissing = errors.New("ingress rule without annotations")

// contentError says that a value is not of its annotation's type.
type contentError struct{ name, value string }

func (e contentError) Error() string {
	return fmt.Sprintf("the annotation %s does not contain a valid value (%s)", e.name, e.value)
}

// deniedError is why the locations of an Ingress answer 503.
type deniedError string

func (e deniedError) Error() string { return string(e) }

func denied(format string, args ...any) error { return deniedError(fmt.Sprintf(format, args...)) }

// reader reads the annotations of one group of one Ingress.
type reader struct {
	*Parser
	ing      *networkingv1.Ingress
	fields   map[string]field
	settings *setting.Settings
}

// find returns the value of an annotation, or of its older name, once it is valid.
func (r *reader) find(name string) (full, value string, err error) {
	f := r.fields[name]
	full = r.Prefix + "/" + name
	value, ok := r.ing.Annotations[full]
	if value == "" && f.alias != "" {
		if old := r.ing.Annotations[r.Prefix+"/"+f.alias]; old != "" {
			full, value, ok = r.Prefix+"/"+f.alias, old, true
		}
	}
	if !ok {
		return full, "", errMissing
	}
	if value != "" && !r.Lenient && !f.valid(value) {
		r.Warn("validation error on ingress %s/%s: annotation %s contains invalid value %s", r.ing.Namespace, r.ing.Name, name, value)
		return full, "", refusal(fmt.Sprintf("annotation %s contains invalid value", full))
	}
	return full, value, nil
}

func (r *reader) text(name string) (string, error) {
	full, value, err := r.find(name)
	if err != nil {
		return "", err
	}
	lines := strings.Split(value, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
	}
	text := strings.Join(lines, "\n")
	if text == "" {
		return "", contentError{full, value}
	}
	return text, nil
}

func (r *reader) boolean(name string) (bool, error) {
	full, value, err := r.find(name)
	if err != nil {
		return false, err
	}
	b, err := strconv.ParseBool(value)
	if err != nil {
		return false, contentError{full, value}
	}
	return b, nil
}

func (r *reader) integer(name string) (int, error) {
	full, value, err := r.find(name)
	if err != nil {
		return 0, err
	}
	i, err := strconv.Atoi(value)
	if err != nil {
		return 0, contentError{full, value}
	}
	return i, nil
}

// textOr, boolOr and intOr are for annotations whose default is taken whatever is wrong.
func (r *reader) textOr(name, otherwise string) string { return or(r.text, name, otherwise) }

func (r *reader) boolOr(name string, otherwise bool) bool { return or(r.boolean, name, otherwise) }

func (r *reader) intOr(name string, otherwise int) int { return or(r.integer, name, otherwise) }

func or[T any](read func(string) (T, error), name string, otherwise T) T {
	value, err := read(name)
	if err != nil {
		return otherwise
	}
	return value
}

// corrected is a value whose default is taken, with a warning, where it is not valid.
func corrected[T any](r *reader, read func(string) (T, error), name string, otherwise T) T {
	value, err := read(name)
	if errors.Is(err, ErrRefused) {
		r.Warn("%s is invalid, defaulting to '%v'", name, otherwise)
	}
	if err != nil {
		return otherwise
	}
	return value
}

// unlessRefused passes on only that a value is not valid: where it is missing or
// not of its type, the zero value is taken.
func unlessRefused[T any](value T, err error) (T, error) {
	if errors.Is(err, ErrRefused) {
		return value, err
	}
	return value, nil
}

// ifSet passes on every error but that there is no annotation.
func ifSet[T any](value T, err error) (T, error) {
	if errors.Is(err, errMissing) {
		return value, nil
	}
	return value, err
}
