package lab

import (
	"context"
	"time"

	"kubetutor/internal/lab/protocol"
)

// closeTimeout is how long closing a console may take; the daemon closes it by
// itself soon after its client is gone.
const closeTimeout = 2 * time.Second

// console is a Console of a daemon.
type console struct {
	client *Client
	info   protocol.Console
}

func (c *console) Info() protocol.Console { return c.info }

func (c *console) Run(ctx context.Context, line string, out func(protocol.Output)) (exit protocol.Exit, incomplete bool, err error) {
	ended := false
	req := protocol.RunLine{Console: c.info.ID, Line: line}
	err = stream(ctx, c.client, protocol.VerbConsoleRun, req, func(o protocol.Output) error {
		switch {
		case o.Error != nil:
			return o.Error
		case o.Incomplete:
			incomplete, ended = true, true
			return nil
		}
		out(o)
		if o.Exit != nil {
			exit, ended = *o.Exit, true
		}
		return nil
	})
	if err == nil && !ended {
		err = lost(protocol.VerbConsoleRun)
	}
	return exit, incomplete, err
}

func (c *console) Input(ctx context.Context, data []byte, eof bool) error {
	return c.tell(ctx, protocol.VerbConsoleInput, protocol.Input{Console: c.info.ID, Data: data, EOF: eof})
}

func (c *console) Signal(ctx context.Context, name string) error {
	return c.tell(ctx, protocol.VerbConsoleSignal, protocol.Signal{Console: c.info.ID, Name: name})
}

func (c *console) Resize(ctx context.Context, columns, rows int) error {
	return c.tell(ctx, protocol.VerbConsoleResize, protocol.Resize{Console: c.info.ID, Columns: columns, Rows: rows})
}

func (c *console) Edited(ctx context.Context, answer protocol.Edited) error {
	answer.Console = c.info.ID
	return c.tell(ctx, protocol.VerbConsoleEdited, answer)
}

func (c *console) Complete(ctx context.Context, line string, cursor int) (done protocol.Completion, err error) {
	req := protocol.Complete{Console: c.info.ID, Line: line, Cursor: cursor}
	err = c.client.call(ctx, protocol.VerbConsoleComplete, req, &done)
	return done, err
}

func (c *console) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	defer c.client.Close()
	return c.tell(ctx, protocol.VerbConsoleClose, protocol.CloseConsole{Console: c.info.ID})
}

// tell is a verb without an answer.
func (c *console) tell(ctx context.Context, verb string, req any) error {
	return c.client.call(ctx, verb, req, &protocol.Empty{})
}
