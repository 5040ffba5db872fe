package agnhost

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/spf13/pflag"

	"kubetutor/internal/engine/image/apps/service"
)

// book is a guestbook: a primary pushes what it is told to its replicas.
type book struct {
	*call
	backend string // port of the others

	mu       sync.Mutex
	replicas []string
	store    map[string]any
}

const (
	registerPatience = 15 * time.Second
	registerAgain    = time.Second
)

func guestbook(flags *pflag.FlagSet) func(context.Context, *call) int {
	httpPort := flags.String("http-port", "80", "")
	backend := flags.String("backend-port", "6379", "")
	replicaOf := flags.String("replicaof", "", "")
	return func(ctx context.Context, c *call) int {
		b := &book{call: c, backend: *backend, store: map[string]any{}}
		failed := make(chan int, 2)
		if *replicaOf != "" {
			go func() {
				if !b.register(ctx, *replicaOf) {
					failed <- c.fatal("Timed out while registering to primary.")
				}
			}()
		}
		mux := http.NewServeMux()
		mux.HandleFunc("/register", b.registered)
		mux.HandleFunc("/get", b.read)
		mux.HandleFunc("/set", b.write)
		mux.HandleFunc("/guestbook", b.forward)
		go func() { failed <- c.serveHTTP(ctx, ":"+*httpPort, mux) }()
		return <-failed
	}
}

func (b *book) ask(ctx context.Context, host, what string) (string, error) {
	return b.get(ctx, fmt.Sprintf("http://%s/%s", net.JoinHostPort(host, b.backend), what), askPatience)
}

// register joins a primary and takes over its content.
func (b *book) register(ctx context.Context, primary string) bool {
	for start := time.Now(); time.Since(start) < registerPatience; {
		b.log.Printf("Registering to primary: %s", primary)
		text, err := b.ask(ctx, primary, "register?host="+b.Net().IP().String())
		if err == nil {
			var answer struct{ Data map[string]any }
			if err = json.Unmarshal([]byte(text), &answer); err == nil {
				b.adopt(answer.Data)
				b.log.Printf("Registered to node: %s", primary)
				return true
			}
		}
		b.log.Printf("encountered error while registering to primary: %v. Retrying in %s.", err, registerAgain)
		if !service.Sleep(ctx, registerAgain) {
			break
		}
	}
	return false
}

func (b *book) adopt(store map[string]any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if store != nil {
		b.store = store
	}
}

func (b *book) registered(w http.ResponseWriter, r *http.Request) {
	host := r.URL.Query().Get("host")
	b.log.Printf("GET /register?host=%s", host)
	b.mu.Lock()
	defer b.mu.Unlock()
	writeJSON(w, map[string]any{"data": b.store})
	b.replicas = append(b.replicas, host)
	b.log.Printf("Node '%s' registered.", host)
}

func (b *book) read(w http.ResponseWriter, r *http.Request) {
	key := r.URL.Query().Get("key")
	b.log.Printf("GET /get?key=%s", key)
	b.mu.Lock()
	defer b.mu.Unlock()
	if key == "" {
		writeJSON(w, map[string]any{"data": b.store})
		return
	}
	value, ok := b.store[key]
	if !ok {
		value = ""
	}
	writeJSON(w, map[string]any{"data": value})
}

func (b *book) write(w http.ResponseWriter, r *http.Request) {
	key, value := r.URL.Query().Get("key"), r.URL.Query().Get("value")
	b.log.Printf("GET /set?key=%s&value=%s", key, value)
	if key == "" {
		http.Error(w, "cannot set with empty key.", http.StatusBadRequest)
		return
	}
	b.mu.Lock()
	b.store[key] = value
	replicas := b.replicas
	b.mu.Unlock()
	for _, replica := range replicas {
		if _, err := b.ask(r.Context(), replica, pair("set", key, value)); err != nil {
			http.Error(w, fmt.Sprintf("encountered error while propagating to replica '%s': %v", replica, err), http.StatusExpectationFailed)
			return
		}
	}
	writeJSON(w, map[string]string{"message": "Updated"})
}

