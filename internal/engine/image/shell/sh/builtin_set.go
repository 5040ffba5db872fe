package sh

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

func builtinUnset(s *shell, args []string) (code int) {
	functions := false
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' {
		functions = args[0] == "-f"
		args = args[1:]
	}
	for _, name := range args {
		if functions {
			delete(s.funcs, name)
			continue
		}
		if array, index, ok := strings.Cut(strings.TrimSuffix(name, "]"), "["); ok {
			s.unsetElement(array, index)
			continue
		}
		if !syntax.ValidName(name) {
			return s.fatalf(2, "unset: %s: bad variable name", name)
		}
		if err := s.vars.unset(name); err != nil {
			code = s.errorf("unset: %v", err)
			continue
		}
		if s.bash && s.vars.values[name].Kind == expand.Unknown {
			delete(s.funcs, name)
		}
	}
	return code
}

func (s *shell) unsetElement(name, index string) {
	v := s.vars.values[name]
	if v.Kind == expand.Associative {
		v.Map = maps.Clone(v.Map)
		delete(v.Map, index)
		s.vars.values[name] = v
		return
	}
	i, err := strconv.Atoi(index)
	if err != nil || v.Kind != expand.Indexed {
		return
	}
	v, _ = s.withElement(v, nextIndex(v), "") // makes the indexes explicit where needed
	indexes := slices.Clone(v.Indexes)
	if indexes == nil {
		for k := range v.List {
			indexes = append(indexes, k)
		}
	}
	last := len(indexes) - 1
	v.List, indexes = v.List[:last], indexes[:last]
	if at, found := slices.BinarySearch(indexes, i); found {
		v.List = slices.Delete(slices.Clone(v.List), at, at+1)
		indexes = slices.Delete(indexes, at, at+1)
	}
	v.Indexes = indexes
	s.vars.values[name] = v
}

func builtinSet(s *shell, args []string) int {
	if len(args) == 0 {
		s.vars.Each(func(name string, v expand.Variable) bool {
			if v.IsSet() {
				fmt.Fprintf(s.stdout(), "%s=%s\n", name, quoteWord(v.String()))
			}
			return true
		})
		return 0
	}
	rest, replace, bad := s.setOptions(args)
	if bad != "" {
		return s.fatalf(2, "set: illegal option %s", bad)
	}
	if replace {
		s.params = rest
	}
	return 0
}

// setOptions takes options such as "-eu" and "-o pipefail". replace says that
// what is left are the positional parameters.
func (s *shell) setOptions(args []string) (rest []string, replace bool, bad string) {
	for len(args) > 0 {
		word := args[0]
		switch {
		case word == "--":
			return args[1:], true, ""
		case word == "-":
			return args[1:], len(args) > 1, ""
		case len(word) < 2 || word[0] != '-' && word[0] != '+':
			return args, true, ""
		}
		args = args[1:]
		for _, letter := range []byte(word[1:]) {
			if letter == 'o' {
				if len(args) == 0 {
					s.printOptions(word[0] == '+')
					return nil, false, ""
				}
				field, ok := optionByName(args[0])
				if !ok {
					return nil, false, "-o " + args[0]
				}
				*field(&s.opts) = word[0] == '-'
				args = args[1:]
				continue
			}
			field, ok := optionByLetter(letter)
			if !ok && !(s.bash && strings.ContainsRune("hBHET", rune(letter))) {
				return nil, false, word[:1] + string(letter)
			}
			if ok {
				*field(&s.opts) = word[0] == '-'
			}
		}
	}
	return nil, false, ""
}

func (s *shell) printOptions(commands bool) {
	for _, o := range optionTable {
		on := *o.field(&s.opts)
		switch {
		case commands && on:
			fmt.Fprintf(s.stdout(), "set -o %s\n", o.name)
		case commands:
			fmt.Fprintf(s.stdout(), "set +o %s\n", o.name)
		case on:
			fmt.Fprintf(s.stdout(), "%-16son\n", o.name)
		default:
			fmt.Fprintf(s.stdout(), "%-16soff\n", o.name)
		}
	}
}
