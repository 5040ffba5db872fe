package chart

// Levels is how many degrees a day can have, the lowest included.
const Levels = 5

// signs are what drawings are made of. All of them differ by how much ink they
// have, or by their shape.
type signs struct {
	heights [9]string // of a place that is filled from below, by eighths
	lengths [9]string // from the left
	empty   string    // of a bar, up to its end
	levels  [Levels]string
	spark   []string

	vertical, tick, corner, horizontal string
	diagonal, few, many                string
}

func (f Form) signs() signs {
	if f.ASCII {
		return signs{
			heights: [9]string{" ", ".", ".", ".", ":", ":", ":", "#", "#"},
			lengths: [9]string{" ", "-", "-", "-", "=", "=", "=", "#", "#"},
			empty:   ".", levels: [Levels]string{".", "-", "+", "*", "#"},
			spark:    []string{"_", ".", "-", "=", "+", "*", "#"},
			vertical: "|", tick: "+", corner: "+", horizontal: "-", diagonal: ".", few: "o", many: "#",
		}
	}
	return signs{
		heights: [9]string{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
		lengths: [9]string{" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"},
		empty:   "░", levels: [Levels]string{"·", "▂", "▄", "▆", "█"},
		spark:    []string{"▁", "▂", "▃", "▄", "▅", "▆", "▇"},
		vertical: "│", tick: "┤", corner: "└", horizontal: "─", diagonal: "·", few: "○", many: "●",
	}
}

// Spark draws each number as one sign, the higher the larger it is; nothing is
// the lowest.
func Spark(numbers []float64, ascii bool) (text string) {
	steps, most := Form{ASCII: ascii}.signs().spark, largest(numbers)
	for _, n := range numbers {
		step := 0
		if part := share(n, most); part > 0 {
			step = max(ceil(part*float64(len(steps)-1)), 1)
		}
		text += steps[step]
	}
	return text
}
