package watch_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/class"
	"kubetutor/internal/class/watch"
)

// playing is a view of a class of three.
func playing(t *testing.T, change ...func(*watch.Options)) *sim {
	t.Helper()
	s := newSim(t, 100, 30, change...)
	s.tell(few())
	return s
}

// order fails the test unless exactly one order was given, and it is this one.
func (s *sim) order(want class.Order) {
	s.t.Helper()
	want.By = "Ada"
	got, n := s.chair.last()
	if n != 1 || !reflect.DeepEqual(got, want) {
		s.t.Errorf("%d orders, the last %+v, want %+v", n, got, want)
	}
}

func TestMessageGoesToTheOneUnderTheCursor(t *testing.T) {
	t.Parallel()
	s := playing(t)
	s.press("down", "m")
	s.shows("To: omar")
	s.write("look at the class")
	s.press("enter")
	s.order(class.Order{Kind: class.OrderSend, To: []class.LearnerID{"bbbbbbbb"}, Message: &class.Message{Kind: class.MessageText, Text: "look at the class"}})
	s.shows("Sent to omar.")
}

func TestMessageGoesToSomeAndToAll(t *testing.T) {
	t.Parallel()
	s := playing(t)
	s.press("space", "space", "m")
	s.shows("To: 2 learners")
	s.press("tab")
	s.shows("To: all 3 learners")
	s.press("tab", "tab", "x", "enter")
	s.order(class.Order{Kind: class.OrderSend, To: []class.LearnerID{"aaaaaaaa", "bbbbbbbb"}, Message: &class.Message{Kind: class.MessageText, Text: "x"}})

	s = playing(t)
	s.press("c", "tab", "y", "enter")
	s.order(class.Order{Kind: class.OrderSend, Message: &class.Message{Kind: class.MessageCommand, Text: "y"}})
}

func TestEmptyMessageIsNotSent(t *testing.T) {
	t.Parallel()
	s := playing(t)
	s.press("m", "space", "enter")
	s.shows("Nothing is typed yet.")
	if _, n := s.chair.last(); n != 0 {
		t.Errorf("%d orders", n)
	}
}

// A message begun goes to whom it was begun for, whatever the board does
// meanwhile.
func TestRecipientStaysWhileTyping(t *testing.T) {
	t.Parallel()
	s := playing(t)
	s.press("m", "a")
	b := few()
	slices.Reverse(b.Rows)
	s.tell(b)
	b.Rows = b.Rows[:2]
	s.tell(b) // the recipient is gone from the board
	s.press("enter")
	s.order(class.Order{Kind: class.OrderSend, To: []class.LearnerID{"aaaaaaaa"}, Message: &class.Message{Kind: class.MessageText, Text: "a"}})
}

func TestHintGoesToThoseInTheLab(t *testing.T) {
	t.Parallel()
	s := playing(t)
	s.press("a", "h", "down", "enter") // sofia is in no lab
	s.order(class.Order{
		Kind: class.OrderSend, To: []class.LearnerID{"aaaaaaaa", "bbbbbbbb"},
		Message: &class.Message{Kind: class.MessageHint, Lab: lesson + "/bind-claim", Hint: 2},
	})

	s = playing(t)
	s.press("G", "h")
	s.shows("Nobody of the chosen is in a lab.")
}

