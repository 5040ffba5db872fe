package setting_test

import (
	"reflect"
	"strings"
	"testing"

	"kubetutor/internal/engine/addon/ingress/setting"
)

func TestRead(t *testing.T) {
	t.Parallel()
	s, warnings := setting.Read(map[string]string{"proxy-body-size": "8m", "use-forwarded-headers": "true", "proxy-read-timeout": "120", "custom-http-errors": "404, 503,x,200",
		"whitelist-source-range": "10.0.0.0/8, 192.0.2.1", "hsts": "false", "no-such-key": "x", "worker-processes": "auto"})
	if s.ProxyBodySize != "8m" || !s.UseForwardedHeaders || s.ProxyReadTimeout != 120 || s.HSTS || s.WorkerProcesses != "2" ||
		!reflect.DeepEqual(s.CustomHTTPErrors, []int{404, 503}) || !reflect.DeepEqual(s.WhitelistSourceRange, []string{"10.0.0.0/8", "192.0.2.1"}) {
		t.Errorf("%+v", s)
	}
	if len(warnings) != 2 || !strings.HasPrefix(warnings[0], "x is not a valid http code") || warnings[1] != "error code 200 is not valid for custom error pages" {
		t.Errorf("%q", warnings)
	}
}

// TestWrong holds that a value that cannot be read leaves the default.
func TestWrong(t *testing.T) {
	t.Parallel()
	s, warnings := setting.Read(map[string]string{"proxy-read-timeout": "60s", "ssl-redirect": "maybe", "http-redirect-code": "303"})
	if s.ProxyReadTimeout != 60 || !s.SSLRedirect || s.HTTPRedirectCode != 308 {
		t.Errorf("%+v", s)
	}
	want := "unexpected error merging defaults: 2 error(s) decoding:\n\n* cannot parse 'proxy-read-timeout' as int: strconv.ParseInt: parsing \"60s\": invalid syntax\n" +
		"* cannot parse 'ssl-redirect' as bool: strconv.ParseBool: parsing \"maybe\": invalid syntax"
	if len(warnings) != 2 || warnings[0] != want || warnings[1] != "The code 303 is not a valid as HTTP redirect code. Using the default." {
		t.Errorf("%q", warnings)
	}
}
