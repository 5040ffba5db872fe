package tui

import (
	"context"
	"errors"
	"slices"
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/lab"
	"kubetutor/internal/lab/protocol"
	"kubetutor/internal/tui/keymap"
	"kubetutor/internal/tui/stream"
)

// consolePhase is how a console stands.
type consolePhase int

const (
	consoleOff consolePhase = iota // no lab runs
	consoleOpening
	consoleOpen
	consoleEnded // the learner left it, or it failed
)

// consolePanel is the engine's command line.
type consolePanel struct {
	c         *common
	phase     consolePhase
	session   int // number of the open console; older messages are dropped
	console   lab.Console
	out       scrollback
	input     textinput.Model
	directory string
	namespace string
	unended   string // lines of a command that is not finished
	running   bool
	asked     bool     // what runs has asked for input
	ahead     []string // lines typed while another ran, or before the console was open
	history   []string
	past      int // index into history; its length is the present line
	offers    completion
	editing   *protocol.Edit
	editID    int
	err       error
	focused   bool
	resized   bool
	back      int // rows scrolled back

	width, height int
}

// completion is a list of words to choose from.
type completion struct {
	from  int
	items []protocol.CompletedWord
	at    int
}

// Messages of consoles. Session says whose they are.
type (
	consoleOpenedMsg struct {
		session int
		console lab.Console
		err     error
	}
	consoleOutputMsg struct {
		session int
		output  protocol.Output
	}
	consoleExitMsg struct {
		session    int
		line       string
		exit       protocol.Exit
		incomplete bool
		err        error
	}
	completedMsg struct {
		session    int
		line       string
		completion protocol.Completion
	}
	resizedMsg struct{}
)

func newConsolePanel(c *common) *consolePanel {
	return &consolePanel{c: c, input: c.newInput(), out: scrollback{plain: c.styles.NoColor}}
}

func (p *consolePanel) SetSize(w, h int) {
	p.resized = p.resized || w != p.width || h != p.height
	p.width, p.height = w, h
}

func (p *consolePanel) columns() int   { return max(p.width-2, 8) }
func (p *consolePanel) Busy() bool     { return p.running }
func (p *consolePanel) typed() bool    { return p.input.Value() != "" || p.unended != "" }
func (p *consolePanel) offering() bool { return len(p.offers.items) > 0 }

// open opens a console of its own for a lab that has begun.
func (p *consolePanel) open(focus bool) tea.Cmd {
	closed := p.close()
	p.phase, p.session = consoleOpening, p.c.nextID()
	p.out.clear()
	p.running, p.asked, p.ahead, p.unended, p.err, p.back = false, false, nil, "", nil, 0
	session := p.session
	req := protocol.OpenConsole{Columns: p.columns(), Rows: max(p.height, 2), Terminal: true}
	opened := func() tea.Msg {
		con, err := p.c.o.Lab.OpenConsole(p.c.ctx, req)
		return consoleOpenedMsg{session, con, err}
	}
	if focus {
		return tea.Batch(tea.Sequence(closed, opened), p.enter())
	}
	return tea.Sequence(closed, opened)
}

// close ends the console and what runs in it.
func (p *consolePanel) close() tea.Cmd {
	con := p.console
	p.console = nil
	if con == nil {
		return nil
	}
	return func() tea.Msg {
		_ = con.Close() // the engine closes it anyway when its client is gone
		return nil
	}
}

func (p *consolePanel) enter() tea.Cmd {
	p.focused = true
	cmd := p.input.Focus()
	if p.phase == consoleEnded {
		return tea.Batch(cmd, p.open(false))
	}
	return cmd
}

func (p *consolePanel) blur() {
	p.focused = false
	p.offers = completion{}
	p.input.Blur()
}

func (p *consolePanel) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case consoleOpenedMsg:
		return p.opened(msg)
	case consoleOutputMsg:
		return p.output(msg)
	case consoleExitMsg:
		return p.exited(msg)
	case completedMsg:
		p.completed(msg)
	case editedMsg:
		return p.edited(msg)
	case lentMsg:
		return p.lend(msg)
	case lentBackMsg:
		return p.lentBack(msg)
	case resizedMsg:
		return p.resize()
	case tea.PasteMsg:
		return p.paste(msg.Content)
	case tea.KeyPressMsg:
		return p.key(msg)
	}
	return nil
}

func (p *consolePanel) opened(msg consoleOpenedMsg) tea.Cmd {
	if msg.session != p.session {
		if msg.console == nil {
			return nil
		}
		return func() tea.Msg { _ = msg.console.Close(); return nil }
	}
	if msg.err != nil {
		p.phase, p.err = consoleEnded, msg.err
		return nil
	}
	info := msg.console.Info()
	p.phase, p.console = consoleOpen, msg.console
	p.directory, p.namespace, p.resized = info.Directory, info.Namespace, false
	p.history = slices.Clone(info.History)
	p.past = len(p.history)
	return p.next()
}

