package open

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

const patience = 10 * time.Second

// lab is a lab with one web server behind every target.
type lab struct {
	*Doors
	place  Place
	err    error
	refuse atomic.Bool
	used   atomic.Int32
}

func newLab(t *testing.T) *lab {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Host) }))
	t.Cleanup(server.Close)
	l := &lab{place: Place{To: netip.MustParseAddrPort("172.30.200.1:80"), Via: protocol.DoorLoadBalancer, Web: "http"}}
	l.Doors = New(Options{
		Find: func(context.Context, course.Target, string) (Place, error) { return l.place, l.err },
		Dial: func(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
			if l.refuse.Load() || to != netip.MustParseAddrPort("172.30.200.1:80") {
				return nil, errors.New("refused")
			}
			return (&net.Dialer{}).DialContext(ctx, "tcp", server.Listener.Addr().String())
		},
		Used: func() { l.used.Add(1) }, Log: slog.New(slog.DiscardHandler),
	})
	t.Cleanup(func() { l.Close(protocol.OpenAll) })
	return l
}

func (l *lab) mustOpen(t *testing.T, target string) protocol.Door {
	t.Helper()
	d, err := l.Open(t.Context(), protocol.Open{Target: target, Namespace: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func get(t *testing.T, url string) (string, error) {
	t.Helper()
	client := &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get(url)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}

func TestADoorLeadsIntoTheLab(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	d := l.mustOpen(t, "svc/web:80")
	if body, err := get(t, d.URL); err != nil || body != d.Address {
		t.Errorf("got %q, %v", body, err)
	}
	if host, _, _ := net.SplitHostPort(d.Address); host != "127.0.0.1" || d.Name != "shop/svc/web:80" || d.To != "172.30.200.1:80" || l.used.Load() != 1 {
		t.Errorf("the door is %+v, used %d times", d, l.used.Load())
	}
	l.refuse.Store(true)
	if body, err := get(t, d.URL); err == nil {
		t.Errorf("what is refused in the lab answers %q", body)
	}
}

func TestNothingListensBeyondLoopback(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	d := l.mustOpen(t, "svc/web")
	_, port, _ := net.SplitHostPort(d.Address)
	number, _ := strconv.Atoi(port)
	tables := 0
	for _, name := range []string{"/proc/self/net/tcp", "/proc/self/net/tcp6"} {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // not Linux
		}
		tables++
		for s := bufio.NewScanner(strings.NewReader(string(text))); s.Scan(); {
			fields := strings.Fields(s.Text())
			if len(fields) > 3 && fields[3] == "0A" && strings.HasSuffix(fields[1], fmt.Sprintf(":%04X", number)) && fields[1][:8] != "0100007F" {
				t.Errorf("it listens at %s", fields[1])
			}
		}
	}
	if tables == 0 {
		t.Skip("this system does not tell who listens")
	}
}

func TestWhatIsOpenIsOpenedOnce(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	first := l.mustOpen(t, "svc/web")
	if again := l.mustOpen(t, "svc/web"); again.Address != first.Address || len(l.List()) != 1 {
		t.Errorf("opened at %s, then at %s", first.Address, again.Address)
	}
	l.place.To = netip.MustParseAddrPort("172.30.200.2:80")
	if moved := l.mustOpen(t, "svc/web"); moved.Address != first.Address || moved.To != "172.30.200.2:80" || len(l.List()) != 1 {
		t.Errorf("once its target has moved: %+v", moved)
	}
}

func TestClosing(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"shop/svc/web:80", "svc/web:80", "svc/web", "all", "PORT"} {
		l := newLab(t)
		d := l.mustOpen(t, "svc/web:80")
		other := l.mustOpen(t, "node/node1:30080")
		if name == "PORT" {
			_, name, _ = net.SplitHostPort(d.Address)
		}
		conn, err := net.Dial("tcp", d.Address)
		if err != nil {
			t.Fatal(err)
		}
		closed := l.Close(name)
		if names := namesOf(closed); !slices.Contains(names, d.Name) || slices.Contains(names, other.Name) != (name == "all") {
			t.Errorf("%s closes %v", name, names)
		}
		_ = conn.SetReadDeadline(time.Now().Add(patience))
		if _, err := conn.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: a connection stays: %v", name, err)
		}
		if again, err := net.Dial("tcp", d.Address); err == nil {
			again.Close()
			t.Errorf("%s: the port is still open", name)
		}
	}
	l := newLab(t)
	l.mustOpen(t, "node/node1:30080")
	if closed := l.Close("svc/web"); len(closed) != 0 || len(l.List()) != 1 {
		t.Errorf("what is not open closes %v", closed)
	}
	if closed := l.Close("node/node1"); len(closed) != 1 {
		t.Errorf("a node by its name: %v", closed)
	}
}

func namesOf(doors []protocol.Door) (names []string) {
	for _, d := range doors {
		names = append(names, d.Name)
	}
	return names
}

func TestWhatCannotBeOpened(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for want, req := range map[string]protocol.Open{
		"is no target":             {Target: "web"},
		"80 cannot be the port":    {Target: "svc/web", Port: 80},
		"70000 cannot be the port": {Target: "svc/web", Port: 70000},
		"of this machine is taken": {Target: "svc/web", Port: taken.Addr().(*net.TCPAddr).Port},
	} {
		var refused *protocol.Error
		if _, err := l.Open(t.Context(), req); !errors.As(err, &refused) || !strings.Contains(refused.Message, want) {
			t.Errorf("%+v: %v", req, err)
		}
	}
	l.err = &NoWay{Code: protocol.CodeConflict, Why: course.Text{EN: "no", ZH: "不行"}}
	var refused *protocol.Error
	if _, err := l.Open(t.Context(), protocol.Open{Target: "svc/web"}); !errors.As(err, &refused) || refused.In(course.Chinese).Message != "不行" {
		t.Errorf("got %v", err)
	}
	l.err = nil
	for i := range maxDoors {
		l.mustOpen(t, fmt.Sprintf("svc/web%d", i))
	}
	if _, err := l.Open(t.Context(), protocol.Open{Target: "svc/more"}); err == nil {
		t.Error("there is no end of doors")
	}
}

func TestConnectionsAreBounded(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	d := l.mustOpen(t, "svc/web")
	for range maxConnections {
		conn, err := net.Dial("tcp", d.Address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	for limit := time.Now().Add(patience); l.List()[0].Connections < maxConnections; {
		if time.Now().After(limit) {
			t.Fatalf("%d connections", l.List()[0].Connections)
		}
		time.Sleep(5 * time.Millisecond)
	}
	more, err := net.Dial("tcp", d.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer more.Close()
	_ = more.SetReadDeadline(time.Now().Add(patience))
	if _, err := more.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("one more than there may be: %v", err)
	}
}
