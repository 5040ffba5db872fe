package tui

import (
	"regexp"
	"slices"
	"strings"
)

// command is a command line in a block of code.
type command struct {
	from, to int    // its bytes of the block
	text     string // as it is typed: without a prompt, and without a note behind it
}

const shellPrompt = "$ "

// How commands look in lessons.
var (
	program  = regexp.MustCompile(`^[a-z][a-z0-9_-]*( |$)`)
	note     = regexp.MustCompile(`( {3,}| +# ).*$`) // some columns away, or a comment
	hereDoc  = regexp.MustCompile(`<<-?\s*['"]?(\w+)`)
	backward = regexp.MustCompile(`\s*\\\n\s*`)
	piped    = regexp.MustCompile(`([|&])\n\s*`)
	ender    = regexp.MustCompile(`^(\s|(done|fi|esac|})(\s|;|$))`)
)

// commandsIn finds the commands in a block of code: what follows prompts where
// there are some, else everything in a block without a language that begins with
// the name of a program.
func commandsIn(text, language string) (list []command) {
	if !slices.Contains([]string{"", "sh", "bash", "console"}, language) {
		return nil
	}
	prompts := strings.HasPrefix(text, shellPrompt) || strings.Contains(text, "\n"+shellPrompt)
	if !prompts && !program.MatchString(text) {
		return nil
	}
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	at := 0
	for len(lines) > 0 {
		n := 1
		for n < len(lines) && goesOn(lines[:n], lines[n], prompts) {
			n++
		}
		whole := strings.Join(lines[:n], "\n")
		if begins(whole, prompts) {
			list = append(list, command{at, at + len(whole), typedAs(whole)})
		}
		at += len(whole) + 1
		lines = lines[n:]
	}
	return list
}

func begins(line string, prompts bool) bool {
	if prompts {
		return strings.HasPrefix(line, shellPrompt)
	}
	return strings.TrimSpace(line) != "" && !strings.HasPrefix(line, "#")
}

// goesOn tells whether a line belongs to the command before it: after a backslash
// or an open pipe, in a here-document, and indented where there are no prompts.
func goesOn(command []string, next string, prompts bool) bool {
	last := strings.TrimRight(command[len(command)-1], " ")
	for i, line := range command {
		if m := hereDoc.FindStringSubmatch(line); m != nil && !slices.Contains(command[i+1:], m[1]) {
			return true
		}
	}
	for _, open := range []string{`\`, "|", "&&", "||"} {
		if strings.HasSuffix(last, open) {
			return begins(command[0], prompts)
		}
	}
	return !prompts && ender.MatchString(next)
}

// typedAs is a command as somebody would type it.
func typedAs(command string) string {
	command = strings.TrimPrefix(command, shellPrompt)
	command = backward.ReplaceAllString(command, " ")
	command = piped.ReplaceAllString(command, "$1 ")
	if !strings.Contains(command, "\n") {
		command = note.ReplaceAllString(command, "")
	}
	return strings.TrimSpace(command)
}
