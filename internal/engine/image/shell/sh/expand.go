package sh

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"

	"kubetutor/internal/engine/image/shell/tool"
	"kubetutor/internal/engine/kernel"
)

// config is how the shell expands words now.
func (s *shell) config() *expand.Config {
	c := &expand.Config{
		Env: s.vars, NoUnset: s.opts.nounset,
		CmdSubst: s.commandSubstitution,
		ProcSubst: func(*syntax.ProcSubst) (string, error) {
			return "", errors.New("process substitution is not supported")
		},
	}
	if !s.opts.noglob {
		c.ReadDir2 = s.p.FS().ReadDir
	}
	return c
}

// fields expands words to arguments.
func (s *shell) fields(words []*syntax.Word) ([]string, error) {
	defer s.vars.settle()
	if !s.bash {
		words = withoutBraces(words)
	}
	return expand.Fields(s.config(), words...)
}

// withoutBraces escapes braces, which only bash expands.
func withoutBraces(words []*syntax.Word) []*syntax.Word {
	for i, w := range words {
		for k, part := range w.Parts {
			lit, ok := part.(*syntax.Lit)
			if !ok || !strings.Contains(lit.Value, "{") {
				continue
			}
			own := &syntax.Word{Parts: slices.Clone(w.Parts)}
			own.Parts[k] = &syntax.Lit{Value: escapeBraces(lit.Value)}
			words = slices.Clone(words)
			words[i], w = own, own
		}
	}
	return words
}

func escapeBraces(lit string) string {
	var b strings.Builder
	for i := 0; i < len(lit); i++ {
		switch {
		case lit[i] == '\\' && i+1 < len(lit):
			b.WriteByte('\\')
			i++
		case lit[i] == '{':
			b.WriteByte('\\')
		}
		b.WriteByte(lit[i])
	}
	return b.String()
}

// literal expands a word to one string.
func (s *shell) literal(word *syntax.Word) (string, error) {
	if word == nil {
		return "", nil
	}
	defer s.vars.settle()
	return expand.Literal(s.config(), word)
}

// expansionFailed reports an error of an expansion, which ends a script.
func (s *shell) expansionFailed(err error) int {
	if s.unwinding() {
		return s.status
	}
	code := 2
	if s.bash {
		code = 1
	}
	return s.fatalf(code, "%s", s.expansionText(err))
}

func (s *shell) expansionText(err error) string {
	if unset, ok := errors.AsType[expand.UnsetParameterError](err); ok {
		name, message := unset.Node.Param.Value, unset.Message
		switch {
		case message == "unbound variable" && !s.bash:
			message = "parameter not set"
		case message == "" && s.bash:
			message = "parameter null or not set"
		case message == "":
			message = "parameter not set"
		}
		return name + ": " + message
	}
	if strings.Contains(err.Error(), "division by zero") {
		return "divide by zero"
	}
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Path + ": " + tool.Reason(err)
	}
	return err.Error()
}

// commandSubstitution runs "$(...)" and writes what it prints to w.
func (s *shell) commandSubstitution(w io.Writer, cs *syntax.CmdSubst) error {
	if len(cs.Stmts) == 0 {
		s.substituted = 0
		return nil
	}
	if name := fileToRead(cs); name != nil {
		return s.readFile(w, name)
	}
	from, to := kernel.Pipe()
	j, err := s.forkList(cs.Stmts, forkOptions{files: descriptors{1: opened(to)}, caught: true})
	if err != nil {
		from.Close()
		return err
	}
	held, err := s.collect(w, from)
	from.Close()
	s.substituted = s.await(j)
	_ = s.p.Grow(-held)
	return err
}

// collect copies the output of a substitution and charges the memory for it.
func (s *shell) collect(w io.Writer, from io.Reader) (held int64, err error) {
	part := make([]byte, 32<<10)
	for {
		n, err := from.Read(part)
		if n > 0 {
			held += int64(n)
			if err := s.hold(int64(n)); err != nil {
				return held - int64(n), err
			}
			_, _ = w.Write(part[:n]) // to memory
		}
		if err != nil {
			return held, nil // the end, or that of this shell
		}
	}
}

// fileToRead is the word of "$(< FILE)".
func fileToRead(cs *syntax.CmdSubst) *syntax.Word {
	st := cs.Stmts[0]
	if len(cs.Stmts) > 1 || st.Cmd != nil || st.Background || st.Negated || len(st.Redirs) != 1 || st.Redirs[0].Op != syntax.RdrIn {
		return nil
	}
	return st.Redirs[0].Word
}

func (s *shell) readFile(w io.Writer, word *syntax.Word) error {
	name, err := expand.Literal(s.config(), word)
	if err != nil {
		return err
	}
	f, err := s.p.FS().Open(name)
	if err != nil {
		s.substituted = s.errorf("can't open %s: %s", name, reasonToOpen(err))
		return nil
	}
	defer f.Close()
	s.substituted = 0
	held, err := s.collect(w, f)
	_ = s.p.Grow(-held)
	return err
}

func reasonToOpen(err error) string {
	if errors.Is(err, fs.ErrNotExist) {
		return "no such file"
	}
	return tool.Reason(err)
}

// homeOf is the home directory of a user of the container.
func homeOf(files *kernel.FS, user string) string {
	f, err := files.Open("/etc/passwd")
	if err != nil {
		return "~" + user
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		fields := strings.Split(lines.Text(), ":")
		if len(fields) > 5 && fields[0] == user {
			return fields[5]
		}
	}
	return "~" + user
}

// document expands a word as the text of a here-document.
func (s *shell) document(word *syntax.Word) (string, error) {
	defer s.vars.settle()
	return expand.Document(s.config(), word)
}
