package quiz

import (
	"slices"
	"strings"
)

// meaning is a command in a form in which equal commands are equal texts.
type meaning struct {
	head    string            // the program, of kubectl with its command
	flags   map[string]string // by how they are displayed
	objects []string          // KIND or KIND/NAME, sorted
	args    []string
	after   []string
	around  []string // assignments and redirections
	unknown []string
	lacking []string
}

// mean finds out what a stage means. Only kubectl (and k, its usual alias) is
// known; the words of other programs are compared as they are.
func (k *Kubectl) mean(s stage) meaning {
	around := slices.Concat(s.assigns, s.redirects)
	if s.words[0] != "kubectl" && s.words[0] != "k" {
		return meaning{head: s.words[0], args: s.words[1:], around: around}
	}
	in := k.parse(s.words[1:])
	m := meaning{head: strings.TrimSpace("kubectl " + in.path), after: in.after, around: around, unknown: in.unknown, lacking: in.lacking}
	m.objects, m.args = k.shape(in)
	k.tidy(in, m.objects)
	m.flags = map[string]string{}
	for name, values := range in.flags {
		f := k.flag(in.path, name)
		if f == nil {
			m.flags[name] = strings.Join(values, "\x00")
		} else if value, matters := k.value(in.path, f, values); matters {
			m.flags[f.display()] = value
		}
	}
	return m
}

// tidy removes what has no effect: the namespace default, which is the default
// one; any namespace where all are looked at, or where no object is in one.
func (k *Kubectl) tidy(in *invocation, objects []string) {
	if strings.HasPrefix(in.path, "config ") {
		return
	}
	ns := in.flags["namespace"]
	all, err := parseBool(in.flags["all-namespaces"])
	if len(ns) > 0 && ns[0] == "default" || err == nil && all || k.clusterScoped(objects) {
		delete(in.flags, "namespace")
	}
}

func (k *Kubectl) clusterScoped(objects []string) bool {
	for _, o := range objects {
		kind, _, _ := strings.Cut(o, "/")
		if namespaced, known := k.scoped[kind]; namespaced || !known {
			return false
		}
	}
	return len(objects) > 0
}

// shape sorts a command's arguments into the objects that it is about and the
// rest, after the usage that `kubectl COMMAND --help` gives.
func (k *Kubectl) shape(in *invocation) (objects, args []string) {
	verb, sub, _ := strings.Cut(in.path, " ")
	switch verb {
	case "get", "describe", "delete", "edit", "patch", "scale", "autoscale", "expose", "wait", "rollout":
		return k.objects(in.args), nil
	case "label", "annotate", "taint":
		return k.withPairs(in.args)
	case "set":
		if sub == "serviceaccount" && len(in.args) > 0 {
			last := len(in.args) - 1
			return k.objects(in.args[:last]), in.args[last:]
		}
		return k.withPairs(in.args)
	case "logs", "exec", "attach", "debug", "port-forward":
		return k.ofOnePod(in)
	case "cordon", "uncordon", "drain":
		return k.named("nodes", in.args), nil
	case "top":
		return k.named(sub, in.args), nil
	case "explain":
		return nil, k.explained(in.args)
	case "kustomize":
		return nil, each(in.args, file)
	case "auth":
		return nil, k.asked(in.args)
	}
	return nil, in.args
}

// objects reads TYPE[,TYPE...] [NAME...] and TYPE/NAME....
func (k *Kubectl) objects(args []string) []string {
	if len(args) == 0 {
		return nil
	}
	var list []string
	if strings.Contains(args[0], "/") {
		for _, arg := range args {
			list = append(list, k.reference(arg, ""))
		}
		return set(list)
	}
	for typ := range strings.SplitSeq(args[0], ",") {
		if len(args) == 1 {
			list = append(list, k.kind(typ))
		}
		for _, name := range args[1:] {
			list = append(list, k.reference(name, typ))
		}
	}
	return set(list)
}

// reference reads TYPE/NAME, or NAME of the type typ.
func (k *Kubectl) reference(arg, typ string) string {
	if before, name, ok := strings.Cut(arg, "/"); ok {
		return k.kind(before) + "/" + name
	}
	return k.kind(typ) + "/" + arg
}

func (k *Kubectl) named(typ string, names []string) []string {
	var list []string
	for _, name := range names {
		list = append(list, k.reference(name, typ))
	}
	return set(list)
}

// withPairs reads objects and, from the first one on, pairs: KEY=VALUE, or KEY-
// for removing; of a taint also KEY=VALUE:EFFECT.
func (k *Kubectl) withPairs(args []string) (objects, pairs []string) {
	first := slices.IndexFunc(args, func(s string) bool {
		return strings.Contains(s, "=") || strings.HasSuffix(s, "-") || strings.Contains(s, ":")
	})
	if first < 0 {
		return k.objects(args), nil
	}
	return k.objects(args[:first]), set(args[first:])
}

// ofOnePod reads NAME or TYPE/NAME, and what follows: a container (logs), ports
// or a command.
func (k *Kubectl) ofOnePod(in *invocation) (objects, args []string) {
	if len(in.args) == 0 {
		return nil, nil
	}
	objects, args = k.named("pods", in.args[:1]), in.args[1:]
	if in.path == "logs" && len(args) == 1 && in.flags["container"] == nil {
		in.flags["container"] = args
		return objects, nil
	}
	if in.path == "port-forward" {
		args = set(each(args, samePort))
	}
	return objects, args
}

// samePort shortens 80:80 to 80.
func samePort(s string) string {
	if local, remote, ok := strings.Cut(s, ":"); ok && local == remote {
		return local
	}
	return s
}

// explained reads TYPE[.FIELD...], or TYPE.VERSION.GROUP.
func (k *Kubectl) explained(args []string) []string {
	return each(args, func(s string) string {
		typ, fields, _ := strings.Cut(s, ".")
		return strings.TrimSuffix(k.kind(typ)+" "+fields, " ")
	})
}

// asked reads VERB TYPE[/NAME] of `auth can-i`.
func (k *Kubectl) asked(args []string) []string {
	if len(args) != 2 || strings.HasPrefix(args[1], "/") {
		return args
	}
	typ, name, _ := strings.Cut(args[1], "/")
	return []string{strings.ToLower(args[0]), k.kind(typ) + "/" + name}
}

// set sorts texts and removes repetitions.
func set(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}

// each applies f to every text.
func each(list []string, f func(string) string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = f(s)
	}
	return out
}
