package agnhost

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/spf13/pflag"

	"kubetutor/internal/engine/image/apps/service"
	"kubetutor/internal/engine/kernel"
)

// meeting is a server that expects to hear from every pod of its service, and
// calls on each of them. Its exported fields are what /read shows.
type meeting struct {
	Hostname             string
	Sent                 map[string]int
	Received             map[string]int
	Errors               []string
	Log                  []string
	StillContactingPeers bool

	mu                 sync.Mutex // guards all but Hostname
	peers              int
	service, namespace string
	quit               chan struct{} // closed by /quit
	once               sync.Once
}

// meetingNotes is how many lines of the log, and how many errors, are kept.
const meetingNotes = 500

func netTest(flags *pflag.FlagSet) func(context.Context, *call) int {
	m := &meeting{quit: make(chan struct{}), StillContactingPeers: true}
	port := flags.Int("port", 8080, "")
	flags.IntVar(&m.peers, "peers", 8, "")
	flags.StringVar(&m.service, "service", "nettest", "")
	flags.StringVar(&m.namespace, "namespace", "default", "")
	delay := flags.Int("delay-shutdown", 0, "")
	return func(ctx context.Context, c *call) int {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		m.Hostname = c.Hostname()
		failed := make(chan error, 2)
		go func() {
			failed <- service.Serve(ctx, c.Process, service.Server(c.Process, m.handler(), request), service.Port(*port), nil)
		}()
		go func() {
			if err := m.callOn(ctx, c); err != nil {
				failed <- err
			}
		}()
		return m.wait(ctx, c, *delay, failed)
	}
}

// wait is the program's end: by /quit, an error, or SIGTERM.
func (m *meeting) wait(ctx context.Context, c *call, delay int, failed <-chan error) int {
	select {
	case <-m.quit:
		return 0
	case err := <-failed:
		return c.fatal("%v", err)
	case <-c.Notify(kernel.SIGINT, kernel.SIGHUP):
		return service.GoStatus
	case <-c.Notify(kernel.SIGTERM):
		if delay <= 0 {
			return service.GoStatus
		}
		c.log.Printf("Sleeping %d seconds before exit ...", delay)
		service.Sleep(ctx, seconds(delay))
		return 0
	case <-ctx.Done():
		return 1
	}
}

func (m *meeting) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/quit", func(http.ResponseWriter, *http.Request) { m.once.Do(func() { close(m.quit) }) })
	mux.HandleFunc("/read", m.read)
	mux.HandleFunc("/write", m.write)
	mux.HandleFunc("/status", m.status)
	return mux
}

func (m *meeting) read(w http.ResponseWriter, _ *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	text, err := json.MarshalIndent(m, "", "\t")
	m.note(&m.Errors, err)
	_, _ = w.Write(text)
}

// write notes who calls.
func (m *meeting) write(w http.ResponseWriter, r *http.Request) {
	var from struct{ Source, Dest string }
	err := json.NewDecoder(io.LimitReader(r.Body, answerLimit)).Decode(&from)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.note(&m.Errors, err)
	if from.Source == "" {
		m.note(&m.Errors, fmt.Errorf("%v: Got request with no source", m.Hostname))
	} else {
		count(&m.Received, from.Source)
	}
	_ = json.NewEncoder(w).Encode(map[string]string{"Hostname": m.Hostname})
}

// status is pass, running or fail.
func (m *meeting) status(w http.ResponseWriter, _ *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case len(m.Sent) >= m.peers && len(m.Received) >= m.peers:
		fmt.Fprint(w, "pass")
	case m.StillContactingPeers:
		fmt.Fprint(w, "running")
	default:
		m.note(&m.Log, service.Words("Declaring failure for %s/%s with %d sent and %d received and %d peers", m.namespace, m.service, len(m.Sent), len(m.Received), m.peers))
		fmt.Fprint(w, "fail")
	}
}

// note adds a line, locked, and forgets the oldest beyond the limit.
func (m *meeting) note(to *[]string, line error) {
	if line != nil {
		*to = append(*to, line.Error())
	}
	*to = (*to)[max(0, len(*to)-meetingNotes):]
}

