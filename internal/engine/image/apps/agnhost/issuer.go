package agnhost

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"

	"github.com/coreos/go-oidc"
	"github.com/spf13/pflag"
	"gopkg.in/go-jose/go-jose.v2/jwt"

	"kubetutor/internal/engine/image/apps/service"
)

// issuerDiscovery verifies a service account's token as a stranger would: with
// OpenID Connect and nothing but what the issuer publishes. It asks the API
// server first, with the account's rights, and then the issuer without them.
func issuerDiscovery(flags *pflag.FlagSet) func(context.Context, *call) int {
	path := flags.String("token-path", "", "")
	audience := flags.String("audience", "", "")
	return func(ctx context.Context, c *call) int {
		raw, err := c.FS().ReadFile(*path)
		if err != nil {
			return c.fatal("%v", err)
		}
		c.log.Print("OK: Got token")
		c.log.Print("validating with in-cluster discovery")
		_, client, err := c.insideClient()
		if err != nil {
			return c.fatal("%v", err)
		}
		if err = c.verify(oidc.ClientContext(ctx, client), string(raw), *audience); err == nil {
			return 0
		}
		c.log.Print("failed to validate with in-cluster discovery: ", err)
		c.log.Print("falling back to validating with external discovery")
		stranger := &http.Client{Transport: service.Transport(c.Process, &tls.Config{RootCAs: x509.NewCertPool()}), Timeout: askPatience * 2}
		if err := c.verify(oidc.ClientContext(ctx, stranger), string(raw), *audience); err != nil {
			return c.fatal("%v", err)
		}
		return 0
	}
}

// claims are what a service account's token says.
type claims struct {
	jwt.Claims
	Kubernetes struct {
		Namespace      string `json:"namespace"`
		ServiceAccount struct {
			Name string `json:"name"`
			UID  string `json:"uid"`
		} `json:"serviceaccount"`
	} `json:"kubernetes.io"`
}

// verify finds the issuer that a token names, and holds the token to its keys.
func (c *call) verify(ctx context.Context, raw, audience string) error {
	token, err := jwt.ParseSigned(raw)
	if err != nil {
		return err
	}
	var said, proved claims
	if err := token.UnsafeClaimsWithoutVerification(&said); err != nil {
		return err
	}
	c.log.Printf("OK: got issuer %s", said.Issuer)
	c.log.Printf("Full, not-validated claims: \n%+v", said)
	issuer, err := oidc.NewProvider(ctx, said.Issuer)
	if err != nil {
		return err
	}
	c.log.Printf("OK: Constructed OIDC provider for issuer %v", said.Issuer)
	valid, err := issuer.Verifier(&oidc.Config{
		ClientID: audience, SupportedSigningAlgs: []string{oidc.RS256, oidc.ES256, oidc.ES384, oidc.ES512},
	}).Verify(ctx, raw)
	if err != nil {
		return err
	}
	c.log.Print("OK: Validated signature on JWT")
	if err := valid.Claims(&proved); err != nil {
		return err
	}
	c.log.Print("OK: Got valid claims from token!")
	c.log.Printf("Full, validated claims: \n%+v", proved)
	return nil
}
