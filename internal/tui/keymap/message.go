package keymap

import (
	"kubetutor/internal/course"
	"kubetutor/internal/settings"
)

// Message says in a language why a change is not taken.
func (p Problem) Message(c Change, l course.Lang) string {
	f := p.fault(settings.Rebinding{Scope: string(c.Scope), Action: string(c.Action), Keys: c.Keys})
	return settings.Fault{What: f.What, Args: f.Args}.Message(l)
}
