package control

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"

	"kubetutor/internal/engine/peer"
)

// Client calls the runtime. It is safe for concurrent use.
type Client struct {
	socket string
	http   *http.Client
}

// NewClient returns a client of the runtime at a socket. Nothing is connected
// before the first call.
func NewClient(socket string) *Client {
	c := &Client{socket: socket}
	c.http = &http.Client{Transport: &http.Transport{
		DialContext:        func(ctx context.Context, _, _ string) (net.Conn, error) { return c.open(ctx) },
		DisableCompression: true,
	}}
	return c
}

// Close closes connections that wait for the next call. Leashes and dialled
// connections stay.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// open connects to the socket, and to nobody else's.
func (c *Client) open(ctx context.Context) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", c.socket)
	if err != nil {
		return nil, fmt.Errorf("reaching the runtime: %w", err)
	}
	if err := peer.Verify(conn); err != nil {
		conn.Close()
		return nil, fmt.Errorf("reaching the runtime: %w", err)
	}
	return conn, nil
}

// PID is the process that listens at the socket, also if it does not answer.
func (c *Client) PID(ctx context.Context) (int, error) {
	conn, err := c.open(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	return peer.PID(conn)
}

// Hello asks who answers.
func (c *Client) Hello(ctx context.Context) (Hello, error) {
	var h Hello
	return h, c.call(ctx, http.MethodGet, "/hello", nil, &h)
}

// AddNode makes a node, or leaves it as it is if it is there.
func (c *Client) AddNode(ctx context.Context, n Node) error {
	return c.call(ctx, http.MethodPost, "/nodes", n, nil)
}

// RemoveNode stops a node's containers and forgets it.
func (c *Client) RemoveNode(ctx context.Context, name string) error {
	return c.call(ctx, http.MethodDelete, node(name), nil, nil)
}

// Power pulls a node's plug (containers die without grace, its network is dead),
// or puts it back.
func (c *Client) Power(ctx context.Context, name string, on bool) error {
	return c.call(ctx, http.MethodPost, node(name)+"/power", Power{On: on}, nil)
}

// Pressure makes a node claim usage; the zero value ends that.
func (c *Client) Pressure(ctx context.Context, name string, p Pressure) error {
	return c.call(ctx, http.MethodPost, node(name)+"/pressure", p, nil)
}

// Usage tells what a node uses now.
func (c *Client) Usage(ctx context.Context, name string) (Usage, error) {
	var u Usage
	return u, c.call(ctx, http.MethodGet, node(name)+"/usage", nil, &u)
}

// Reset removes all sandboxes but those of the Pods to keep, and bars the Pods that
// are gone.
func (c *Client) Reset(ctx context.Context, r Reset) error {
	return c.call(ctx, http.MethodPost, "/reset", r, nil)
}

// Routes replaces the addresses outside that pods may connect to.
func (c *Client) Routes(ctx context.Context, r Routes) error {
	return c.call(ctx, http.MethodPost, "/routes", r, nil)
}

// Hosts replaces the names that the nodes' name server knows.
func (c *Client) Hosts(ctx context.Context, h Hosts) error {
	return c.call(ctx, http.MethodPost, "/hosts", h, nil)
}

// Images returns the catalogue of images as JSON.
func (c *Client) Images(ctx context.Context) (json.RawMessage, error) {
	var images json.RawMessage
	return images, c.call(ctx, http.MethodGet, "/images", nil, &images)
}

// Leash is a hold on the runtime.
type Leash struct {
	body io.Closer
	done chan struct{}
}

// Done is closed when the runtime has gone, or the leash was let go.
func (l *Leash) Done() <-chan struct{} { return l.done }

// Close lets the runtime go.
func (l *Leash) Close() error { return l.body.Close() }

// Leash takes hold of the runtime, for as long as ctx lasts and Close is not
// called.
func (c *Client) Leash(ctx context.Context) (*Leash, error) {
	resp, err := c.do(ctx, http.MethodGet, "/leash", nil)
	if err != nil {
		return nil, err
	}
	l := &Leash{body: resp.Body, done: make(chan struct{})}
	go func() {
		defer close(l.done)
		_, _ = io.Copy(io.Discard, resp.Body) // nothing comes but the end
	}()
	return l, nil
}

func node(name string) string { return "/nodes/" + url.PathEscape(name) }

// call sends a request and reads the answer into to, unless that is nil.
func (c *Client) call(ctx context.Context, method, path string, request, to any) error {
	resp, err := c.do(ctx, method, path, request)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if to == nil {
		_, err = io.Copy(io.Discard, resp.Body)
	} else {
		err = json.NewDecoder(resp.Body).Decode(to)
	}
	if err != nil {
		return fmt.Errorf("reading the runtime's answer to %s %s: %w", method, path, err)
	}
	return nil
}

// do sends a request; an answer that tells of a failure is an error.
func (c *Client) do(ctx context.Context, method, path string, request any) (*http.Response, error) {
	var body io.Reader
	if request != nil {
		data, err := json.Marshal(request)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://runtime"+path, body)
	if err != nil {
		return nil, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	defer resp.Body.Close()
	return nil, fmt.Errorf("%s %s: %w", method, path, failed(resp))
}

// failed is the error that an answer carries.
func failed(resp *http.Response) error {
	text := failureText(resp)
	if resp.StatusCode == http.StatusNotFound {
		return fmt.Errorf("%w (%s)", ErrNoNode, text)
	}
	return fmt.Errorf("the runtime: %s", text)
}

func failureText(resp *http.Response) string {
	var f failure
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxRequest)).Decode(&f); err != nil || f.Error == "" {
		return resp.Status
	}
	return f.Error
}
