package plain

import (
	"context"
	"strings"

	"kubetutor/internal/quiz"
)

// several is an answer of several lines that is being written.
type several struct {
	*Tutor
	text strings.Builder
	done bool
}

// maxText is how long a text of several lines may be, in bytes; a grader takes
// no longer one.
const maxText = 256 << 10

// text reads several lines, up to one that holds only a dot, or has them written
// in the learner's editor, which begins with start.
func (t *Tutor) text(ctx context.Context, ask, start string) (a quiz.Answer, given bool, err error) {
	s := &several{Tutor: t}
	p := prompt{free: true, choices: []choice{{"edit", "", t.Words.About["edit"], func(ctx context.Context, _ string) error { return s.edit(ctx, start) }}}}
	t.Style.wrapped(t.Out, ask, "")
	for !s.done {
		line, err := t.lines.Read(ctx)
		t.screen.rows = 0
		if err != nil {
			return a, false, err
		}
		if err := s.line(ctx, line, p); err != nil {
			return a, false, err
		}
	}
	return quiz.Answer{Texts: []string{s.text.String()}}, strings.TrimSpace(s.text.String()) != "", nil
}

// line takes one line: the end, a command behind a colon, or text. An empty line
// instead of an answer passes over the question, as it does everywhere.
func (s *several) line(ctx context.Context, line string, p prompt) error {
	command, colon := strings.CutPrefix(line, ":")
	switch {
	case strings.TrimSpace(line) == ".", strings.TrimSpace(line) == "" && s.text.Len() == 0:
		s.done = true
	case colon:
		return s.obey(ctx, command, p)
	case s.text.Len()+len(line) < maxText:
		s.text.WriteString(line + "\n")
	}
	return nil
}

// edit has the answer written in the learner's editor: what was typed so far,
// else what the question begins with. What is saved is the answer.
func (s *several) edit(ctx context.Context, start string) error {
	if s.Terminal == nil {
		s.say("%s", s.Words.NoManifestEditor)
		return nil
	}
	if s.text.Len() > 0 {
		start = s.text.String()
	}
	written, err := editing{s.Environ, s.Out, s.Out}.edit(ctx, "answer.yaml", []byte(start))
	if err != nil {
		s.say("%v", err)
		return nil
	}
	s.text.Reset()
	s.text.WriteString(strings.ToValidUTF8(string(written), ""))
	s.done = true
	s.say("%s\n%s", s.Words.Edited, indented(s.text.String()))
	return nil
}
