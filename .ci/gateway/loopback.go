package gateway

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

// The addresses of the lab's load balancers, and what the tests see in their
// place. They are equally long, so that nothing else changes in a body.
const (
	labPrefix      = "172.30.200."
	loopbackPrefix = "127.30.200."
)

// disguise shows addresses of the lab as loopback addresses to whoever reads
// Gateways, and takes them back from whoever writes them.
func disguise(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		if !strings.Contains(r.URL.Path, "/gateways") || r.URL.Query().Has("watch") {
			return next.RoundTrip(r)
		}
		if r.Body != nil {
			r = r.Clone(r.Context())
			body, err := replaced(r.Body, loopbackPrefix, labPrefix)
			if err != nil {
				return nil, err
			}
			r.Body, r.GetBody = body, nil
		}
		resp, err := next.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		resp.Body, err = replaced(resp.Body, labPrefix, loopbackPrefix)
		return resp, err
	})
}

func replaced(body io.ReadCloser, old, by string) (io.ReadCloser, error) {
	defer body.Close()
	data, err := io.ReadAll(body)
	return io.NopCloser(bytes.NewReader(bytes.ReplaceAll(data, []byte(old), []byte(by)))), err
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// loopback forwards the ports of the lab's load balancers.
type loopback struct {
	control string // path of the runtime's socket
	cancel  context.CancelFunc

	mu   sync.Mutex
	open map[string]io.Closer // by network and address
}

func newLoopback(ctx context.Context, config *rest.Config, control string) (*loopback, error) {
	kube, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	l := &loopback{control: control, cancel: cancel, open: map[string]io.Closer{}}
	factory := informers.NewSharedInformerFactory(kube, 0)
	services := factory.Core().V1().Services()
	again := func(any) { l.follow(services.Informer().GetStore()) }
	_, err = services.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{AddFunc: again, DeleteFunc: again,
		UpdateFunc: func(_, o any) { again(o) }})
	factory.Start(ctx.Done())
	return l, err
}

// follow opens a port for each of a load balancer, and closes those that went.
func (l *loopback) follow(store cache.Store) {
	l.mu.Lock()
	defer l.mu.Unlock()
	wanted := map[string]bool{}
	for _, o := range store.List() {
		s := o.(*corev1.Service)
		for _, in := range s.Status.LoadBalancer.Ingress {
			for _, p := range s.Spec.Ports {
				wanted[fmt.Sprintf("%s %s:%d", strings.ToLower(string(p.Protocol)), in.IP, p.Port)] = true
			}
		}
	}
	for key, port := range l.open {
		if !wanted[key] {
			port.Close()
			delete(l.open, key)
		}
	}
	for key := range wanted {
		if l.open[key] != nil {
			continue
		}
		port, err := l.listen(key)
		if err != nil {
			fmt.Println("no way into the lab:", err)
			continue
		}
		l.open[key] = port
	}
}

func (l *loopback) listen(key string) (io.Closer, error) {
	network, inside, _ := strings.Cut(key, " ")
	here := strings.Replace(inside, labPrefix, loopbackPrefix, 1)
	if network == "udp" {
		conn, err := net.ListenPacket("udp", here)
		if err == nil {
			go l.datagrams(conn, inside)
		}
		return conn, err
	}
	listener, err := net.Listen("tcp", here)
	if err == nil {
		go l.streams(listener, inside)
	}
	return listener, err
}

func (l *loopback) streams(listener net.Listener, to string) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			inside, err := l.connect(to)
			if err != nil {
				conn.(*net.TCPConn).SetLinger(0) // refused, as far as that can be told now
				return
			}
			defer inside.Close()
			var both sync.WaitGroup
			both.Go(func() { pass(inside, conn) })
			pass(conn, inside)
			both.Wait()
		}()
	}
}

func pass(to, from net.Conn) {
	_, err := io.Copy(to, from)
	if half, ok := to.(interface{ CloseWrite() error }); ok && err == nil {
		half.CloseWrite()
		return
	}
	to.Close()
}

// outside is who the tests are: somebody on the nodes' network.
const outside = "outside"

// connect connects to an address of the lab.
func (l *loopback) connect(to string) (net.Conn, error) {
	conn, err := net.Dial("unix", l.control)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(conn, "CONNECT %s HTTP/1.1\r\nHost: %s\r\nX-From: %s\r\n\r\n", to, to, outside)
	r := bufio.NewReader(conn)
	resp, err := http.ReadResponse(r, &http.Request{Method: http.MethodConnect})
	if err == nil && resp.StatusCode != http.StatusOK {
		err = errors.New(resp.Status)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return &buffered{Conn: conn, r: r}, nil
}

// buffered is a connection of which more may have been read than an answer's head.
type buffered struct {
	net.Conn
	r *bufio.Reader
}

func (b *buffered) Read(p []byte) (int, error) { return b.r.Read(p) }
func (b *buffered) CloseWrite() error          { return b.Conn.(*net.UnixConn).CloseWrite() }

// datagrams exchanges datagrams, one for one.
func (l *loopback) datagrams(conn net.PacketConn, to string) {
	client := &http.Client{Timeout: 3 * time.Second, Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", l.control)
	}}}
	buffer := make([]byte, 64<<10)
	for {
		n, from, err := conn.ReadFrom(buffer)
		if err != nil {
			return
		}
		question, _ := json.Marshal(map[string]any{"from": outside, "to": to, "data": buffer[:n]})
		go func() {
			resp, err := client.Post("http://runtime/datagram", "application/json", bytes.NewReader(question))
			if err != nil {
				return
			}
			defer resp.Body.Close()
			var echo struct{ Data []byte }
			if json.NewDecoder(resp.Body).Decode(&echo) == nil && echo.Data != nil {
				conn.WriteTo(echo.Data, from)
			}
		}()
	}
}

func (l *loopback) close() {
	l.cancel()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, port := range l.open {
		port.Close()
	}
}
