package line

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/rivo/uniseg"
)

func (e *Editor) write(text string) { _, _ = io.WriteString(e.Out, text) } // a terminal that is gone ends the reading

// width is how many columns there are; without a size it is taken as so wide
// that no line wraps.
func (e *Editor) width() int {
	if e.Columns != nil {
		if n := e.Columns(); n > 1 {
			return n
		}
	}
	return maxLine
}

// place says where the cursor stands after some text, in rows and columns from
// the start of the prompt. A wide character that does not fit goes to the next row.
func place(prompt string, cells []string, width int) (row, column int) {
	step := func(cell string) {
		w := uniseg.StringWidth(cell)
		if column+w > width {
			row, column = row+1, 0
		}
		column += w
	}
	for _, cell := range clusters(visible(prompt)) {
		if cell == "\n" || cell == "\r\n" {
			row, column = row+1, 0
			continue
		}
		step(cell)
	}
	for _, cell := range cells {
		step(cell)
	}
	return row, column
}

// visible drops escape sequences.
func visible(text string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, "\x1b[")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		i := strings.IndexFunc(after, func(r rune) bool { return r >= '@' && r <= '~' })
		if i < 0 {
			return b.String()
		}
		text = after[i+1:]
	}
}

func (e *Editor) column() int {
	_, column := place(e.prompt, e.cells[:e.at], e.width())
	return column
}

// draw shows prompt and line again and puts the cursor in its place.
func (e *Editor) draw() {
	width := e.width()
	var b strings.Builder
	b.WriteByte('\r')
	if e.row > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", e.row)
	}
	b.WriteString("\x1b[J" + strings.ReplaceAll(e.prompt, "\n", "\r\n") + e.text())
	endRow, endColumn := place(e.prompt, e.cells, width)
	if endColumn == width { // the terminal waits at the margin: go to the next row
		b.WriteString("\r\n")
		endRow, endColumn = endRow+1, 0
	}
	row, column := place(e.prompt, e.cells[:e.at], width)
	if column == width {
		row, column = row+1, 0
	}
	if endRow > row {
		fmt.Fprintf(&b, "\x1b[%dA", endRow-row)
	}
	if row != endRow || column != endColumn {
		b.WriteByte('\r')
		if column > 0 {
			fmt.Fprintf(&b, "\x1b[%dC", column)
		}
	}
	e.row = row
	e.write(b.String())
}

// complete completes the word before the cursor as far as it is clear; the
// second time it lists what it could be.
func (e *Editor) complete() {
	if e.Complete == nil {
		return
	}
	before := strings.Join(e.cells[:e.at], "")
	from, words := e.Complete(before)
	if len(words) == 0 || from < 0 || from > len(before) {
		return
	}
	common := commonPrefix(words)
	if common != before[from:] && strings.HasPrefix(common, before[from:]) {
		e.insert(common[len(before)-from:])
		return
	}
	if len(words) > 1 && e.tabbed {
		e.list(words)
	}
}

func commonPrefix(words []string) string {
	prefix := words[0]
	for _, w := range words[1:] {
		n := 0
		for n < len(prefix) && n < len(w) && prefix[n] == w[n] {
			n++
		}
		prefix = prefix[:n]
	}
	return strings.ToValidUTF8(prefix, "")
}

// list prints words in columns below the line.
func (e *Editor) list(words []string) {
	at := e.at
	e.moveTo(len(e.cells))
	widest := 0
	for i, w := range words {
		words[i] = strings.TrimSuffix(w, " ")
		if slash := strings.LastIndex(strings.TrimSuffix(words[i], "/"), "/"); slash >= 0 {
			words[i] = words[i][slash+1:]
		}
		widest = max(widest, uniseg.StringWidth(words[i])+2)
	}
	perRow := max(min(e.width(), 200)/widest, 1)
	var b strings.Builder
	for row := range slices.Chunk(words, perRow) {
		b.WriteString("\r\n")
		for _, w := range row {
			b.WriteString(w + strings.Repeat(" ", widest-uniseg.StringWidth(w)))
		}
	}
	e.write(b.String() + "\r\n")
	e.row, e.at = 0, at
	e.draw()
}

// search looks backwards through the history for what is typed, as ^R does.
func (e *Editor) search() (done bool, err error) {
	prompt, query, found := e.prompt, "", len(e.History)
	defer func() { e.prompt = prompt }()
	for {
		e.prompt = "(reverse-i-search)`" + query + "': "
		e.draw()
		e.mu.Unlock()
		key, err := e.key()
		e.mu.Lock()
		switch {
		case err != nil:
			return true, err
		case key == "\x12":
			found = e.find(query, found)
		case key == "\x7f" || key == "\b":
			query = query[:max(len(query)-1, 0)]
			found = e.find(query, len(e.History))
		case key != "" && key[0] >= ' ' && key[0] != 0x7f:
			query += key
			found = e.find(query, min(found+1, len(e.History)))
		default:
			e.prompt = prompt
			e.draw()
			if key == "\x1b" || key == "\x07" {
				return false, nil
			}
			return e.handle(key)
		}
	}
}

// find shows the newest line before one that has a text, and returns its index.
func (e *Editor) find(text string, before int) int {
	for i := before - 1; i >= 0; i-- {
		if strings.Contains(e.History[i], text) {
			e.cells = clusters(e.History[i])
			e.at, e.recall = len(e.cells), i
			return i
		}
	}
	return before
}
