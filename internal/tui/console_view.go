package tui

import (
	"errors"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/lab/protocol"
)

// maxOffers is how many words are offered at once.
const maxOffers = 6

// complete asks what could stand at the cursor, or goes on to the next offer.
func (p *consolePanel) complete() tea.Cmd {
	if p.offering() {
		p.offers.at = (p.offers.at + 1) % len(p.offers.items)
		return nil
	}
	con := p.console
	if con == nil || p.running {
		return nil
	}
	session, shown := p.session, p.input.Value()
	line := p.unended + shown
	cursor := len(p.unended) + len(string([]rune(shown)[:p.input.Position()]))
	return func() tea.Msg {
		done, err := con.Complete(p.c.ctx, line, cursor)
		if err != nil {
			return showNoticeMsg{p.c.trouble(err)}
		}
		done.From -= len(line) - len(shown)
		return completedMsg{session, shown, done}
	}
}

// completed inserts a single offer, or what all offers have in common, or else
// lists them.
func (p *consolePanel) completed(msg completedMsg) {
	if msg.session != p.session || msg.line != p.input.Value() || len(msg.completion.Items) == 0 {
		return
	}
	from := max(min(msg.completion.From, len(msg.line)), 0)
	p.offers = completion{from: from, items: msg.completion.Items}
	if len(p.offers.items) == 1 {
		p.insert(p.offers.items[0])
		return
	}
	typed := string([]rune(msg.line)[:p.input.Position()])
	if common := commonStart(p.offers.items); from <= len(typed) && len(common) > len(typed)-from && strings.HasPrefix(common, typed[from:]) {
		p.insert(protocol.CompletedWord{Word: common, Open: true})
	}
}

// commonStart is what all words begin with.
func commonStart(items []protocol.CompletedWord) string {
	start := []rune(items[0].Word)
	for _, item := range items[1:] {
		word := []rune(item.Word)
		n := 0
		for n < len(start) && n < len(word) && start[n] == word[n] {
			n++
		}
		start = start[:n]
	}
	return string(start)
}

// insert puts a word in the place of what was typed of it.
func (p *consolePanel) insert(w protocol.CompletedWord) {
	line := p.input.Value()
	at := len(string([]rune(line)[:p.input.Position()]))
	from := min(p.offers.from, at)
	word := clean(w.Word, maxInput)
	if !w.Open {
		word += " "
	}
	p.offers = completion{}
	p.input.SetValue(line[:from] + word + strings.TrimPrefix(line[at:], " "))
	p.input.SetCursor(len([]rune(line[:from] + word)))
}

// prompt shows where commands run.
func (p *consolePanel) prompt() string {
	if p.unended != "" {
		return "> "
	}
	where := clean(p.namespace, maxInput)
	if d := clean(p.directory, maxInput); d != "" && d != "." {
		where += " " + d
	}
	return strings.TrimLeft(where+" $ ", " ")
}

// lines draws the console.
func (p *consolePanel) lines() []string {
	if p.phase != consoleOpen {
		return window(indent(p.closed(), "  "), 0, p.height)
	}
	offers := p.offerLines()
	rows := p.visible(p.height - len(offers))
	rows = append(rows, offers...)
	return window(indent(rows, " "), 0, p.height)
}

// closed says why there is no console.
func (p *consolePanel) closed() []string {
	w, n := p.c.words, p.columns()-2
	switch p.phase {
	case consoleOpening:
		return append(append(wrapped(w.OpeningConsole, n, p.c.styles.Dim), p.aheadLines()...), p.inputLine(""))
	case consoleEnded:
		lines := wrapped(w.ConsoleClosed, n, p.c.styles.Dim)
		if p.err != nil {
			lines = append(p.failure(n), lines...)
		}
		return lines
	}
	return wrapped(w.OpensWithLab, n, p.c.styles.Dim)
}

func (p *consolePanel) failure(n int) []string {
	lines := wrapped(p.c.trouble(p.err), n, p.c.styles.Bad)
	var e *protocol.Error
	if errors.As(p.err, &e) && e.In(p.c.lang).Hint != "" {
		lines = append(lines, wrapped(e.In(p.c.lang).Hint, n, p.c.styles.Text)...)
	}
	return lines
}

// visible is the output and, at its end, the line being typed.
func (p *consolePanel) visible(h int) []string {
	rows, open := p.out.tail(h+p.back, p.columns())
	if ahead := p.aheadLines(); len(ahead) > 0 {
		rows, open = append(append(rows, open), ahead...), ""
	}
	rows = append(rows, p.inputLine(open))
	back := max(min(p.back, len(rows)-h), 0)
	end := len(rows) - back
	return rows[max(end-h, 0):end]
}

// scroll goes back by lines, as far as there are any.
func (p *consolePanel) scroll(lines int) {
	rows, _ := p.out.tail(p.height+p.back+max(lines, 0), p.columns())
	p.back = max(min(p.back+lines, len(rows)+1-p.height), 0)
}

// aheadLines are the lines that wait for their turn.
func (p *consolePanel) aheadLines() (rows []string) {
	for _, l := range p.ahead {
		rows = append(rows, p.c.styles.Dim.Render(clip(clean(strings.ReplaceAll(l, "\n", "; "), maxInput), p.columns())))
	}
	return rows
}

// inputLine is what is being typed, after the prompt or an unended line of
// output.
func (p *consolePanel) inputLine(open string) string {
	lead := p.lead(open)
	text, _ := drawInput(p.input, p.columns()-width(lead))
	return lead + text
}

func (p *consolePanel) lead(open string) string {
	if p.running {
		return open
	}
	prompt := clip(p.prompt(), p.columns()/2)
	if !p.focused {
		return p.c.styles.Dim.Render(prompt)
	}
	return p.c.styles.Accent.Render(prompt)
}

// offerLines list the words to choose from, the chosen one in sight.
func (p *consolePanel) offerLines() (lines []string) {
	items := p.offers.items
	n := min(len(items), maxOffers, max(p.height-2, 0))
	top := follow(0, p.offers.at, n, len(items))
	for i := top; i < top+n; i++ {
		text := clean(items[i].Word, maxInput)
		if help := clean(items[i].Help, maxInput); help != "" {
			text = pad(text, 24) + "  " + help
		}
		text = clip(text, p.columns()-2)
		if i == p.offers.at {
			text = p.c.styles.Selected.Render(text)
		}
		lines = append(lines, "  "+text)
	}
	if len(items) > n && n > 0 {
		lines = append(lines, "  "+p.c.styles.Dim.Render(fmt.Sprintf("%d/%d", p.offers.at+1, len(items))))
	}
	return lines
}

// Cursor is where the line is being typed; nil while something else is shown.
func (p *consolePanel) Cursor() *tea.Cursor {
	if p.phase != consoleOpen || p.back > 0 || !p.focused {
		return nil
	}
	rows := p.visible(p.height - len(p.offerLines()))
	_, open := p.out.tail(0, p.columns())
	if len(p.ahead) > 0 {
		open = ""
	}
	lead := p.lead(open)
	_, x := drawInput(p.input, p.columns()-width(lead))
	return tea.NewCursor(1+width(lead)+x, len(rows)-1)
}
