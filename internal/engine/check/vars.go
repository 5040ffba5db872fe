package check

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"kubetutor/internal/course"
)

// Draw gives each variable of a lab its value for one attempt. The same seed
// gives the same values for ever: every variable has a PCG generator of its own
// (O'Neill 2014, as in math/rand/v2), seeded with the attempt's seed and the
// FNV-1a hash of the variable's name, so that a variable added to a lab leaves
// the values of the others alone.
func Draw(vars map[string]course.Var, seed uint64) map[string]string {
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
func draw(v course.Var, random uint64) string {
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

// Hash identifies the content of a lab as it was sent, files included: 32
// hexadecimal digits of the SHA-256 of its JSON form.
func Hash(lab *course.Lab) string {
	data, err := json.Marshal(lab)
	if err != nil { // a Lab holds strings, numbers and maps of them only
		panic(fmt.Sprintf("encoding lab %s: %v", lab.Path(), err))
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:16])
}

// substituted returns the check with the variables put into every field that
// is not an expression.
func substituted(c course.Check, vars map[string]string) course.Check {
	sub := func(fields ...*string) {
		for _, f := range fields {
			*f = Substitute(*f, vars)
		}
	}
	object := func(o *course.ObjectRef) *course.ObjectRef {
		if o == nil {
			return nil
		}
		r := *o
		sub(&r.Namespace, &r.Name)
		return &r
	}
	c.Object, c.Absent = object(c.Object), object(c.Absent)
	if c.List != nil {
		l := *c.List
		sub(&l.Namespace, &l.LabelSelector, &l.FieldSelector)
		c.List = &l
	}
	if c.Access != nil {
		a := *c.Access
		sub(&a.User, &a.Namespace, &a.Name, &a.Path)
		c.Access = &a
	}
	if c.File != nil {
		f := *c.File
		sub(&f.Path)
		c.File = &f
	}
	if c.Audit != nil {
		a := *c.Audit
		sub(&a.Namespace, &a.Name)
		c.Audit = &a
	}
	if c.Exec != nil {
		e := *c.Exec
		e.Command = slices.Clone(e.Command)
		sub(&e.Namespace, &e.Pod, &e.LabelSelector, &e.Container, &e.Stdin)
		for i := range e.Command {
			sub(&e.Command[i])
		}
		c.Exec = &e
	}
	if c.Logs != nil {
		l := *c.Logs
		sub(&l.Namespace, &l.Pod, &l.LabelSelector, &l.Container)
		c.Logs = &l
	}
	with := make(map[string]course.ObjectRef, len(c.With))
	for name, ref := range c.With {
		with[name] = *object(&ref)
	}
	c.With = with
	sub(&c.Want.EN, &c.Want.ZH)
	return c
}
