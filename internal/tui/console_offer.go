package tui

import "strings"

// insertable tells whether a command can be put into the line being typed.
func (p *consolePanel) insertable() bool {
	return (p.phase == consoleOpen || p.phase == consoleOpening) && !p.running
}

// offerCommand puts a command into the line, in place of what is typed, which
// the history keeps. It is not run. Of several lines all but the last stand
// above, as when they are typed one after the other.
func (p *consolePanel) offerCommand(text string) {
	text = clean(text, maxInput)
	if old := p.input.Value(); old != "" {
		p.remember(old)
	}
	p.unended, p.offers, p.back = "", completion{}, 0
	at := strings.LastIndexByte(text, '\n') + 1
	for _, line := range strings.SplitAfter(text[:at], "\n") {
		if line != "" {
			p.out.fresh()
			p.out.write([]byte(p.prompt() + line))
			p.unended += line
		}
	}
	p.input.SetValue(text[at:])
	p.input.CursorEnd()
}