// next runs the first of the lines that were typed ahead.
func (p *consolePanel) next() tea.Cmd {
	if len(p.ahead) == 0 {
		return nil
	}
	line := p.ahead[0]
	p.ahead = p.ahead[1:]
	return p.submit(line)
}

// key is text for the line.
func (p *consolePanel) key(msg tea.KeyPressMsg) (cmd tea.Cmd) {
	p.offers, p.back = completion{}, 0
	p.input, cmd = p.input.Update(msg)
	return cmd
}

// paste takes text of several lines as one command.
func (p *consolePanel) paste(text string) (cmd tea.Cmd) {
	if p.phase != consoleOpen && p.phase != consoleOpening || !strings.Contains(text, "\n") {
		text, note := p.c.fitting(text, len([]rune(p.input.Value())), maxInput)
		p.input, cmd = p.input.Update(tea.PasteMsg{Content: text})
		return tea.Batch(cmd, note)
	}
	if _, note := p.c.fitting(text, len([]rune(p.input.Value())), maxText); note != nil {
		return note // half a command is not run
	}
	at := strings.LastIndexByte(text, '\n')
	line := p.input.Value() + text[:at]
	p.input.SetValue(text[at+1:])
	return p.submit(line)
}

func (p *consolePanel) act(msg actMsg) tea.Cmd {
	switch msg.action {
	case keymap.RunLine:
		return p.enterKey()
	case keymap.Interrupt:
		return p.interrupt()
	case keymap.Complete:
		return p.complete()
	case keymap.Up:
		p.up()
	case keymap.Down:
		p.down()
	case keymap.PageUp:
		p.scroll(max(p.height-2, 1))
	case keymap.PageDown:
		p.scroll(-max(p.height-2, 1))
	case keymap.EndInput:
		return p.endInput(msg.key)
	case keymap.Clear:
		p.out.clear()
	case keymap.Back:
		p.offers = completion{}
	}
	return nil
}

// enterKey takes an offered word, sends a line to what runs, or runs it.
func (p *consolePanel) enterKey() tea.Cmd {
	switch {
	case p.offering():
		p.insert(p.offers.items[p.offers.at])
		return nil
	case p.phase == consoleEnded:
		return p.open(true)
	case p.phase != consoleOpen && p.phase != consoleOpening:
		return nil
	}
	line := p.input.Value()
	p.input.Reset()
	return p.submit(line)
}

// submit runs a line. While another runs it is input, if that was asked for; else
// it is kept and runs next, as the console's beginning is waited for too.
func (p *consolePanel) submit(line string) tea.Cmd {
	p.back = 0
	switch {
	case p.running && p.asked:
		return p.send(line+"\n", false)
	case p.running || p.phase == consoleOpening:
		p.ahead = append(p.ahead, line)
		return nil
	}
	return p.begin(line)
}

// begin shows a line after its prompt and runs it; a blank one gives way to what
// was typed ahead.
func (p *consolePanel) begin(line string) tea.Cmd {
	for i, l := range strings.Split(line, "\n") {
		prompt := p.prompt()
		if i > 0 {
			prompt = "> "
		}
		p.out.fresh()
		p.out.write([]byte(prompt + l + "\n"))
	}
	line = p.unended + line
	p.unended = ""
	if strings.TrimSpace(line) == "" {
		return p.next()
	}
	p.running, p.asked = true, false
	return p.run(line)
}

func (p *consolePanel) run(line string) tea.Cmd {
	session, con, header := p.session, p.console, p.prompt()+line+"\r\n"
	return stream.Of(p.c.ctx, func(send func(tea.Msg) error) tea.Msg {
		d := divider{panel: func(o protocol.Output) { _ = send(consoleOutputMsg{session, o}) }}
		d.begin = func() *loan {
			l := newLoan(p.c.ctx, con, header)
			_ = send(lentMsg{session, l}) // else nobody is there any more
			return l
		}
		exit, incomplete, err := con.Run(p.c.ctx, line, d.output)
		d.end()
		return consoleExitMsg{session, line, exit, incomplete, err}
	})
}

func (p *consolePanel) output(msg consoleOutputMsg) tea.Cmd {
	o := msg.output
	if msg.session != p.session {
		return nil
	}
	p.asked = p.asked || o.Input
	if o.Clear {
		p.out.clear()
	}
	p.out.write(o.Data)
	if o.Explanation != nil {
		p.out.write([]byte(p.c.words.Explanation(*o.Explanation)))
	}
	if o.Edit != nil {
		p.editing, p.editID = o.Edit, p.c.nextID()
		return p.c.edit(editRequest{p.editID, o.Edit.Name, o.Edit.Content})
	}
	return nil
}