func pair(command, key, value string) string {
	return command + "?" + url.Values{"key": {key}, "value": {value}}.Encode()
}

func (b *book) forward(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	command, key, value := strings.ToLower(q.Get("cmd")), q.Get("key"), q.Get("value")
	b.log.Printf("GET /guestbook?cmd=%s&key=%s&value=%s", command, key, value)
	host, ok := map[string]string{"get": "agnhost-replica", "set": "agnhost-primary"}[command]
	switch {
	case !ok:
		http.Error(w, fmt.Sprintf("unsupported cmd: '%s'", command), http.StatusBadRequest)
		return
	case command == "set" && key == "":
		http.Error(w, "cannot set with empty key.", http.StatusBadRequest)
		return
	}
	answer, err := b.ask(r.Context(), host, pair(command, key, value))
	if err != nil {
		http.Error(w, fmt.Sprintf("encountered error: %v", err), http.StatusExpectationFailed)
		return
	}
	io.WriteString(w, answer)
}

// resourceConsumerController spreads a load over the pods of a service.
func resourceConsumerController(flags *pflag.FlagSet) func(context.Context, *call) int {
	number := flags.Int("port", 8080, "")
	consumerPort := flags.Int("consumer-port", 8080, "")
	name := flags.String("consumer-service-name", "resource-consumer", "")
	namespace := flags.String("consumer-service-namespace", "default", "")
	return func(ctx context.Context, c *call) int {
		domain := "cluster.local"
		if words, err := c.resolvConf("search"); err == nil {
			for _, word := range words {
				if rest, ok := strings.CutPrefix(word, "svc."); ok {
					domain = rest
				}
			}
		}
		s := &spreader{call: c, base: fmt.Sprintf("http://%s.%s.svc.%s:%d", *name, *namespace, domain, *consumerPort)}
		return c.serveHTTP(ctx, port(*number), s)
	}
}

type spreader struct {
	*call
	base string
}

// loads are the kinds of load: the parameter with the amount, the size of one
// request, and words for the answer.
func loads() map[string][3]string {
	return map[string][3]string{
		"/ConsumeCPU": {"millicores", "requestSizeMillicores", "Consumed %d millicores\n"},
		"/ConsumeMem": {"megabytes", "requestSizeMegabytes", "Consumed %d megabytes\n"},
		"/BumpMetric": {"delta", "requestSizeMetrics", "Bumped metric by %d\n"},
	}
}

func (s *spreader) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		http.Error(w, "Bad request. Not a POST request", http.StatusBadRequest)
		return
	}
	load, ok := loads()[r.URL.Path]
	if !ok {
		http.Error(w, "unknown function", http.StatusNotFound)
		return
	}
	var amount, size int
	if _, err := fmt.Sscan(r.FormValue(load[0])+" "+r.FormValue(load[1]), &amount, &size); err != nil || size <= 0 {
		http.Error(w, "incorrect function argument", http.StatusBadRequest)
		return
	}
	var answers sync.WaitGroup
	var mu sync.Mutex
	for ; amount > 0; amount -= size {
		part := min(amount, size)
		answers.Go(func() {
			err := s.post(r, load[0], part)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				fmt.Fprintf(w, "Failed to connect to consumer: %v\n", err)
				return
			}
			fmt.Fprintf(w, load[2], part)
		})
	}
	answers.Wait()
}

func (s *spreader) post(r *http.Request, parameter string, amount int) error {
	form := url.Values{parameter: {fmt.Sprint(amount)}, "durationSec": {r.FormValue("durationSec")}, "metric": {r.FormValue("metric")}}
	req, err := http.NewRequestWithContext(r.Context(), http.MethodPost, s.base+r.URL.Path, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := (&http.Client{Transport: service.Transport(s.Process, nil), Timeout: askPatience}).Do(req)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}
