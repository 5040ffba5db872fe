package roomtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"sync"
	"time"

	"kubetutor/internal/class/door"
	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
	"kubetutor/internal/tui/keymap"
)

// learner is somebody who takes part in a class by a schedule that a seed gives.
type learner struct {
	n      int
	name   string
	lang   course.Lang
	course *course.Course
	words  i18n.TUI
	rand   *rand.Rand
	pace   *pace
	plan   []*course.Lesson
	login  Login
	code   string      // the join code
	labs   func() bool // labs may be begun now
	pause  time.Duration
	stay   time.Duration // how long between drops, on average

	ledger ledger

	t     *Terminal
	leave time.Time // when to drop

	resume string // the code
	known  bool   // was let in before: the code is told no more

	mu    sync.Mutex
	tally tally
}

// tally counts what a learner did and what befell them.
type tally struct {
	Logins, Refused, Resets, Halves, Exits                   int // how sessions began and ended
	Lost                                                     int // sessions that ended by themselves
	Silent                                                   int // keys that nothing answered
	Strayed                                                  int // ways on which something else came than was expected
	Pages, Searches, Hands, Labs, Consoles, Commands, Solved int
	Foreign                                                  []string // texts of others that were seen
	Odd                                                      []string // screens where the way was lost, for reading
}

// newLearner is the n-th of a room.
func newLearner(n int, seed uint64, c *course.Course) *learner {
	l := &learner{
		n: n, name: fmt.Sprintf("Learner %d", n), course: c,
		rand: rand.New(rand.NewPCG(seed, uint64(n))), pace: &pace{},
	}
	l.speak(course.Langs[n%len(course.Langs)])
	return l
}

// speak takes the interface to be in a language.
func (l *learner) speak(lang course.Lang) {
	if lang != l.lang {
		l.lang, l.words = lang, wordsOf(lang)
	}
}

// token is a text that nobody but this learner writes.
func (l *learner) token() string { return fmt.Sprintf("xq%02dx", l.n) }

var anyToken = regexp.MustCompile(`xq\d\dx`)

// run takes part until the context ends.
func (l *learner) run(ctx context.Context) {
	for ctx.Err() == nil {
		if err := l.enter(ctx); err != nil {
			l.count(func(t *tally) { t.Refused++; t.note(fmt.Sprintf("%s: %v", l.name, err)) })
			l.rest(ctx, time.Second)
			continue
		}
		if err := l.attend(ctx); ctx.Err() == nil {
			l.part(err)
		} else {
			_ = l.t.Close()
		}
	}
}

// enter logs in and waits for the first page.
func (l *learner) enter(ctx context.Context) error {
	l.speak(course.Langs[l.n%len(course.Langs)]) // as the terminal says
	login := l.login
	login.Answer = l.identify
	t, err := Dial(ctx, login, l.pace)
	if err != nil {
		return err
	}
	l.t = t
	l.leave = time.Now().Add(time.Duration(l.rand.ExpFloat64() * float64(l.stay)))
	if err := l.arrive(); err != nil {
		_ = t.Close()
		return fmt.Errorf("waiting for the first page: %w", err)
	}
	l.count(func(t *tally) { t.Logins++ })
	return nil
}

// identify answers what is asked at the door.
func (l *learner) identify(q door.Question) string {
	switch q {
	case door.Code:
		return l.code
	case door.Name:
		return l.name
	}
	return l.resume
}

var resumeCode = regexp.MustCompile(`\b[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}\b`)

// arrive waits for the first page; the first time, for the resume code that comes
// over it.
func (l *learner) arrive() error {
	text, err := l.t.Await(30*time.Second, func(text string) bool { return l.atHome(text) && (l.resume != "" || l.known) || l.stopped(text) })
	l.known = true
	if err != nil {
		return fmt.Errorf("%w, but\n%s", err, text)
	}
	return nil
}

// stopped tells whether something must be answered before anything else.
func (l *learner) stopped(text string) bool {
	return strings.Contains(text, l.words.RoomResumeTitle) || strings.Contains(letters(text), beginning(l.words.RoomAskAbout, 20))
}