// edited sends an edited text back.
func (p *consolePanel) edited(msg editedMsg) tea.Cmd {
	if p.editing == nil || msg.id != p.editID || p.console == nil {
		return nil
	}
	answer := protocol.Edited{ID: p.editing.ID, Content: msg.content, Aborted: msg.aborted}
	p.editing = nil
	return p.tell(func(ctx context.Context, con lab.Console) error { return con.Edited(ctx, answer) })
}

// exited ends a line, and runs the next one if it was typed ahead. After a failure
// that goes back to where it can be changed.
func (p *consolePanel) exited(msg consoleExitMsg) tea.Cmd {
	if msg.session != p.session {
		return nil
	}
	p.running, p.asked = false, false
	switch {
	case msg.err != nil:
		p.out.fresh()
		p.out.write([]byte(clean(p.c.trouble(msg.err), maxText) + "\n"))
		if errors.Is(msg.err, lab.ErrNoDaemon) { // it was never run, and the console opens again soon
			p.ahead = slices.Insert(p.ahead, 0, msg.line)
		}
		p.takeBack()
	case msg.incomplete:
		p.unended = msg.line + "\n"
		return p.next()
	case msg.exit.Closed:
		p.phase, p.console, p.ahead = consoleEnded, nil, nil
	default:
		p.directory, p.namespace = msg.exit.Directory, msg.exit.Namespace
	}
	p.out.fresh()
	p.remember(msg.line)
	return tea.Batch(p.next(), say(usedLabMsg{}))
}

// takeBack puts the lines typed ahead back into the input.
func (p *consolePanel) takeBack() {
	if len(p.ahead) == 0 {
		return
	}
	if p.input.Value() != "" {
		p.ahead = append(p.ahead, p.input.Value())
	}
	p.input.SetValue(strings.ReplaceAll(strings.Join(p.ahead, "; "), "\n", "; "))
	p.input.CursorEnd()
	p.ahead = nil
}

// remember adds a command to the history, unless it repeats the last one.
func (p *consolePanel) remember(line string) {
	if n := len(p.history); n == 0 || p.history[n-1] != line {
		p.history = append(p.history, line)
	}
	p.past = len(p.history)
}

func (p *consolePanel) up() {
	if p.offering() {
		p.offers.at = (p.offers.at + len(p.offers.items) - 1) % len(p.offers.items)
		return
	}
	p.recall(p.past - 1)
}

func (p *consolePanel) down() {
	if p.offering() {
		p.offers.at = (p.offers.at + 1) % len(p.offers.items)
		return
	}
	p.recall(p.past + 1)
}

// recall shows an earlier command.
func (p *consolePanel) recall(n int) {
	if p.running || n < 0 || n > len(p.history) {
		return
	}
	p.past = n
	p.input.Reset()
	if n < len(p.history) {
		p.input.SetValue(strings.ReplaceAll(p.history[n], "\n", "; "))
		p.input.CursorEnd()
	}
}

// interrupt stops what runs, or throws the line away; lines typed ahead go with
// either, as on a terminal.
func (p *consolePanel) interrupt() tea.Cmd {
	p.ahead = nil
	if p.running {
		return p.tell(func(ctx context.Context, con lab.Console) error { return con.Signal(ctx, "INT") })
	}
	if p.typed() {
		p.out.fresh()
		p.out.write([]byte(p.prompt() + p.input.Value() + "^C\n"))
	}
	p.unended = ""
	p.input.Reset()
	p.offers = completion{}
	return nil
}

// endInput ends the input of what runs; in a line it deletes, as in a shell.
func (p *consolePanel) endInput(k tea.KeyPressMsg) tea.Cmd {
	if !p.running || p.input.Value() != "" {
		return p.key(k)
	}
	return p.send("", true)
}

func (p *consolePanel) send(text string, eof bool) tea.Cmd {
	p.out.write([]byte(text))
	return p.tell(func(ctx context.Context, con lab.Console) error { return con.Input(ctx, []byte(text), eof) })
}

func (p *consolePanel) resize() tea.Cmd {
	if !p.resized || p.console == nil {
		return nil
	}
	p.resized = false
	w, h := p.columns(), max(p.height, 2)
	return p.tell(func(ctx context.Context, con lab.Console) error { return con.Resize(ctx, w, h) })
}

// tell asks the console for something that has no answer; a failure is shown.
func (p *consolePanel) tell(ask func(context.Context, lab.Console) error) tea.Cmd {
	con := p.console
	if con == nil {
		return nil
	}
	return func() tea.Msg {
		if err := ask(p.c.ctx, con); err != nil {
			return showNoticeMsg{p.c.trouble(err)}
		}
		return nil
	}
}
