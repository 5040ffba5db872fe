// Package line is a line editor for programs on a terminal in raw mode: keys of
// emacs, a history, completion, and text of any script with its right width.
package line

import (
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// ErrInterrupted is what ReadLine returns for ^C.
var ErrInterrupted = errors.New("interrupted")

// Editor reads lines. In must deliver keys as they are typed and Out must not
// change what is written, so a terminal is in raw mode meanwhile.
type Editor struct {
	In      io.Reader
	Out     io.Writer
	Columns func() int // of the terminal now; 0 if it is not known
	History []string   // the last one is the newest; ReadLine does not add to it

	// Complete returns what may stand in place of line[from:], where line is the
	// text before the cursor.
	Complete func(line string) (from int, words []string)

	mu      sync.Mutex
	prompt  string
	cells   []string // grapheme clusters
	at      int      // the cursor is before this cell
	row     int      // rows between the start of the prompt and the cursor
	recall  int      // index into History; len(History) is the new line
	draft   string   // the new line while an old one is shown
	cut     string   // what ^K, ^U or ^W took last
	tabbed  bool     // the last key was Tab
	partial []byte   // the start of a character
}

// maxLine is how many bytes a line may have.
const maxLine = 64 << 10

// ReadLine shows a prompt and reads a line. The error is io.EOF for ^D on an
// empty line, ErrInterrupted for ^C, or that of reading.
func (e *Editor) ReadLine(prompt string) (string, error) {
	e.mu.Lock()
	e.prompt, e.cells, e.at, e.row = prompt, nil, 0, 0
	e.recall, e.draft, e.tabbed, e.partial = len(e.History), "", false, nil
	e.write(prompt)
	e.mu.Unlock()
	for {
		key, err := e.key()
		if err != nil {
			return "", err
		}
		e.mu.Lock()
		done, err := e.handle(key)
		e.mu.Unlock()
		if done {
			return e.text(), err
		}
	}
}

// Redraw shows the line again, after the terminal has another size.
func (e *Editor) Redraw() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.draw()
}

// key is the next key: a character, a control character, or an escape sequence.
func (e *Editor) key() (string, error) {
	b, err := e.byte()
	if err != nil {
		return "", err
	}
	switch {
	case b == 0x1b:
		return e.sequence()
	case b < utf8.RuneSelf:
		return string(rune(b)), nil
	}
	return e.character(b)
}

func (e *Editor) byte() (byte, error) {
	var one [1]byte
	for {
		n, err := e.In.Read(one[:])
		if n > 0 {
			return one[0], nil
		}
		if err != nil {
			return 0, err
		}
	}
}

// sequence reads what follows an escape.
func (e *Editor) sequence() (string, error) {
	b, err := e.byte()
	if err != nil || b != '[' && b != 'O' {
		return "\x1b" + string(rune(b)), err
	}
	seq := "\x1b["
	for len(seq) < 16 {
		b, err := e.byte()
		if err != nil {
			return "", err
		}
		seq += string(rune(b))
		if b >= '@' && b <= '~' {
			break
		}
	}
	return seq, nil
}

// character reads the rest of a character in UTF-8.
func (e *Editor) character(first byte) (string, error) {
	text := []byte{first}
	for !utf8.FullRune(text) && len(text) < utf8.UTFMax {
		b, err := e.byte()
		if err != nil {
			return "", err
		}
		text = append(text, b)
	}
	if !utf8.Valid(text) {
		return "", nil
	}
	return string(text), nil
}

// handle does what a key asks for. done says that the line has ended.
func (e *Editor) handle(key string) (done bool, err error) {
	tab := key == "\t"
	defer func() { e.tabbed = tab }()
	switch key {
	case "\r", "\n":
		e.moveTo(len(e.cells))
		e.write("\r\n")
		return true, nil
	case "\x03":
		e.moveTo(len(e.cells))
		e.write("^C\r\n")
		e.cells = nil
		return true, ErrInterrupted
	case "\x04":
		if len(e.cells) == 0 {
			return true, io.EOF
		}
		e.remove(e.at, e.at+1)
	case "\t":
		e.complete()
	case "\x12":
		return e.search()
	default:
		e.edit(key)
	}
	return false, nil
}

