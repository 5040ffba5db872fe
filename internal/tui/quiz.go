package tui

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"charm.land/bubbles/v2/textarea"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
	"kubetutor/internal/progress"
	"kubetutor/internal/quiz"
	"kubetutor/internal/tui/keymap"
)

// quizPhase is what a question waits for.
type quizPhase int

const (
	asking quizPhase = iota
	grading
	answered
	finished // the last question of several was answered
)

// quizUse is what questions are asked for.
type quizUse struct {
	// after has the keys once a question is answered.
	after keymap.Scope
	// heading stands above a question, in w columns; nil: which one it is.
	heading func(w int) string
	// keep keeps an answer before its verdict is shown.
	keep func(progress.Answer) error
	// unjudged is said of an answer that only a cluster could judge, above what it
	// can be compared with; nil: that it is kept.
	unjudged func() string
	// missed is said of a wrong answer; nil, or an empty text: nothing.
	missed func() string
}

// inLesson asks to teach: answers are kept.
func (c *common) inLesson() quizUse {
	return quizUse{
		after:  keymap.Verdict,
		missed: c.comesBack,
		keep: func(a progress.Answer) error {
			_, err := c.o.Store.Record(c.ctx, a)
			return err
		},
	}
}

// comesBack says where a mistake leads to.
func (c *common) comesBack() string {
	if c.o.Review == nil {
		return ""
	}
	return c.words.ComesBack
}

// quizPanel asks questions one after the other. An answer is kept before its
// verdict is shown.
type quizPanel struct {
	c       *common
	use     quizUse
	lesson  string
	list    []*course.Question
	at      int
	phase   quizPhase
	asked   time.Time
	took    time.Duration // until the answer was given
	shown   bool          // the learner asked for the answer
	order   []int         // of the options or items, as they are shown
	cursor  int
	ticked  map[int]bool // by index of the option
	inputs  []textinput.Model
	area    textarea.Model
	grade   quiz.Grade
	pending bool
	err     error // grading or keeping the answer failed
	hint    string
	reply   int // number of the answer that is being graded
	right   int // questions answered right in this round

	top           int // first line shown
	width, height int
}

// leaveQuizMsg asks to go back to the text.
type leaveQuizMsg struct{ reread bool }

// gradedMsg is the verdict on an answer, which is on disk.
type gradedMsg struct {
	reply   int
	grade   quiz.Grade
	pending bool
	err     error
}

func newQuizPanel(c *common, lesson string, list []*course.Question, first string) *quizPanel {
	p := &quizPanel{c: c, use: c.inLesson(), lesson: lesson, list: list}
	for i, q := range list {
		if q.ID == first {
			p.at = i
		}
	}
	if first == "" {
		p.at = max(slices.IndexFunc(list, func(q *course.Question) bool { return !c.known.Questions[lesson+"/"+q.ID].Ever }), 0)
	}
	return p
}

func (p *quizPanel) Init() tea.Cmd { return p.ask() }

func (p *quizPanel) question() *course.Question { return p.list[p.at] }
func (p *quizPanel) id() string                 { return p.question().ID }

// ask shows the question anew, shuffled anew.
func (p *quizPanel) ask() tea.Cmd {
	q := p.question()
	p.phase, p.cursor, p.top, p.err, p.hint, p.pending = asking, 0, 0, nil, "", false
	p.asked, p.shown, p.ticked, p.inputs = p.c.o.Now(), false, map[int]bool{}, nil
	p.order = quiz.Shuffle(q, p.c.o.Seed())
	switch q.Type {
	case course.Cloze:
		return p.input(len(quiz.Right(q, p.c.lang).Texts))
	case course.Command, course.Predict:
		return p.input(1)
	case course.Manifest:
		p.area = p.c.newArea()
		p.area.SetValue(q.Start)
		p.SetSize(p.width, p.height)
		return p.area.Focus()
	}
	return nil
}

func (p *quizPanel) input(n int) tea.Cmd {
	p.inputs = make([]textinput.Model, n)
	for i := range p.inputs {
		p.inputs[i] = p.c.newInput()
	}
	p.SetSize(p.width, p.height)
	return p.focusInput(0)
}

// focusInput gives one of the inputs the keys.
func (p *quizPanel) focusInput(n int) tea.Cmd {
	if len(p.inputs) == 0 {
		return nil
	}
	p.cursor = (n + len(p.inputs)) % len(p.inputs)
	for i := range p.inputs {
		p.inputs[i].Blur()
	}
	return p.inputs[p.cursor].Focus()
}

func (p *quizPanel) SetSize(w, h int) {
	p.width, p.height = w, h
	if p.area.Focused() {
		p.area.SetWidth(p.columns())
		p.area.SetHeight(max(h-8, 4))
	}
}

