package console

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"kubetutor/internal/lab/protocol"
)

// explainTool explains a connection. On the screen the client words it, in the
// learner's language; for a pipe or a file it is JSON.
func explainTool(i *invocation) error {
	q := protocol.Explain{}
	i.flags.StringVarP(&q.Namespace, "namespace", "n", "", "")
	i.flags.BoolVar(&q.UDP, "udp", false, "")
	args, err := i.parseExact(3, 3)
	if err != nil {
		return err
	}
	q.From, q.To, q.Port = args[0], args[1], args[2]
	shown := false
	i.shell.current(func(l *line) { shown = i.env.Stdout == io.Writer(l.out) && !i.shell.script })
	if err := i.out.flush(); err != nil { // what came before stands above it
		return err
	}
	answer := i.shell.ask(i, message{Kind: kindExplain, Explain: &q, Shown: shown})
	switch {
	case i.Err() != nil:
		return i.Err()
	case answer.Aborted:
		return errors.New("nobody answers")
	case answer.Error != "":
		return errors.New(answer.Error)
	}
	if _, err := i.out.Write(answer.Data); err != nil || answer.Code == 0 {
		return err
	}
	return exitCode(answer.Code)
}

// explained answers a shell that asks what happens to a connection, and shows it
// to the client if it is meant for the screen.
func (s *shellProcess) explained(ctx context.Context, m message, out func(protocol.Output)) {
	answer, err := s.explain(ctx, m, out)
	if err != nil {
		answer.Error = err.Error()
	}
	answer.Kind, answer.ID = kindExplained, m.ID
	_ = s.process.wire.send(answer) // a shell that is gone shows at the next message
}

func (s *shellProcess) explain(ctx context.Context, m message, out func(protocol.Output)) (answer message, err error) {
	config := s.manager.config
	if config.Explain == nil {
		return answer, errors.New("this cluster has no network of ours")
	}
	q := *m.Explain
	if q.Namespace == "" {
		q.Namespace = namespace(config.Kubeconfig())
	}
	e, err := config.Explain(ctx, q)
	if err != nil {
		return answer, err
	}
	if e.Outcome != protocol.OutcomeConnects {
		answer.Code = 1
	}
	if m.Shown {
		out(protocol.Output{Explanation: &e})
		return answer, nil
	}
	if answer.Data, err = json.MarshalIndent(e, "", "  "); err != nil {
		return answer, fmt.Errorf("writing an explanation: %w", err)
	}
	answer.Data = append(answer.Data, '\n')
	return answer, nil
}
