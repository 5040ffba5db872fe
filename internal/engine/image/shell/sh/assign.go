package sh

import (
	"fmt"
	"maps"
	"slices"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

// assign does "name=value", "name+=value", "name[i]=value" and "name=(...)".
func (s *shell) assign(a *syntax.Assign) error {
	name := a.Name.Value
	old := s.vars.values[name]
	value, err := s.assigned(a, old)
	if err != nil {
		return err
	}
	value.Set, value.Exported, value.ReadOnly, value.Local = true, old.Exported || s.opts.allexport, old.ReadOnly, old.Local
	return s.vars.Set(name, value)
}

// assigned is the value after an assignment.
func (s *shell) assigned(a *syntax.Assign, old expand.Variable) (expand.Variable, error) {
	if a.Array != nil {
		return s.array(a, old)
	}
	value, err := s.literal(a.Value)
	if err != nil {
		return old, err
	}
	if a.Index != nil {
		return s.element(a, old, value)
	}
	if a.Append {
		if old.Kind == expand.Indexed {
			return s.withElement(old, 0, elementAt(old, 0)+value)
		}
		value = old.Str + value
	}
	return expand.Variable{Kind: expand.String, Str: value}, nil
}

func (s *shell) array(a *syntax.Assign, old expand.Variable) (expand.Variable, error) {
	value := expand.Variable{Kind: expand.Indexed}
	if old.Kind == expand.Associative {
		value = expand.Variable{Kind: expand.Associative, Map: map[string]string{}}
	}
	if a.Append {
		value.List, value.Indexes, value.Map = slices.Clone(old.List), slices.Clone(old.Indexes), maps.Clone(old.Map)
		if old.Kind == expand.String {
			value.List = []string{old.Str}
		}
	}
	next := nextIndex(value)
	for _, e := range a.Array.Elems {
		if e.Index != nil {
			text, err := s.literal(e.Value)
			if err != nil {
				return old, err
			}
			if value, err = s.element(&syntax.Assign{Index: e.Index}, value, text); err != nil {
				return old, err
			}
			next = nextIndex(value)
			continue
		}
		texts, err := s.fields([]*syntax.Word{e.Value})
		if err != nil {
			return old, err
		}
		for _, text := range texts {
			value, _ = s.withElement(value, next, text)
			next++
		}
	}
	return value, nil
}

// element is an array with one element changed.
func (s *shell) element(a *syntax.Assign, old expand.Variable, value string) (expand.Variable, error) {
	if old.Kind == expand.Associative {
		word, ok := a.Index.(*syntax.Word)
		if !ok {
			return old, fmt.Errorf("bad array subscript")
		}
		key, err := s.literal(word)
		if err != nil {
			return old, err
		}
		if a.Append {
			value = old.Map[key] + value
		}
		old.Map = maps.Clone(old.Map)
		if old.Map == nil {
			old.Map = map[string]string{}
		}
		old.Map[key] = value
		return old, nil
	}
	i, err := expand.Arithm(s.config(), a.Index)
	if err != nil {
		return old, err
	}
	if i < 0 {
		i += nextIndex(old)
	}
	if a.Append {
		value = elementAt(old, i) + value
	}
	return s.withElement(old, i, value)
}

// withElement is an indexed array with one element changed.
func (s *shell) withElement(v expand.Variable, i int, value string) (expand.Variable, error) {
	if i < 0 {
		return v, fmt.Errorf("bad array subscript")
	}
	if v.Kind == expand.String && v.IsSet() {
		v.List, v.Str = []string{v.Str}, ""
	}
	v.Kind = expand.Indexed
	if i == len(v.List) && v.Indexes == nil {
		v.List = append(slices.Clip(v.List), value)
		return v, nil
	}
	indexes := v.Indexes
	if indexes == nil {
		for k := range v.List {
			indexes = append(indexes, k)
		}
	}
	at, found := slices.BinarySearch(indexes, i)
	v.List = slices.Clone(v.List)
	if found {
		v.List[at] = value
		return v, nil
	}
	v.List = slices.Insert(v.List, at, value)
	v.Indexes = slices.Insert(slices.Clone(indexes), at, i)
	return v, nil
}

func elementAt(v expand.Variable, i int) string {
	if v.Indexes != nil {
		at, found := slices.BinarySearch(v.Indexes, i)
		if !found {
			return ""
		}
		i = at
	}
	switch {
	case v.Kind == expand.String && i == 0:
		return v.Str
	case i < 0 || i >= len(v.List):
		return ""
	}
	return v.List[i]
}

// nextIndex is the index after the last element.
func nextIndex(v expand.Variable) int {
	if n := len(v.Indexes); n > 0 {
		return v.Indexes[n-1] + 1
	}
	return len(v.List)
}

// declare is export, readonly, local, declare and typeset.
func (s *shell) declare(c *syntax.DeclClause) int {
	d := declaration{variant: c.Variant.Value}
	code := 0
	for i, a := range c.Args {
		if a.Name == nil {
			args, err := s.fields([]*syntax.Word{a.Value})
			if err != nil {
				return s.expansionFailed(err)
			}
			for _, arg := range args {
				code = max(code, s.declareText(&d, arg))
			}
			continue
		}
		_ = i
		code = max(code, s.declareOne(d, a))
	}
	if len(c.Args) == 0 || d.print && d.names == 0 && len(c.Args) == 1 {
		s.printDeclared(d)
	}
	if s.substituted != 0 && code == 0 {
		return 0 // "local x=$(false)" is a success, as everywhere
	}
	return code
}

// declaration is what the options before the names ask for.
type declaration struct {
	variant                          string
	print, remove, global, functions bool
	array, assoc, export, readonly   bool
	names                            int
}

// declareText takes an option, or an assignment that was not one when it was
// parsed, as in: export "$pair".
func (s *shell) declareText(d *declaration, arg string) int {
	if len(arg) > 1 && (arg[0] == '-' || arg[0] == '+') {
		for _, r := range arg[1:] {
			d.option(r, arg[0] == '+')
		}
		return 0
	}
	name, value, has := cutAssign(arg)
	if !syntax.ValidName(name) {
		return s.fatalf(2, "%s: %s: bad variable name", d.variant, name)
	}
	a := &syntax.Assign{Name: &syntax.Lit{Value: name}, Naked: !has}
	if has {
		a.Value = &syntax.Word{Parts: []syntax.WordPart{&syntax.SglQuoted{Value: value}}}
	}
	return s.declareOne(*d, a)
}

func (d *declaration) option(r rune, off bool) {
	switch r {
	case 'p':
		d.print = true
	case 'n':
		d.remove = true
	case 'a':
		d.array = true
	case 'A':
		d.assoc = true
	case 'x':
		d.export, d.remove = true, off
	case 'r':
		d.readonly = true
	case 'g':
		d.global = true
	case 'f', 'F':
		d.functions = true
	}
}

func (s *shell) declareOne(d declaration, a *syntax.Assign) int {
	name := a.Name.Value
	if d.functions {
		if d.variant != "export" && s.funcs[name] == nil {
			return 1
		}
		return 0
	}
	if d.variant == "local" && !s.vars.local(name) {
		return s.errorf("local: not in a function")
	}
	if (d.variant == "declare" || d.variant == "typeset") && !d.global {
		s.vars.local(name)
	}
	if err := s.declareValue(d, a); err != nil {
		return s.assignFailed(err)
	}
	return s.declareAttributes(d, name)
}

func (s *shell) declareValue(d declaration, a *syntax.Assign) error {
	name := a.Name.Value
	old := s.vars.values[name]
	isLocal := d.variant == "local" || d.variant == "declare" || d.variant == "typeset"
	switch {
	case d.assoc && old.Kind != expand.Associative:
		old = expand.Variable{Set: true, Kind: expand.Associative, Map: map[string]string{}}
	case d.array && old.Kind != expand.Indexed:
		old = expand.Variable{Set: true, Kind: expand.Indexed}
	case !a.Naked, !isLocal || !s.bash:
		if a.Naked {
			return nil
		}
		return s.assign(a)
	case old.ReadOnly || len(s.vars.frames) == 0:
		return nil
	default:
		old = expand.Variable{} // bash's locals begin unset
	}
	if err := s.vars.Set(name, old); err != nil {
		return err
	}
	if a.Naked {
		return nil
	}
	return s.assign(a)
}

func (s *shell) declareAttributes(d declaration, name string) int {
	v := s.vars.values[name]
	if v.Kind == expand.Unknown {
		v.Kind = expand.String // declared, not set
	}
	switch {
	case d.variant == "export" || d.export:
		v.Exported = !d.remove
	case d.variant == "readonly" || d.readonly:
		v.ReadOnly = true
	default:
		return 0
	}
	s.vars.values[name] = v
	return 0
}

func (s *shell) printDeclared(d declaration) {
	s.vars.Each(func(name string, v expand.Variable) bool {
		switch {
		case d.variant == "export" && !v.Exported, d.variant == "readonly" && !v.ReadOnly:
			return true
		case d.variant == "export" || d.variant == "readonly":
			fmt.Fprintf(s.stdout(), "%s%s\n", s.declaredPrefix(d.variant), s.declaredValue(name, v))
		default:
			fmt.Fprintf(s.stdout(), "%s\n", s.declaredValue(name, v))
		}
		return true
	})
}

func (s *shell) declaredPrefix(variant string) string {
	if s.bash && variant == "export" {
		return "declare -x "
	}
	return variant + " "
}

func (s *shell) declaredValue(name string, v expand.Variable) string {
	if !v.IsSet() {
		return name
	}
	if s.bash {
		return fmt.Sprintf("%s=%q", name, v.String())
	}
	return name + "=" + quoteWord(v.String())
}
