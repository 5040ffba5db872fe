package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/rivo/uniseg"

	"kubetutor/internal/tui/keymap"
)

// editRequest is a text that the learner edits as a whole.
type editRequest struct {
	id      int
	name    string // tells an editor what it is
	content []byte
}

// editedMsg brings the edited text. Aborted means that nothing was saved.
type editedMsg struct {
	id      int
	content []byte
	aborted bool
	err     error
}

// openEditorMsg asks for the editor inside.
type openEditorMsg struct{ request editRequest }

// maxEdit bounds a text that is edited inside, in bytes.
const maxEdit = 1 << 20

// edit lets the learner edit a text: in an editor of their own, or in the one
// inside, for guests and where there is none.
func (c *common) edit(r editRequest) tea.Cmd {
	if c.machine == nil {
		return say(openEditorMsg{r})
	}
	return c.machine.edit(r)
}

// openEditor opens the editor inside, unless the text is too big for it.
func (m *Model) openEditor(r editRequest) tea.Cmd {
	if len(r.content) > maxEdit {
		return say(editedMsg{id: r.id, aborted: true, err: fmt.Errorf(m.c.words.EditorTooBig, maxEdit>>10)})
	}
	return m.cover(newEditorPage(m.c, r))
}

// editorPage is the editor inside. It lies over the page whose text it edits.
type editorPage struct {
	c             *common
	request       editRequest
	sheet         *sheet
	top           int // first line shown
	left          int // cells scrolled away
	width, height int
}

func newEditorPage(c *common, r editRequest) *editorPage {
	return &editorPage{c: c, request: r, sheet: newSheet(string(r.content))}
}

func (p *editorPage) Init() tea.Cmd          { return nil }
func (p *editorPage) Scopes() []keymap.Scope { return []keymap.Scope{keymap.Editing} }
func (p *editorPage) Typing() bool           { return true }
func (p *editorPage) Title() string {
	return fmt.Sprintf(p.c.words.EditorTitle, clean(p.request.name, maxInput))
}

func (p *editorPage) SetSize(w, h int) {
	p.width, p.height = w, h
	p.follow()
}

func (p *editorPage) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case actMsg:
		return p.act(msg.action)
	case discardMsg:
		return p.leave(editedMsg{id: p.request.id, aborted: true})
	case tea.PasteMsg:
		return p.insert(msg.Content)
	case tea.KeyPressMsg:
		return p.key(msg)
	case wheelMsg:
		p.sheet.vertical(msg.lines)
		p.follow()
	case clickMsg:
		p.click(msg)
	}
	return nil
}

// discardMsg says that what was changed may be lost.
type discardMsg struct{}

func (p *editorPage) act(a keymap.Action) tea.Cmd {
	switch a {
	case keymap.Save:
		return p.leave(editedMsg{id: p.request.id, content: []byte(p.sheet.text())})
	case keymap.Undo:
		if !p.sheet.undo() {
			return say(showNoticeMsg{p.c.words.EditorNoUndo})
		}
		p.follow()
	case keymap.Back:
		if p.changed() {
			return say(askMsg{p.c.words.EditorDiscard, discardMsg{}})
		}
		return p.leave(editedMsg{id: p.request.id, aborted: true})
	}
	return nil
}

// leave closes the editor, then tells how it went.
func (p *editorPage) leave(msg editedMsg) tea.Cmd {
	return tea.Sequence(say(uncoverMsg{}), say(msg))
}

func (p *editorPage) changed() bool {
	return p.sheet.dirty() && p.sheet.text() != string(p.request.content)
}

// key moves, deletes or types.
func (p *editorPage) key(k tea.KeyPressMsg) tea.Cmd {
	defer p.follow()
	if p.moved(k.String()) {
		return nil
	}
	switch k.String() {
	case "enter":
		return p.insert("\n" + p.sheet.indent())
	case "tab":
		return p.insert("  ")
	case "backspace", "shift+backspace":
		p.sheet.backspace()
	case "delete":
		p.sheet.deleteNext()
	default:
		if k.Text != "" {
			return p.insert(k.Text)
		}
	}
	return nil
}

