package tui

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/chart"
	"kubetutor/internal/review"
	"kubetutor/internal/review/insight"
	"kubetutor/internal/settings"
)

// workloadMsg brings what a desired retention costs.
type workloadMsg struct {
	loads []insight.Load
	err   error
}

// loadWorkload simulates it.
func (p *settingsPage) loadWorkload() tea.Cmd {
	if p.c.o.Insights == nil {
		return nil
	}
	return func() tea.Msg {
		loads, err := p.c.o.Insights.Workload(p.c.ctx)
		return workloadMsg{loads, err}
	}
}

func (p *settingsPage) costs(msg workloadMsg) tea.Cmd {
	if msg.err != nil && p.c.ctx.Err() == nil {
		return say(showNoticeMsg{msg.err.Error()})
	}
	p.loads = msg.loads
	return nil
}

// reviewRows are the settings of reviews, and what a retention costs.
func (p *settingsPage) reviewRows() (rows []settingRow) {
	if p.c.o.Insights == nil {
		return nil
	}
	text := func(lines ...string) {
		for _, l := range lines {
			rows = append(rows, settingRow{text: l})
		}
	}
	w, s := p.c.words, p.c.styles
	text("", "  "+s.Title.Render(w.SettingsReview))
	for _, key := range settings.ReviewKeys() {
		rows = append(rows, settingRow{kind: settingReview, key: key})
		if key == retentionKey && len(p.loads) > 0 {
			text("      " + s.Dim.Render(w.WorkloadSay))
			text(p.c.drawn(p.workload().Lines(chart.Form{Width: min(p.width-8, textWidth), ASCII: p.c.o.ASCII}), "      ")...)
		}
	}
	return rows
}

const retentionKey = "review.retention"

// below is how many rows below the chosen one belong to it.
func (p *settingsPage) below(r settingRow) int {
	if r.key == retentionKey {
		return len(p.loads) + 1
	}
	return 0
}

// workload draws the minutes of a day by retention; the one that is chosen has a
// sign.
func (p *settingsPage) workload() (b chart.Bars) {
	now := p.c.o.Insights.Config().Retention
	for _, l := range p.loads {
		label := "  " + p.c.words.Percent(l.Retention)
		if l.Retention == now {
			label = p.c.signs.cursor + " " + p.c.words.Percent(l.Retention)
		}
		b.Bars = append(b.Bars, chart.Bar{Label: label, Value: l.Minutes, Text: p.c.words.Workload(l.Reviews, l.Minutes)})
	}
	return b
}

// reviewValue is a setting of reviews, in a word and in words.
func (p *settingsPage) reviewValue(key string) (name, value, about string) {
	name, about = p.c.words.ReviewSetting(key)
	value = reviewText(p.c.o.Insights.Config(), key)
	switch {
	case value == settings.None:
		value = p.c.words.SettingNone
	case key == "review.bury":
		value = map[string]string{"true": p.c.words.SettingYes, "false": p.c.words.SettingNo}[value]
	case key == "review.rollover":
		value += ":00"
	}
	return name, value, about
}

// turnReview takes the next or the previous value that is offered.
func (p *settingsPage) turnReview(key string, by int) {
	config := p.c.o.Insights.Config()
	now := reviewText(config, key)
	p.setReview(key, next(offered(key, now), now, by))
}

// resetReview takes a setting of reviews out of the file: the default counts.
func (p *settingsPage) resetReview(key string) {
	p.setReview(key, reviewText(review.DefaultConfig(), key))
	p.pending[key] = settings.Edit{Key: key}
}

// setReview lets a value count, and keeps it for the file.
func (p *settingsPage) setReview(key, value string) {
	config := p.c.o.Insights.Config()
	applyReview(&config, key, value)
	p.c.o.Insights.Configure(config)
	p.pending[key] = settings.Edit{Key: key, Values: strings.Fields(value)}
}

// offered are the values that a setting of reviews can be turned through, with
// that which it has.
func offered(key, now string) []string {
	list := strings.Split(map[string]string{
		"review.new": "0,5,10,15,20,25,30,40,50,75,100", "review.limit": "0,25,50,100,150,200,300,500,1000,9999",
		"review.labs": "0,1,2,3,4,5,10", "review.retention": retentions(), "review.leech": "0,4,6,8,10,12,16,20",
		"review.steps": settings.None + ",10m,1m 10m,1m 5m 15m,1m 10m 1h", "review.relearning": settings.None + ",10m,1m 10m,10m 1h",
		"review.rollover": "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23", "review.bury": "true,false",
	}[key], ",")
	if slices.Contains(list, now) {
		return list
	}
	list = append(list, now)
	slices.SortStableFunc(list, func(a, b string) int { return cmp.Compare(size(a), size(b)) })
	return list
}

// size orders values that are numbers; others have none.
func size(value string) float64 {
	v, _ := strconv.ParseFloat(value, 64) // what is none stays in front, in its order
	return v
}

func retentions() string {
	texts := make([]string, 0, len(insight.Retentions()))
	for _, r := range insight.Retentions() {
		texts = append(texts, fmt.Sprintf("%g", r))
	}
	return strings.Join(texts, ",")
}

// reviewText is a setting of reviews as it stands in the file.
func reviewText(c review.Config, key string) string {
	switch key {
	case "review.new":
		return strconv.Itoa(c.New)
	case "review.limit":
		return strconv.Itoa(c.Limit)
	case "review.labs":
		return strconv.Itoa(c.Labs)
	case "review.retention":
		return fmt.Sprintf("%g", c.Retention)
	case "review.steps":
		return cmp.Or(strings.Join(settings.Steps(c.Steps).Texts(), " "), settings.None)
	case "review.relearning":
		return cmp.Or(strings.Join(settings.Steps(c.Relearning).Texts(), " "), settings.None)
	case "review.rollover":
		return strconv.Itoa(c.Rollover)
	case "review.leech":
		return strconv.Itoa(c.Leech)
	}
	return strconv.FormatBool(c.Bury)
}

// applyReview sets a value that is offered.
func applyReview(c *review.Config, key, value string) {
	n := int(size(value))
	switch key {
	case "review.new":
		c.New = n
	case "review.limit":
		c.Limit = n
	case "review.labs":
		c.Labs = n
	case "review.retention":
		c.Retention = size(value)
	case "review.steps":
		c.Steps = stepsOf(value)
	case "review.relearning":
		c.Relearning = stepsOf(value)
	case "review.rollover":
		c.Rollover = n
	case "review.leech":
		c.Leech = n
	case "review.bury":
		c.Bury = value == "true"
	}
}

func stepsOf(value string) (steps []time.Duration) {
	for _, text := range strings.Fields(value) {
		if d, err := time.ParseDuration(text); err == nil { // none is no duration
			steps = append(steps, d)
		}
	}
	return steps
}
