package awk

import (
	"strconv"
	"strings"

	"kubetutor/internal/engine/image/shell/tool"
)

// Commands are the programs by name.
func Commands() map[string]tool.Command {
	command := tool.Command{Flags: "+F:v:f:e:", Usage: "[-F SEP] [-v VAR=VAL]... [-f FILE]... [AWK_PROGRAM] [FILE]...", Run: run}
	return map[string]tool.Command{"awk": command, "gawk": command, "mawk": command}
}

func run(c *tool.Call) int {
	source, operands := source(c)
	prog, err := parse(source)
	if err != nil {
		c.Errorf("%v", err)
		return 1
	}
	i := newInterpreter(c, prog)
	if fs := c.Value("F", ""); fs != "" {
		if fs == "t" {
			fs = `\t`
		}
		i.set("FS", fs)
		i.global("FS").v = text(i.global("FS").v.str)
	}
	for _, v := range c.Values("v") {
		if !i.assignment(v) {
			c.UsageExit()
		}
	}
	argv := i.global("ARGV").elements()
	argv["0"] = text(c.Name)
	for k, a := range operands {
		argv[strconv.Itoa(k+1)] = input(a)
	}
	i.global("ARGC").v = number(float64(len(operands) + 1))
	return i.run()
}

// source is the text of the program, and the operands after it.
func source(c *tool.Call) (string, []string) {
	var parts []string
	for _, file := range c.Values("f") {
		in, err := c.Open(file)
		if err != nil {
			c.Fatalf("can't open '%s': %s", file, tool.Reason(err))
		}
		text, err := c.ReadAll(in)
		in.Close()
		if err != nil {
			c.Fatalf("%s: %s", file, tool.Reason(err))
		}
		parts = append(parts, string(text))
	}
	parts = append(parts, c.Values("e")...)
	if len(parts) > 0 {
		return strings.Join(parts, "\n"), c.Args
	}
	if len(c.Args) == 0 {
		c.UsageExit()
	}
	return c.Args[0], c.Args[1:]
}
