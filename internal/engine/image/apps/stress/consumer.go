package stress

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/pflag"

	"kubetutor/internal/engine/image/apps/service"
	"kubetutor/internal/engine/kernel"
)

// consumer is registry.k8s.io/e2e-test-images/resource-consumer: it uses CPU and
// memory and shows metrics as its clients ask.
type consumer struct {
	ctx context.Context // of the process: what was asked for outlives its request
	p   *kernel.Process

	mu      sync.Mutex
	metrics map[string]float64
}

// Consumer is the resource consumer.
func Consumer(string) kernel.Program {
	return service.LikeGo(func(ctx context.Context, p *kernel.Process) int {
		flags := pflag.NewFlagSet("resource-consumer", pflag.ContinueOnError)
		flags.SetOutput(io.Discard)
		port := flags.Int("port", 8080, "Port number.")
		args := p.Args()[1:]
		for i := range args {
			args[i] = strings.Replace(args[i], "-port", "--port", 1)
			args[i] = strings.Replace(args[i], "---port", "--port", 1)
		}
		if err := flags.Parse(args); err != nil {
			fmt.Fprintln(p.Stderr(), err)
			return service.GoStatus
		}
		c := &consumer{ctx: ctx, p: p, metrics: map[string]float64{}}
		if err := service.Serve(ctx, p, service.Server(p, c, 200*time.Microsecond), service.Port(*port), nil); err != nil {
			service.Logger(p).Print(err)
		}
		return 1
	})
}

func (c *consumer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/metrics" {
		c.show(w)
		return
	}
	if r.Method != http.MethodPost {
		http.Error(w, "Bad request. Not a POST request", http.StatusBadRequest)
		return
	}
	consume, ok := map[string]func(http.ResponseWriter, *http.Request, time.Duration){
		"/ConsumeCPU": c.cpu, "/ConsumeMem": c.memory, "/BumpMetric": c.bump, "/GetCurrentStatus": c.status,
	}[r.URL.Path]
	if !ok {
		http.Error(w, "unknown function: "+r.URL.Path, http.StatusNotFound)
		return
	}
	seconds, err := strconv.Atoi(r.FormValue("durationSec"))
	if err != nil && r.URL.Path != "/GetCurrentStatus" {
		complain(w, r.FormValue("durationSec"))
		return
	}
	consume(w, r, time.Duration(seconds)*time.Second)
}

func complain(w http.ResponseWriter, value string) {
	words := "incorrect function argument"
	if value == "" {
		words = "not given function argument"
	}
	http.Error(w, words, http.StatusBadRequest)
}

func (c *consumer) cpu(w http.ResponseWriter, r *http.Request, d time.Duration) {
	millicores, err := strconv.Atoi(r.FormValue("millicores"))
	if err != nil {
		complain(w, r.FormValue("millicores"))
		return
	}
	go burn(c.ctx, c.p, float64(millicores)/1000, d)
	fmt.Fprintf(w, "ConsumeCPU\n%d millicores\n%d durationSec\n", millicores, int(d.Seconds()))
}

func (c *consumer) memory(w http.ResponseWriter, r *http.Request, d time.Duration) {
	megabytes, err := strconv.Atoi(r.FormValue("megabytes"))
	if err != nil {
		complain(w, r.FormValue("megabytes"))
		return
	}
	go hold(c.ctx, c.p, int64(megabytes)<<20, d)
	fmt.Fprintf(w, "ConsumeMem\n%d megabytes\n%d durationSec\n", megabytes, int(d.Seconds()))
}

func (c *consumer) bump(w http.ResponseWriter, r *http.Request, d time.Duration) {
	name := r.FormValue("metric")
	delta, err := strconv.ParseFloat(r.FormValue("delta"), 64)
	if err != nil || name == "" {
		complain(w, name)
		return
	}
	c.add(name, delta)
	go func() {
		service.Sleep(c.ctx, d)
		c.add(name, -delta)
	}()
	fmt.Fprintf(w, "BumpMetric\n%s metric\n%v delta\n%d durationSec\n", name, delta, int(d.Seconds()))
}

func (c *consumer) add(name string, delta float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.metrics[name] += delta
}

func (c *consumer) status(w http.ResponseWriter, _ *http.Request, _ time.Duration) {
	fmt.Fprint(w, "Warning: not implemented!\nGetCurrentStatus")
}

func (c *consumer) show(w http.ResponseWriter) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, value := range c.metrics {
		fmt.Fprintf(w, "# HELP %s info message.\n# TYPE %s gauge\n%s %f\n", name, name, name, value)
	}
}
