package annotation_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"kubetutor/internal/engine/addon/ingress/annotation"
	"kubetutor/internal/engine/addon/ingress/setting"
)

// objects are what the annotations of the tests name.
type objects struct{}

func (objects) Secret(key string) (*corev1.Secret, error) {
	switch key {
	case "shop/users":
		return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "users", UID: "s1"}, Data: map[string][]byte{"auth": []byte("anna:x\n")}}, nil
	case "shop/map":
		return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "map", UID: "s2"}, Data: map[string][]byte{"bob": []byte("y"), "anna": []byte("x")}}, nil
	}
	return nil, fmt.Errorf("no object matching key %q in local store", key)
}

func (objects) Service(key string) (*corev1.Service, error) {
	if key == "shop/pages" {
		return &corev1.Service{}, nil
	}
	return nil, fmt.Errorf("no object matching key %q in local store", key)
}

func (objects) ConfigMap(key string) (*corev1.ConfigMap, error) {
	switch key {
	case "shop/headers":
		return &corev1.ConfigMap{Data: map[string]string{"X-One": "1"}}, nil
	case "shop/bad":
		return &corev1.ConfigMap{Data: map[string]string{"X One": "1"}}, nil
	}
	return nil, fmt.Errorf("no object matching key %q in local store", key)
}

func (objects) CA(key string) ([]byte, error) {
	if key == "shop/ca" {
		return []byte("pem"), nil
	}
	return nil, fmt.Errorf("local SSL certificate %s was not found", key)
}

func parse(annotations map[string]string, data map[string]string) (*annotation.Config, []string, error) {
	ing := &networkingv1.Ingress{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web", UID: "u1", Annotations: map[string]string{}}}
	for name, value := range annotations {
		ing.Annotations[annotation.Prefix+"/"+name] = value
	}
	var warnings []string
	s, _ := setting.Read(data)
	c, err := annotation.NewParser(annotation.Prefix, objects{}, func(format string, args ...any) { warnings = append(warnings, fmt.Sprintf(format, args...)) }).Parse(ing, &s)
	return c, warnings, err
}

// field is a part of a configuration, by its path.
func field(c *annotation.Config, path string) any {
	v := reflect.ValueOf(c).Elem()
	for name := range strings.SplitSeq(path, ".") {
		if v = v.FieldByName(name); v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return nil
			}
			v = v.Elem()
		}
	}
	return v.Interface()
}

