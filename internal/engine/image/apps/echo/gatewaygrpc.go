package echo

import (
	"context"
	"crypto/tls"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	grpcstatus "google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"

	"kubetutor/internal/engine/image/apps/service"
)

// grpcService is the service of grpcecho.proto. Its messages are few and are
// written by hand: the generated code is in a module with all of the tests.
const grpcService = "gateway_api_conformance.echo_basic.grpcecho.GrpcEcho"

// serveGRPC answers calls of Echo and EchoTwo; EchoThree is not implemented, as
// the tests want it.
func (e *gatewayEcho) serveGRPC(ctx context.Context) error {
	config, err := e.tls("TLS_SERVER_PRIV_KEY")
	if err != nil {
		return err
	}
	failed := make(chan error, 2)
	go func() { failed <- e.listenGRPC(ctx, e.port("HTTP_PORT", "3000"), "plaintext", nil) }()
	if config != nil {
		go func() { failed <- e.listenGRPC(ctx, e.port("HTTPS_PORT", "8443"), "secure", config) }()
	}
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return nil
	}
}

func (e *gatewayEcho) listenGRPC(ctx context.Context, port, name string, config *tls.Config) error {
	l, err := service.Listen(ctx, e.p, ":"+port)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.p.Stdout(), "%s server listening at %v\n", name, l.Addr())
	options := []grpc.ServerOption{grpc.ForceServerCodecV2(bytesCodec{}), grpc.UnknownServiceHandler(e.call)}
	if config != nil {
		options = append(options, grpc.Creds(credentials.NewTLS(config)))
	}
	server := grpc.NewServer(options...)
	defer context.AfterFunc(ctx, server.Stop)()
	return server.Serve(l)
}

// call answers one call.
func (e *gatewayEcho) call(_ any, stream grpc.ServerStream) error {
	full, _ := grpc.MethodFromServerStream(stream)
	method, ok := strings.CutPrefix(full, "/"+grpcService+"/")
	switch {
	case !ok:
		return grpcstatus.Errorf(codes.Unimplemented, "unknown service %s", strings.TrimPrefix(full[:strings.LastIndexByte(full, '/')], "/"))
	case method != "Echo" && method != "EchoTwo":
		return grpcstatus.Errorf(codes.Unimplemented, "method %s not implemented", method)
	}
	var in []byte
	if err := stream.RecvMsg(&in); err != nil {
		return err
	}
	connection := "plaintext"
	state := peerTLS(stream.Context())
	if state != nil {
		connection = "TLS"
	}
	fmt.Fprintf(e.p.Stdout(), "Received over %s: \n", connection)
	out := e.assertions(stream.Context(), full, describeTLS(state))
	return stream.SendMsg(&out)
}

func peerTLS(ctx context.Context) *tls.ConnectionState {
	if p, ok := peer.FromContext(ctx); ok {
		if info, ok := p.AuthInfo.(credentials.TLSInfo); ok {
			return &info.State
		}
	}
	return nil
}

// assertions is an EchoResponse.
func (e *gatewayEcho) assertions(ctx context.Context, method string, secure *overTLS) []byte {
	md, _ := metadata.FromIncomingContext(ctx)
	names := make([]string, 0, len(md))
	for name := range md {
		names = append(names, name)
	}
	slices.Sort(names)
	b := text(nil, 1, method)
	for _, name := range names {
		for _, value := range md[name] {
			b = message(b, 2, text(text(nil, 1, name), 2, value))
		}
	}
	b = text(b, 3, strings.Join(md[":authority"], ","))
	b = message(b, 4, text(text(text(text(nil, 1, e.where.Namespace), 2, e.where.Ingress), 3, e.where.Service), 4, e.where.Pod))
	if secure != nil {
		t := text(text(text(text(nil, 1, secure.Version), 2, secure.NegotiatedProtocol), 3, secure.ServerName), 4, secure.CipherSuite)
		for _, certificate := range secure.PeerCertificates {
			t = text(t, 5, certificate)
		}
		b = message(b, 5, t)
	}
	return message(nil, 1, b)
}

func text(b []byte, field protowire.Number, value string) []byte {
	return protowire.AppendString(protowire.AppendTag(b, field, protowire.BytesType), value)
}

func message(b []byte, field protowire.Number, content []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), content)
}

// bytesCodec leaves messages as they are.
type bytesCodec struct{}

func (bytesCodec) Name() string { return "proto" }

func (bytesCodec) Marshal(v any) (mem.BufferSlice, error) {
	return mem.BufferSlice{mem.SliceBuffer(*v.(*[]byte))}, nil
}

func (bytesCodec) Unmarshal(data mem.BufferSlice, v any) error {
	*v.(*[]byte) = data.Materialize()
	return nil
}
