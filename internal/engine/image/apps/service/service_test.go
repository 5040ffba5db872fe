package service

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"kubetutor/internal/engine/fabric"
	"kubetutor/internal/engine/kernel"
)

// patient is how long a test waits for what must happen.
const patient = 10 * time.Second

// start runs a program in a container of its own, at an address.
func start(t *testing.T, tty *kernel.TTY, run kernel.Program) (*fabric.Fabric, *kernel.Process) {
	t.Helper()
	network, image := fabric.New(), kernel.NewTree()
	image.File("/bin/run", kernel.Executable("run"), 0o755, 0, 0)
	ns, err := network.Attach("pod", netip.MustParseAddr("10.244.1.2"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := kernel.New(kernel.Config{Image: image, Net: ns, Programs: kernel.Programs{"run": run}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); ns.Close() })
	p, err := c.Start(kernel.Spec{Args: []string{"run"}, TTY: tty})
	if err != nil {
		t.Fatal(err)
	}
	return network, p
}

// TestAccept: a connection that makes the server stumble is closed, and the next one is served.
func TestAccept(t *testing.T) {
	t.Parallel()
	listening := make(chan error, 1)
	network, _ := start(t, nil, func(ctx context.Context, p *kernel.Process) int {
		l, err := Listen(ctx, p, Port(80))
		listening <- err
		if err != nil {
			return 1
		}
		Accept(l, func(conn net.Conn) {
			word, _ := bufio.NewReader(conn).ReadString('\n')
			if word == "stumble\n" {
				panic(word)
			}
			io.WriteString(conn, "hello "+word)
		})
		return 0
	})
	if err := <-listening; err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patient)
	defer cancel()
	for word, want := range map[string]string{"stumble\n": "", "you\n": "hello you\n"} {
		conn, err := network.Dial(ctx, "", netip.MustParseAddrPort("10.244.1.2:80"))
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(patient))
		io.WriteString(conn, word)
		if got, err := io.ReadAll(conn); string(got) != want || err != nil {
			t.Errorf("%q: got %q, %v", word, got, err)
		}
		conn.Close()
	}
}

// TestAskSecret: what is typed does not appear, and the terminal is as before afterwards.
func TestAskSecret(t *testing.T) {
	t.Parallel()
	tty, said, got := kernel.NewTTY(kernel.Size{Columns: 40, Rows: 10}), make(chan string, 1), make(chan string, 1)
	before := tty.Mode()
	_, p := start(t, tty, func(_ context.Context, p *kernel.Process) int {
		secret, err := AskSecret(p, "Password: ")
		if err != nil {
			return 1
		}
		got <- secret
		return 0
	})
	go func() {
		shown := make([]byte, len("Password: "))
		_, _ = io.ReadFull(tty.Master(), shown)
		io.WriteString(tty.Master(), "s3cret\r")
		rest, _ := io.ReadAll(tty.Master())
		said <- string(shown) + string(rest)
	}()
	ctx, cancel := context.WithTimeout(t.Context(), patient)
	defer cancel()
	if status, err := p.Wait(ctx); err != nil || status.ExitCode() != 0 {
		t.Fatalf("%v, %v", status, err)
	}
	if secret := <-got; secret != "s3cret" || tty.Mode() != before {
		t.Errorf("got %q, the terminal is %+v", secret, tty.Mode())
	}
	select {
	case text := <-said:
		if strings.Contains(text, "s3cret") || !strings.HasPrefix(text, "Password: ") {
			t.Errorf("the terminal shows %q", text)
		}
	case <-ctx.Done():
		t.Error("the terminal does not end")
	}
}
