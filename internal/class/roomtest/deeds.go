package roomtest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"kubetutor/internal/course"
)

// read reads some pages of a lesson, and answers what stands in the way.
func (l *learner) read(ctx context.Context) error {
	b, err := l.lesson(func(b *course.Body) bool { return len(b.Pages[l.lang]) > 1 })
	if err != nil {
		return err
	}
	if err := l.open(ctx, b); err != nil {
		return err
	}
	for range 3 + l.rand.IntN(8) {
		if _, err := l.try(ctx, []string{"space", "space", "space", "down", "n", "b", "L"}[l.rand.IntN(7)]); err != nil {
			return err
		}
		l.relearn()
		l.count(func(t *tally) { t.Pages++ })
		if err := l.cross(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// relearn notices that the language was switched, by the script of what is shown.
func (l *learner) relearn() {
	han, other := 0, 0
	for _, r := range l.t.Text() {
		switch {
		case unicode.Is(unicode.Han, r):
			han++
		case unicode.IsLetter(r):
			other++
		}
	}
	lang := course.English
	if 5*han > other {
		lang = course.Chinese
	}
	l.speak(lang)
}

// cross deals with a question or a lab that reading on has opened.
func (l *learner) cross(ctx context.Context, b *course.Body) error {
	switch text := l.t.Text(); {
	case l.kind(text) != "":
		return l.answer(ctx, b)
	case strings.Contains(text, l.words.StartLab):
		_, err := l.try(ctx, "esc")
		return err
	}
	return nil
}

// quiz answers some questions of a lesson, one after the other.
func (l *learner) quiz(ctx context.Context) error {
	b, err := l.lesson(func(b *course.Body) bool { return len(b.Questions) > 0 })
	if err != nil {
		return err
	}
	if err := l.open(ctx, b); err != nil {
		return err
	}
	if err := l.press(ctx, "esc", "t"); err != nil {
		return err
	}
	if _, err := l.await("a question", func(text string) bool { return l.kind(text) != "" }); err != nil {
		return err
	}
	for range len(b.Questions) {
		if l.kind(l.t.Text()) == "" {
			return nil
		}
		if err := l.answer(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// search looks for something in all lessons, and does not go there.
func (l *learner) search(ctx context.Context) error {
	l.count(func(t *tally) { t.Searches++ })
	if err := l.press(ctx, "ctrl+k"); err != nil {
		return err
	}
	word := []string{"claim", "volume", "service", "probe", l.token(), "role"}[l.rand.IntN(6)]
	if err := l.write(ctx, word); err != nil {
		return err
	}
	for _, key := range []string{"down", "down", "up"} {
		if _, err := l.try(ctx, key); err != nil {
			return err
		}
	}
	return l.press(ctx, "esc")
}

// look visits the pages beside the lessons.
func (l *learner) look(ctx context.Context) error {
	page := []string{"S", ",", "?"}[l.rand.IntN(3)]
	if err := l.press(ctx, page); err != nil {
		return err
	}
	for range 3 {
		if _, err := l.try(ctx, "down"); err != nil {
			return err
		}
	}
	_, err := l.try(ctx, "esc")
	return err
}

// answer answers the question on the screen, waits for the verdict, and goes on
// to what comes next.
func (l *learner) answer(ctx context.Context, b *course.Body) error {
	text := l.t.Text()
	q := question(text, l.kind(text), b, l.lang)
	if q == nil { // it is longer than the screen, or another begins alike
		_, err := l.try(ctx, "esc")
		return err
	}
	if err := l.give(ctx, q); err != nil {
		return err
	}
	if err := l.ready(ctx); err != nil {
		return err
	}
	if now := question(l.t.Text(), l.kind(l.t.Text()), b, l.lang); now != q {
		return fmt.Errorf("%w: called away from a question", errStray)
	}
	l.ledger.submit(b.ID+"/"+q.ID, time.Now())
	key := "enter"
	if q.Type == course.Manifest {
		key = "ctrl+s"
	}
	if err := l.t.Press(key); err != nil {
		return err
	}
	if err := l.verdict(ctx); err != nil {
		return err
	}
	l.glance()
	return l.press(ctx, "enter")
}

// verdict waits for what the interface says of the answer. It may stand further
// down than the screen goes.
func (l *learner) verdict(ctx context.Context) error {
	for range 8 {
		text, err := l.t.Await(2*time.Second, func(text string) bool { return l.judged(text) != "" })
		if err == nil {
			is := l.judged(text)
			l.ledger.acknowledge(is == l.words.Right, is == l.words.Kept)
			return nil
		}
		if !errors.Is(err, errSilent) {
			return err
		}
		for range 4 {
			if _, err := l.try(ctx, "down"); err != nil {
				return err
			}
		}
	}
	return fmt.Errorf("%w: no verdict", errStray)
}

// judged is which verdict is on the screen; "" for none.
func (l *learner) judged(text string) string {
	switch {
	case strings.Contains(text, signPass+" "+l.words.Right):
		return l.words.Right
	case strings.Contains(text, signFail+" "+l.words.NotQuite):
		return l.words.NotQuite
	case strings.Contains(letters(text), beginning(l.words.Kept, 20)):
		return l.words.Kept
	}
	return ""
}

// kind is how the question on the screen wants to be answered; "" where there is
// none, or it was answered.
func (l *learner) kind(text string) string {
	w := l.words
	for _, how := range []string{w.PickOne, w.PickAll, w.FillIn, w.PutRight, w.TypeCommand, w.TypeOutput, w.WriteYAML} {
		if strings.Contains(text, how) && l.judged(text) == "" {
			return how
		}
	}
	return ""
}

// hand asks for help, or takes that back.
func (l *learner) hand(ctx context.Context) error {
	if err := l.press(ctx, "H"); err != nil {
		return err
	}
	text, err := l.await("the question or the word that the hand is down", func(text string) bool {
		return strings.Contains(text, l.words.RoomHandLabel) || strings.Contains(text, l.words.RoomHandIsDown)
	})
	if err != nil || strings.Contains(text, l.words.RoomHandIsDown) {
		return err
	}
	if err := l.write(ctx, "please "+l.token()); err != nil {
		return err
	}
	if err := l.press(ctx, "enter"); err != nil {
		return err
	}
	l.count(func(t *tally) { t.Hands++ })
	return nil
}

// class reads what the instructor has sent.
func (l *learner) class(ctx context.Context) error {
	if err := l.press(ctx, "m"); err != nil {
		return err
	}
	if _, err := l.await("the page of the class", func(text string) bool { return strings.Contains(text, l.words.RoomTitle) }); err != nil {
		return err
	}
	_, err := l.try(ctx, "esc")
	return err
}