// heed answers what must be answered: the resume code is kept, and an instructor
// who asks to see the screen is mostly allowed to.
func (l *learner) heed() error {
	text := l.t.Text()
	if !l.stopped(text) {
		return nil
	}
	key := "enter"
	if code := resumeCode.FindString(text); code != "" && strings.Contains(text, l.words.RoomResumeTitle) {
		l.resume = code
	} else if l.rand.IntN(4) == 0 {
		key = "n"
	} else {
		key = "y"
	}
	if _, err := l.t.Try(key); err != nil {
		return err
	}
	_, err := l.t.Await(5*time.Second, func(text string) bool { return !l.stopped(text) })
	if errors.Is(err, errSilent) { // the key came too early for the page, or something else is asked
		return nil
	}
	return err
}

// errLeave means that the learner goes now.
var errLeave = errors.New("it is time to leave")

// errStray means that something else was on the screen than was expected.
var errStray = errors.New("lost the way")

// attend does one thing after the other until something ends the session.
func (l *learner) attend(ctx context.Context) error {
	for ctx.Err() == nil {
		err := l.home(ctx)
		if err == nil {
			err = l.one(ctx)
		}
		switch {
		case errors.Is(err, errStray):
			l.count(func(t *tally) { t.Strayed++; t.note(fmt.Sprintf("%s: %v\n%s", l.name, err, l.t.Text())) })
		case errors.Is(err, errSilent):
			l.count(func(t *tally) { t.Silent++; t.note(fmt.Sprintf("%s: %v\n%s", l.name, err, l.t.Text())) })
		case err != nil:
			return err
		}
	}
	return nil
}

// one does one thing.
func (l *learner) one(ctx context.Context) error {
	things := []struct {
		often int
		do    func(context.Context) error
	}{{30, l.read}, {40, l.quiz}, {10, l.search}, {6, l.look}, {6, l.hand}, {5, l.class}, {20, l.lab}}
	if !l.labs() {
		things = things[:len(things)-1]
	}
	all := 0
	for _, t := range things {
		all += t.often
	}
	n := l.rand.IntN(all)
	for _, t := range things {
		if n -= t.often; n < 0 {
			return t.do(ctx)
		}
	}
	return nil
}

// part ends a session that has not ended by itself, in one of the ways in which
// sessions end.
func (l *learner) part(err error) {
	switch {
	case err == nil:
		_ = l.t.Close()
	case !errors.Is(err, errLeave):
		l.count(func(t *tally) { t.Lost++; t.note(fmt.Sprintf("%s: %v", l.name, err)) })
		_ = l.t.Close()
	default:
		l.drop(l.rand.IntN(3))
	}
}

func (l *learner) drop(way int) {
	switch way {
	case 0:
		l.count(func(t *tally) { t.Resets++ })
		_ = l.t.cable.reset()
	case 1:
		l.count(func(t *tally) { t.Halves++ })
		l.t.cable.freeze()
	default:
		l.count(func(t *tally) { t.Exits++ })
		_ = l.t.Close()
	}
}

// rest is what a person does between keys.
func (l *learner) rest(ctx context.Context, mean time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(time.Duration(l.rand.ExpFloat64() * float64(mean))):
	}
}

// press presses keys as a person does, and looks at what comes.
func (l *learner) press(ctx context.Context, keys ...string) error {
	for _, k := range keys {
		if err := l.ready(ctx); err != nil {
			return err
		}
		if err := l.t.Press(k); err != nil {
			return err
		}
		l.glance()
	}
	return nil
}

// try presses a key that may have no effect.
func (l *learner) try(ctx context.Context, key string) (bool, error) {
	if err := l.ready(ctx); err != nil {
		return false, err
	}
	done, err := l.t.Try(key)
	l.glance()
	return done, err
}

