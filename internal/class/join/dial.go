package join

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/crypto/ssh"

	"kubetutor/internal/class/door"
	"kubetutor/internal/class/wire"
)

// How long a server may take: to be reached and to exchange keys; to answer what it
// was told about who comes, where it may have to ask the instructor.
const (
	reachWithin  = 15 * time.Second
	answerWithin = 3 * time.Minute
)

// dialer connects to one class, again and again.
type dialer struct {
	o         Options
	user      string
	subsystem string
	address   string
	keyFile   string
	key       ssh.Signer

	seen string // the fingerprint of the host key
}

// enter connects for the first time, when questions can be asked.
func (o Options) enter(ctx context.Context, user, subsystem string) (*dialer, io.ReadWriteCloser, error) {
	d, err := o.dialer(user, subsystem)
	if err != nil {
		return nil, nil, err
	}
	rw, err := d.dial(ctx)
	if unknown := (*unknownKey)(nil); errors.As(err, &unknown) {
		if err = d.trust(ctx, unknown.fingerprint); err == nil {
			rw, err = d.dial(ctx)
		}
	}
	if err != nil {
		return nil, nil, err
	}
	d.o.Ask = nil            // from now on a screen is where one could be asked
	d.o.Fingerprint = d.seen // and this server is the one
	return d, rw, nil
}

// dialer fills in what the options leave out.
func (o Options) dialer(user, subsystem string) (*dialer, error) {
	d := &dialer{o: o, user: user, subsystem: subsystem, keyFile: keyFile}
	if o.Now == nil {
		d.o.Now = time.Now
	}
	if o.Network == nil {
		d.o.Network = (&net.Dialer{}).DialContext
	}
	var err error
	if d.address, err = Address(o.Host); err != nil {
		return nil, err
	}
	if err = os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the directory for what is known of classes: %w", err)
	}
	if user == door.Learner {
		d.keyFile, err = keyFor(o.Dir, o.Name)
	}
	if err == nil {
		d.key, err = signer(filepath.Join(o.Dir, d.keyFile))
	}
	return d, err
}

// trust asks whether a key is that of the class, which then is the only one.
func (d *dialer) trust(ctx context.Context, fingerprint string) error {
	if d.o.Ask == nil {
		return fmt.Errorf("%w: whether the key of %s is %s", ErrUnanswered, d.address, fingerprint)
	}
	answer, err := d.o.Ask(ctx, Question{Kind: AskHost, Host: d.address, Fingerprint: fingerprint, Echo: true})
	if err == nil && answer != "yes" {
		err = ErrStranger
	}
	d.o.Fingerprint = fingerprint
	return err
}

// wire is what the protocol's ends are made with.
func (d *dialer) wire() wire.Options {
	return wire.Options{Program: d.o.Program, Now: d.o.Now}
}

// dialAfter gives away a first connection before it makes others.
func (d *dialer) dialAfter(first io.ReadWriteCloser) wire.Dial {
	return func(ctx context.Context) (io.ReadWriteCloser, error) {
		if rw := first; rw != nil {
			first = nil
			return rw, nil
		}
		return d.dial(ctx)
	}
}

// dial connects, proves who is there, and asks for the subsystem.
func (d *dialer) dial(ctx context.Context) (io.ReadWriteCloser, error) {
	within, cancel := context.WithTimeout(ctx, reachWithin)
	defer cancel()
	conn, err := d.o.Network(within, "tcp", d.address)
	if err != nil {
		return nil, &UnreachableError{d.address, err}
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	rw, err := d.converse(ctx, conn)
	if err != nil {
		conn.Close()
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, err
	}
	return rw, nil
}

// converse does what comes after the connection was made.
func (d *dialer) converse(ctx context.Context, conn net.Conn) (io.ReadWriteCloser, error) {
	_ = conn.SetDeadline(time.Now().Add(reachWithin))
	a := &applicant{dialer: d, ctx: ctx, conn: conn, answers: map[door.Question]string{}}
	client, channels, requests, err := ssh.NewClientConn(conn, d.address, a.config())
	if err != nil {
		return nil, a.explain(err)
	}
	go ssh.DiscardRequests(requests)
	go refuse(channels)
	rw, err := open(client, d.subsystem)
	if err != nil {
		client.Close()
		return nil, fmt.Errorf("%w: %w", ErrNoClass, clean{err})
	}
	_ = conn.SetDeadline(time.Time{})
	d.accept(a)
	return rw, nil
}

// accept notes what let us in, for the next time.
func (d *dialer) accept(a *applicant) {
	d.seen = a.fingerprint
	for q, answer := range a.answers {
		switch q {
		case door.Code, door.Secret:
			d.o.Code = answer
		case door.Name:
			d.o.Name = answer
		case door.Resume:
			d.o.Resume = answer
		}
	}
}

// refuse opens nothing that a server wants to open.
func refuse(channels <-chan ssh.NewChannel) {
	for c := range channels {
		_ = c.Reject(ssh.Prohibited, "")
	}
}

// stream is a channel whose connection ends with it.
type stream struct {
	ssh.Channel
	conn ssh.Conn
}

// Close implements io.Closer.
func (s stream) Close() error { return errors.Join(s.Channel.Close(), s.conn.Close()) }

// open asks for a subsystem.
func open(conn ssh.Conn, subsystem string) (io.ReadWriteCloser, error) {
	channel, requests, err := conn.OpenChannel("session", nil)
	if err != nil {
		return nil, err
	}
	go ssh.DiscardRequests(requests)
	ok, err := channel.SendRequest("subsystem", true, ssh.Marshal(struct{ Name string }{subsystem}))
	if err == nil && !ok {
		err = fmt.Errorf("it does not know %s", subsystem)
	}
	return stream{channel, conn}, err
}
