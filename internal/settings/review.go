package settings

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Review are the settings of reviews. What the file does not say is nil.
type Review struct {
	New        *int     // at most so many new cards a day
	Limit      *int     // at most so many reviews a day
	Labs       *int     // at most so many hands-on cards a day
	Retention  *float64 // how likely a card should be known when it is asked
	Steps      Steps    // of learning
	Relearning Steps    // after a lapse
	Rollover   *int     // hour at which a day ends
	Leech      *int     // so many lapses make a leech; 0 makes none
	Bury       *bool    // siblings wait till tomorrow
}

// Steps are the times between the first ratings of a card. Nil are none that were
// set; an empty list are none at all.
type Steps []time.Duration

// Range is what a number of a setting may be.
type Range struct{ Low, High float64 }

// ReviewRange is what a setting of reviews may be; ok is false for those that are
// no numbers.
func ReviewRange(key string) (r Range, ok bool) {
	switch strings.TrimPrefix(key, "review.") {
	case "new", "limit":
		return Range{0, 9999}, true
	case "labs":
		return Range{0, 20}, true
	case "retention":
		return Range{0.70, 0.97}, true
	case "rollover":
		return Range{0, 23}, true
	case "leech":
		return Range{0, 99}, true
	}
	return r, false
}

// ReviewKeys lists the settings of reviews, in the order in which they are shown.
func ReviewKeys() []string {
	return []string{
		"review.new", "review.limit", "review.labs", "review.retention", "review.steps", "review.relearning",
		"review.rollover", "review.leech", "review.bury",
	}
}

// The bounds of steps. A step of a day and more is for the schedule to choose.
const (
	shortestStep = time.Second
	longestStep  = 24 * time.Hour // less than
	mostSteps    = 10
)

func (p *parsing) review(n *yaml.Node) {
	r := &p.file.Review
	p.mapping(n, "review", func(key, value *yaml.Node) {
		path := join("review", key.Value)
		switch key.Value {
		case "new":
			r.New = p.whole(value, path)
		case "limit":
			r.Limit = p.whole(value, path)
		case "labs":
			r.Labs = p.whole(value, path)
		case "retention":
			r.Retention = p.number(value, path)
		case "steps":
			r.Steps = p.steps(value, path)
		case "relearning":
			r.Relearning = p.steps(value, path)
		case "rollover":
			r.Rollover = p.whole(value, path)
		case "leech":
			r.Leech = p.whole(value, path)
		case "bury":
			r.Bury = p.boolean(value, path)
		default:
			p.fault(key, path, UnknownKey, path, strings.Join(ReviewKeys(), ", "))
		}
	})
}

// number reads a number in its range.
func (p *parsing) number(n *yaml.Node, key string) *float64 {
	var v float64
	between, _ := ReviewRange(key)
	if n.Kind != yaml.ScalarNode || n.Tag != "!!int" && n.Tag != "!!float" || n.Decode(&v) != nil {
		p.fault(n, key, NotNumber, between.Low, between.High)
		return nil
	}
	if !(v >= between.Low && v <= between.High) {
		p.fault(n, key, OutOfRange, n.Value, between.Low, between.High)
		return nil
	}
	return &v
}

// whole reads a number without a fraction.
func (p *parsing) whole(n *yaml.Node, key string) *int {
	v := p.number(n, key)
	if v == nil {
		return nil
	}
	if *v != math.Trunc(*v) {
		p.fault(n, key, NotWhole, n.Value)
		return nil
	}
	i := int(*v)
	return &i
}

// steps reads durations; none of them counts if one is no good.
func (p *parsing) steps(n *yaml.Node, key string) Steps {
	texts, nodes := p.list(n, key)
	if len(texts) > mostSteps {
		p.fault(n, key, TooMany, mostSteps)
		return nil
	}
	steps := make(Steps, 0, len(texts))
	for i, text := range texts {
		d, err := time.ParseDuration(text)
		if err != nil || d < shortestStep || d >= longestStep {
			p.fault(nodes[i], key, NotStep, text)
			return nil
		}
		steps = append(steps, d)
	}
	if len(steps) == 0 && n.Kind != yaml.SequenceNode { // what is there was no list
		return nil
	}
	return steps
}

// Texts writes the steps as they stand in the file: 1m, 10m, 1h30m.
func (s Steps) Texts() []string {
	list := make([]string, len(s))
	for i, d := range s {
		text := d.String()
		if strings.HasSuffix(text, "m0s") {
			text = strings.TrimSuffix(text, "0s")
		}
		if strings.HasSuffix(text, "h0m") {
			text = strings.TrimSuffix(text, "0m")
		}
		list[i] = text
	}
	return list
}

// isReview tells whether a key is one of the settings of reviews.
func isReview(key string) bool { return slices.Contains(ReviewKeys(), key) }

// reviewValue is the node of a setting of reviews. The word none is a list of no
// steps.
func reviewValue(e Edit) *yaml.Node {
	if e.Key == "review.steps" || e.Key == "review.relearning" {
		values := e.Values
		if len(values) == 1 && values[0] == None {
			values = nil
		}
		return flow(values)
	}
	text := strings.Join(e.Values, " ")
	if _, err := strconv.ParseFloat(text, 64); err != nil {
		return plainScalar(text)
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Value: text} // a number, as it was written
}

// None is the value of an [Edit] that sets a list of nothing.
const None = "none"
