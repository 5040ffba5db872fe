package agnhost

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/pflag"

	"kubetutor/internal/engine/image/apps/service"
)

// mtlsPause is how long the client waits between requests.
const mtlsPause = 10 * time.Second

// mtlsServer says at /spiffe-echo who the client's certificate is for.
func mtlsServer(flags *pflag.FlagSet) func(context.Context, *call) int {
	listen := flags.String("listen", "", "")
	creds := flags.String("server-creds", "", "")
	trust := flags.String("spiffe-trust-bundle", "", "")
	return func(ctx context.Context, c *call) int {
		if *listen == "" || *creds == "" || *trust == "" {
			return c.fatal("Error: missing required flags")
		}
		if _, err := c.roots(*trust); err != nil {
			return c.fatal("Error: error while serving: while reading SPIFFE trust anchors: %v", err)
		}
		pair, err := service.Certificate(c.Process, *creds, *creds)
		if err != nil {
			return c.fatal("Error: error while serving: while loading server key pair: %v", err)
		}
		mux := http.NewServeMux()
		mux.HandleFunc("GET /spiffe-echo", func(w http.ResponseWriter, r *http.Request) { c.spiffeEcho(w, r, *trust) })
		l, err := service.Listen(ctx, c.Process, *listen)
		if err != nil {
			return c.fatal("Error: error while serving: while listening: %v", err)
		}
		asking := tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{*pair}, ClientAuth: tls.RequestClientCert, NextProtos: []string{"http/1.1"}})
		if err := service.Server(c.Process, mux, request).Serve(asking); ctx.Err() == nil {
			return c.fatal("Error: error while serving: while listening: %v", err)
		}
		return 1
	}
}

// spiffeEcho answers with the one URI of a certificate that the trust bundle
// vouches for.
func (c *call) spiffeEcho(w http.ResponseWriter, r *http.Request, trust string) {
	const needed = "SPIFFE client certificate authentication required"
	if len(r.TLS.PeerCertificates) == 0 {
		http.Error(w, needed, http.StatusUnauthorized)
		return
	}
	roots, err := c.roots(trust)
	if err != nil {
		c.log.Printf("Error while reading SPIFFE trust anchors: %v", err)
		http.Error(w, "Internal Error", http.StatusInternalServerError)
		return
	}
	leaf, between := r.TLS.PeerCertificates[0], x509.NewCertPool()
	for _, cert := range r.TLS.PeerCertificates[1:] {
		between.AddCert(cert)
	}
	if _, err := leaf.Verify(x509.VerifyOptions{Intermediates: between, Roots: roots}); err != nil {
		c.log.Printf("Error while verifying SPIFFE client certificate: %v", err)
		http.Error(w, needed, http.StatusUnauthorized)
		return
	}
	if len(leaf.URIs) != 1 {
		c.log.Printf("SPIFFE client certificate did not have 1 URI SAN, count: %d", len(leaf.URIs))
		http.Error(w, "Malformed SPIFFE certificate", http.StatusUnauthorized)
		return
	}
	fmt.Fprintf(w, "Client Identity: %s", leaf.URIs[0])
}

// roots are the certificates of a file.
func (c *call) roots(file string) (*x509.CertPool, error) {
	text, err := c.FS().ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("failed to append client certs from PEM")
	}
	return pool, nil
}

// mtlsClient asks a server again and again, with certificates as they then are.
func mtlsClient(flags *pflag.FlagSet) func(context.Context, *call) int {
	target := flags.String("fetch-url", "", "")
	trust := flags.String("server-trust-bundle", "", "")
	creds := flags.String("client-cred-bundle", "", "")
	return func(ctx context.Context, c *call) int {
		if *target == "" || *trust == "" || *creds == "" {
			return c.fatal("Error: missing required flags")
		}
		if _, err := url.ParseRequestURI(*target); err != nil {
			return c.fatal("Error: invalid --fetch-url: %v", err)
		}
		for service.Sleep(ctx, mtlsPause) {
			if err := c.mtlsPoll(ctx, *target, *trust, *creds); err != nil {
				c.klog('E', "client.go:68", "while sending requests to the server: %v", err)
			}
		}
		return 1
	}
}

func (c *call) mtlsPoll(ctx context.Context, target, trust, creds string) error {
	roots, err := c.roots(trust)
	if err != nil {
		return fmt.Errorf("while reading service trust bundle: %w", err)
	}
	pair, err := service.Certificate(c.Process, creds, creds)
	if err != nil {
		return fmt.Errorf("while reading client credential bundle: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return fmt.Errorf("while getting URL: %w", err)
	}
	client := &http.Client{Transport: service.Transport(c.Process, &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{*pair}})}
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("while getting URL: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("non-2xx status %d %q", resp.StatusCode, resp.Status)
	}
	body, err := service.ReadAll(resp.Body, answerLimit)
	if err != nil {
		return fmt.Errorf("while reading body: %w", err)
	}
	c.log.Printf("Got response body: %s", body)
	return nil
}