// moved moves the cursor, if that is what a key does.
func (p *editorPage) moved(key string) bool {
	s, screen := p.sheet, max(p.rows()-1, 1)
	switch key {
	case "left":
		s.back()
	case "right":
		s.forward()
	case "up":
		s.vertical(-1)
	case "down":
		s.vertical(1)
	case "pgup":
		s.vertical(-screen)
	case "pgdown":
		s.vertical(screen)
	case "home":
		s.moveTo(s.row, 0)
	case "end":
		s.moveTo(s.row, len(s.line()))
	case "ctrl+home":
		s.moveTo(0, 0)
	case "ctrl+end":
		s.moveTo(len(s.lines)-1, len(s.lines[len(s.lines)-1]))
	default:
		return false
	}
	return true
}

// insert types a text, if there is room for it.
func (p *editorPage) insert(text string) tea.Cmd {
	if p.sheet.size+len(text) > maxEdit {
		return say(showNoticeMsg{fmt.Sprintf(p.c.words.EditorLong, maxEdit>>10)})
	}
	p.sheet.insert(text)
	p.follow()
	return nil
}

// click puts the cursor where the mouse points.
func (p *editorPage) click(at clickMsg) {
	if at.y >= p.rows() {
		return
	}
	p.sheet.pointAt(p.top+at.y, at.x-p.gutter()+p.left)
	p.follow()
}

// rows is how many lines are seen; below them stands where the cursor is.
func (p *editorPage) rows() int { return max(p.height-1, 1) }

// gutter is how wide the numbers of the lines are.
func (p *editorPage) gutter() int { return max(len(fmt.Sprint(len(p.sheet.lines))), 3) + 2 }

// room is how many cells of a line are seen.
func (p *editorPage) room() int { return max(p.width-p.gutter()-1, 4) }

// follow keeps the cursor on the screen.
func (p *editorPage) follow() {
	p.top = follow(p.top, p.sheet.row, p.rows(), len(p.sheet.lines))
	at := width(displayed(p.sheet.before()))
	if at < p.left || at >= p.left+p.room() {
		p.left = max(at-p.room()/2, 0)
	}
}

// Cursor is where something is typed.
func (p *editorPage) Cursor() *tea.Cursor {
	at := width(displayed(p.sheet.before()))
	return tea.NewCursor(p.gutter()+at-p.left, p.sheet.row-p.top)
}

func (p *editorPage) View() string {
	lines := make([]string, 0, p.height)
	for i := p.top; i < min(p.top+p.rows(), len(p.sheet.lines)); i++ {
		lines = append(lines, p.row(i))
	}
	return strings.Join(append(window(lines, 0, p.rows()), p.status()), "\n")
}

// row is a line with its number. What is beyond the window on either side is cut.
func (p *editorPage) row(i int) string {
	style := p.c.styles.Dim
	if i == p.sheet.row {
		style = p.c.styles.Accent
	}
	number := fmt.Sprintf("%*d", p.gutter()-2, i+1)
	return " " + style.Render(number) + " " + cutLeft(displayed(p.sheet.lines[i]), p.left, p.room())
}

// cutLeft is a line without its first cells, at most w wide. A wide character
// that begins before leaves a space.
func cutLeft(line string, left, w int) string {
	if left == 0 {
		return clipHard(line, w)
	}
	head := clipHard(line, left)
	rest := line[len(head):]
	if rest != "" && width(head) < left {
		cluster, after, _, _ := uniseg.FirstGraphemeClusterInString(rest, -1)
		rest = strings.Repeat(" ", width(head)+width(cluster)-left) + after
	}
	return clipHard(rest, w)
}

// status says where the cursor is, and whether there is something to save.
func (p *editorPage) status() string {
	column := width(displayed(p.sheet.before())) + 1
	right := fmt.Sprintf(p.c.words.EditorPosition, p.sheet.row+1, column)
	left := ""
	if p.sheet.dirty() {
		left = p.c.words.EditorUnsaved
	}
	return spread(" "+p.c.styles.Wait.Render(left), p.c.styles.Dim.Render(right)+" ", p.width)
}