func TestValues(t *testing.T) {
	t.Parallel()
	type annotations = map[string]string
	for _, c := range []struct {
		annotations annotations
		path        string
		want        any
	}{
		{nil, "BackendProtocol", "HTTP"}, {annotations{"backend-protocol": "grpcs"}, "BackendProtocol", "GRPCS"}, {annotations{"backend-protocol": "AJP"},
			"BackendProtocol", "HTTP"},
		{annotations{"server-alias": "b.example.com, a.example.com,a.example.com"}, "Aliases", []string{"a.example.com", "b.example.com"}},
		{nil, "Proxy.BodySize", "1m"}, {annotations{"proxy-body-size": "100m"}, "Proxy.BodySize", "100m"}, {annotations{"proxy-body-size": "much"}, "Proxy.BodySize", "1m"},
		{nil, "Proxy.ConnectTimeout", 5}, {nil, "Proxy.ReadTimeout", 60}, {annotations{"proxy-read-timeout": "120"}, "Proxy.ReadTimeout", 120},
		{annotations{"proxy-read-timeout": "120s"}, "Proxy.ReadTimeout", 60}, {nil, "Proxy.NextUpstream", "error timeout"},
		{nil, "Rewrite.SSLRedirect", true}, {annotations{"ssl-redirect": "false"}, "Rewrite.SSLRedirect", false}, {annotations{"ssl-redirect": "no"},
			"Rewrite.SSLRedirect", true},
		{annotations{"rewrite-target": "/$2"}, "Rewrite.Target", "/$2"}, {annotations{"rewrite-target": "/a b"}, "Rewrite.Target", ""},
		{annotations{"use-regex": "true"}, "Rewrite.UseRegex", true},
		{annotations{"app-root": "/index"}, "Rewrite.AppRoot", "/index"}, {annotations{"app-root": "index"}, "Rewrite.AppRoot", ""},
		{annotations{"permanent-redirect": "https://a.example.com"}, "Redirect.Code", 301}, {annotations{"permanent-redirect": "https://a.example.com",
			"permanent-redirect-code": "308"}, "Redirect.Code", 308},
		{annotations{"temporal-redirect": "https://a.example.com", "permanent-redirect": "https://b.example.com"}, "Redirect.URL", "https://a.example.com"},
		{annotations{"temporal-redirect": "ftp://a.example.com"}, "Redirect.URL", ""},
		{annotations{"canary": "true", "canary-weight": "20"}, "Canary.Weight", 20}, {annotations{"canary": "true"}, "Canary.Total", 100},
		{annotations{"canary-weight": "20"}, "Canary.Weight", 0},
		{annotations{"canary": "true", "canary-weight": "many"}, "Canary.Weight", 0}, {annotations{"canary": "yes"}, "Canary.Enabled", false},
		{annotations{"canary": "true", "canary-by-header": "X Y"}, "Canary.Header", "X Y"},
		{annotations{"whitelist-source-range": "10.0.0.5/8, 192.0.2.1"}, "Allow", []string{"10.0.0.0/8", "192.0.2.1"}},
		{annotations{"allowlist-source-range": "192.0.2.0/24", "whitelist-source-range": "10.0.0.0/8"}, "Allow", []string{"192.0.2.0/24"}},
		{annotations{"affinity": "cookie"}, "Affinity.Cookie.Name", "INGRESSCOOKIE"}, {annotations{"affinity": "ip"}, "Affinity.Type", ""},
		{annotations{"limit-rps": "5"}, "RateLimit.PerSecond.Burst", 25}, {annotations{"limit-rps": "5", "limit-burst-multiplier": "1"}, "RateLimit.PerSecond.Burst", 5},
		{annotations{"limit-rps": "5"}, "RateLimit.PerSecond.Name", "shop_web_u1_rps"},
		{annotations{"enable-cors": "true"}, "CORS.MaxAge", 1728000}, {annotations{"enable-cors": "true", "cors-allow-origin": "https://a.example.com,*"},
			"CORS.Origins", []string{"*"}},
		{annotations{"custom-http-errors": "404, 503"}, "CustomHTTPErrors", []int{404, 503}}, {annotations{"default-backend": "pages"}, "DefaultBackend", "shop/pages"},
		{annotations{"default-backend": "none"}, "DefaultBackend", ""}, {annotations{"upstream-vhost": "a.local"}, "UpstreamVhost", "a.local"},
		{annotations{"auth-type": "basic", "auth-secret": "users", "auth-realm": "Staff"}, "Auth.Users", []byte("anna:x\n")},
		{annotations{"auth-type": "basic", "auth-secret": "shop/map", "auth-secret-type": "auth-map"}, "Auth.Users", []byte("anna:x\nbob:y\n")},
		{annotations{"auth-type": "basic", "auth-secret": "users"}, "Auth.File", "/etc/ingress-controller/auth/shop-u1-s1.passwd"},
		{annotations{"auth-tls-secret": "shop/ca"}, "ClientCertificate.Verify", "on"}, {annotations{"upstream-hash-by": "$request_uri"}, "HashBy.Size", 3},
		{annotations{"mirror-target": "https://m.example.com$request_uri"}, "Mirror.Host", "m.example.com"}, {annotations{"service-upstream": "true"},
			"ServiceUpstream", true},
		{annotations{"enable-access-log": "false"}, "AccessLog", false}, {nil, "AccessLog", true}, {annotations{"satisfy": "any"}, "Satisfy", "any"},
		{annotations{"auth-url": "https://auth.example.com/check"}, "ExternalAuth.Host", "auth.example.com"}, {annotations{"auth-url": "https://a/x"},
			"ExternalAuth.CacheDurations", []string{"200 202 401 5m"}},
		{annotations{"x-forwarded-prefix": "/app"}, "ForwardedPrefix", "/app"}, {annotations{"connection-proxy-header": "close"}, "ConnectionHeader", "close"},
		{annotations{"load-balance": "ewma"}, "LoadBalancing", "ewma"}, {annotations{"ssl-prefer-server-ciphers": "false"}, "PreferServerCiphers", "off"},
	} {
		config, _, err := parse(c.annotations, nil)
		if err != nil {
			t.Errorf("%v: %v", c.annotations, err)
			continue
		}
		if got := field(config, c.path); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%v: %s is %v, want %v", c.annotations, c.path, got, c.want)
		}
	}
}

