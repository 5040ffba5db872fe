package course

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

var (
	setupFiles  = []string{".yaml", ".console"}
	scriptFiles = []string{".console"}
	identifier  = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_]*$`)
	reference   = regexp.MustCompile(`@\{([^}\n]*)\}`)
)

func (v validator) lab(l *Lab) {
	v.text(l.Title, "title")
	if reference.MatchString(l.Title.EN + l.Title.ZH) {
		v.at([]any{"title"}, "say it without the value", "a title is shown before values are drawn")
	}
	v.text(l.Task, "task")
	v.optional(l.Debrief, "debrief")
	v.scope(l)
	v.needs(l)
	v.profile(l)
	v.addOns(l)
	v.files(l.Setup, setupFiles, "setup")
	v.files(l.Given, nil, "given")
	v.fileName(l.Solution, scriptFiles, "solution")
	v.vars(l.Vars)
	for i := range l.Settled {
		v.settled(&l.Settled[i], []any{"settled", i})
	}
	v.checks(l.Checks)
	for i := range l.Hints {
		v.hint(&l.Hints[i], []any{"hints", i})
	}
	v.nearMisses(l)
	v.declared(l)
}

// scope verifies what a lab promises that can be done on a learner's own cluster.
func (v validator) scope(l *Lab) {
	switch at := []any{"scope"}; {
	case !slices.Contains([]string{"", "cluster", ScopeNamespace}, l.Scope):
		v.at(at, "write cluster or namespace", "%q is no scope", l.Scope)
	case l.Scope != ScopeNamespace:
	case l.Namespace == "":
		v.at(at, "write `namespace:`", "the lab's scope is its namespace, and it names none")
	case l.User != "":
		v.at([]any{"user"}, "leave it out, or write `scope: cluster`", "the lab's scope is its namespace, and users belong to the whole cluster")
	case slices.ContainsFunc(l.Setup, func(f string) bool { return path.Ext(f) == ".console" }):
		v.at([]any{"setup"}, "set up with manifests, or write `scope: cluster`", "the lab's scope is its namespace, which commands could leave")
	}
}

// declared notes variables that are used in lab.yaml and not declared there.
func (v validator) declared(l *Lab) {
	undeclared(l, v.source, func(at place, name string) {
		v.add(v.file, at, "declare it under vars", "there is no variable %q", name)
	})
}

// undeclared does the same for a file of the lab.
func (r *reader) undeclared(l *Lab, file, text string) {
	undeclared(l, text, func(at place, name string) {
		r.add(file, at, "declare it under vars in lab.yaml", "there is no variable %q", name)
	})
}

func undeclared(l *Lab, text string, found func(at place, name string)) {
	if !strings.Contains(text, "@{") {
		return
	}
	for number, line := range strings.Split(text, "\n") {
		for _, m := range reference.FindAllStringSubmatchIndex(line, -1) {
			if name := line[m[2]:m[3]]; !slices.Contains(slices.Collect(maps.Keys(l.Vars)), name) {
				found(place{number + 1, len([]rune(line[:m[0]])) + 1}, name)
			}
		}
	}
}

func (v validator) vars(vars map[string]Var) {
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		variable, at := vars[name], []any{"vars", name}
		switch ranged := variable.Min != 0 || variable.Max != 0; {
		case !identifier.MatchString(name):
			v.at(at, "begin with a letter; letters, digits and _ may follow", "%q cannot be a variable", name)
		case ranged && len(variable.OneOf) > 0:
			v.at(at, "keep one of the two", "a variable is one of a list or a number, not both")
		case !ranged && len(variable.OneOf) < 2:
			v.at(at, "list at least two values, or give min and max", "the variable %q does not vary", name)
		case ranged && variable.Min >= variable.Max:
			v.at(at, "write the smaller one as min", "min must be below max")
		}
	}
}

func (v validator) checks(checks []Check) {
	ids := make([]string, len(checks))
	for i := range checks {
		at := []any{"checks", i}
		c := &checks[i]
		ids[i] = c.ID
		v.id(c.ID, append(at, "id")...)
		v.text(c.Title, append(at, "title")...)
		v.check(c, at)
	}
	v.unique(ids, func(i int) []any { return []any{"checks", i, "id"} })
	switch {
	case len(checks) == 0:
		v.at([]any{"checks"}, "say what must hold once it is solved", "the lab checks nothing")
	case len(checks) > maxPer:
		v.at([]any{"checks"}, "make several labs of it", "at most %d are read", maxPer)
	}
}

// settled is what must hold before an attempt begins.
func (v validator) settled(c *Check, at []any) {
	v.check(c, at)
	if c.Always+c.Never != "" {
		v.at(at, "use expect", "what is settled is so at one moment: always and never begin later")
	}
}

// dryRunCheck is a check of a manifest that somebody wrote: its subject is the
// result of the dry run.
func (v validator) dryRunCheck(c *Check, at []any) {
	v.text(c.Title, append(at, "title")...)
	for _, s := range c.subjects() {
		v.at(append(at, s), "take it away: `object` is what the learner wrote", "a check of a manifest has no subject of its own")
	}
	if c.Expect == "" {
		v.at(at, "write expect:", "a check of a manifest needs an expression")
	}
	v.expressions(c, at)
}

func (v validator) check(c *Check, at []any) {
	switch subjects := c.subjects(); len(subjects) {
	case 0:
		v.at(at, "write object, list, absent, access, file, audit, exec, logs, request or resolve", "the check has no subject")
	case 1:
		v.subject(c, append(at, subjects[0]))
	default:
		v.at(append(at, subjects[1]), "write a check for each", "a check has one subject, not %s", strings.Join(subjects, " and "))
	}
	v.expressions(c, at)
}

func (v validator) expressions(c *Check, at []any) {
	set := 0
	for _, e := range []string{c.Expect, c.Always, c.Never} {
		if e != "" {
			set++
		}
	}
	if set > 1 {
		v.at(at, "write a check for each", "a check has at most one of expect, always and never")
	}
	if c.Exec != nil || c.Logs != nil || c.Request != nil || c.Resolve != nil {
		v.momentary(c, at)
	}
	if c.Absent != nil && set > 0 {
		v.at(at, "take it away", "what is absent has nothing that an expression could be about")
	}
	v.optional(c.Want, append(at, "want")...)
	v.with(c.With, at)
}

// with are further objects that an expression knows by name.
func (v validator) with(objects map[string]ObjectRef, at []any) {
	for name, ref := range objects {
		if !identifier.MatchString(name) || slices.Contains(bound, name) {
			v.at(append(at, "with", name), "choose another", "%q cannot be the name of an object", name)
		}
		v.objectRef(ref, append(at, "with", name))
	}
}

func (v validator) hint(h *Hint, at []any) {
	v.text(h.Text(), at...)
	if len(h.With) > 0 && h.When == "" {
		v.at(append(at, "with"), "write the condition in `when:`, or take it away", "nothing looks at these objects")
	}
	v.with(h.With, at)
}

// bound are the names that expressions know without `with`.
var bound = []string{"object", "items", "allowed", "file", "requests", "exit", "stdout", "stderr", "lines", "log",
	"response", "responses", "shares", "answers", "rcode", "error", "vars", "checks"}

// subjects lists the subjects that are set, by key.
func (c *Check) subjects() []string {
	var keys []string
	for _, s := range []struct {
		key string
		set bool
	}{
		{"object", c.Object != nil}, {"list", c.List != nil}, {"absent", c.Absent != nil},
		{"access", c.Access != nil}, {"file", c.File != nil}, {"audit", c.Audit != nil},
		{"exec", c.Exec != nil}, {"logs", c.Logs != nil},
		{"request", c.Request != nil}, {"resolve", c.Resolve != nil},
	} {
		if s.set {
			keys = append(keys, s.key)
		}
	}
	return keys
}

func (v validator) subject(c *Check, at []any) {
	switch {
	case c.Object != nil:
		v.objectRef(*c.Object, at)
	case c.Absent != nil:
		v.objectRef(*c.Absent, at)
	case c.List != nil:
		v.listRef(c.List, at)
	case c.Access != nil:
		v.access(c.Access, at)
	case c.File != nil:
		v.fileName(c.File.Path, nil, append(at, "path")...)
		if !slices.Contains([]string{"", "text", "yaml", "json", "lines"}, c.File.As) {
			v.at(append(at, "as"), "write text, yaml, json or lines", "a file cannot be read as %q", c.File.As)
		}
	case c.Exec != nil:
		v.pods(c.Exec.Pod, c.Exec.LabelSelector, c.Exec.Any, at)
		v.command(c.Exec.Command, append(at, "command"))
	case c.Logs != nil:
		v.pods(c.Logs.Pod, c.Logs.LabelSelector, c.Logs.Any, at)
	case c.Request != nil:
		v.request(c.Request, at)
	case c.Resolve != nil:
		v.resolve(c.Resolve, at)
	}
}

// momentary is a check of what cannot be watched.
func (v validator) momentary(c *Check, at []any) {
	if c.Always+c.Never != "" {
		v.at(at, "use expect", "this is looked at now and then: nothing can be said about every moment")
	}
}

// pods are those that a command runs in, or whose log is read.
func (v validator) pods(name, selector string, anyOfThem bool, at []any) {
	switch {
	case (name == "") == (selector == ""):
		v.at(at, "write pod or labelSelector", "one Pod is named, or a selector finds several")
	case name != "" && anyOfThem:
		v.at(append(at, "any"), "take it away", "any of one Pod is that Pod")
	}
}

func (v validator) command(words []string, at []any) {
	if len(words) == 0 || words[0] == "" {
		v.at(at, `write the program and its arguments, such as ["cat", "/etc/hosts"]`, "there is no command")
	}
}

// needs are abilities that there are, and those that the checks want.
func (v validator) needs(l *Lab) {
	v.list(l.Needs, maxPer, "needs")
	for i, need := range l.Needs {
		if !slices.Contains(Abilities(), need) {
			v.at([]any{"needs", i}, v.didYouMean(need, Abilities()), "%q is nothing that an engine can do", need)
		}
	}
	checks := slices.Concat(l.Settled, l.Checks)
	for need, wants := range map[string]func(Check) bool{
		NeedsExec: func(c Check) bool { return c.Exec != nil },
		NeedsLogs: func(c Check) bool { return c.Logs != nil },

		NeedsNetwork: func(c Check) bool { return c.Request != nil || c.Resolve != nil },
	} {
		if slices.ContainsFunc(checks, wants) && !slices.Contains(l.Needs, need) {
			v.at([]any{"needs"}, "add "+need, "a check has %s, and the lab does not say that it needs it", need)
		}
	}
}

func (v validator) profile(l *Lab) {
	if l.Profile != "" && !slices.Contains(Profiles(), l.Profile) {
		v.at([]any{"profile"}, "write "+strings.Join(Profiles(), ", "), "there is no profile %q", l.Profile)
	}
}

func (v validator) objectRef(o ObjectRef, at []any) {
	v.word(o.APIVersion, append(at, "apiVersion")...)
	v.word(o.Kind, append(at, "kind")...)
	v.word(o.Name, append(at, "name")...)
}

func (v validator) listRef(l *ListRef, at []any) {
	v.word(l.APIVersion, append(at, "apiVersion")...)
	v.word(l.Kind, append(at, "kind")...)
	if l.AllNamespaces && l.Namespace != "" {
		v.at(append(at, "namespace"), "keep one of the two", "a list is of one namespace or of all")
	}
}

func (v validator) access(a *AccessRef, at []any) {
	v.word(a.User, append(at, "user")...)
	v.word(a.Verb, append(at, "verb")...)
	if (a.Resource == "") == (a.Path == "") {
		v.at(at, "write resource or path", "access is to a resource or to a path, one of them")
	}
}

func (v validator) nearMisses(l *Lab) {
	known := make([]string, len(l.Checks))
	for i := range l.Checks {
		known[i] = l.Checks[i].ID
	}
	for i, miss := range l.NearMisses {
		at := []any{"near_misses", i}
		v.fileName(miss.Script, scriptFiles, append(at, "script")...)
		v.text(miss.Why, append(at, "why")...)
		if len(miss.Fails) == 0 {
			v.at(append(at, "fails"), "name the checks that fail", "a near miss must fail a check")
		}
		v.unique(miss.Fails, func(k int) []any { return append(at, "fails", k) })
		for k, id := range miss.Fails {
			if !slices.Contains(known, id) {
				v.at(append(at, "fails", k), v.didYouMean(id, known), "there is no check %q", id)
			}
		}
	}
}

func (v validator) didYouMean(word string, known []string) string {
	if near := nearest(word, known, 1); len(near) == 1 {
		return fmt.Sprintf("do you mean %q?", near[0])
	}
	return "there is none to name yet: take it away, or write it first"
}
