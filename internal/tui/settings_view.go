package tui

import (
	"slices"
	"strings"

	"kubetutor/internal/course"
)

// sample is a text in the colours that are chosen.
func (p *settingsPage) sample() docKey {
	return p.c.doc(p.c.words.SettingsSample, min(p.width-8, textWidth))
}

// rows are all rows of the page.
func (p *settingsPage) rows() (rows []settingRow) {
	w, s := p.c.words, p.c.styles
	text := func(lines ...string) {
		for _, l := range lines {
			rows = append(rows, settingRow{text: l})
		}
	}
	text("")
	rows = append(rows, settingRow{kind: settingLang}, settingRow{kind: settingTheme})
	text("")
	text(indent(append(p.signs(), p.c.docs.lines(p.sample())...), "      ")...)
	text("")
	rows = append(rows, settingRow{kind: settingMouse})
	rows = append(rows, p.reviewRows()...)
	text("")
	text(indent(wrapped(w.SettingsSession, min(p.width-4, textWidth), s.Dim), "  ")...)
	for _, scope := range p.c.keys.Scopes() {
		text("", "  "+s.Title.Render(w.SettingsKeys)+s.Dim.Render(" "+p.c.signs.dot+" "+w.Scopes[string(scope)]))
		for _, b := range p.c.keys.Bindings(scope) {
			rows = append(rows, settingRow{kind: settingKeys, binding: b})
		}
	}
	n := 0
	for i := range rows {
		if rows[i].kind != settingText {
			rows[i].choice = n
			n++
		}
	}
	return rows
}

// signs show the colours of what is good, bad, waited for and chosen.
func (p *settingsPage) signs() []string {
	w, s := p.c.words, p.c.styles
	if p.c.o.NoColor {
		return wrapped(w.SettingsNoColor, min(p.width-8, textWidth), s.Wait)
	}
	return []string{strings.Join([]string{
		s.Good.Render(p.c.signs.pass + " " + w.States["pass"]), s.Bad.Render(p.c.signs.fail + " " + w.States["fail"]),
		s.Wait.Render(p.c.signs.wait + " " + w.States["waiting"]), s.Dim.Render(w.Coming), s.Selected.Render("[" + w.Lab + "]"),
	}, "   "), ""}
}

// top is the first row shown: the row with the cursor is on the screen.
func (p *settingsPage) top(rows []settingRow) int {
	if p.cursor == 0 {
		return 0
	}
	at := slices.IndexFunc(rows, func(r settingRow) bool { return r.kind != settingText && r.choice == p.cursor })
	return follow(0, at+max(p.height/3, p.below(rows[max(at, 0)])), p.height, len(rows))
}

func (p *settingsPage) View() string {
	rows := p.rows()
	lines := make([]string, p.height)
	for i, top := 0, p.top(rows); i < p.height && top+i < len(rows); i++ {
		lines[i] = p.row(rows[top+i])
	}
	return strings.Join(lines, "\n")
}

func (p *settingsPage) row(r settingRow) string {
	if r.kind == settingText {
		return r.text
	}
	lead, style := "    ", p.c.styles.Text
	if r.choice == p.cursor {
		lead, style = "  "+p.c.styles.Accent.Render(p.c.signs.cursor)+" ", p.c.styles.Strong
	}
	if r.kind == settingKeys {
		return lead + p.keys(r)
	}
	name, value, about := p.value(r)
	gap := strings.Repeat(" ", max(12-width(value), 2))
	return lead + style.Render(pad(name, 12)) + " " + p.c.styles.Key.Render(value) + gap + p.c.styles.Dim.Render(about)
}

// value is what a setting is, in a word and in words.
func (p *settingsPage) value(r settingRow) (name, value, about string) {
	w := p.c.words
	switch r.kind {
	case settingReview:
		return p.reviewValue(r.key)
	case settingLang:
		return w.SettingLang, map[course.Lang]string{course.English: "English", course.Chinese: "中文"}[p.c.lang], ""
	case settingTheme:
		return w.SettingTheme, p.c.theme, w.ThemeAbout[p.c.theme]
	}
	said := w.SettingOff
	if p.c.mouse {
		said = w.SettingOn
	}
	value, about, _ = strings.Cut(strings.Replace(said, "：", ": ", 1), ": ")
	return w.SettingMouse, value, about
}

// keys are a binding's keys and what they do.
func (p *settingsPage) keys(r settingRow) string {
	keys := strings.Join(r.binding.Labels(), " ")
	does := does(p.c.words, r.binding)
	if p.capturing && r.choice == p.cursor {
		return p.c.styles.Wait.Render(pad(does, 24) + " " + p.c.words.SettingPress)
	}
	line := pad(does, 24) + " " + p.c.styles.Key.Render(keys)
	if b, _ := p.defaults.Binding(r.binding.Scope, r.binding.Action); !slices.Equal(b.Keys, r.binding.Keys) {
		line += "   " + p.c.styles.Dim.Render(p.c.words.SettingOwn)
	}
	return line
}
