package control

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// FuzzRequests posts anything at all to the calls of the network. None may panic,
// and each is answered.
func FuzzRequests(f *testing.F) {
	for path, body := range map[string]string{
		"/policies": `{"10.244.1.2":{"ingress":{"by":["a"],"rules":[{"policy":"a","peers":[{"cidr":"10.0.0.0/8"}],"ports":[{"network":"tcp","first":80}]}]}}}`,
		"/announce": `{"172.30.200.1":["node1"]}`, "/explain": `{"from":"10.244.1.2","network":"tcp","to":"10.96.0.10:80"}`,
		"/datagram": `{"from":"node1","to":"10.96.0.10:53","data":"aGVsbG8="}`, "/routes": `{"10.96.0.1:443":"127.0.0.1:6443"}`,
	} {
		f.Add(path, body)
	}
	f.Fuzz(func(t *testing.T, path, body string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://runtime/", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.URL.Path = "/" + strings.TrimPrefix(path, "/")
		w := httptest.NewRecorder()
		newServer(&fake{}, time.Minute).ServeHTTP(w, r)
		if w.Code == 0 {
			t.Error("no answer")
		}
	})
}
