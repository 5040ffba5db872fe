package dns

import (
	"context"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/coredns/coredns/core/dnsserver"
	"github.com/miekg/dns"

	"kubetutor/internal/engine/fabric"
)

// sockets are the addresses where a program serves, and who answers there now.
type sockets struct {
	net *fabric.Namespace
	dns map[string]*dnsSocket
	web map[string]*webSocket
}

func newSockets(n *fabric.Namespace) sockets {
	return sockets{net: n, dns: map[string]*dnsSocket{}, web: map[string]*webSocket{}}
}

// serve lets an instance answer from now on: it opens what that needs and is not
// open yet, and closes what it does not need. If something cannot be opened,
// nothing changes.
func (s *sockets) serve(i *instance) (err error) {
	opened := newSockets(s.net)
	if err := opened.open(i, s); err != nil {
		opened.close()
		return err
	}
	maps.Copy(s.dns, opened.dns)
	maps.Copy(s.web, opened.web)
	for address, socket := range s.dns {
		if one := i.dns[address]; one != nil {
			socket.server.Store(one)
		} else {
			socket.close()
			delete(s.dns, address)
		}
	}
	for address, socket := range s.web {
		if pages := i.pages[address]; pages != nil {
			socket.pages.Store(pages)
		} else {
			socket.close()
			delete(s.web, address)
		}
	}
	return nil
}

// open opens what an instance needs and others have not opened.
func (s *sockets) open(i *instance, others *sockets) error {
	for _, address := range slices.Sorted(maps.Keys(i.pages)) {
		if others.web[address] == nil {
			if err := s.openWeb(address, i.pages[address]); err != nil {
				return err
			}
		}
	}
	for _, address := range slices.Sorted(maps.Keys(i.dns)) {
		if others.dns[address] == nil {
			if err := s.openDNS(address, i.dns[address]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *sockets) close() {
	for _, socket := range s.dns {
		socket.close()
	}
	for _, socket := range s.web {
		socket.close()
	}
}

// dnsSocket is an address that is served over UDP and TCP.
type dnsSocket struct {
	server atomic.Pointer[dnsserver.Server]
	tcp    net.Listener
	udp    net.PacketConn
}

func (s *sockets) openDNS(address string, first *dnsserver.Server) error {
	tcp, err := s.net.Listen("tcp", address)
	if err != nil {
		//lint:ignore ST1005 the words are upstream's
		return fmt.Errorf("Listen: %w", err)
	}
	udp, err := s.net.ListenPacket("udp", address)
	if err != nil {
		_ = tcp.Close()
		return fmt.Errorf("ListenPacket: %w", err)
	}
	socket := &dnsSocket{tcp: tcp, udp: udp}
	socket.server.Store(first)
	s.dns[address] = socket
	// As dnsserver.Server itself serves. Both end when their socket is closed.
	overTCP := &dns.Server{Listener: tcp, Handler: socket, MaxTCPQueries: first.MaxTCPQueries, ReadTimeout: first.ReadTimeout,
		WriteTimeout: first.WriteTimeout, IdleTimeout: func() time.Duration { return first.IdleTimeout }}
	overUDP := &dns.Server{PacketConn: udp, Handler: socket}
	go func() { _ = overTCP.ActivateAndServe() }()
	go func() { _ = overUDP.ActivateAndServe() }()
	return nil
}

// ServeDNS hands a query to the current server.
func (s *dnsSocket) ServeDNS(w dns.ResponseWriter, r *dns.Msg) {
	server := s.server.Load()
	ctx := context.WithValue(context.Background(), dnsserver.Key{}, server)
	ctx = context.WithValue(ctx, dnsserver.LoopKey{}, 0)
	server.ServeDNS(ctx, w, r)
}

func (s *dnsSocket) close() {
	_ = s.tcp.Close()
	_ = s.udp.Close()
}

// webSocket is an address that is served over HTTP.
type webSocket struct {
	pages  atomic.Pointer[http.ServeMux]
	server *http.Server
}

// webTimeout is how long health, ready and prometheus wait for a request, and for
// an answer to be taken.
const webTimeout = 5 * time.Second

func (s *sockets) openWeb(address string, first *http.ServeMux) error {
	l, err := s.net.Listen("tcp", address)
	if err != nil {
		return err
	}
	socket := &webSocket{}
	socket.pages.Store(first)
	socket.server = &http.Server{Handler: socket, ReadTimeout: webTimeout, WriteTimeout: webTimeout, IdleTimeout: webTimeout,
		ErrorLog: log.New(io.Discard, "", 0)}
	s.web[address] = socket
	go func() { _ = socket.server.Serve(l) }()
	return nil
}

// ServeHTTP hands a request to the current pages.
func (s *webSocket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.pages.Load().ServeHTTP(w, r)
}

func (s *webSocket) close() { _ = s.server.Close() }

// closeWeb closes the HTTP server at an address before the others.
func (s *sockets) closeWeb(address string) {
	if socket := s.web[address]; socket != nil {
		socket.close()
	}
}
