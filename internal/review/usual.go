package review

import (
	"time"
	"unicode/utf8"

	"kubetutor/internal/course"
)

// How long answers take somebody of whom nothing is known. It is a guess that
// tells a command from a click; what is far from it counts only.
const (
	readPerSecond = 12 // characters of English; Chinese says the same in about the same time
	think         = 3 * time.Second
	fillIn        = 5 * time.Second // a blank
	moveItem      = 3 * time.Second
	writeLine     = 20 * time.Second
	writeManifest = 2 * time.Minute
)

// usualFor is how long a question usually takes: to read it, and to give the
// answer.
func usualFor(q *course.Question) time.Duration {
	chars := utf8.RuneCountInString(q.Ask.EN) + utf8.RuneCountInString(q.Given)
	for _, o := range q.Options {
		chars += utf8.RuneCountInString(o.Text.EN)
	}
	for _, i := range q.Items {
		chars += utf8.RuneCountInString(i.Text.EN)
	}
	usual := think + time.Duration(chars)*time.Second/readPerSecond
	switch q.Type {
	case course.Cloze:
		return usual + fillIn
	case course.Order:
		return usual + time.Duration(len(q.Items))*moveItem
	case course.Command, course.Predict:
		return usual + writeLine
	case course.Manifest:
		return usual + writeManifest
	}
	return usual
}
