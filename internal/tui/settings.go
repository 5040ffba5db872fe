package tui

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	tea "charm.land/bubbletea/v2"

	"kubetutor/assets"
	"kubetutor/internal/course"
	"kubetutor/internal/review/insight"
	"kubetutor/internal/settings"
	"kubetutor/internal/tui/keymap"
	"kubetutor/internal/tui/theme"
)

// Settings is the file of settings, as far as the interface changes it. A value
// that cannot be saved is a *settings.FaultError.
type Settings interface {
	Path() string
	Save(edits ...settings.Edit) error
}

// settingKind says what a row of the settings page changes.
type settingKind int

const (
	settingText settingKind = iota // cannot be chosen
	settingLang
	settingTheme
	settingMouse
	settingReview
	settingKeys
)

// settingRow is a row of the settings page.
type settingRow struct {
	kind    settingKind
	text    string
	key     string // of a setting of reviews
	binding keymap.Binding
	choice  int // its number among those that can be chosen
}

// settingsPage changes language, colours, mouse, reviews and keys. What is chosen counts
// at once, and is written only when the learner says so.
type settingsPage struct {
	c             *common
	cursor        int
	pending       map[string]settings.Edit // what is to be saved, but for keys
	defaults      *keymap.Map              // the keys without settings
	themes        []string
	loads         []insight.Load // what a desired retention costs; nil before that is known
	capturing     bool           // the next key is for the binding at the cursor
	adding        bool           // it comes to those that there are
	width, height int
}

// settingsSavedMsg tells whether the settings are in the file, and which keys
// are.
type settingsSavedMsg struct {
	keys *keymap.Map
	err  error
}

func newSettingsPage(c *common) *settingsPage {
	p := &settingsPage{c: c, pending: map[string]settings.Edit{}, defaults: keymap.Default()}
	if dir, err := fs.Sub(assets.FS, "themes"); err == nil {
		p.themes = theme.Choices(dir)
	}
	return p
}

func (p *settingsPage) Init() tea.Cmd       { return p.loadWorkload() }
func (p *settingsPage) Title() string       { return p.c.words.SettingsTitle }
func (p *settingsPage) Split() int          { return 0 }
func (p *settingsPage) Typing() bool        { return p.capturing }
func (p *settingsPage) Busy() bool          { return false }
func (p *settingsPage) Cursor() *tea.Cursor { return nil }
func (p *settingsPage) SetSize(w, h int)    { p.width, p.height = w, h }
func (p *settingsPage) Wants() []docKey     { return []docKey{p.sample()} }

// Aside tells that something is not saved yet.
func (p *settingsPage) Aside() string {
	if len(p.edits()) == 0 {
		return ""
	}
	return p.c.words.SettingsNotSaved
}

// Scopes has none while a key is waited for: every key is one then.
func (p *settingsPage) Scopes() []keymap.Scope {
	if p.capturing {
		return nil
	}
	return []keymap.Scope{keymap.SettingsPage}
}

// Leave says that what is not saved is not kept.
func (p *settingsPage) Leave() tea.Cmd {
	if len(p.edits()) == 0 {
		return nil
	}
	return say(showNoticeMsg{p.c.words.SettingsLeft})
}

func (p *settingsPage) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case settingsSavedMsg:
		return p.wrote(msg)
	case workloadMsg:
		return p.costs(msg)
	case langChangedMsg:
		p.keep("lang", string(p.c.lang))
	case mouseChangedMsg:
		p.keep("mouse", fmt.Sprint(p.c.mouse))
	case tea.KeyPressMsg:
		return p.capture(msg.String())
	case clickMsg:
		return p.click(msg.y)
	case wheelMsg:
		return steps(msg.lines/wheelLines, p.act)
	case actMsg:
		return p.act(msg.action)
	}
	return nil
}

func (p *settingsPage) act(a keymap.Action) tea.Cmd {
	if by, ok := keymap.Rows(a, p.height/2, 1<<20); ok {
		p.move(by)
		return nil
	}
	switch a {
	case keymap.Open:
		return p.change(1)
	case keymap.Right:
		return p.turn(1)
	case keymap.Left:
		return p.turn(-1)
	case keymap.Add:
		p.begin(true)
	case keymap.Reset:
		return p.reset()
	case keymap.Save:
		return p.save()
	case keymap.Back:
		return say(openHomeMsg{})
	}
	return nil
}

func (p *settingsPage) chosen() settingRow {
	for _, r := range p.rows() {
		if r.kind != settingText && r.choice == p.cursor {
			return r
		}
	}
	return settingRow{}
}

func (p *settingsPage) move(n int) {
	last := 0
	for _, r := range p.rows() {
		last = max(last, r.choice)
	}
	p.cursor = max(min(p.cursor+n, last), 0)
}

// change takes the next value, or waits for another key.
func (p *settingsPage) change(n int) tea.Cmd {
	if p.chosen().kind == settingKeys {
		p.begin(false)
		return nil
	}
	return p.turn(n)
}