func (p *quizPanel) columns() int { return min(p.width-textMargin-1, textWidth) }

func (p *quizPanel) Scopes() []keymap.Scope {
	switch {
	case p.phase == answered || p.phase == finished:
		return []keymap.Scope{p.use.after}
	case p.question().Type == course.Order:
		return []keymap.Scope{keymap.Sorting}
	case p.question().Type == course.Manifest:
		return []keymap.Scope{keymap.Writing}
	case len(p.inputs) > 0:
		return []keymap.Scope{keymap.Blank}
	}
	return []keymap.Scope{keymap.Choice}
}

// Typing tells that letters are part of an answer.
func (p *quizPanel) Typing() bool {
	return p.phase <= grading && (len(p.inputs) > 0 || p.question().Type == course.Manifest)
}

func (p *quizPanel) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case gradedMsg:
		return p.graded(msg)
	case editedMsg:
		return p.edited(msg)
	case actMsg:
		return p.act(msg)
	case tea.KeyPressMsg, tea.PasteMsg:
		return p.typed(msg)
	}
	return nil
}

func (p *quizPanel) typed(msg tea.Msg) (cmd tea.Cmd) {
	if paste, ok := msg.(tea.PasteMsg); ok {
		var note tea.Cmd
		paste.Content, note = p.room(paste.Content)
		return tea.Batch(p.put(paste), note)
	}
	return p.put(msg)
}

// room is what the input that has the keys still takes of a text.
func (p *quizPanel) room(text string) (string, tea.Cmd) {
	switch {
	case p.phase != asking:
	case len(p.inputs) > 0:
		return p.c.fitting(text, len([]rune(p.inputs[p.cursor].Value())), maxInput)
	case p.question().Type == course.Manifest:
		return p.c.fitting(text, p.area.Length(), maxManifest)
	}
	return text, nil
}

// put gives text or a key to the input.
func (p *quizPanel) put(msg tea.Msg) (cmd tea.Cmd) {
	switch {
	case p.phase != asking:
	case len(p.inputs) > 0:
		p.inputs[p.cursor], cmd = p.inputs[p.cursor].Update(msg)
	case p.question().Type == course.Manifest:
		p.area, cmd = p.area.Update(msg)
	}
	return cmd
}

func (p *quizPanel) act(msg actMsg) tea.Cmd {
	switch p.phase {
	case asking:
		p.hint = ""
		return p.actAsking(msg)
	case answered, finished:
		return p.actAnswered(msg.action)
	}
	return nil
}

func (p *quizPanel) actAsking(msg actMsg) tea.Cmd {
	switch msg.action {
	case keymap.Up:
		return p.move(-1)
	case keymap.Down, keymap.NextBlank:
		return p.move(1)
	case keymap.Tick:
		p.tick(p.cursor)
	case keymap.Pick:
		p.pick(p.c.keys.Nth(keymap.Choice, keymap.Pick, msg.key.String()))
	case keymap.MoveUp:
		p.swap(-1)
	case keymap.MoveDown:
		p.swap(1)
	case keymap.Editor:
		return p.c.edit(editRequest{name: p.id() + ".yaml", content: []byte(p.area.Value()), id: p.c.nextID()})
	case keymap.Submit:
		return p.submit()
	}
	return nil
}

func (p *quizPanel) move(n int) tea.Cmd {
	if len(p.inputs) > 0 {
		return p.focusInput(p.cursor + n)
	}
	p.cursor = max(min(p.cursor+n, len(p.order)-1), 0)
	return nil
}

// tick chooses the n-th option shown; of a single choice it is the only one.
func (p *quizPanel) tick(n int) {
	if n >= len(p.order) {
		return
	}
	option := p.order[n]
	if p.question().Type == course.Single {
		clear(p.ticked)
	}
	p.ticked[option] = !p.ticked[option]
}

func (p *quizPanel) pick(n int) {
	if n >= len(p.order) {
		return
	}
	p.cursor = n
	p.tick(n)
}

// swap moves the item at the cursor.
func (p *quizPanel) swap(n int) {
	to := p.cursor + n
	if to < 0 || to >= len(p.order) {
		return
	}
	p.order[p.cursor], p.order[to] = p.order[to], p.order[p.cursor]
	p.cursor = to
}

