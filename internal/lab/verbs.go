package lab

import (
	"context"

	"kubetutor/internal/lab/protocol"
)

// ClusterStatus never starts anything.
func (c *Client) ClusterStatus(ctx context.Context) (s protocol.Status, err error) {
	err = c.call(ctx, protocol.VerbClusterStatus, protocol.Empty{}, &s)
	return s, err
}

// ClusterUp starts the cluster, or finds it running, and tells of every stage.
func (c *Client) ClusterUp(ctx context.Context, up protocol.Up, stage func(protocol.Stage)) (protocol.Status, error) {
	last, err := c.progress(ctx, protocol.VerbClusterUp, up, stage)
	if err != nil {
		return protocol.Status{}, err
	}
	if last.Status == nil {
		return protocol.Status{}, lost(protocol.VerbClusterUp)
	}
	return *last.Status, nil
}

// ClusterSleep ends the cluster's processes and keeps its state.
func (c *Client) ClusterSleep(ctx context.Context) (s protocol.Status, err error) {
	err = c.call(ctx, protocol.VerbClusterSleep, protocol.Empty{}, &s)
	return s, err
}

// ClusterDown ends the cluster and removes its state.
func (c *Client) ClusterDown(ctx context.Context) (s protocol.Status, err error) {
	err = c.call(ctx, protocol.VerbClusterDown, protocol.Empty{}, &s)
	return s, err
}

// LabStart begins an attempt on a cluster that is up.
func (c *Client) LabStart(ctx context.Context, req protocol.StartLab, stage func(protocol.Stage)) (protocol.Attempt, error) {
	return c.attempt(ctx, protocol.VerbLabStart, req, stage)
}

// LabReset begins the next attempt at the active lab.
func (c *Client) LabReset(ctx context.Context, stage func(protocol.Stage)) (protocol.Attempt, error) {
	return c.attempt(ctx, protocol.VerbLabReset, protocol.Empty{}, stage)
}

// LabStop goes back to the baseline.
func (c *Client) LabStop(ctx context.Context) error {
	return c.call(ctx, protocol.VerbLabStop, protocol.Empty{}, &protocol.Empty{})
}

// LabVerdicts follows the active lab until the daemon ends the stream (nil), the
// context ends, or changed returns an error.
func (c *Client) LabVerdicts(ctx context.Context, since protocol.Since, changed func(protocol.Verdicts) error) error {
	return stream(ctx, c, protocol.VerbLabVerdicts, since, func(v protocol.Verdicts) error {
		if v.Error != nil {
			return v.Error
		}
		return changed(v)
	})
}

// ConsoleOpen opens a command line.
func (c *Client) ConsoleOpen(ctx context.Context, req protocol.OpenConsole) (Console, error) {
	con := &console{client: c}
	if err := c.call(ctx, protocol.VerbConsoleOpen, req, &con.info); err != nil {
		return nil, err
	}
	return con, nil
}

// FileGet reads a file of the workspace.
func (c *Client) FileGet(ctx context.Context, path string) ([]byte, error) {
	var f protocol.File
	err := c.call(ctx, protocol.VerbFileGet, protocol.FileName{Path: path}, &f)
	return f.Data, err
}

// FilePut writes a file of the workspace.
func (c *Client) FilePut(ctx context.Context, path string, data []byte) error {
	return c.call(ctx, protocol.VerbFilePut, protocol.File{Path: path, Data: data}, &protocol.Empty{})
}

// Judge judges one manifest, or compiles expressions.
func (c *Client) Judge(ctx context.Context, req protocol.Judge) (j protocol.Judgement, err error) {
	err = c.call(ctx, protocol.VerbJudge, req, &j)
	return j, err
}

// Prove runs a lab's proof, telling of every step as it ends.
func (c *Client) Prove(ctx context.Context, req protocol.Prove, step func(protocol.ProofStep)) error {
	done := false
	err := stream(ctx, c, protocol.VerbProve, req, func(s protocol.ProofStep) error {
		switch {
		case s.Error != nil && s.Step == "":
			return s.Error
		case s.Done:
			done = true
			return errDone
		}
		step(s)
		return nil
	})
	if err == nil && !done {
		err = lost(protocol.VerbProve)
	}
	return err
}

// attempt is a verb that ends with an attempt.
func (c *Client) attempt(ctx context.Context, verb string, req any, stage func(protocol.Stage)) (protocol.Attempt, error) {
	last, err := c.progress(ctx, verb, req, stage)
	if err != nil {
		return protocol.Attempt{}, err
	}
	if last.Attempt == nil {
		return protocol.Attempt{}, lost(verb)
	}
	return *last.Attempt, nil
}

// progress runs a verb that takes its time and returns its last line.
func (c *Client) progress(ctx context.Context, verb string, req any, stage func(protocol.Stage)) (last protocol.Progress, err error) {
	err = stream(ctx, c, verb, req, func(p protocol.Progress) error {
		last = p
		if p.Error != nil {
			return p.Error
		}
		if p.Stage != nil && stage != nil {
			stage(*p.Stage)
		}
		return nil
	})
	return last, err
}