// turn takes the next or the previous value of what is chosen.
func (p *settingsPage) turn(n int) tea.Cmd {
	switch row := p.chosen(); row.kind {
	case settingReview:
		p.turnReview(row.key, n)
	case settingLang:
		p.c.setLang(next(course.Langs[:], p.c.lang, n))
		p.keep("lang", string(p.c.lang))
	case settingTheme:
		return p.setTheme(next(p.themes, p.c.theme, n))
	case settingMouse:
		p.c.mouse = !p.c.mouse
		p.keep("mouse", fmt.Sprint(p.c.mouse))
	}
	return nil
}

// next is the value n further on in a list that has no end.
func next[T comparable](list []T, value T, n int) T {
	i := slices.Index(list, value)
	return list[(i+n+len(list))%len(list)]
}

func (p *settingsPage) setTheme(name string) tea.Cmd {
	if err := p.c.setTheme(name); err != nil {
		return say(showNoticeMsg{err.Error()})
	}
	p.keep("theme", name)
	return nil
}

// keep notes what a setting is to be in the file.
func (p *settingsPage) keep(key, value string) {
	p.pending[key] = settings.Edit{Key: key, Values: []string{value}}
}

// begin waits for a key.
func (p *settingsPage) begin(adding bool) {
	p.capturing, p.adding = p.chosen().kind == settingKeys, adding
}

// capture takes the key that was waited for.
func (p *settingsPage) capture(key string) tea.Cmd {
	if !p.capturing {
		return nil
	}
	p.capturing = false
	b := p.chosen().binding
	if key == "esc" {
		return nil
	}
	keys := []string{key}
	if p.adding && !slices.Contains(b.Keys, key) {
		keys = append(slices.Clone(b.Keys), key)
	}
	return p.rebind(keymap.Change{Scope: b.Scope, Action: b.Action, Keys: keys})
}

// reset gives what is chosen its default keys, or its default, again.
func (p *settingsPage) reset() tea.Cmd {
	row := p.chosen()
	if row.kind == settingReview {
		p.resetReview(row.key)
	}
	if row.kind != settingKeys {
		return nil
	}
	b, _ := p.defaults.Binding(row.binding.Scope, row.binding.Action)
	return p.rebind(keymap.Change{Scope: b.Scope, Action: b.Action, Keys: b.Keys})
}

// rebind changes keys, or says why it cannot.
func (p *settingsPage) rebind(c keymap.Change) tea.Cmd {
	m, problems := p.c.keys.With([]keymap.Change{c})
	if len(problems) > 0 {
		return say(showNoticeMsg{problems[0].Message(c, p.c.lang)})
	}
	p.c.keys = m
	p.c.setLang(p.c.lang) // the sentences name the keys
	return nil
}

// edits are what the file lacks.
func (p *settingsPage) edits() []settings.Edit {
	list := make([]settings.Edit, 0, len(p.pending))
	for _, key := range append(settings.Keys(), settings.ReviewKeys()...) {
		if e, ok := p.pending[key]; ok {
			list = append(list, e)
		}
	}
	return append(list, p.c.keys.Edits(p.c.savedKeys)...)
}

// save writes what has been changed.
func (p *settingsPage) save() tea.Cmd {
	file, edits, keys := p.c.o.Settings, p.edits(), p.c.keys
	switch {
	case file == nil:
		return say(showNoticeMsg{p.c.words.SettingsNoFile})
	case len(edits) == 0:
		return say(settingsSavedMsg{keys, nil})
	}
	return func() tea.Msg { return settingsSavedMsg{keys, file.Save(edits...)} }
}

func (p *settingsPage) wrote(msg settingsSavedMsg) tea.Cmd {
	var fault *settings.FaultError
	switch {
	case errors.As(msg.err, &fault):
		return say(showNoticeMsg{fault.In(p.file(), p.c.lang)})
	case msg.err != nil:
		return say(showNoticeMsg{fmt.Sprintf(p.c.words.SaveFailed, msg.err)})
	}
	clear(p.pending)
	p.c.savedKeys = msg.keys
	if p.c.o.Guest {
		return say(showNoticeMsg{p.c.words.RoomSettingsKept})
	}
	return say(showNoticeMsg{fmt.Sprintf(p.c.words.SettingsSaved, p.file())})
}

// file is how the file is named: a guest is not told where the server keeps it.
func (p *settingsPage) file() string {
	if p.c.o.Guest {
		return filepath.Base(p.c.o.Settings.Path())
	}
	return p.c.o.Settings.Path()
}

// click chooses a row, or changes the one that is chosen.
func (p *settingsPage) click(y int) tea.Cmd {
	rows := p.rows()
	i := p.top(rows) + y
	switch {
	case p.capturing || i >= len(rows) || rows[i].kind == settingText:
		return nil
	case rows[i].choice == p.cursor:
		return p.change(1)
	}
	p.cursor = rows[i].choice
	return nil
}