func TestOrdersByKey(t *testing.T) {
	t.Parallel()
	lab := class.Place{Lesson: lesson, Page: 3, Focus: "lab:bind-claim"}
	service := class.Place{Lesson: "service-purpose"}
	for name, tt := range map[string]struct {
		keys  []string
		board func(*class.Board)
		want  class.Order
	}{
		"note":       {keys: []string{"down", "n", "o", "k", "enter"}, want: class.Order{Kind: class.OrderNote, To: []class.LearnerID{"bbbbbbbb"}, Text: "ok"}},
		"attend":     {keys: []string{"down", "p"}, want: class.Order{Kind: class.OrderAttend, To: []class.LearnerID{"bbbbbbbb"}, Yes: true}},
		"not attend": {keys: []string{"p"}, want: class.Order{Kind: class.OrderAttend, To: []class.LearnerID{"aaaaaaaa"}}},
		"lower":      {keys: []string{"l"}, want: class.Order{Kind: class.OrderLower, To: []class.LearnerID{"aaaaaaaa"}}},
		"attend else": {keys: []string{"P", "w", "a", "n", "enter", "g", "enter"}, board: func(b *class.Board) {
			b.Missing = []class.Missing{{Entry: class.Entry{Name: "Wang"}}, {Entry: class.Entry{Name: "Wanda"}}} // "wan" is refused
		}, want: class.Order{Kind: class.OrderAttend, Text: "Wang", Yes: true}},
		"lock": {keys: []string{"o", "G", "o"}, want: class.Order{Kind: class.OrderLock, Place: &service}},
		"open": {keys: []string{"o", "G", "o"}, board: func(b *class.Board) { b.Locked = []class.Place{service} },
			want: class.Order{Kind: class.OrderOpen, Place: &service}},
		"recall":      {keys: []string{"b", "b", "y"}, want: class.Order{Kind: class.OrderRecall, Place: &lab}},
		"recall some": {keys: []string{"space", "b", "b", "y"}, want: class.Order{Kind: class.OrderRecall, To: []class.LearnerID{"aaaaaaaa"}, Place: &lab}},
		"countdown":   {keys: []string{"t", "1", "5", "space", "l", "a", "b", "enter"}, want: class.Order{Kind: class.OrderTime, Time: 15 * time.Minute, Text: "lab"}},
		"extend":      {keys: []string{"t", "+", "5", "enter"}, want: class.Order{Kind: class.OrderExtend, Time: 5 * time.Minute}},
		"stop":        {keys: []string{"t", "0", "enter"}, want: class.Order{Kind: class.OrderTime}},
		"renew":       {keys: []string{"J", "r", "y"}, want: class.Order{Kind: class.OrderRenew}},
		"end":         {keys: []string{"E", "y"}, want: class.Order{Kind: class.OrderEnd}},
		"admit": {keys: []string{"d", "a"}, board: func(b *class.Board) { b.Asking = []class.Asking{{ID: "q", Name: "omar"}} },
			want: class.Order{Kind: class.OrderAdmit, ID: "q", Yes: true}},
		"refuse": {keys: []string{"d", "x"}, board: func(b *class.Board) { b.Asking = []class.Asking{{ID: "q", Name: "omar"}} },
			want: class.Order{Kind: class.OrderAdmit, ID: "q"}},
		"show":      {keys: []string{"v", "enter", "h", "i", "enter"}, want: class.Order{Kind: class.OrderShow, ID: "s1", Text: "hi"}},
		"show none": {keys: []string{"v", "x"}, want: class.Order{Kind: class.OrderShow}},
		"from the learner's page": {keys: []string{"enter", "right", "m", "x", "enter"},
			want: class.Order{Kind: class.OrderSend, To: []class.LearnerID{"bbbbbbbb"}, Message: &class.Message{Kind: class.MessageText, Text: "x"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, b := newSim(t, 100, 30), few()
			if tt.board != nil {
				tt.board(&b)
			}
			s.tell(b)
			s.press(tt.keys...)
			s.order(tt.want)
		})
	}
}

// What acts on the whole room is not done by one key.
func TestRoomIsAskedFor(t *testing.T) {
	t.Parallel()
	for _, keys := range [][]string{{"E"}, {"E", "n"}, {"E", "esc"}, {"b", "b"}, {"b", "b", "n"}, {"J", "r"}, {"J", "r", "n"}} {
		s := playing(t)
		s.press(keys...)
		if o, n := s.chair.last(); n != 0 {
			t.Errorf("%v: %+v", keys, o)
		}
	}
}

// Rows change places, and the cursor stays with the learner and on its line.
func TestCursorStaysWithTheLearner(t *testing.T) {
	t.Parallel()
	s := newSim(t, 80, 24)
	b := many(60)
	s.tell(b)
	for range 20 {
		s.press("down")
	}
	who, line := s.model.Cursor(), s.cursorLine()
	for range 3 {
		b.Rows = append(slices.Clone(b.Rows[3:]), b.Rows[:3]...)
		s.tell(b)
		if got := s.model.Cursor(); got != who || s.cursorLine() != line {
			t.Fatalf("the cursor went from %s in line %d to %s in line %d", who, line, got, s.cursorLine())
		}
	}
}

// Who gets stuck comes into sight at the top, wherever the cursor is in the
// window; where the list is scrolled, it is said.
func TestStuckComesIntoSight(t *testing.T) {
	t.Parallel()
	s := newSim(t, 80, 24)
	b := many(60)
	for i := range b.Rows {
		b.Rows[i].Stuck = nil
	}
	s.tell(b)
	s.press("down")
	who := s.model.Cursor()
	last := b.Rows[59]
	last.Stuck, last.Tries = []class.Stuck{class.StuckTries}, 7
	b.Rows = append([]class.Row{last}, b.Rows[:59]...)
	s.tell(b)
	s.shows("7 tries failed")
	if s.model.Cursor() != who {
		t.Errorf("the cursor went to %s", s.model.Cursor())
	}
	s.press("G")
	s.hides("7 tries failed")
	s.shows("1 stuck above")
}

// A view that has the whole window leaves the roster its own height.
func TestResizeBehindAnotherView(t *testing.T) {
	t.Parallel()
	s := newSim(t, 80, 40)
	s.tell(many(60))
	s.press("G", "J")
	s.send(tea.WindowSizeMsg{Width: 80, Height: 24})
	s.press("esc")
	if s.cursorLine() < 0 {
		t.Errorf("the cursor is out of sight:\n%s", s.screen())
	}
}

// cursorLine is the line of the screen with the cursor.
func (s *sim) cursorLine() int {
	return slices.IndexFunc(strings.Split(s.screen(), "\n"), func(l string) bool { return strings.HasPrefix(l, "▸") })
}

// A learner who leaves the class takes the cursor away: the next key must not
// mean who stands there now.
func TestKeyNeverMeansANeighbour(t *testing.T) {
	t.Parallel()
	s := playing(t)
	s.press("down")
	b := few()
	b.Rows = slices.Delete(b.Rows, 1, 2)
	s.tell(b)
	s.press("p", "l", "n", "w")
	if o, n := s.chair.last(); n != 0 {
		t.Errorf("somebody else was meant: %+v", o)
	}
}

// Who is under the cursor stays on the screen when the filter would hide them.
func TestFilterKeepsTheCursor(t *testing.T) {
	t.Parallel()
	s := playing(t)
	s.press("G")
	s.press("f") // only who is stuck; sofia is not
	s.shows("only who is stuck")
	if got := s.model.Cursor(); got != "cccccccc" {
		t.Errorf("the cursor went to %s", got)
	}
	s.shows("sofia")
	s.press("up")
	s.hides("sofia")
	s.press("esc")
	s.shows("sofia")
}

// Who is on the roster and has not joined is named, but not beside those who are
// stuck or here.
func TestMissingAreNamed(t *testing.T) {
	t.Parallel()
	s := playing(t)
	b := few()
	b.Missing = []class.Missing{{Entry: class.Entry{Name: "Priya"}}, {Entry: class.Entry{Name: "王小明"}}, {Entry: class.Entry{Name: "Tomás"}, Attended: true}}
	s.tell(b)
	s.shows("not here yet: Priya, 王小明.")
	s.press("f")
	s.hides("Priya")
	s.press("esc")
	s.shows("Priya")
}

func TestFindName(t *testing.T) {
	t.Parallel()
	s := playing(t)
	s.press("/")
	s.write("OM")
	s.press("enter", "down")
	s.shows("omar")
	s.hides("sofia")
	s.press("esc")
	s.shows("sofia")
}

func TestLostConnectionIsShownAndRefusesActions(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(*sim){
		"error": func(s *sim) {
			s.chair.lose <- errors.New("broken pipe")
			s.comes("connection lost")
		},
		"told": func(s *sim) {
			b := few()
			b.Lost = true
			s.tell(b)
		},
		"silence": func(s *sim) { *s.now = s.now.Add(time.Minute) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := playing(t)
			lose(s)
			s.shows("connection lost")
			s.press("m", "x", "enter")
			s.shows("nothing was done")
			s.press("w")
			s.shows("nothing was done")
			s.press("e")
			s.shows("nothing was done")
			if _, n := s.chair.last(); n != 0 {
				t.Errorf("%d orders", n)
			}
		})
	}
}

