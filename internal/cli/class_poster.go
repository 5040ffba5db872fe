package cli

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"kubetutor/internal/class"
	"kubetutor/internal/class/qr"
)

// defaultPort is where a class listens unless another port is named.
const defaultPort = 2222

// gate is where a class can be reached.
type gate struct {
	port   int
	first  string   // the host that learners are told
	others []string // more of them
	asked  string   // the address of --address; "" is every one
}

// gateAt finds the addresses that lead to a listener. Asked is one of them, or a
// name for it; "" is every address of this machine.
func gateAt(asked string, port int) (gate, error) {
	g := gate{port: port, asked: asked, first: asked}
	if addr, err := netip.ParseAddr(asked); asked != "" && (err != nil || !addr.IsUnspecified()) {
		return g, nil
	}
	g.asked = ""
	all, err := reachable()
	hosts := each(all, netip.Addr.String)
	if err != nil || len(hosts) == 0 {
		g.first = "127.0.0.1"
		return g, err
	}
	g.first, g.others = hosts[0], hosts[1:]
	return g, nil
}

// local is where this machine reaches the class itself.
func (g gate) local() string {
	host := g.asked
	if host == "" {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, strconv.Itoa(g.port))
}

// bind is what is listened on.
func (g gate) bind() string { return net.JoinHostPort(g.asked, strconv.Itoa(g.port)) }

// ssh is the line that somebody types who has nothing but ssh.
func (g gate) ssh(user string) string {
	if g.port == 22 {
		return fmt.Sprintf("ssh %s@%s", user, g.first)
	}
	return fmt.Sprintf("ssh -p %d %s@%s", g.port, user, g.first)
}

// place is what follows `class join` and `class watch`.
func (g gate) place() string {
	switch {
	case g.port == defaultPort:
		return g.first
	case strings.Contains(g.first, ":"):
		return net.JoinHostPort(g.first, strconv.Itoa(g.port))
	}
	return g.first + ":" + strconv.Itoa(g.port)
}

// link is the line as a link (draft-ietf-secsh-scp-sftp-ssh-uri-04): what a camera
// reads can be opened by an SSH client, and given to ssh as it is.
func (g gate) link() string {
	return "ssh://class@" + net.JoinHostPort(g.first, strconv.Itoa(g.port))
}

// fact is a line of the poster.
type fact struct{ name, value string }

// poster is all that the room must know to come in, and the instructor to see it.
// The instructor code is not on it: the room may see this terminal.
func (f *Factory) poster(b class.Board, g gate) []fact {
	w, j := f.Words, b.Join
	facts := []fact{
		{w.ClassWithSSH, j.Line},
		{w.ClassWithOwn, "kubetutor class join " + g.place() + " " + j.Code},
		{w.ClassJoinCode, fmt.Sprintf(w.ClassUntil, j.Code, until(j.Expires, b.At))},
		{w.ClassHostKey, j.Fingerprint},
	}
	if len(g.others) > 0 {
		facts = append(facts, fact{w.ClassElsewhere, strings.Join(g.others, ", ")})
	}
	return append(facts,
		fact{w.ClassYours, "kubetutor class watch " + b.Class.Name},
		fact{w.ClassYoursFar, "kubetutor class watch " + g.place()},
		fact{w.ClassYoursSSH, g.ssh("instructor")},
		fact{w.ClassYoursCode, "kubetutor class code " + b.Class.Name + " --instructor"},
	)
}

// printFacts writes them in two columns.
func (f *Factory) printFacts(facts []fact) {
	widest := 0
	for _, x := range facts {
		widest = max(widest, lipgloss.Width(x.name))
	}
	for _, x := range facts {
		f.printf("  %s%s  %s\n", x.name, strings.Repeat(" ", widest-lipgloss.Width(x.name)), x.value)
	}
}

// printCode draws the link for a camera, where a person can hold one up to it, and
// the facts above it stay on the screen with what is said below.
func (f *Factory) printCode(g gate, facts int) {
	lines, err := qr.Lines(g.link(), qr.Light) // most terminals are dark, and most cameras read it on the others too
	if err != nil {
		return // an address that no code can hold is to be typed
	}
	_, rows := f.IO.Size()
	if ascii, _ := f.ascii(); ascii || f.plain() || rows < len(lines)+facts+saidAround {
		return
	}
	f.printf("\n")
	for _, line := range lines {
		f.printf("  %s\n", line)
	}
}

// saidAround is how many rows the rest of it takes, and the first comings.
const saidAround = 12

// span writes minutes as people say them.
func span(minutes int) string {
	d := time.Duration(minutes) * time.Minute
	return strings.TrimSuffix(d.String(), "0s")
}
