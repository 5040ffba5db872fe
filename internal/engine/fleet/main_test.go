package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"kubetutor/internal/engine/cri/control"
	"kubetutor/internal/engine/node/config"
	"kubetutor/internal/engine/peer"
)

// TestMain lets the test binary be the processes that a fleet starts.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "runtime":
			os.Exit(runtimeMain(os.Args[2:]))
		case "node":
			os.Exit(nodeMain(os.Args[2]))
		case "engine":
			os.Exit(engineMain(os.Args[2], os.Args[3]))
		}
	}
	os.Exit(m.Run())
}

// standInID is the engine's id of the stand-in runtime, unless a file "id" in its
// state says another.
const standInID = "stand-in"

// runtimeMain is a runtime without containers, that writes what it was told to
// STATE/told.json after each call.
func runtimeMain(args []string) int {
	sockets, state := args[1], args[3]
	l, err := peer.Listen(filepath.Join(sockets, control.SocketName))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	r := &standIn{state: state, told: told{Nodes: map[string]nodeTold{}}}
	r.id = standInID
	if id, err := os.ReadFile(filepath.Join(state, "id")); err == nil {
		r.id = string(id)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	server := control.NewServer(r)
	go func() {
		<-server.Abandoned()
		os.Exit(3)
	}()
	if err := server.Serve(ctx, l); err != nil {
		return 1
	}
	return 0
}

// engineMain is an engine with a fleet of one node, until it is killed. It says
// the process ids of its runtime and its kubelet.
func engineMain(dir, sockets string) int {
	f, err := Start(context.Background(), testOptions(os.Args[0], dir, sockets), 1)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	m, _ := f.find("node1")
	for kubelet := 0; kubelet == 0; time.Sleep(time.Millisecond) {
		m.mu.Lock()
		kubelet = m.pid
		m.mu.Unlock()
		if kubelet != 0 {
			fmt.Println(f.runtime.process(), kubelet)
		}
	}
	select {}
}

// told is what a runtime was told.
type told struct {
	PID    int
	Nodes  map[string]nodeTold
	Routes control.Routes
	Hosts  control.Hosts
}

type nodeTold struct {
	Node     control.Node
	Off      bool
	Pressure control.Pressure
}

type standIn struct {
	state, id string

	mu   sync.Mutex
	told told
}

// note changes what was told, and writes it down.
func (s *standIn) note(change func(*told)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.told)
	s.told.PID = os.Getpid()
	data, err := json.Marshal(s.told)
	if err != nil {
		return err
	}
	next := filepath.Join(s.state, "told.new")
	return errors.Join(os.WriteFile(next, data, 0o600), os.Rename(next, filepath.Join(s.state, "told.json")))
}

func (s *standIn) noteNode(name string, change func(*nodeTold)) error {
	return s.note(func(t *told) {
		n := t.Nodes[name]
		change(&n)
		t.Nodes[name] = n
	})
}

func (s *standIn) Hello() control.Hello {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := control.Hello{Engine: s.id, PID: os.Getpid()}
	for name := range s.told.Nodes {
		h.Nodes = append(h.Nodes, name)
	}
	slices.Sort(h.Nodes)
	return h
}

func (s *standIn) AddNode(_ context.Context, n control.Node) error {
	return s.noteNode(n.Name, func(t *nodeTold) { t.Node = n })
}

func (s *standIn) RemoveNode(_ context.Context, name string) error {
	return s.note(func(t *told) { delete(t.Nodes, name) })
}

func (s *standIn) Power(_ context.Context, name string, on bool) error {
	return s.noteNode(name, func(t *nodeTold) { t.Off = !on })
}

func (s *standIn) Pressure(_ context.Context, name string, p control.Pressure) error {
	return s.noteNode(name, func(t *nodeTold) { t.Pressure = p })
}

func (s *standIn) Usage(context.Context, string) (control.Usage, error) {
	return control.Usage{Memory: 1 << 20, CPU: 250 * millicore}, nil
}

func (s *standIn) Reset(context.Context, control.Reset) error { return nil }

func (s *standIn) Routes(_ context.Context, r control.Routes) error {
	return s.note(func(t *told) { t.Routes = r })
}

func (s *standIn) Hosts(_ context.Context, h control.Hosts) error {
	return s.note(func(t *told) { t.Hosts = h })
}

func (s *standIn) Policies(context.Context, control.Policies) error      { return nil }
func (s *standIn) Announce(context.Context, control.Announcements) error { return nil }

func (s *standIn) Exchange(context.Context, string, netip.AddrPort, []byte) ([]byte, error) {
	return nil, errors.New("no network here")
}

func (s *standIn) Explain(context.Context, control.Question) (control.Record, error) {
	return control.Record{}, nil
}

func (s *standIn) Records(context.Context, uint64) iter.Seq[control.Record] {
	return func(func(control.Record) bool) {}
}

func (s *standIn) Images(context.Context) (any, error) { return nil, nil }

// Dial answers at one address with the word "pod".
func (s *standIn) Dial(_ context.Context, _ string, to netip.AddrPort) (net.Conn, error) {
	if to != netip.MustParseAddrPort("10.244.1.2:80") {
		return nil, syscall.ECONNREFUSED
	}
	ours, theirs := net.Pipe()
	go func() {
		defer theirs.Close()
		_, _ = io.WriteString(theirs, "pod")
	}()
	return ours, nil
}

// nodeMain is a kubelet that does nothing but say its name at its port, until its
// standard input ends.
func nodeMain(file string) int {
	c, err := config.Read(file)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(c.Port)))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, c.Name)
			conn.Close()
		}
	}()
	_, _ = io.Copy(io.Discard, os.Stdin)
	return 0
}
