package cli

import (
	"testing"
	"testing/quick"

	"kubetutor/internal/class"
)

// TestWithinKeepsTheSum holds that the shares of a stretched plan add up, and that
// none is off by more than a minute.
func TestWithinKeepsTheSum(t *testing.T) {
	t.Parallel()
	check := func(lengths []uint8, total uint16) bool {
		var plan []class.Planned
		for _, m := range lengths {
			plan = append(plan, class.Planned{Minutes: int(m) + 1})
		}
		minutes, all := int(total)%maxMinutes+1, length(plan)
		if all == 0 {
			return true
		}
		for i, p := range within(plan, minutes) {
			fair := float64(minutes) * float64(int(lengths[i])+1) / float64(all)
			if off := float64(p.Minutes) - fair; off > 1 || off < -1 {
				return false
			}
		}
		return length(plan) == minutes
	}
	if err := quick.Check(check, nil); err != nil {
		t.Error(err)
	}
}
