package fit

import "math"

// The functions here are the derivatives of those in model.go, each of one
// formula: from the derivative by what the formula gave to those by what went
// in. What concerns weights is added to grad.

func (m *model) backSuccess(t *trace, by, byRecall float64, grad *Weights) (partial, float64) {
	bonus := m.bonus(t.rating)
	growth := t.plain * (t.power - 1) * bonus
	byGrowth := by * t.state.stability
	grad[8] += byGrowth * growth
	grad[9] -= byGrowth * growth * t.logS
	grad[10] += byGrowth * t.plain * bonus * t.power * (1 - t.recall)
	switch t.rating {
	case hard:
		grad[15] += byGrowth * t.plain * (t.power - 1)
	case easy:
		grad[16] += byGrowth * t.plain * (t.power - 1)
	}
	return partial{
		stability:  by * (1 + growth*(1-m.w[9])),
		difficulty: -byGrowth * growth / (11 - t.difficulty),
	}, byRecall - byGrowth*t.plain*bonus*t.power*m.w[10]
}

func (m *model) backLapse(t *trace, by, byRecall float64, grad *Weights) (partial, float64) {
	if t.bounded {
		grad[17] -= by * t.state.stability * m.ceiling * m.w[18]
		grad[18] -= by * t.state.stability * m.ceiling * m.w[17]
		return partial{stability: by * m.ceiling}, byRecall
	}
	left := t.plain * (t.power - 1)
	grad[11] += by * left / m.w[11]
	grad[12] -= by * left * math.Log(t.difficulty)
	grad[13] += by * t.plain * t.power * math.Log1p(t.state.stability)
	grad[14] += by * left * (1 - t.recall)
	return partial{
		stability:  by * t.plain * t.power * m.w[13] / (1 + t.state.stability),
		difficulty: -by * left * m.w[12] / t.difficulty,
	}, byRecall - by*left*m.w[14]
}

func (m *model) backSameDay(t *trace, by float64, grad *Weights) float64 {
	if t.bounded {
		return by
	}
	byFactor := by * t.state.stability * t.plain
	grad[17] += byFactor * (float64(t.rating) - 3 + m.w[18])
	grad[18] += byFactor * m.w[17]
	grad[19] -= byFactor * t.logS
	return by * t.plain * (1 - m.w[19])
}

// backCurve returns the derivative by the stability.
func (m *model) backCurve(t *trace, byRecall float64, grad *Weights) float64 {
	if byRecall == 0 || t.days == 0 {
		return 0
	}
	ratio := t.days / t.state.stability
	tilt := m.decay / (1 + m.factor*ratio)
	grad[20] -= byRecall * t.recall * (t.logRecall/m.decay + tilt*ratio*m.slope)
	return -byRecall * t.recall * tilt * ratio * m.factor / t.state.stability
}

// backDifficulty returns the derivative by the difficulty before.
func (m *model) backDifficulty(t *trace, by float64, grad *Weights) float64 {
	grad[4] += by * m.w[7]
	grad[5] += by * m.w[7] * m.ease
	grad[7] += by * (m.easy - t.moved)
	byMoved, change := by*(1-m.w[7]), float64(t.rating-3)/9
	grad[6] -= byMoved * (10 - t.difficulty) * change
	return byMoved * (1 + m.w[6]*change)
}

// backFirst ends at a card's first review, which the first weights decide alone.
func (m *model) backFirst(rating int, by partial, grad *Weights) {
	if within(m.w[rating-1], minStability, maxStability) {
		grad[rating-1] += by.stability
	}
	if within(m.firstDifficulty(rating), minDifficulty, maxDifficulty) {
		steps := float64(rating - 1)
		grad[4] += by.difficulty
		grad[5] -= by.difficulty * steps * math.Exp(m.w[5]*steps)
	}
}
