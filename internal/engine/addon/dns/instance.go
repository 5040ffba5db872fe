package dns

import (
	"context"
	"crypto/sha512"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coredns/caddy"
	"github.com/coredns/caddy/caddyfile"
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/plugin/pkg/transport"
)

// instance is what one reading of the Corefile came to: servers for queries, pages
// for HTTP, and what works beside them. It has no socket of its own.
type instance struct {
	server *server
	caddy  *caddy.Instance
	sum    [sha512.Size]byte // of the Corefile's words, as the plugin reload names it

	// What directives leave while they are set up.
	context caddy.Context
	zones   map[string]bool           // "cluster.local.:53", for the first lines of the log
	pages   map[string]*http.ServeMux // by address
	readies readies
	tasks   []func(context.Context) // what works as long as the instance is current
	poll    time.Duration           // how often to look for another Corefile; 0: never
	debug   bool

	dns     map[string]*dnsserver.Server // by address, such as ":53"
	cancel  context.CancelFunc
	working sync.WaitGroup
}

// instanceKey is where an instance is kept in its caddy.Instance.
type instanceKey struct{}

// instanceOf is the instance that a directive is set up for.
func instanceOf(c *caddy.Controller) *instance {
	i := c.Get(instanceKey{}).(*instance)
	i.context = c.Context()
	for _, key := range c.ServerBlockKeys {
		i.zones[strings.TrimPrefix(key, transport.DNS+"://")] = true
	}
	return i
}

// log is the log of a plugin.
func (i *instance) log(plugin string) pluginLog { return i.server.log.of(plugin) }

// page adds a page of the program's own HTTP servers.
func (i *instance) page(address, path string, h http.HandlerFunc) {
	if i.pages[address] == nil {
		i.pages[address] = http.NewServeMux()
	}
	i.pages[address].HandleFunc(path, h)
}

// newInstance sets everything up that a Corefile asks for. Nothing is served yet.
func newInstance(s *server, corefile caddy.Input) (*instance, error) {
	i := &instance{server: s, caddy: &caddy.Instance{Storage: map[any]any{}}, zones: map[string]bool{}, pages: map[string]*http.ServeMux{},
		readies: readies{}}
	i.caddy.Storage[instanceKey{}] = i
	var err error
	if i.sum, err = sumOf(corefile); err != nil {
		return nil, err
	}
	if err := caddy.ValidateAndExecuteDirectives(corefile, i.caddy, false); err != nil {
		return nil, err
	}
	return i, i.makeServers()
}

// sumOf is the number by which the plugin reload knows a Corefile.
func sumOf(corefile caddy.Input) (sum [sha512.Size]byte, err error) {
	blocks, err := caddyfile.Parse(corefile.Path(), strings.NewReader(string(corefile.Body())), nil)
	if err != nil {
		return sum, err
	}
	text, err := json.Marshal(blocks)
	return sha512.Sum512(text), err
}

// makeServers makes upstream's servers, one for each address.
func (i *instance) makeServers() error {
	if i.context == nil {
		return errors.New("a Corefile without any plugin is not available in this cluster")
	}
	made, err := i.context.MakeServers()
	if err != nil {
		return err
	}
	i.dns = map[string]*dnsserver.Server{}
	for _, one := range made {
		s, plain := one.(*dnsserver.Server)
		if !plain {
			return fmt.Errorf("a server of another kind than dns:// is %w", errNotHere)
		}
		i.dns[strings.TrimPrefix(s.Addr, transport.DNS+"://")] = s // with multisocket there are several, all alike
		s.Addr = i.server.metricsName(s.Addr)
	}
	return nil
}

// start does what plugins do before the first query.
func (i *instance) start() error {
	for _, do := range i.caddy.OnStartup {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

// work starts what works beside the servers.
func (i *instance) work(ctx context.Context) {
	ctx, i.cancel = context.WithCancel(ctx)
	for _, task := range i.tasks {
		i.working.Go(func() { task(ctx) })
	}
}

// shutdown does what plugins do when their instance is no longer current, or never
// was.
func (i *instance) shutdown() error {
	if i.cancel != nil {
		i.cancel()
		i.working.Wait()
	}
	var errs []error
	for _, do := range i.caddy.OnShutdown {
		errs = append(errs, do())
	}
	return errors.Join(errs...)
}

// last does what plugins do when the program ends.
func (i *instance) last() error {
	var errs []error
	for _, do := range i.caddy.OnFinalShutdown {
		errs = append(errs, do())
	}
	return errors.Join(errs...)
}
