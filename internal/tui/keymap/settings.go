package keymap

import (
	"slices"
	"strings"

	"kubetutor/internal/settings"
)

// Changes are the rebindings of a file of settings.
func Changes(all []settings.Rebinding) []Change {
	list := make([]Change, len(all))
	for i, r := range all {
		list[i] = Change{Scope(r.Scope), Action(r.Action), r.Keys}
	}
	return list
}

// Faults tells what is wrong with rebindings; it is the vocabulary of the
// settings.
func Faults(all []settings.Rebinding) (list []settings.KeyFault) {
	_, problems := Default().With(Changes(all))
	for _, p := range problems {
		list = append(list, p.fault(all[p.Change]))
	}
	return list
}

func (p Problem) fault(r settings.Rebinding) settings.KeyFault {
	f := settings.KeyFault{Rebinding: p.Change, Key: p.Key}
	key := ""
	if p.Key >= 0 {
		key = r.Keys[p.Key]
	}
	switch p.Reason {
	case NoScope:
		f.What, f.Args = settings.UnknownScope, []any{r.Scope, strings.Join(p.Known, ", ")}
	case NoAction:
		f.What, f.Args = settings.UnknownAction, []any{r.Action, r.Scope, strings.Join(p.Known, ", ")}
	case NoKey:
		f.What, f.Args = settings.UnknownName, []any{key}
	case NoKeys:
		f.What = settings.NoKeys
	case IsText:
		f.What, f.Args = settings.KeyIsText, []any{key}
	case Taken:
		f.What, f.Args = settings.KeyTaken, []any{key, string(p.Other.Scope) + "." + string(p.Other.Action)}
	}
	return f
}

// Edits are the changes of settings that turn one table of keys into another;
// what is as by default is taken out.
func (m *Map) Edits(from *Map) (list []settings.Edit) {
	d := Default()
	for _, c := range m.Changes(from) {
		e := settings.Edit{Key: "keys." + string(c.Scope) + "." + string(c.Action), Values: c.Keys}
		if b, _ := d.Binding(c.Scope, c.Action); slices.Equal(b.Keys, c.Keys) {
			e.Values = nil
		}
		list = append(list, e)
	}
	return list
}
