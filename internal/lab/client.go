package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"kubetutor/internal/lab/protocol"
)

// dialTimeout is how long a daemon may take to accept a connection and to say
// hello. Both are local and take under a millisecond.
const dialTimeout = 5 * time.Second

// Client speaks the protocol with one daemon. It is safe for concurrent use;
// every verb has a connection of its own, so that a stream never holds up
// another verb.
type Client struct {
	http  *http.Client
	hello protocol.Hello
}

// Dial connects to the daemon that listens on socket, verifies that it belongs
// to the same user, and says hello. It starts nothing. An error that wraps
// ErrNoDaemon means that nobody listens there; a *VersionError, that the daemon
// speaks another version of the protocol.
func Dial(ctx context.Context, socket string) (*Client, error) {
	c := &Client{http: &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialSocket(ctx, socket)
		},
		DisableCompression:  true,
		MaxIdleConnsPerHost: 4,
		IdleConnTimeout:     30 * time.Second,
	}}}
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	if err := c.call(ctx, protocol.VerbHello, protocol.Empty{}, &c.hello); err != nil {
		c.Close()
		return nil, fmt.Errorf("saying hello to the engine at %s: %w", socket, err)
	}
	if c.hello.Protocol != protocol.Version {
		c.Close()
		return nil, &VersionError{Theirs: c.hello.Protocol, PID: c.hello.PID}
	}
	return c, nil
}

// dialSocket connects to a unix socket and verifies who is at its other end.
func dialSocket(ctx context.Context, socket string) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", socket)
	if err != nil {
		if absent(err) {
			return nil, fmt.Errorf("%w: %w", ErrNoDaemon, err)
		}
		return nil, err
	}
	if err := verifyPeer(conn.(*net.UnixConn)); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// Hello is how the daemon introduced itself.
func (c *Client) Hello() protocol.Hello { return c.hello }

// Close drops idle connections. Verbs that still run are not interrupted.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// post sends a verb and returns its answer once it is known not to be an error.
func (c *Client) post(ctx context.Context, verb string, req any) (io.ReadCloser, error) {
	body, err := json.Marshal(req)
	if err != nil {
		return nil, fmt.Errorf("encoding %s: %w", verb, err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://kubelab"+protocol.Prefix+verb, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("making the request %s: %w", verb, err)
	}
	r.Header.Set("Content-Type", "application/json")
	res, err := c.http.Do(r)
	if err != nil {
		return nil, fmt.Errorf("asking the engine for %s: %w", verb, cause(ctx, err))
	}
	if res.StatusCode != http.StatusOK {
		defer res.Body.Close()
		return nil, refusal(verb, res)
	}
	return res.Body, nil
}

// refusal reads the error that came instead of an answer.
func refusal(verb string, res *http.Response) error {
	var e protocol.Error
	if err := json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(&e); err != nil || e.Message == "" {
		return &protocol.Error{Code: protocol.CodeInternal, Message: fmt.Sprintf("the engine answered %s with status %s", verb, res.Status)}
	}
	return &e
}

// call is a verb with one answer.
func (c *Client) call(ctx context.Context, verb string, req, answer any) error {
	body, err := c.post(ctx, verb, req)
	if err != nil {
		return err
	}
	defer body.Close()
	if err := json.NewDecoder(body).Decode(answer); err != nil {
		return fmt.Errorf("reading the engine's answer to %s: %w", verb, cause(ctx, err))
	}
	return nil
}

// errDone ends a stream early without being an error.
var errDone = errors.New("done")

// stream is a verb whose answer is JSON lines. It ends when each returns an
// error, which is returned, or errDone, which is not; or when the daemon has
// said everything (io.EOF is then no error).
func stream[T any](ctx context.Context, c *Client, verb string, req any, each func(T) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	body, err := c.post(ctx, verb, req)
	if err != nil {
		return err
	}
	defer body.Close()
	for d := json.NewDecoder(body); ; {
		var line T
		switch err := d.Decode(&line); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("reading the engine's answer to %s: %w", verb, cause(ctx, err))
		}
		if err := each(line); errors.Is(err, errDone) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// cause prefers the reason for which a context ended to the noise that follows.
func cause(ctx context.Context, err error) error {
	if e := context.Cause(ctx); e != nil {
		return e
	}
	return err
}

// lost is the end of a stream that came too early: the daemon died.
func lost(verb string) error {
	return fmt.Errorf("the engine stopped in the middle of %s: %w", verb, io.ErrUnexpectedEOF)
}