// edit does the keys that change or move within the line.
func (e *Editor) edit(key string) {
	switch key {
	case "\x01", "\x1b[H", "\x1b[1~", "\x1b[7~":
		e.moveTo(0)
	case "\x05", "\x1b[F", "\x1b[4~", "\x1b[8~":
		e.moveTo(len(e.cells))
	case "\x02", "\x1b[D":
		e.moveTo(e.at - 1)
	case "\x06", "\x1b[C":
		e.moveTo(e.at + 1)
	case "\x1bb", "\x1b[1;5D", "\x1b[1;3D":
		e.moveTo(e.wordStart())
	case "\x1bf", "\x1b[1;5C", "\x1b[1;3C":
		e.moveTo(e.wordEnd())
	case "\x7f", "\b":
		e.remove(e.at-1, e.at)
	case "\x1b[3~":
		e.remove(e.at, e.at+1)
	case "\x0b":
		e.kill(e.at, len(e.cells))
	case "\x15":
		e.kill(0, e.at)
	case "\x17":
		e.kill(e.spaceStart(), e.at)
	case "\x1bd":
		e.kill(e.at, e.wordEnd())
	case "\x19":
		e.insert(e.cut)
	case "\x14":
		e.swap()
	case "\x10", "\x1b[A":
		e.show(e.recall - 1)
	case "\x0e", "\x1b[B":
		e.show(e.recall + 1)
	case "\x0c":
		e.write("\x1b[H\x1b[2J")
		e.row = 0
		e.draw()
	default:
		if key != "" && key[0] >= ' ' {
			e.insert(key)
		}
	}
}

func (e *Editor) text() string { return strings.Join(e.cells, "") }

// insert puts text before the cursor.
func (e *Editor) insert(text string) {
	if text == "" || len(e.text())+len(text) > maxLine {
		return
	}
	atEnd := e.at == len(e.cells)
	before := strings.Join(e.cells[:e.at], "") + text
	e.cells = append(clusters(before), e.cells[e.at:]...)
	e.at = len(clusters(before))
	if column := e.column(); atEnd && column > uniseg.StringWidth(text) && column < e.width() && uniseg.GraphemeClusterCount(before) == e.at {
		if single := clusters(text); e.cells[e.at-1] == single[len(single)-1] {
			e.write(text)
			return
		}
	}
	e.draw()
}

func (e *Editor) remove(from, to int) {
	if from < 0 || to > len(e.cells) || from >= to {
		return
	}
	e.cells = slices.Delete(e.cells, from, to)
	e.at = from
	e.draw()
}

func (e *Editor) kill(from, to int) {
	if from < to {
		e.cut = strings.Join(e.cells[from:to], "")
		e.remove(from, to)
	}
}

// swap exchanges the two characters around the cursor.
func (e *Editor) swap() {
	at := min(e.at, len(e.cells)-1)
	if at < 1 {
		return
	}
	e.cells[at-1], e.cells[at] = e.cells[at], e.cells[at-1]
	e.at = at + 1
	e.draw()
}

// show brings a line of the history, or the new line.
func (e *Editor) show(i int) {
	if i < 0 || i > len(e.History) {
		return
	}
	if e.recall == len(e.History) {
		e.draft = e.text()
	}
	e.recall = i
	text := e.draft
	if i < len(e.History) {
		text = e.History[i]
	}
	e.set(text)
}

func (e *Editor) set(text string) {
	e.cells = clusters(text)
	e.at = len(e.cells)
	e.draw()
}

func (e *Editor) moveTo(at int) {
	if at < 0 || at > len(e.cells) || at == e.at {
		return
	}
	e.at = at
	e.draw()
}

// spaceStart is the start of the word before the cursor; only spaces part words.
func (e *Editor) spaceStart() int {
	return e.back(func(cell string) bool { return strings.TrimSpace(cell) != "" })
}

// wordStart is the start of the word before the cursor; words are letters and digits.
func (e *Editor) wordStart() int { return e.back(isWord) }

func (e *Editor) back(word func(string) bool) int {
	at := e.at
	for at > 0 && !word(e.cells[at-1]) {
		at--
	}
	for at > 0 && word(e.cells[at-1]) {
		at--
	}
	return at
}

func (e *Editor) wordEnd() int {
	at := e.at
	for at < len(e.cells) && !isWord(e.cells[at]) {
		at++
	}
	for at < len(e.cells) && isWord(e.cells[at]) {
		at++
	}
	return at
}

func isWord(cell string) bool {
	c := cell[0]
	return c >= utf8.RuneSelf || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
}

func clusters(text string) (cells []string) {
	state := -1
	for text != "" {
		var cluster string
		cluster, text, _, state = uniseg.FirstGraphemeClusterInString(text, state)
		cells = append(cells, cluster)
	}
	return cells
}
