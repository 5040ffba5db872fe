package httpd_test

import (
	"net/http"
	"strings"
	"testing"

	"kubetutor/internal/engine/image/imagetest"
	"kubetutor/internal/engine/kernel"
)

const conf = "/usr/local/apache2/conf/httpd.conf"

func foreground() []string { return []string{"httpd", "-DFOREGROUND"} }

func TestItWorks(t *testing.T) {
	t.Parallel()
	c := imagetest.NewWorld(t).Run("httpd:2.4", imagetest.Options{Command: foreground(), Files: map[string]string{
		"/usr/local/apache2/htdocs/dir/a.txt": "text", "/usr/local/apache2/htdocs/.htaccess": "x",
	}})
	got := c.Get(80, "/")
	if got.Status != http.StatusOK || got.Body != "<html><body><h1>It works!</h1></body></html>\n" || got.Header.Get("Server") != "Apache/2.4.66 (Unix)" {
		t.Errorf("%d %v %s", got.Status, got.Header, got.Body)
	}
	for path, want := range map[string]int{"/none": 404, "/dir": 301, "/dir/": 200, "/dir/a.txt": 200, "/.htaccess": 403} {
		if got := c.Get(80, path); got.Status != want {
			t.Errorf("%s: %d\n%s", path, got.Status, got.Body)
		}
	}
	c.Eventually("the logs", func() bool {
		return strings.Contains(c.Logs(), `"GET / HTTP/1.1" 200 45`) && strings.Contains(c.Logs(), "AH00558: httpd: Could not reliably determine the server's fully qualified domain name, using 10.244.1.2.") &&
			strings.Contains(c.Logs(), "AH00489: Apache/2.4.66 (Unix) configured -- resuming normal operations")
	})
	c.Main.Signal(kernel.SIGWINCH)
	if code := c.Wait(); code != 0 {
		t.Errorf("SIGWINCH: %d", code)
	}
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	w := imagetest.NewWorld(t)
	for text, want := range map[string]string{
		"Listen 80\nNonsense on\n":             "AH00526: Syntax error on line 2 of " + conf + ":\nInvalid command 'Nonsense', perhaps misspelled or defined by a module not included in the server configuration\n",
		"Listen 80\nDocumentRoot \"/nowhere\"": "AH00526: Syntax error on line 2 of " + conf + ":\nDocumentRoot '/nowhere' is not a directory, or is not readable\n",
		"Listen x\n":                           "Port must be specified",
		"Listen 80\n<Directory />\n":           "Expected </Directory> before end of configuration",
	} {
		c := w.Run("httpd", imagetest.Options{Command: foreground(), Files: map[string]string{conf: text}})
		if code := c.Wait(); code != 1 || !strings.Contains(c.Logs(), want) {
			t.Errorf("%q: %d\n%s\nwant %q", text, code, c.Logs(), want)
		}
	}
}

func TestOwnConfiguration(t *testing.T) {
	t.Parallel()
	c := imagetest.NewWorld(t).Run("httpd", imagetest.Options{Command: foreground(), Files: map[string]string{
		conf: "Listen 8080\nServerName x\nDocumentRoot /data\nAlias /other /more\nRedirect permanent /old http://new.example/\nCustomLog /proc/self/fd/1 \"%m %U %>s\"\n", "/data/index.html": "mine", "/more/f": "alias",
	}})
	if got := c.Get(8080, "/").Body; got != "mine" {
		t.Errorf("/: %s", got)
	}
	if got := c.Get(8080, "/other/f").Body; got != "alias" {
		t.Errorf("/other/f: %s", got)
	}
	if got := c.Get(8080, "/old/x"); got.Status != 301 || got.Header.Get("Location") != "http://new.example//x" {
		t.Errorf("/old/x: %d %s", got.Status, got.Header.Get("Location"))
	}
	c.Eventually("own log format", func() bool { return strings.Contains(c.Logs(), "GET /other/f 200\n") })
	if out, code := c.Exec("httpd", "-t"); code != 0 || !strings.HasSuffix(out, "Syntax OK\n") {
		t.Errorf("-t: %d %s", code, out)
	}
}
