package quiz

import (
	"slices"
	"strings"
)

// invocation is a call of kubectl, taken apart as kubectl itself would do it
// (github.com/spf13/cobra and pflag).
type invocation struct {
	path    string              // of the command, such as "create configmap"; "" where there is none
	args    []string            // what is neither a flag nor part of the path
	after   []string            // what stands after --
	flags   map[string][]string // values by the flag's name; unknown flags as they were written
	unknown []string            // flags that the command does not have
	lacking []string            // flags without the value that they need
}

func (k *Kubectl) parse(argv []string) *invocation {
	path, words := k.find(argv)
	in := &invocation{path: path, flags: map[string][]string{}}
	for i := 0; i < len(argv); i++ {
		word := argv[i]
		switch {
		case word == "--":
			in.after = argv[i+1:]
			i = len(argv)
		case strings.HasPrefix(word, "--"):
			i += k.long(in, word[2:], argv[i+1:])
		case len(word) > 1 && word[0] == '-':
			i += k.letters(in, word[1:], argv[i+1:])
		default:
			in.args = append(in.args, word)
		}
	}
	in.args = in.args[min(words, len(in.args)):]
	return in
}

// find returns the command's path and of how many words it is. Flags may stand
// before and between them.
func (k *Kubectl) find(argv []string) (path string, words int) {
	for i := 0; i < len(argv); i++ {
		word := argv[i]
		if word == "--" {
			break
		}
		if len(word) > 1 && word[0] == '-' {
			if k.takesNext(path, word) {
				i++
			}
			continue
		}
		next, ok := k.sub(path, word)
		if !ok {
			break
		}
		path = next
		words++
	}
	return path, words
}

// takesNext tells whether a flag before the command's last word takes the next
// word for its value. A flag that is not known here is believed to.
func (k *Kubectl) takesNext(path, word string) bool {
	if strings.Contains(word, "=") {
		return false
	}
	if name, long := strings.CutPrefix(word, "--"); long {
		f := k.flag(path, name)
		return f == nil || f.wantsWord()
	}
	f := k.short(path, word[1:2])
	return len(word) == 2 && (f == nil || f.wantsWord())
}

// long reads a flag with a long name, and returns how many of the words after
// it belong to it.
func (k *Kubectl) long(in *invocation, text string, next []string) int {
	name, value, has := strings.Cut(text, "=")
	f := k.flag(in.path, name)
	if f == nil {
		in.strange("--"+name, value)
		return 0
	}
	return in.set(f, value, has, next)
}

// letters reads one or more flags of one letter each; the last may have its
// value attached.
func (k *Kubectl) letters(in *invocation, text string, next []string) int {
	for text != "" {
		letter, rest := text[:1], text[1:]
		f := k.short(in.path, letter)
		switch {
		case f == nil:
			in.strange("-"+letter, rest)
			return 0
		case strings.HasPrefix(rest, "="):
			return in.set(f, rest[1:], true, nil)
		case f.wantsWord() && rest != "":
			return in.set(f, rest, true, nil)
		case f.wantsWord():
			return in.set(f, "", false, next)
		}
		in.set(f, "", false, nil)
		text = rest
	}
	return 0
}

func (in *invocation) set(f *flag, value string, has bool, next []string) (used int) {
	switch {
	case has:
	case !f.wantsWord():
		value = f.NoValueDefault
	case len(next) == 0:
		in.lacking = append(in.lacking, f.display())
		return 0
	default:
		value, used = next[0], 1
	}
	if !f.Repeatable {
		in.flags[f.Name] = nil // the last one counts
	}
	in.flags[f.Name] = append(in.flags[f.Name], value)
	return used
}

func (in *invocation) strange(name, value string) {
	if !slices.Contains(in.unknown, name) {
		in.unknown = append(in.unknown, name)
	}
	in.flags[name] = append(in.flags[name], value)
}

// display is how the flag is best known.
func (f *flag) display() string {
	if f.Short != "" {
		return "-" + f.Short
	}
	return "--" + f.Name
}
