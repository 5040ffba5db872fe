package course

import (
	"cmp"
	"slices"
	"strings"
)

// Similar returns at most n of the names, the most similar to word first: what
// somebody who mistyped one may have meant.
func Similar(word string, names []string, n int) []string { return nearest(word, names, n) }

// nearest returns at most n of the names: those that begin with the word, which may
// be all that somebody remembers, then the others, the most similar first.
func nearest(word string, names []string, n int) []string {
	type candidate struct {
		name   string
		begins int // 0 if the name begins with the word
		far    int
	}
	all := make([]candidate, len(names))
	for i, name := range names {
		all[i] = candidate{name, 1, distance(word, name)}
		if word != "" && strings.HasPrefix(name, word) {
			all[i].begins = 0
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.begins, b.begins), cmp.Compare(a.far, b.far))
	})
	var out []string
	for _, c := range all[:min(n, len(all))] {
		out = append(out, c.name)
	}
	return out
}

// distance is the optimal string alignment distance: how many characters must
// be put in, taken out, replaced or swapped with their neighbour to turn a into
// b, no part edited twice (Damerau 1964; Wagner and Fischer 1974).
func distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	before, last, row := make([]int, len(t)+1), make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(s); i++ {
		row[0] = i
		for j := 1; j <= len(t); j++ {
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+differ(s[i-1], t[j-1]))
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(t)]
}

func differ(a, b rune) int {
	if a == b {
		return 0
	}
	return 1
}