// TestRefused: what the webhook refuses, and in which words.
func TestRefused(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{"limit-rps": "abc", "permanent-redirect": "https://a b", "from-to-www-redirect": "yes please",
		"upstream-vhost": "a b;", "auth-type": "ntlm",
		"client-body-buffer-size": "x", "connection-proxy-header": "maybe", "custom-http-errors": "200", "default-backend": "Not A Name", "auth-url": "https://a/{x}",
		"load-balance": "least", "ssl-ciphers": "a;b", "ssl-passthrough": "2", "upstream-hash-by": "$a;", "x-forwarded-prefix": "/a;",
		"server-alias": "a b;c", "limit-allowlist": "x"} {
		_, _, err := parse(map[string]string{name: value}, nil)
		if want := "annotation " + annotation.Prefix + "/" + name + " contains invalid value"; !errors.Is(err, annotation.ErrRefused) || err.Error() != want {
			t.Errorf("%s=%s: %v, want %s", name, value, err, want)
		}
	}
}

func TestRisk(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, level, group string }{
		{"configuration-snippet", "High", "ConfigurationSnippet"}, {"server-snippet", "High", "ServerSnippet"}, {"configuration-snippet", "Critical", ""},
		{"server-alias", "Medium", "Aliases"}, {"server-alias", "High", ""}, {"rewrite-target", "Low", "Rewrite"}, {"whitelist-source-range", "low",
			"Allowlist"}, {"canary", "Low", ""},
	} {
		_, _, err := parse(map[string]string{c.name: "1.2.3.4"}, map[string]string{"annotations-risk-level": c.level})
		want := "annotation group " + c.group + " contains risky annotation based on ingress configuration"
		if risky := err != nil && err.Error() == want; risky != (c.group != "") {
			t.Errorf("%s at %s: %v", c.name, c.level, err)
		}
	}
}

// TestDenied: what makes the locations answer 503.
func TestDenied(t *testing.T) {
	t.Parallel()
	type annotations = map[string]string
	for want, a := range map[string]annotations{
		`unexpected error reading secret shop/none: no object matching key "shop/none" in local store`: {"auth-type": "basic",
			"auth-secret": "none"},
		"cross namespace usage of secrets is not allowed": {"auth-type": "basic",
			"auth-secret": "core/users"},
		"the secret map does not contain a key with value auth": {"auth-type": "basic",
			"auth-secret": "map"},
		"annotation nginx.ingress.kubernetes.io/denylist-source-range contains invalid value":                                     {"denylist-source-range": "nowhere"},
		"could not parse auth-url annotation: url scheme is empty":                                                                {"auth-url": "auth.example.com"},
		"location denied, reason: invalid HTTP method":                                                                            {"auth-url": "http://a/x", "auth-method": "FETCH"},
		"location denied, reason: invalid cache duration: 200":                                                                    {"auth-url": "http://a/x", "auth-cache-duration": "200"},
		`location denied, reason: unable to find configMap "shop/none"`:                                                           {"custom-headers": "shop/none"},
		"location denied, reason: invalid header name in configmap":                                                               {"custom-headers": "shop/bad"},
		"location denied, reason: header X-One is not allowed, defined allowed headers inside global-allowed-response-headers []": {"custom-headers": "shop/headers"},
		"error obtaining certificate: local SSL certificate shop/none was not found":                                              {"auth-tls-secret": "shop/none"},
		"location denied, reason: invalid format (namespace/name) found in 'ca'":                                                  {"auth-tls-secret": "ca"},
	} {
		if c, _, err := parse(a, nil); err != nil || c.Denied != want {
			t.Errorf("%v: %v\n%q\n%q", a, err, c.Denied, want)
		}
	}
}

// FuzzParse holds that no value makes the parser panic.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"", "true", "/$1", "a,b;c\n", "10.0.0.0/8,,", "200 202 5m", "CN=(", "https://a/$x?y={z}"} {
		f.Add("rewrite-target", seed)
	}
	names := []string{"auth-url", "auth-type", "auth-secret", "canary-weight", "canary-by-header-pattern", "server-alias", "cors-allow-origin",
		"mirror-target", "custom-http-errors",
		"whitelist-source-range", "limit-rps", "limit-whitelist", "permanent-redirect", "app-root", "proxy-next-upstream", "auth-cache-duration",
		"auth-tls-match-cn", "proxy-cookie-domain", "ssl-ciphers"}
	f.Fuzz(func(t *testing.T, name, value string) {
		all := map[string]string{name: value, "auth-type": "basic", "auth-tls-secret": "shop/ca", "auth-url": "http://a/x"}
		for _, n := range names {
			all[n] = value
		}
		_, _, _ = parse(all, map[string]string{"annotations-risk-level": "Critical"})
		_, _, _ = parse(map[string]string{name: value}, nil)
	})
}
