package apps

import (
	"bufio"
	"io"
	"os"
	"regexp"
	"strings"

	"context"

	"kubetutor/internal/engine/kernel"
)

// envsubst fills variables of the environment into its input, as GNU gettext's
// does: all of them, or only those that its argument names.
func envsubst(string) kernel.Program {
	return func(_ context.Context, p *kernel.Process) int {
		pattern := regexp.MustCompile(`\$(\{[A-Za-z_][A-Za-z0-9_]*\}|[A-Za-z_][A-Za-z0-9_]*)`)
		name := func(found string) string { return strings.Trim(found, "${}") }
		var only map[string]bool
		if len(p.Args()) > 1 {
			only = map[string]bool{}
			for _, found := range pattern.FindAllString(strings.Join(p.Args()[1:], " "), -1) {
				only[name(found)] = true
			}
		}
		in := bufio.NewReader(p.Stdin())
		for {
			line, err := in.ReadString('\n')
			io.WriteString(p.Stdout(), pattern.ReplaceAllStringFunc(line, func(found string) string {
				if only != nil && !only[name(found)] {
					return found
				}
				return os.Expand(found, p.Getenv)
			}))
			if err != nil {
				return 0
			}
		}
	}
}
