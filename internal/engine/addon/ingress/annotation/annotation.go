// Package annotation reads the annotations nginx.ingress.kubernetes.io/… of an
// Ingress: which there are, what their values may be, how risky each is, and what
// becomes of one that cannot be read. Names, rules, defaults and messages are
// those of ingress-nginx v1.15.1
// (https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/).
//
// A value that is wrong has one of three outcomes, as there: the Ingress is
// refused (by the webhook, or left as it was where no webhook is), its locations
// answer 503, or the default is taken and the log says so.
package annotation

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"kubetutor/internal/engine/addon/ingress/setting"
)

// Prefix is the prefix of the annotations unless the controller's flag
// --annotations-prefix says otherwise.
const Prefix = "nginx.ingress.kubernetes.io"

// Objects are what annotations can name, by "namespace/name". The errors are shown.
type Objects interface {
	Secret(key string) (*corev1.Secret, error)
	Service(key string) (*corev1.Service, error)
	ConfigMap(key string) (*corev1.ConfigMap, error)
	// CA is the certificate authority in a Secret, and says whether the Secret holds one.
	CA(key string) (pem []byte, err error)
}

// Parser reads the annotations of Ingresses. It is safe for concurrent use.
type Parser struct {
	Prefix  string
	Objects Objects
	// Warn is told what is wrong and was put right.
	Warn func(format string, args ...any)
	// Lenient takes values without asking whether they are valid.
	Lenient bool
	groups  []group
}

// NewParser returns a parser of annotations with a prefix.
func NewParser(prefix string, objects Objects, warn func(format string, args ...any)) *Parser {
	return &Parser{Prefix: prefix, Objects: objects, Warn: warn, groups: groups()}
}

// ErrRefused is what all errors of [Parser.Parse] wrap.
var ErrRefused = errors.New("the annotations are refused")

// refusal is an error in the words of the real controller.
type refusal string

func (r refusal) Error() string        { return string(r) }
func (r refusal) Is(target error) bool { return target == ErrRefused }

// Parse reads all annotations of an Ingress. An error means that the Ingress is refused.
func (p *Parser) Parse(ing *networkingv1.Ingress, s *setting.Settings) (*Config, error) {
	r := &reader{Parser: p, ing: ing, settings: s}
	c := &Config{}
	for _, g := range p.groups {
		if g.risky(p.Prefix, ing.Annotations, riskOf(s.AnnotationsRiskLevel)) {
			return nil, refusal(fmt.Sprintf("annotation group %s contains risky annotation based on ingress configuration", g.name))
		}
		r.fields = g.fields
		var denied deniedError
		switch err := g.parse(r, c); {
		case errors.Is(err, ErrRefused):
			return nil, err
		case errors.As(err, &denied) && c.Denied == "":
			c.Denied = denied.Error()
		}
	}
	return c, nil
}

// Bool is a boolean annotation by itself, for those who ask before all are read;
// set says whether the Ingress has it.
func (p *Parser) Bool(ing *networkingv1.Ingress, name string) (value, set bool) {
	for _, g := range p.groups {
		if _, ok := g.fields[name]; ok {
			r := &reader{Parser: p, ing: ing, fields: g.fields}
			value, err := r.boolean(name)
			return value, !errors.Is(err, errMissing)
		}
	}
	return false, false
}

// Secrets are the keys of the Secrets that an Ingress's annotations name.
func (p *Parser) Secrets(ing *networkingv1.Ingress) (keys []string) {
	for _, name := range []string{"auth-secret", "auth-tls-secret", "proxy-ssl-secret"} {
		value := strings.TrimSpace(ing.Annotations[p.Prefix+"/"+name])
		if value == "" {
			continue
		}
		if !strings.Contains(value, "/") {
			value = ing.Namespace + "/" + value
		}
		keys = append(keys, value)
	}
	return keys
}

// risk is how much an annotation lets its author do.
type risk int

const (
	low risk = iota
	medium
	high
	critical
)

// riskOf reads the level that the ConfigMap allows.
func riskOf(level string) risk {
	return max(low, risk(slices.Index([]string{"low", "medium", "high", "critical"}, strings.ToLower(level))))
}

// field is an annotation: which values it may have.
type field struct {
	valid func(string) bool
	risk  risk
	alias string // an older name
}

// group is annotations that are read together.
type group struct {
	name   string
	fields map[string]field
	parse  func(*reader, *Config) error
}

func (g *group) risky(prefix string, annotations map[string]string, most risk) bool {
	for name, f := range g.fields {
		if f.risk <= most {
			continue
		}
		if _, ok := annotations[prefix+"/"+name]; ok {
			return true
		}
		if _, ok := annotations[prefix+"/"+f.alias]; ok && f.alias != "" {
			return true
		}
	}
	return false
}
