package console

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/interp"
)

// answerFile is where the answer to a lab's question is kept.
const answerFile = "answer"

// shellTools belong to the command line itself.
func shellTools() map[string]tool {
	editor := tool{"FILE", "edit a file", editTool}
	unsupported := tool{"", "not available here", noJobs}
	return map[string]tool{
		"answer":             {"VALUE", "answer a question of the lab", answer},
		"explain-connection": {"FROM TO PORT [-n NAMESPACE] [--udp]", "say what happens to a connection, and why", explainTool},
		"help":               {"[COMMAND]", "say what can be used here", help},
		"history":            {"", "print the lines typed so far", historyTool},
		"clear":              {"", "clear the screen", clearTool},
		"which":              {"COMMAND...", "say what a command is", which},
		"type":               {"COMMAND...", "say what a command is", which},
		"xargs":              {"[-n N] [-I WORD] COMMAND...", "run a command with arguments from standard input", xargs},
		"vi":                 editor, "vim": editor, "nano": editor, "edit": editor,
		"jobs": unsupported, "fg": unsupported, "bg": unsupported, "kill": unsupported, "umask": unsupported, "ulimit": unsupported,
	}
}

func noJobs(*invocation) error { return errors.New("not available in this console") }

func answer(i *invocation) error {
	if len(i.args) == 0 {
		return errors.New("the answer is missing: answer VALUE")
	}
	f, err := i.files.openFile(i.files.place.Workspace, answerFile, createTruncate, 0o644)
	if err != nil {
		return err
	}
	_, err = io.WriteString(f, strings.Join(i.args, " ")+"\n")
	return errors.Join(err, f.Close())
}

func help(i *invocation) error {
	all := tools()
	if len(i.args) > 0 {
		t, ok := all[i.args[0]]
		if !ok {
			return fmt.Errorf("nothing is known about %q; kubectl says: kubectl help", i.args[0])
		}
		_, err := fmt.Fprintf(i.out, "%s %s\n%s\n", i.args[0], t.usage, t.about)
		return err
	}
	fmt.Fprint(i.out, helpText)
	for _, name := range sortedKeys(all) {
		if t := all[name]; t.about != "not available here" {
			fmt.Fprintf(i.out, "  %-18s %s\n", name, t.about)
		}
	}
	return nil
}

const helpText = `This command line works on the cluster and in the workspace of the lab. Nothing
that you type here touches your own files.

kubectl (or k) is the real one, with all of its commands; where the cluster has
nodes, crictl --node NAME looks at their containers. Beside them: pipes,
redirection, here-documents, variables, loops and functions as in bash, and

`

func historyTool(i *invocation) (err error) {
	var all []string
	i.shell.current(func(l *line) { all = l.request.History })
	for n, line := range all {
		if _, err = fmt.Fprintf(i.out, "%5d  %s\n", n+1, line); err != nil {
			return err
		}
	}
	return nil
}

func clearTool(i *invocation) error {
	return i.shell.wire.send(message{Kind: kindClear})
}

func which(i *invocation) error {
	var failed error
	all := tools()
	for _, name := range i.args {
		_, ours := all[name]
		switch {
		case name == "kubectl" || name == "k":
			fmt.Fprintf(i.out, "%s: upstream kubectl, brought along by the tutor\n", name)
		case name == "crictl" || ours:
			fmt.Fprintf(i.out, "%s: brought along by the tutor\n", name)
		case interp.IsBuiltin(name):
			fmt.Fprintf(i.out, "%s: part of the command line\n", name)
		default:
			fmt.Fprintf(i.err, "%s: not found\n", name)
			failed = exitCode(1)
		}
	}
	return failed
}

// xargs runs a command with what standard input names: all at once, N at a time,
// or one line at a time in place of a word.
func xargs(i *invocation) error {
	i.flags.SetInterspersed(false)
	size := i.flags.IntP("max-args", "n", 5000, "")
	replace := i.flags.StringP("replace", "I", "", "")
	i.flags.BoolP("no-run-if-empty", "r", false, "")
	command, err := i.parse()
	if err != nil {
		return err
	}
	if len(command) == 0 {
		command = []string{"echo"}
	}
	all, err := i.allLines(nil)
	if err != nil {
		return err
	}
	if *replace != "" {
		return i.xargsReplace(command, *replace, all)
	}
	words := strings.Fields(strings.Join(all, "\n"))
	var failed error
	for some := range slices.Chunk(words, max(1, *size)) {
		if err := i.run(append(slices.Clone(command), some...)); err != nil {
			failed = exitCode(123)
		}
	}
	return failed
}

func (i *invocation) xargsReplace(command []string, word string, values []string) (failed error) {
	for _, value := range values {
		args := slices.Clone(command)
		for n := range args {
			args[n] = strings.ReplaceAll(args[n], word, strings.TrimSpace(value))
		}
		if err := i.run(args); err != nil {
			failed = exitCode(123)
		}
	}
	return failed
}

// editTool lets the learner edit a file of the workspace.
func editTool(i *invocation) error {
	args, err := i.parseExact(1, 1)
	if err != nil {
		return err
	}
	content, err := i.files.read(i.env.Dir, args[0])
	if err != nil && !notThere(err) {
		return err
	}
	m := i.shell.edit(i, filepath.Base(args[0]), content)
	if m.Aborted {
		return nil
	}
	f, err := i.create(args[0], false)
	if err != nil {
		return err
	}
	_, err = f.Write(m.Data)
	return errors.Join(err, f.Close())
}
