package tui

import (
	"fmt"
	"slices"
	"strings"

	"kubetutor/internal/course"
	"kubetutor/internal/lab"
	"kubetutor/internal/lab/protocol"
	"kubetutor/internal/tui/keymap"
)

// header gives the page's own words precedence over the cluster, and that over
// the language, which the text shows anyway.
func (m *Model) header() string {
	bar := " " + m.c.signs.vertical + " "
	aside, lang, cluster, short := m.page.Aside(), string(m.c.lang), m.cluster(), m.clusterShort()
	said := aside
	for _, parts := range [][]string{{aside, lang, cluster}, {aside, cluster}, {aside, lang, short}, {aside, short}, {aside, lang}} {
		parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
		if text := strings.Join(parts, bar); width(text) <= m.width*3/5 {
			said = text
			break
		}
	}
	return spread(" "+m.c.styles.Title.Render(m.title()), m.c.styles.Dim.Render(said)+" ", m.width)
}

// clusterShort is cluster in fewer words, where there are such.
func (m *Model) clusterShort() string {
	if m.c.o.Lab == nil || m.engine.State != lab.EngineBuilding || m.status.State == protocol.StateUp || m.engine.Needed == 0 {
		return m.cluster()
	}
	return fmt.Sprintf(m.c.words.EngineShort, 100*m.engine.Built/m.engine.Needed)
}

// cluster says how the cluster, or else the engine, stands.
func (m *Model) cluster() string {
	if m.c.o.Lab == nil {
		return ""
	}
	if m.engine.State == lab.EngineBuilding && m.status.State != protocol.StateUp {
		return m.building()
	}
	if m.c.foreign != "" {
		return m.theirs()
	}
	text := m.c.words.ClusterState[string(m.status.State)]
	if m.status.State == protocol.StateUp && m.status.Nodes > 0 {
		text += " " + m.c.signs.dot + " " + fmt.Sprintf(m.c.words.Nodes, m.status.Nodes)
	}
	return text
}

func (m *Model) building() string {
	if m.engine.Phase == "link" {
		return m.c.words.EngineLinking
	}
	if m.engine.Needed == 0 {
		return m.c.words.EnginePreparing
	}
	bar := m.c.gauge(m.engine.Built, m.engine.Needed, 6)
	return bar + " " + fmt.Sprintf(m.c.words.EngineBuilding, m.engine.Built, m.engine.Needed)
}

// footer is a question, a notice, or the keys that matter here.
func (m *Model) footer() string {
	switch {
	case m.ask != nil:
		return " " + m.c.styles.Wait.Render(m.ask.text) + "  " + m.c.keyLine([]keymap.Scope{keymap.Confirm}, m.width)
	case m.naming != nil:
		line, _ := m.naming.view(m.width)
		return line
	case m.asksHelp != nil:
		line, _ := m.asksHelp.view(m.width)
		return line
	case m.help != nil:
		return " " + m.c.styles.Dim.Render(m.c.words.AnyKey)
	case m.notice != "":
		return " " + m.c.styles.Wait.Render(clean(strings.ReplaceAll(m.notice, "\n", " "), maxText))
	}
	if said := m.roomFooter(); said != "" {
		return said
	}
	scopes := m.scopes()
	if m.broken != nil {
		scopes = []keymap.Scope{keymap.Helping, keymap.Global}
	}
	return " " + m.c.keyLine(scopes, m.width-2)
}

// shortPath is the path of a lesson in w columns: where that is too little, its
// title alone, or as much of it as fits.
func (c *common) shortPath(l *course.Lesson, w int) string {
	if path := c.path(l); width(path) <= w {
		return path
	}
	return clip(l.Title.In(c.lang), max(w, 1))
}

// name of the lesson's track and of the lesson.
func (c *common) path(l *course.Lesson) string {
	if l.Track == nil {
		return l.Title.In(c.lang)
	}
	return l.Track.Title.In(c.lang) + " " + c.signs.sep + " " + l.Title.In(c.lang)
}