func count(in *map[string]int, name string) {
	if *in == nil {
		*in = map[string]int{}
	}
	(*in)[name]++
}

func (m *meeting) logf(format string, args ...any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.note(&m.Log, service.Words(format, args...))
}

const (
	meetingPause  = 5 * time.Second
	meetingRounds = 15
)

// callOn waits for the service's endpoints, for five minutes at most, and calls
// on each of them some times. An API server that cannot be reached is an error.
func (m *meeting) callOn(ctx context.Context, c *call) error {
	defer func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.StillContactingPeers = false
	}()
	url, client, err := c.insideClient()
	if err != nil {
		return service.Words("Unable to create config; error: %w", err)
	}
	if err := m.greet(ctx, c, client, url); err != nil {
		return err
	}
	for end := time.Now().Add(5 * time.Minute); ctx.Err() == nil && time.Now().Before(end); service.Sleep(ctx, meetingPause) {
		found := m.endpoints(ctx, client, url)
		if len(found) >= m.peers {
			break
		}
		m.logf("%v/%v has %v endpoints (%v), which is less than %v as expected. Waiting for all endpoints to come up.", m.namespace, m.service, len(found), found, m.peers)
	}
	peers := &http.Client{Transport: service.Transport(c.Process, nil), Timeout: askPatience * 2}
	for range meetingRounds {
		for _, endpoint := range m.endpoints(ctx, client, url) {
			m.contact(ctx, peers, endpoint)
		}
		if !service.Sleep(ctx, meetingPause) {
			break
		}
	}
	return nil
}

// greet asks the API server for its version until it answers.
func (m *meeting) greet(ctx context.Context, c *call, client *http.Client, url string) error {
	var err error
	for end := time.Now().Add(5 * time.Minute); time.Now().Before(end); service.Sleep(ctx, meetingPause) {
		var version map[string]string
		if err = fetch(ctx, client, url+"/version", &version); err == nil {
			c.log.Printf("Server version: %v", version["gitVersion"])
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		c.log.Printf("Unable to get server version: %v; retrying.", err)
	}
	return service.Words("Unable to contact Kubernetes: %w", err)
}

// endpoints are the URLs of the service's pods.
func (m *meeting) endpoints(ctx context.Context, client *http.Client, url string) []string {
	var answer struct {
		Subsets []struct {
			Addresses []struct {
				IP string `json:"ip"`
			} `json:"addresses"`
			Ports []struct {
				Port int `json:"port"`
			} `json:"ports"`
		} `json:"subsets"`
	}
	if err := fetch(ctx, client, fmt.Sprintf("%s/api/v1/namespaces/%s/endpoints/%s", url, m.namespace, m.service), &answer); err != nil {
		m.logf("Unable to read the endpoints for %v/%v: %v.", m.namespace, m.service, err)
		return nil
	}
	found := map[string]bool{}
	for _, s := range answer.Subsets {
		for _, a := range s.Addresses {
			for _, p := range s.Ports {
				found["http://"+net.JoinHostPort(a.IP, strconv.Itoa(p.Port))] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// contact calls on one peer.
func (m *meeting) contact(ctx context.Context, client *http.Client, endpoint string) {
	m.logf("Attempting to contact %s", endpoint)
	body, err := json.Marshal(map[string]string{"Source": m.Hostname, "Dest": endpoint})
	if err != nil {
		m.logf("json marshal error: %v", err)
		return
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint+"/write", bytes.NewReader(body))
	if err != nil {
		m.logf("Warning: unable to contact the endpoint %q: %v", endpoint, err)
		return
	}
	req.Header.Set("Content-Type", "application/json")
	var peer struct{ Hostname string }
	if err := exchange(client, req, &peer); err != nil {
		m.logf("Warning: unable to contact the endpoint %q: %v", endpoint, err)
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	count(&m.Sent, peer.Hostname)
}

// fetch reads JSON.
func fetch(ctx context.Context, client *http.Client, url string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	return exchange(client, req, into)
}

// exchange sends a request and reads the JSON of the answer.
func exchange(client *http.Client, req *http.Request, into any) error {
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := service.ReadAll(resp.Body, answerLimit)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", resp.Status, body)
	}
	return json.Unmarshal(body, into)
}
