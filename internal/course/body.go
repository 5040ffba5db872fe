package course

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"weak"
)

// Body loads pages, questions and labs. As long as somebody uses them, everyone
// gets the same ones; then they are let go, so that a course takes the memory of
// the lessons that are open, not of all of them. What is wrong in the lesson's
// files is returned as [Faults]; then there is no body. It is safe for
// concurrent use.
func (l *Lesson) Body() (*Body, error) {
	if l.kept != nil {
		return l.kept, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if b := l.lately.Value(); b != nil {
		return b, nil
	}
	var b *Body
	if err := l.src.read(func(r *reader) { b = r.body(l) }); err != nil {
		return nil, fmt.Errorf("opening the lesson %s: %w", l.ID, err)
	}
	l.lately = weak.Make(b)
	return b, nil
}

// Hash changes when the lesson's text, questions or labs do; a lab's scripts do
// not count.
func (l *Lesson) Hash() (sum string, err error) {
	h := sha256.New()
	names := []string{"lesson.yaml", "quiz.yaml"}
	for _, lang := range Langs {
		names = append(names, string(lang)+".md")
	}
	for _, id := range l.LabIDs {
		names = append(names, path.Join("labs", id, "lab.yaml"))
	}
	openErr := l.src.read(func(r *reader) {
		for _, name := range names {
			data, readErr := readRegular(r.fsys, path.Join(l.Dir, name), MaxText)
			if readErr != nil && !errors.Is(readErr, fs.ErrNotExist) { // a lesson need not have questions
				err = readErr
			}
			fmt.Fprintf(h, "%s %d\n%s", name, len(data), data)
		}
	})
	if err = errors.Join(openErr, err); err != nil {
		return "", fmt.Errorf("reading the lesson %s: %w", l.ID, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
