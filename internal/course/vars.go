package course

import (
	"hash/fnv"
	"math/rand/v2"
	"strconv"
	"strings"
)

// Draw gives each variable of a lab its value for one attempt. The same seed
// gives the same values for ever: every variable has a PCG generator of its own
// (O'Neill 2014, as in math/rand/v2), seeded with the attempt's seed and the
// FNV-1a hash of the variable's name, so that a variable added to a lab leaves
// the values of the others alone.
func Draw(vars map[string]Var, seed uint64) map[string]string {
	drawn := make(map[string]string, len(vars))
	for name, v := range vars {
		h := fnv.New64a()
		h.Write([]byte(name))
		drawn[name] = draw(v, rand.NewPCG(seed, h.Sum64()).Uint64())
	}
	return drawn
}

// draw maps a random number to a value by its remainder: the bias of 2^-64
// times the number of values does not matter here, and unlike rand.IntN the
// rule cannot change with a version of Go.
func draw(v Var, random uint64) string {
	if n := uint64(len(v.OneOf)); n > 0 {
		return v.OneOf[random%n]
	}
	if v.Max <= v.Min {
		return strconv.Itoa(v.Min)
	}
	if span := uint64(v.Max) - uint64(v.Min) + 1; span != 0 { // 0: all of int
		random %= span
	}
	return strconv.Itoa(int(uint64(v.Min) + random))
}

// Substitute replaces each @{name} in a text by the variable's value. A name
// that is no variable stays as it is, and values are not looked at again.
func Substitute(text string, vars map[string]string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "@{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, after, closed := strings.Cut(rest, "}")
		value, known := vars[name]
		if closed && known {
			b.WriteString(value)
			text = after
			continue
		}
		b.WriteString("@{")
		text = rest
	}
}