// submit grades the answer. Enter on an option of a single choice also ticks
// it; in a cloze it goes to the next blank that is empty.
func (p *quizPanel) submit() tea.Cmd {
	q := p.question()
	if q.Type == course.Single && len(p.ticked) == 0 {
		p.tick(p.cursor)
	}
	if empty := p.emptyInput(); empty >= 0 {
		p.hint = p.c.words.PickFirst
		return p.focusInput(empty)
	}
	if q.Type == course.Multi && !slices.Contains(values(p.ticked), true) {
		p.hint = p.c.words.PickFirst
		return nil
	}
	p.phase, p.reply, p.err, p.took = grading, p.c.nextID(), nil, p.c.o.Now().Sub(p.asked)
	return p.judge(p.reply, q, p.answer(), p.took)
}

// reveal shows the answer to a learner who does not know it. What is given, if
// anything, counts for nothing.
func (p *quizPanel) reveal() {
	if p.phase != asking {
		return
	}
	p.phase, p.shown, p.took = answered, true, p.c.o.Now().Sub(p.asked)
	p.grade, p.hint, p.err, p.ticked = quiz.Grade{}, "", nil, map[int]bool{}
	for i := range p.inputs {
		p.inputs[i].SetValue("")
	}
	if p.question().Type == course.Order {
		slices.Sort(p.order)
	}
}

func values(m map[int]bool) (list []bool) {
	for _, v := range m {
		list = append(list, v)
	}
	return list
}

func (p *quizPanel) emptyInput() int {
	return slices.IndexFunc(p.inputs, func(in textinput.Model) bool { return strings.TrimSpace(in.Value()) == "" })
}

// answer is what the learner gave.
func (p *quizPanel) answer() (a quiz.Answer) {
	q := p.question()
	for _, i := range p.order {
		switch {
		case q.Type == course.Order:
			a.Options = append(a.Options, q.Items[i].ID)
		case p.ticked[i]:
			a.Options = append(a.Options, q.Options[i].ID)
		}
	}
	for _, in := range p.inputs {
		a.Texts = append(a.Texts, in.Value())
	}
	if q.Type == course.Manifest {
		a.Texts = []string{p.area.Value()}
	}
	return a
}

// judge grades an answer and has it kept. What only a cluster can judge is kept
// as pending.
func (p *quizPanel) judge(reply int, q *course.Question, a quiz.Answer, took time.Duration) tea.Cmd {
	lang, path, keep := p.c.lang, p.lesson+"/"+q.ID, p.use.keep
	return func() tea.Msg {
		g, err := p.c.o.Grader.Grade(p.c.ctx, q, lang, a, p.c.judge())
		pending := errors.Is(err, quiz.ErrNeedsEngine)
		if err != nil && !pending {
			return gradedMsg{reply: reply, err: err}
		}
		err = keep(progress.Answer{Question: path, Given: a, Right: g.Right, Score: g.Score, Took: took, Pending: pending})
		return gradedMsg{reply, g, pending, err}
	}
}

// judge is who judges manifests.
func (c *common) judge() quiz.Judge {
	if c.o.Lab == nil {
		return noJudge{}
	}
	return c.o.Lab
}

func (p *quizPanel) graded(msg gradedMsg) tea.Cmd {
	if msg.reply != p.reply || p.phase != grading {
		return nil
	}
	if msg.err != nil {
		p.phase, p.err = asking, msg.err
		return nil
	}
	p.phase, p.grade, p.pending = answered, msg.grade, msg.pending
	if p.grade.Right {
		p.right++
	}
	return p.c.load()
}

func (p *quizPanel) actAnswered(a keymap.Action) tea.Cmd {
	switch a {
	case keymap.Continue:
		return p.goOn()
	case keymap.Reread:
		return say(leaveQuizMsg{reread: true})
	case keymap.Retry:
		return p.ask()
	case keymap.Up:
		_, top := p.placed()
		p.top = max(top-1, 0)
	case keymap.Down:
		_, top := p.placed()
		p.top = top + 1
	}
	return nil
}

func (p *quizPanel) goOn() tea.Cmd {
	switch {
	case p.phase == finished:
		return say(leaveQuizMsg{})
	case p.at+1 < len(p.list):
		p.at++
		return p.ask()
	case len(p.list) > 1:
		p.phase, p.top = finished, 0
		return nil
	}
	return say(leaveQuizMsg{})
}

func (p *quizPanel) edited(msg editedMsg) tea.Cmd {
	if msg.err != nil || p.phase != asking || p.question().Type != course.Manifest {
		return nil
	}
	text, note := p.c.fitting(clean(string(msg.content), 2*maxText), 0, maxManifest)
	p.area.SetValue(text)
	return note
}

// noJudge is the judge where there is no engine.
type noJudge struct{}

// Judge returns quiz.ErrNeedsEngine.
func (noJudge) Judge(context.Context, protocol.Judge) (protocol.Judgement, error) {
	return protocol.Judgement{}, quiz.ErrNeedsEngine
}
