package proxy

import (
	"crypto/x509"
	"errors"
	"net/http"
	"regexp"
	"strings"

	"kubetutor/internal/engine/addon/ingress/annotation"
)

// clientTLS is what a server asks of clients' certificates.
type clientTLS struct {
	*annotation.ClientCertificate
	roots  *x509.CertPool
	common *regexp.Regexp // of the subject's common name; nil: any
}

func newClientTLS(c *annotation.ClientCertificate) (*clientTLS, error) {
	if c == nil {
		return nil, nil
	}
	to := &clientTLS{ClientCertificate: c, roots: x509.NewCertPool()}
	to.roots.AppendCertsFromPEM(c.CA)
	if c.CommonName != "" {
		re, err := regexp.Compile(c.CommonName)
		if err != nil {
			return nil, badExpression(err, c.CommonName)
		}
		to.common = re
	}
	return to, nil
}

var errNoCertificate = errors.New("no certificate")

// verify checks a client's certificate.
func (c *clientTLS) verify(r *http.Request) error {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return errNoCertificate
	}
	between := x509.NewCertPool()
	for _, other := range r.TLS.PeerCertificates[1:] {
		between.AddCert(other)
	}
	_, err := r.TLS.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: c.roots, Intermediates: between, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	return err
}

// checkClient lets a request pass whose client has the certificate that its server
// asks for; requests without TLS pass, they are redirected.
func (x *exchange) checkClient(c *clientTLS) bool {
	if c.Unavailable != "" {
		x.fail(http.StatusForbidden)
		return false
	}
	if x.in.TLS == nil || c.Verify == "off" {
		return true
	}
	err := c.verify(x.in)
	x.clientVerified = verdict(err)
	missing := errors.Is(err, errNoCertificate)
	switch {
	case err == nil && c.common != nil && !c.common.MatchString(commonName(x.in)):
		write(x.out, http.StatusForbidden)
		return false
	case err == nil || c.Verify == "optional_no_ca" || missing && c.Verify == "optional":
		return true
	case c.ErrorPage != "":
		x.redirect(http.StatusFound, c.ErrorPage)
	case missing:
		x.errorLog("client sent no required SSL certificate while reading client request headers")
		x.badRequest("400 No required SSL certificate was sent", "No required SSL certificate was sent")
	default:
		x.errorLog("client SSL certificate verify error: (%v) while reading client request headers", err)
		x.badRequest("400 The SSL certificate error", "The SSL certificate error")
	}
	return false
}

// verdict is $ssl_client_verify.
func verdict(err error) string {
	switch {
	case err == nil:
		return "SUCCESS"
	case errors.Is(err, errNoCertificate):
		return "NONE"
	}
	return "FAILED:" + err.Error()
}

func commonName(r *http.Request) string { return "CN=" + r.TLS.PeerCertificates[0].Subject.CommonName }

// badRequest is one of nginx's pages for a handshake that went wrong.
func (x *exchange) badRequest(title, text string) {
	body := "<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n<center><h1>400 Bad Request</h1></center>\r\n<center>" + text +
		"</center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
	x.out.Header().Set("Content-Type", "text/html")
	x.out.WriteHeader(http.StatusBadRequest)
	_, _ = strings.NewReader(body).WriteTo(x.out)
}
