package nginx_test

import (
	"net/http"
	"strings"
	"testing"

	"kubetutor/internal/engine/image/imagetest"
	"kubetutor/internal/engine/kernel"
)

func TestWelcome(t *testing.T) {
	t.Parallel()
	c := imagetest.NewWorld(t).Run("nginx:1.27", imagetest.Options{Command: []string{"nginx", "-g", "daemon off;"}})
	answer := c.Get(80, "/")
	if answer.Status != http.StatusOK || !strings.Contains(answer.Body, "<h1>Welcome to nginx!</h1>") {
		t.Errorf("answer %d:\n%s", answer.Status, answer.Body)
	}
	if got := answer.Header.Get("Server"); got != "nginx/1.27.5" {
		t.Errorf("Server: %s", got)
	}
	missing := c.Get(80, "/missing")
	if missing.Status != http.StatusNotFound || !strings.Contains(missing.Body, "<center><h1>404 Not Found</h1></center>\r\n<hr><center>nginx/1.27.5</center>") {
		t.Errorf("missing %d:\n%s", missing.Status, missing.Body)
	}
	c.Eventually("both requests in the log", func() bool {
		return strings.Contains(c.Logs(), `"GET / HTTP/1.1" 200 615 "-" "Go-http-client/1.1" "-"`) &&
			strings.Contains(c.Logs(), `open() "/usr/share/nginx/html/missing" failed (2: No such file or directory), client: `)
	})
	if out, code := c.Exec("nginx", "-v"); out != "nginx version: nginx/1.27.5\n" || code != 0 {
		t.Errorf("nginx -v: %d %s", code, out)
	}
	if out, code := c.Exec("nginx", "-s", "quit"); code != 0 {
		t.Errorf("nginx -s quit: %d %s", code, out)
	}
	if code := c.Wait(); code != 0 {
		t.Errorf("status %d", code)
	}
	_ = kernel.SIGTERM
}
