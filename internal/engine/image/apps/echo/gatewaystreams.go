package echo

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"

	"kubetutor/internal/engine/image/apps/service"
)

// serveTCP answers lines on connections: TEST with who answers, IS_TLS, and PING.
func (e *gatewayEcho) serveTCP(ctx context.Context) error {
	config, err := e.tls("TLS_SERVER_PRIV_KEY")
	if err != nil {
		return err
	}
	l, err := service.Listen(ctx, e.p, ":"+e.port("TCP_PORT", "3000"))
	if err != nil {
		return err
	}
	e.starts("tcp", e.port("TCP_PORT", "3000"))
	if config != nil {
		secure, err := service.Listen(ctx, e.p, ":"+e.port("TLS_PORT", "8443"))
		if err != nil {
			return err
		}
		e.starts("tls", e.port("TLS_PORT", "8443"))
		go service.Accept(tls.NewListener(secure, config), func(c net.Conn) { e.talk(ctx, c) })
	}
	service.Accept(l, func(c net.Conn) { e.talk(ctx, c) })
	return nil
}

func (e *gatewayEcho) starts(protocol, port string) {
	service.Logger(e.p).Printf("INFO Starting server (tcp) protocol=%s port=%s", protocol, port)
}

// onStream is what a connection is, as the tests read it.
type onStream struct {
	whereabouts
	TCPPort string       `json:"tcpport"`
	TLSPort string       `json:"tlsport,omitzero"`
	IsTLS   bool         `json:"isTLS"`
	TLS     *streamOnTLS `json:"tls,omitzero"`
}

type streamOnTLS struct {
	Version            string `json:"version"`
	ServerName         string `json:"serverName"`
	NegotiatedProtocol string `json:"negotiatedProtocol,omitzero"`
	Curves             string `json:"curves,omitzero"`
	CipherSuite        string `json:"cipherSuite"`
}

// mostLine is the longest line that is read, in bytes.
const mostLine = 4 << 10

func (e *gatewayEcho) talk(ctx context.Context, c net.Conn) {
	about := onStream{whereabouts: e.where, TCPPort: e.port("TCP_PORT", "3000"), TLSPort: e.port("TLS_PORT", "8443")}
	if secure, ok := c.(*tls.Conn); ok {
		if err := secure.HandshakeContext(ctx); err != nil {
			service.Logger(e.p).Printf("ERROR TLS Handshake failed error=%q", err)
			return
		}
		state := secure.ConnectionState()
		about.IsTLS = true
		about.TLS = &streamOnTLS{tls.VersionName(state.Version), state.ServerName, state.NegotiatedProtocol, state.CurveID.String(), tls.CipherSuiteName(state.CipherSuite)}
	}
	fmt.Fprint(c, "Gateway API Test TCP Server\n")
	lines := bufio.NewScanner(c)
	lines.Buffer(nil, mostLine)
	for lines.Scan() {
		switch lines.Text() {
		case "TEST":
			_ = json.NewEncoder(c).Encode(about)
		case "IS_TLS":
			fmt.Fprintf(c, "%t\n", about.IsTLS)
		case "PING":
			fmt.Fprint(c, "PONG\n")
		}
	}
}

// mostDatagram is what is read of a datagram, in bytes.
const mostDatagram = 1024

// serveUDP answers datagrams with what they say and who answers.
func (e *gatewayEcho) serveUDP(ctx context.Context) error {
	port := e.port("UDP_PORT", "8080")
	conn, err := e.p.Net().ListenPacket("udp", ":"+port)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	fmt.Fprintf(e.p.Stdout(), "UDP server listening on :%s with context: %+v\n", port, e.where)
	buffer := make([]byte, mostDatagram)
	for {
		n, from, err := conn.ReadFrom(buffer)
		if err != nil {
			return err
		}
		fmt.Fprintf(e.p.Stdout(), "Received UDP %s from %s\n", buffer[:n], from)
		answer, err := json.Marshal(struct {
			Request string `json:"request"`
			whereabouts
		}{string(buffer[:n]), e.where})
		if err == nil {
			_, _ = conn.WriteTo(answer, from)
		}
	}
}
