package dns

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync/atomic"
	"time"

	"github.com/coredns/caddy"
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/plugin"
	"github.com/coredns/coredns/plugin/file"
	"github.com/coredns/coredns/plugin/pkg/upstream"
	"github.com/miekg/dns"

	"kubetutor/internal/engine/kernel"
)

// zoneReload is how often upstream's plugin file looks at a zone's file.
const zoneReload = time.Minute

// zoneFile is a file with a zone in it.
type zoneFile struct {
	p            *kernel.Process
	log          pluginLog
	name, origin string
	zone         atomic.Pointer[file.Zone] // nil as long as there is no file
}

// setupFile answers from files of the container: "file FILE [ZONE...] { reload D;
// fallthrough [ZONE...] }". What they include is looked for in the container too.
func setupFile(c *caddy.Controller) error {
	answering, zones := &file.File{}, map[string]*zoneFile{}
	for c.Next() {
		if err := addZones(c, answering, zones); err != nil {
			return plugin.Error("file", err)
		}
	}
	answering.ZoneLookupFunc = func(name string) (string, *file.Zone, bool) {
		origin := plugin.Zones(answering.Names).Matches(name)
		if origin == "" {
			return "", nil, false
		}
		return origin, zones[origin].zone.Load(), true
	}
	dnsserver.GetConfig(c).AddPlugin(func(next plugin.Handler) plugin.Handler {
		answering.Next = next
		return answering
	})
	return nil
}

// addZones reads one directive, and the zones that it names.
func addZones(c *caddy.Controller, answering *file.File, zones map[string]*zoneFile) error {
	i, args, reload := instanceOf(c), c.RemainingArgs(), zoneReload
	if len(args) == 0 {
		return c.ArgErr()
	}
	err := properties(c, map[string]func([]string) error{
		"fallthrough": func(args []string) error { answering.Fall.SetZonesFromArgs(args); return nil },
		"reload":      some(c, func(args []string) error { return duration(args[0], 0, &reload) }),
		"upstream":    func([]string) error { return nil },
	})
	if err != nil {
		return err
	}
	for _, origin := range plugin.OriginsFromArgsOrServerBlock(args[1:], c.ServerBlockKeys) {
		z := &zoneFile{p: i.server.p, log: i.log("file"), name: inRoot(c, args[0]), origin: origin}
		if err := z.first(reload); err != nil {
			return err
		}
		zones[origin] = z
		answering.Names = append(answering.Names, origin)
		if reload > 0 {
			i.tasks = append(i.tasks, every(reload, z.again))
		}
	}
	return nil
}

// first reads the file. One that is not there may come.
func (z *zoneFile) first(reload time.Duration) error {
	err := z.read()
	if errors.As(err, new(*fs.PathError)) && reload > 0 {
		z.log.warningf("Failed to open %q: trying again in %s", err, reload)
		return nil
	}
	return err
}

// again reads the file if it may have changed.
func (z *zoneFile) again() {
	before := z.serial()
	switch err := z.read(); {
	case errors.As(err, new(*fs.PathError)):
		z.log.errorf("Failed to open zone %q in %q: %v", z.origin, z.name, err)
	case err != nil:
		z.log.errorf("Parsing zone %q: %v", z.origin, err)
	case z.serial() != before:
		z.log.infof("Successfully reloaded zone %q in %q with %d SOA serial", z.origin, z.name, z.serial())
	}
}

// serial is the zone's; -1: there is none.
func (z *zoneFile) serial() int64 {
	if zone := z.zone.Load(); zone != nil {
		return zone.SOASerialIfDefined()
	}
	return -1
}

// read reads the file, and takes a zone whose serial is another one.
func (z *zoneFile) read() error {
	text, err := z.p.FS().ReadFile(z.name)
	if err != nil {
		return err
	}
	parser := dns.NewZoneParser(strings.NewReader(string(text)), dns.Fqdn(z.origin), z.name)
	parser.SetIncludeAllowed(true)
	parser.SetIncludeFS(z.p.FS().Sub("/"))
	zone := file.NewZone(z.origin, z.name)
	zone.Upstream = upstream.New()
	for rr, ok := parser.Next(); ok; rr, ok = parser.Next() {
		if soa, ok := rr.(*dns.SOA); ok && dns.CanonicalName(soa.Hdr.Name) != dns.CanonicalName(z.origin) {
			return fmt.Errorf("file %q has SOA owner %s that does not match origin %s", z.name, soa.Hdr.Name, z.origin)
		}
		if err := zone.Insert(rr); err != nil {
			return err
		}
	}
	if err := parser.Err(); err != nil {
		return fmt.Errorf("failed to parse file %q for origin %s with error %v", z.name, z.origin, err)
	}
	if zone.SOA == nil {
		return fmt.Errorf("file %q has no SOA record for origin %s", z.name, z.origin)
	}
	if zone.SOASerialIfDefined() != z.serial() {
		z.zone.Store(zone)
	}
	return nil
}
