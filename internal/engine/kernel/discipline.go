package kernel

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// The keys that a terminal treats, as `stty -a` shows them at the start.
const (
	keyInterrupt = 'C' & 0x1f
	keyEnd       = 'D' & 0x1f
	keyBackspace = 'H' & 0x1f
	keyContinue  = 'Q' & 0x1f
	keyReprint   = 'R' & 0x1f
	keyHalt      = 'S' & 0x1f
	keyKill      = 'U' & 0x1f
	keyQuote     = 'V' & 0x1f
	keyWord      = 'W' & 0x1f
	keySuspend   = 'Z' & 0x1f
	keyQuit      = '\\' & 0x1f
	keyDelete    = 0x7f
)

// maxLine is how long a line can become in canonical mode, in bytes: more is dropped, as in Linux.
const maxLine = 4095

// queue makes bytes readable, locked.
func (t *TTY) queue(b []byte) {
	t.ready = append(t.ready, b)
	t.queued += len(b)
}

// typeByte takes one byte from the keyboard, locked. It returns the signal that the byte sends, or 0.
func (t *TTY) typeByte(b byte) Signal {
	if t.quote {
		t.quote = false
		t.insert(b)
		return 0
	}
	if s := t.signalOf(b); s != 0 {
		t.line, t.ready, t.queued, t.halted = nil, nil, 0, false
		t.echo(b)
		return s
	}
	if t.mode.Flow && (b == keyHalt || b == keyContinue) {
		t.halted = b == keyHalt
		return 0
	}
	if b == '\r' && t.mode.CRNL {
		b = '\n'
	}
	if !t.mode.Canonical {
		t.raw(b)
		return 0
	}
	t.edit(b)
	return 0
}

// signalOf is the signal that a key sends.
func (t *TTY) signalOf(b byte) Signal {
	if !t.mode.Signals {
		return 0
	}
	switch b {
	case keyInterrupt:
		return SIGINT
	case keyQuit:
		return SIGQUIT
	case keySuspend:
		return SIGTSTP
	}
	return 0
}

// raw hands a byte on without a line, locked.
func (t *TTY) raw(b byte) {
	t.echo(b)
	if n := len(t.ready); n > 0 && len(t.ready[n-1]) > 0 {
		t.ready[n-1] = append(t.ready[n-1], b)
		t.queued++
		return
	}
	t.queue([]byte{b})
}

// edit takes a byte in canonical mode, locked.
func (t *TTY) edit(b byte) {
	switch b {
	case '\n':
		t.echo(b)
		t.deliver(append(t.line, b))
	case keyEnd:
		t.deliver(append([]byte{}, t.line...))
	case keyDelete, keyBackspace:
		t.erase(t.lastCharacter())
	case keyKill:
		t.erase(0)
	case keyWord:
		t.erase(t.lastWord())
	case keyReprint:
		t.reprint()
	case keyQuote:
		t.quote = true
		if t.mode.Echo {
			t.show([]byte("^\b"))
		}
	default:
		t.insert(b)
	}
}

// deliver makes a line readable, locked.
func (t *TTY) deliver(line []byte) {
	t.queue(line)
	t.line = nil
	t.begun = t.column
}

// insert adds a byte to the line, locked.
func (t *TTY) insert(b byte) {
	if !t.mode.Canonical {
		t.raw(b)
		return
	}
	if len(t.line) < maxLine {
		t.line = append(t.line, b)
		t.echo(b)
	}
}

// lastCharacter is where the line's last character begins, locked. Marks that combine with what is before them belong to it.
func (t *TTY) lastCharacter() int {
	at := len(t.line)
	for at > 0 {
		r, n := utf8.DecodeLastRune(t.line[:at])
		at -= n
		if !unicode.Is(unicode.Mn, r) && r != '\u200d' && r != '\ufe0f' {
			break
		}
	}
	return at
}

// lastWord is where the line's last word begins, locked.
func (t *TTY) lastWord() int {
	word := bytes.TrimRight(t.line, " \t")
	for len(word) > 0 {
		r, n := utf8.DecodeLastRune(word)
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != utf8.RuneError {
			break
		}
		word = word[:len(word)-n]
	}
	if len(word) == len(bytes.TrimRight(t.line, " \t")) {
		return bytes.LastIndexAny(word, " \t") + 1 // no word: back to the blank before
	}
	return len(word)
}

// erase cuts the line, and takes what is cut off the screen, locked.
func (t *TTY) erase(to int) {
	if to >= len(t.line) {
		return
	}
	wide := t.width(t.line) - t.width(t.line[:to])
	t.line = t.line[:to]
	if t.mode.Echo && wide > 0 {
		t.show([]byte(strings.Repeat("\b \b", wide)))
	}
}

// width is how many columns a piece of the line takes, locked.
func (t *TTY) width(piece []byte) int {
	column := t.begun
	for len(piece) > 0 {
		r, n := utf8.DecodeRune(piece)
		switch {
		case r == '\t':
			column += 8 - column%8
		case r < ' ' || r == keyDelete:
			column += 2
		default:
			column += runeWidth(r)
		}
		piece = piece[n:]
	}
	return column - t.begun
}

// runeWidth is how many columns a character takes. Ambiguous ones take one, wherever the learner is.
func runeWidth(r rune) int {
	condition := runewidth.Condition{StrictEmojiNeutral: true}
	return condition.RuneWidth(r)
}

// reprint shows the line again, locked.
func (t *TTY) reprint() {
	if !t.mode.Echo {
		return
	}
	t.show([]byte("^R\n"))
	t.begun = 0
	for _, b := range t.line {
		t.echo(b)
	}
}

// echo shows a typed byte, locked. Control characters are shown as ^X.
func (t *TTY) echo(b byte) {
	switch {
	case !t.mode.Echo:
	case b == keyDelete:
		t.show([]byte("^?"))
	case b < ' ' && b != '\n' && b != '\t' && (t.mode.Canonical || t.mode.Signals):
		t.show([]byte{'^', b + '@'})
	default:
		t.show([]byte{b})
	}
}

// show puts bytes on the screen, locked.
func (t *TTY) show(b []byte) {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if b[0] == '\n' && t.mode.NLCR {
			t.out = append(t.out, '\r')
			t.column = 0
		}
		t.out = append(t.out, b[:n]...)
		t.move(r, b[:n])
		b = b[n:]
	}
}

// move follows the cursor, locked. Sequences that move it otherwise are not understood; only the width of tabs depends on it.
func (t *TTY) move(r rune, raw []byte) {
	switch {
	case r == '\r':
		t.column = 0
	case r == '\b':
		t.column = max(0, t.column-1)
	case r == '\t':
		t.column += 8 - t.column%8
	case r == utf8.RuneError && len(raw) == 1:
		if raw[0] >= 0xc0 { // the first byte of a character that comes in pieces
			t.column++
		}
	case r >= ' ':
		t.column += runeWidth(r)
	}
}
