package gateway

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gw "sigs.k8s.io/gateway-api/apis/v1"

	"kubetutor/internal/engine/addon/gateway/proxy"
)

// problem is why something could not be resolved.
type problem struct{ reason, message string }

func problemOf[R ~string](reason R, format string, args ...any) *problem {
	return &problem{string(reason), fmt.Sprintf(format, args...)}
}

// certificates resolves the certificates with which TLS ends at a listener.
func (t *translation) certificates(l *listener) {
	if l.spec.TLS == nil || len(l.spec.TLS.CertificateRefs) == 0 {
		l.unresolved(problemOf(gw.ListenerReasonInvalidCertificateRef, "TLS ends here, but tls.certificateRefs names no certificate."))
		return
	}
	for _, ref := range l.spec.TLS.CertificateRefs {
		pair, problem := t.keyPair(l.owner(), ref)
		if problem != nil {
			l.unresolved(problem)
			continue
		}
		l.pairs = append(l.pairs, *pair)
	}
}

func (l *listener) unresolved(p *problem) {
	l.resolved = no(gw.ListenerConditionResolvedRefs, p.reason, p.message)
}

// keyPair resolves a reference to a Secret of the type kubernetes.io/tls.
func (t *translation) keyPair(from referrer, ref gw.SecretObjectReference) (*proxy.KeyPair, *problem) {
	const invalid = gw.ListenerReasonInvalidCertificateRef
	if group, kind := or(ref.Group, ""), or(ref.Kind, "Secret"); group != "" || kind != "Secret" {
		return nil, problemOf(invalid, "A certificate is in a Secret, not in a %s of the group %q.", kind, group)
	}
	name := Name{Namespace: string(or(ref.Namespace, gw.Namespace(from.namespace))), Name: string(ref.Name)}
	if !t.permitted(from, "Secret", name) {
		return nil, problemOf(gw.ListenerReasonRefNotPermitted, "No ReferenceGrant in the namespace %s allows a %s of %s the Secret %s.",
			name.Namespace, from.kind, from.namespace, name.Name)
	}
	secret := t.Secrets[name]
	if secret == nil {
		return nil, problemOf(invalid, "There is no Secret %s.", name)
	}
	pair := proxy.KeyPair{Certificate: secret.Data[corev1.TLSCertKey], Key: secret.Data[corev1.TLSPrivateKeyKey]}
	if _, err := tls.X509KeyPair(pair.Certificate, pair.Key); err != nil {
		return nil, problemOf(invalid, "The Secret %s holds no certificate with its key: %v.", name, err)
	}
	return &pair, nil
}

// validationOf is how clients of a port must prove who they are; nil: not at all.
func validationOf(g *gw.Gateway, port gw.PortNumber) *gw.FrontendTLSValidation {
	if g.Spec.TLS == nil || g.Spec.TLS.Frontend == nil {
		return nil
	}
	for _, p := range g.Spec.TLS.Frontend.PerPort {
		if p.Port == port {
			return p.TLS.Validation
		}
	}
	return g.Spec.TLS.Frontend.Default.Validation
}

// insecure says whether a Gateway lets clients in that prove nothing.
func insecure(g *gw.Gateway) bool {
	if g.Spec.TLS == nil || g.Spec.TLS.Frontend == nil {
		return false
	}
	configs := []gw.TLSConfig{g.Spec.TLS.Frontend.Default}
	for _, p := range g.Spec.TLS.Frontend.PerPort {
		configs = append(configs, p.TLS)
	}
	for _, c := range configs {
		if c.Validation != nil && c.Validation.Mode == gw.AllowInsecureFallback {
			return true
		}
	}
	return false
}

// clientValidation resolves the authorities of the clients of a listener.
func (t *translation) clientValidation(l *listener) {
	validation := validationOf(l.gateway.object, l.spec.Port)
	if validation == nil {
		return
	}
	l.askClients = validation.Mode == gw.AllowInsecureFallback
	for _, ref := range validation.CACertificateRefs {
		ca, problem := t.authority(referrer{"Gateway", l.gateway.object.Namespace}, ref)
		if problem != nil {
			l.unresolved(problem)
			continue
		}
		l.clientCA = append(append(l.clientCA, ca...), '\n')
	}
	if len(l.clientCA) == 0 && l.resolved.status == metav1.ConditionFalse {
		l.accepted = no(gw.ListenerConditionAccepted, gw.ListenerReasonNoValidCACertificate, "No authority of clients is valid: "+l.resolved.message)
	}
}

// authority resolves a reference to a ConfigMap, or a Secret, with certificates of
// authorities under ca.crt.
func (t *translation) authority(from referrer, ref gw.ObjectReference) ([]byte, *problem) {
	if ref.Group != "" || ref.Kind != "ConfigMap" && ref.Kind != "Secret" {
		return nil, problemOf(gw.ListenerReasonInvalidCACertificateKind, "Authorities are in a ConfigMap or a Secret, not in a %s of the group %q.", ref.Kind, ref.Group)
	}
	name := Name{Namespace: string(or(ref.Namespace, gw.Namespace(from.namespace))), Name: string(ref.Name)}
	if !t.permitted(from, string(ref.Kind), name) {
		return nil, problemOf(gw.ListenerReasonRefNotPermitted, "No ReferenceGrant in the namespace %s allows a %s of %s the %s %s.",
			name.Namespace, from.kind, from.namespace, ref.Kind, name.Name)
	}
	ca, err := t.authorityData(string(ref.Kind), name)
	if err != nil {
		return nil, problemOf(gw.ListenerReasonInvalidCACertificateRef, "%v.", err)
	}
	return ca, nil
}

func (t *translation) authorityData(kind string, name Name) ([]byte, error) {
	var ca []byte
	if kind == "Secret" {
		secret := t.Secrets[name]
		if secret == nil {
			return nil, fmt.Errorf("there is no Secret %s", name)
		}
		ca = secret.Data[corev1.ServiceAccountRootCAKey]
	} else {
		m := t.ConfigMaps[name]
		if m == nil {
			return nil, fmt.Errorf("there is no ConfigMap %s", name)
		}
		ca = []byte(m.Data[corev1.ServiceAccountRootCAKey])
	}
	if !x509.NewCertPool().AppendCertsFromPEM(ca) {
		return nil, fmt.Errorf("the %s %s holds no certificate in PEM under ca.crt", kind, name)
	}
	return ca, nil
}
