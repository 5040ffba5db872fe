package fit

import "math"

// Ratings of a review.
const (
	again = 1 + iota
	hard
	good
	easy
)

// What a card's memory can be: stability in days, difficulty on a scale.
const (
	minStability, maxStability   = 0.001, 36500
	minDifficulty, maxDifficulty = 1, 10
)

// state is a card's memory.
type state struct {
	stability  float64 // days after which recall has fallen to 0.9
	difficulty float64
}

// model is FSRS-6 with given weights, and with what follows from the weights
// alone, so that a step computes only what depends on the card. The formulas
// are those of model.rs of fsrs-rs 6.6.1.
type model struct {
	w       Weights
	decay   float64 // exponent of the forgetting curve, negative
	factor  float64 // makes recall 0.9 when as many days have passed as the stability has
	slope   float64 // derivative of factor by decay
	gain    float64 // e^w8, what successes are worth
	ceiling float64 // most that a lapse leaves of a stability
	easy    float64 // the difficulty that all drift to
	ease    float64 // its derivative by w5
}

func newModel(w Weights) model {
	decay := -w[20]
	power := math.Exp(math.Log(0.9) / decay)
	m := model{
		w:       w,
		decay:   decay,
		factor:  power - 1,
		slope:   -power * math.Log(0.9) / (decay * decay),
		gain:    math.Exp(w[8]),
		ceiling: math.Exp(-w[17] * w[18]),
	}
	m.easy = m.firstDifficulty(easy)
	m.ease = -3 * math.Exp(3*w[5])
	return m
}

// recall is the likelihood that a card is recalled some days after a review.
func (m *model) recall(days, stability float64) float64 {
	return math.Exp(m.decay * math.Log1p(m.factor*days/stability))
}

// interval is the number of days after which recall has fallen to retention.
func (m *model) interval(stability, retention float64) float64 {
	return stability / m.factor * (math.Pow(retention, 1/m.decay) - 1)
}

// first is a card's memory after its first review.
func (m *model) first(rating int) state {
	return state{
		stability:  clamp(m.w[rating-1], minStability, maxStability),
		difficulty: clamp(m.firstDifficulty(rating), minDifficulty, maxDifficulty),
	}
}

func (m *model) firstDifficulty(rating int) float64 {
	return m.w[4] - math.Exp(m.w[5]*float64(rating-1)) + 1
}

// next is a card's memory after another review.
func (m *model) next(before state, r review) state {
	var t trace
	return m.step(&t, before, r)
}

// step is next, and leaves in t what the way back needs.
func (m *model) step(t *trace, before state, r review) state {
	m.look(t, before, r)
	stability := m.stability(t)
	difficulty := m.difficulty(t)
	t.stopS = !within(stability, minStability, maxStability)
	t.stopD = !within(difficulty, minDifficulty, maxDifficulty)
	return state{
		stability:  clamp(stability, minStability, maxStability),
		difficulty: clamp(difficulty, minDifficulty, maxDifficulty),
	}
}

// look begins a step: how likely was the card to be recalled?
func (m *model) look(t *trace, before state, r review) {
	*t = trace{review: r, state: before, recall: 1}
	if r.days > 0 {
		t.logRecall = m.decay * math.Log1p(m.factor*r.days/before.stability)
		t.recall = math.Exp(t.logRecall)
	}
}

// stability is how a review changes the stability: by one of three formulas.
func (m *model) stability(t *trace) float64 {
	t.logS = math.Log(t.state.stability)
	switch {
	case t.days == 0:
		return m.sameDay(t)
	case t.rating == again:
		return m.lapse(t)
	default:
		return m.success(t)
	}
}

func (m *model) success(t *trace) float64 {
	t.plain = m.gain * (11 - t.difficulty) * math.Exp(-m.w[9]*t.logS)
	t.power = math.Exp((1 - t.recall) * m.w[10])
	return t.state.stability * (1 + t.plain*(t.power-1)*m.bonus(t.rating))
}

// bonus is what a rating does to the growth after a success.
func (m *model) bonus(rating int) float64 {
	switch rating {
	case hard:
		return m.w[15]
	case easy:
		return m.w[16]
	default:
		return 1
	}
}

func (m *model) lapse(t *trace) float64 {
	t.plain = m.w[11] * math.Exp((1-t.recall)*m.w[14]-m.w[12]*math.Log(t.difficulty))
	t.power = math.Exp(m.w[13] * math.Log1p(t.state.stability))
	left, most := t.plain*(t.power-1), t.state.stability*m.ceiling
	t.bounded = most < left
	return math.Min(left, most)
}

func (m *model) sameDay(t *trace) float64 {
	t.plain = math.Exp(m.w[17]*(float64(t.rating)-3+m.w[18]) - m.w[19]*t.logS)
	t.bounded = t.rating >= hard && t.plain < 1
	if t.bounded {
		return t.state.stability
	}
	return t.state.stability * t.plain
}

// difficulty is how a review changes the difficulty: less the harder the card
// already is, and then a little towards that of easy cards.
func (m *model) difficulty(t *trace) float64 {
	t.moved = t.state.difficulty - (10-t.state.difficulty)*m.w[6]*float64(t.rating-3)/9
	return t.moved + m.w[7]*(m.easy-t.moved)
}
