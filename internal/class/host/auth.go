package host

import (
	"errors"
	"net/netip"
	"strings"

	gossh "golang.org/x/crypto/ssh"

	"kubetutor/internal/class"
	"kubetutor/internal/class/door"
)

// errDenied is all that a client's SSH library is told.
var errDenied = errors.New("not let in")

// identity is who was let in: a learner, or an instructor by name.
type identity struct {
	learner    class.Learner
	instructor string
	own        bool // a learner with a program and labs of their own
}

// name is what sessions are counted by, and logged.
func (i identity) name() string {
	if i.instructor != "" {
		return "instructor " + i.instructor
	}
	return "learner " + string(i.learner.ID)
}

// called is their name as people know it.
func (i identity) called() string { return i.learner.Name + i.instructor }

// identityKey is where an SSH connection's permissions hold its identity.
type identityKey struct{}

func (i identity) permissions() *gossh.Permissions {
	return &gossh.Permissions{ExtraData: map[any]any{identityKey{}: i}}
}

func identityOf(p *gossh.Permissions) (identity, bool) {
	if p == nil {
		return identity{}, false
	}
	i, ok := p.ExtraData[identityKey{}].(identity)
	return i, ok
}

// applicant is somebody at the door.
type applicant struct {
	server *Server
	conn   *conn
	wrong  int  // answers
	over   bool // they have been told that they are not let in
}

// config is how a connection is authenticated.
func (s *Server) config(c *conn) *gossh.ServerConfig {
	a := &applicant{server: s, conn: c}
	config := &gossh.ServerConfig{
		// A client with many keys has each of them refused before a person is asked.
		MaxAuthTries:        24,
		PublicKeyCallback:   a.firstKey,
		PreAuthConnCallback: func(gossh.ServerPreAuthConn) { c.door() },
		KeyboardInteractiveCallback: func(m gossh.ConnMetadata, ask gossh.KeyboardInteractiveChallenge) (*gossh.Permissions, error) {
			return a.answer(m, ask, "")
		},
		AuthLogCallback: func(_ gossh.ConnMetadata, _ string, err error) {
			if err == nil {
				c.welcome()
			}
		},
		ServerVersion: door.Version,
	}
	// What every client of the last ten years has, without the exchanges that cost
	// the server most.
	config.KeyExchanges = []string{gossh.KeyExchangeMLKEM768X25519, gossh.KeyExchangeCurve25519, gossh.KeyExchangeECDHP256}
	return config
}

// firstKey looks at a key that is offered. Only after its owner has proven to have
// it does what it returns count. A key of nobody is proven too, and then they are
// asked: so it can be their key from now on.
func (a *applicant) firstKey(m gossh.ConnMetadata, key gossh.PublicKey) (*gossh.Permissions, error) {
	p, err := a.nextKey(m, key)
	if err == nil || m.User() != door.Learner || !usable(key) {
		return p, err
	}
	fingerprint := Fingerprint(key)
	return nil, &gossh.PartialSuccessError{Next: gossh.ServerAuthCallbacks{
		PublicKeyCallback: a.nextKey,
		KeyboardInteractiveCallback: func(m gossh.ConnMetadata, ask gossh.KeyboardInteractiveChallenge) (*gossh.Permissions, error) {
			return a.answer(m, ask, fingerprint)
		},
	}}
}

// nextKey lets the owner of a key in who is known.
func (a *applicant) nextKey(m gossh.ConnMetadata, key gossh.PublicKey) (*gossh.Permissions, error) {
	if !usable(key) {
		return nil, errDenied
	}
	switch m.User() {
	case door.Instructor:
		if name := a.server.o.InstructorKeys[Fingerprint(key)]; name != "" {
			return identity{instructor: class.Clean(name, nameLength)}.permissions(), nil
		}
	case door.Learner:
		if l, ok := a.server.o.Room.Known(Fingerprint(key)); ok {
			return identity{learner: l, own: own(m)}.permissions(), nil
		}
	}
	return nil, errDenied
}

// usable leaves certificates out: a client offers their keys as well.
func usable(key gossh.PublicKey) bool {
	_, certificate := key.(*gossh.Certificate)
	return !certificate
}

// own tells whether somebody comes with a program of ours.
func own(m gossh.ConnMetadata) bool {
	return strings.HasPrefix(string(m.ClientVersion()), door.Version)
}

// answer asks who somebody is.
func (a *applicant) answer(m gossh.ConnMetadata, ask gossh.KeyboardInteractiveChallenge, key string) (*gossh.Permissions, error) {
	if a.over {
		return nil, errDenied
	}
	c := &conversation{applicant: a, ask: ask, plain: !own(m)}
	var who identity
	var err error
	switch m.User() {
	case door.Learner:
		who, err = c.learner(class.Application{Key: key, From: a.address(), Own: own(m)})
	case door.Instructor:
		who, err = c.instructor()
	default:
		err = errUser
	}
	if err != nil {
		note := a.conn.crowd.note
		if !ordinary(err) && a.conn.ctx.Err() == nil {
			note = a.server.log.Warn
		}
		note("not let in", "from", a.address(), "because", err)
		a.over = true // clients ask to try again by themselves
		c.tell(err)
		return nil, errDenied
	}
	return who.permissions(), nil
}

// address is where they come from, without the port.
func (a *applicant) address() string {
	at, err := netip.ParseAddrPort(a.conn.RemoteAddr().String())
	if err != nil {
		return a.conn.RemoteAddr().String()
	}
	return at.Addr().Unmap().String()
}