// write types a text, faster than keys are pressed one by one.
func (l *learner) write(ctx context.Context, text string) error {
	for _, r := range text {
		l.rest(ctx, l.pause/4)
		if err := l.heed(); err != nil {
			return err
		}
		if err := l.t.Press(string(r)); err != nil {
			return err
		}
	}
	l.glance()
	return nil
}

// ready pauses, and tells when it is time to go.
func (l *learner) ready(ctx context.Context) error {
	l.rest(ctx, l.pause)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case time.Now().After(l.leave):
		return errLeave
	}
	return l.heed()
}

// glance looks for what another learner wrote.
func (l *learner) glance() {
	for _, found := range anyToken.FindAllString(l.t.Text(), -1) {
		if found != l.token() {
			l.count(func(t *tally) { t.Foreign = append(t.Foreign, found+" seen by "+l.token()) })
		}
	}
}

// await waits until the screen is as wanted.
func (l *learner) await(what string, ok func(text string) bool) (string, error) {
	text, err := l.t.Await(15*time.Second, ok)
	if errors.Is(err, errSilent) {
		return text, fmt.Errorf("%w: waited for %s", errStray, what)
	}
	return text, err
}

// home goes back to the first page.
func (l *learner) home(ctx context.Context) error {
	for range 12 {
		l.relearn()
		if l.atHome(l.t.Text()) {
			return nil
		}
		if _, err := l.try(ctx, "esc"); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: home", errStray)
}

func (l *learner) atHome(text string) bool {
	return strings.HasPrefix(strings.TrimSpace(header(text)), "kubetutor") && strings.Contains(text, l.words.SettingsTitle)
}

func (l *learner) count(f func(*tally)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f(&l.tally)
}

// note keeps the first oddities.
func (t *tally) note(text string) {
	if len(t.Odd) < 3 {
		t.Odd = append(t.Odd, text)
	}
}

// lesson is one of those that the learner may open.
func (l *learner) lesson(ok func(*course.Body) bool) (*course.Body, error) {
	list := l.plan
	for range 50 {
		b, err := list[l.rand.IntN(len(list))].Body()
		if err != nil {
			return nil, err
		}
		if ok(b) {
			return b, nil
		}
	}
	return nil, fmt.Errorf("%w: there is no such lesson", errStray)
}

// find goes to a lesson in the list of all.
func (l *learner) find(ctx context.Context, b *course.Body) error {
	if err := l.choose(ctx, l.words.Course); err != nil {
		return err
	}
	if err := l.press(ctx, "enter", "/"); err != nil {
		return err
	}
	if err := l.write(ctx, b.ID); err != nil {
		return err
	}
	_, err := l.await("the lesson in the list", func(text string) bool {
		return strings.Contains(letters(selected(text)), beginning(b.Title.In(l.lang), 12))
	})
	return err
}

// choose goes to an item of the first page.
func (l *learner) choose(ctx context.Context, name string) error {
	for range 9 {
		at := selected(l.t.Text())
		if strings.HasPrefix(strings.TrimLeft(at, " "+signCursor), name) {
			return nil
		}
		if err := l.press(ctx, "down"); err != nil {
			return err
		}
		if _, err := l.await("another item", func(text string) bool { return selected(text) != at }); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: there is no item %q", errStray, name)
}

// open opens a lesson at where the learner was in it.
func (l *learner) open(ctx context.Context, b *course.Body) error {
	if err := l.find(ctx, b); err != nil {
		return err
	}
	if err := l.press(ctx, "enter"); err != nil {
		return err
	}
	_, err := l.await("the lesson", func(text string) bool { return l.inLesson(text, b) })
	return err
}

var pageNumber = regexp.MustCompile(`\d+/\d+`)

func (l *learner) inLesson(text string, b *course.Body) bool {
	return strings.Contains(letters(header(text)), beginning(b.Title.In(l.lang), 12)) && pageNumber.MatchString(header(text))
}

// wordsOf are the interface's words, with the keys that it has.
func wordsOf(lang course.Lang) i18n.TUI { return i18n.TUIWords(lang).WithKeys(keymap.Default().Label) }