func TestClassIsFollowedAgain(t *testing.T) {
	t.Parallel()
	s := playing(t)
	s.chair.lose <- errors.New("broken pipe")
	s.comes("connection lost")
	s.send(watch.FollowAgain())
	s.tell(many(30))
	s.shows("27 here")
	s.hides("connection lost")
}

func TestFailedOrderIsSaid(t *testing.T) {
	t.Parallel()
	s := playing(t)
	s.chair.err = errors.New("the disk is full \x1b]0;x\a")
	s.press("p")
	s.shows("Not done: the disk is full")
	s.chair.err = class.ErrUnknown
	s.press("p")
	s.shows("not in the class any more")
}

func TestCountdownRuns(t *testing.T) {
	t.Parallel()
	s := playing(t)
	s.shows("bind the claim 12:30")
	*s.now = s.now.Add(10 * time.Second)
	s.shows("12:20")
	*s.now = s.now.Add(12*time.Minute + 30*time.Second)
	s.shows("time is up")
}

func TestLook(t *testing.T) {
	t.Parallel()
	s := playing(t)
	s.press("w")
	s.shows("Waiting until 李娜 says yes")
	s.await("the question", func() bool { return s.chair.watchers() == 1 })
	rows := make([]string, 60)
	for i := range rows {
		rows[i] = strings.Repeat("0123456789", 14) + "\x1b[31mred" + string(rune('A'+i%26))
	}
	s.chair.frames <- class.Screen{Columns: 144, Rows: 60, Content: strings.Join(rows, "\n")}
	s.comes("0123456789")
	s.shows("only to look at", "from column 1, line 1 of 144×60")
	s.hides("red")
	s.press("right", "right", "right", "right", "right", "G")
	s.shows("redH", "from column 45")
	fits(t, s, 100, 30)
	s.press("esc")
	s.await("the end", func() bool { return s.chair.watchers() == 0 })
	s.shows("What is the matter")
}

func TestOwnMachineIsNotLookedAt(t *testing.T) {
	t.Parallel()
	s := playing(t)
	s.press("down", "w")
	s.shows("a machine of their own")
	if n := s.chair.watchers(); n != 0 {
		t.Errorf("%d look", n)
	}
}

func TestDeclinedLookIsSaid(t *testing.T) {
	t.Parallel()
	s := playing(t)
	s.press("w")
	close(s.chair.frames)
	s.comes("they declined, or ended it")
}

func TestExport(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "r.csv")
	s := playing(t)
	s.chair.export = "one"
	write := func(name string) {
		s.press("e", "ctrl+u")
		s.write(name)
		s.press("enter")
	}
	read := func() string {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Error(err)
		}
		return string(data)
	}
	write(filepath.Join(dir, "r.txt"))
	s.shows("ends in .csv or .json")
	s.press("esc")
	write(file)
	s.comes("Written to")
	if got := read(); got != "csv:one" {
		t.Errorf("the file says %q", got)
	}
	s.chair.export = "two"
	write(file)
	s.comes("Replace it?")
	s.press("n")
	if got := read(); got != "csv:one" {
		t.Errorf("the file was replaced: %q", got)
	}
	write(file)
	s.press("y")
	s.comes("Written to")
	if got := read(); got != "csv:two" {
		t.Errorf("the file says %q", got)
	}
	if all, _ := os.ReadDir(dir); len(all) != 1 {
		t.Errorf("left behind: %v", all)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestGuestWritesNoFile(t *testing.T) {
	t.Parallel()
	s := playing(t, func(o *watch.Options) { o.Guest = true })
	s.press("e")
	s.shows("kubetutor class export")
}

func TestQuit(t *testing.T) {
	t.Parallel()
	for _, keys := range [][]string{{"q"}, {"ctrl+c"}, {"m", "ctrl+c"}, {"E", "ctrl+c"}} {
		s := playing(t)
		s.press(keys...)
		if !s.quit {
			t.Errorf("%v does not end the view", keys)
		}
	}
}

// A paste is text for the line that is typed, and for nothing else.
func TestPaste(t *testing.T) {
	t.Parallel()
	s := playing(t)
	s.send(tea.PasteMsg{Content: "E\ny"})
	s.press("m")
	s.send(tea.PasteMsg{Content: "kubectl get\npvc \x1b[2J"})
	s.press("enter")
	got, n := s.chair.last()
	if n != 1 || strings.ContainsAny(got.Message.Text, "\n\x1b") {
		t.Errorf("%d orders, the last %+v", n, got.Message)
	}
}
