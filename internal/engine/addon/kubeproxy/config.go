package kubeproxy

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/go-logr/logr"
	"github.com/spf13/pflag"
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/kubernetes/pkg/proxy/apis/config"
	"k8s.io/kubernetes/pkg/proxy/apis/config/scheme"
	external "k8s.io/kubernetes/pkg/proxy/apis/config/v1alpha1"
	"k8s.io/kubernetes/pkg/proxy/apis/config/validation"
	proxyutil "k8s.io/kubernetes/pkg/proxy/util"

	"kubetutor/internal/engine/kernel"
)

// options are the flags that mean something where there is a configuration file;
// upstream ignores nearly all others then.
type options struct {
	file      string
	hostname  string
	verbosity int
	version   bool
}

func parse(args []string) (o options, err error) {
	flags := pflag.NewFlagSet(name, pflag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.file, "config", "", "The path to the configuration file.")
	flags.StringVar(&o.hostname, "hostname-override", "", "If non-empty, will be used as the name of the Node that kube-proxy is running on.")
	flags.IntVarP(&o.verbosity, "v", "v", 0, "number for the log level verbosity")
	flags.BoolVar(&o.version, "version", false, "print version information and quit")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("%q does not take any arguments, got %q", name, flags.Args())
	}
	return o, nil
}

// upstreamMinimum is the least time between two writings of rules if the
// configuration names none: it spares a kernel with ten thousands of them. Minimum is
// what it is here, where writing takes microseconds and a learner looks at the screen.
const (
	upstreamMinimum = time.Second
	minimum         = 100 * time.Millisecond
)

// load reads and checks the configuration as kube-proxy's command does (Complete
// and Validate of cmd/kube-proxy/app), with its words for what is wrong.
func load(p *kernel.Process, o options, log logr.Logger) (*config.KubeProxyConfiguration, error) {
	c, err := read(p, o, log)
	if err != nil {
		return nil, fmt.Errorf("failed complete: %w", err)
	}
	if c.Mode == "" {
		c.Mode = config.ProxyModeIPTables
	}
	if c.MinSyncPeriod.Duration == upstreamMinimum {
		c.MinSyncPeriod.Duration = minimum
	}
	if c.DetectLocalMode == "" {
		c.DetectLocalMode = config.LocalModeClusterCIDR
	}
	if o.hostname != "" {
		c.HostnameOverride = strings.ToLower(strings.TrimSpace(o.hostname))
		if c.HostnameOverride == "" {
			return nil, errors.New("failed complete: empty hostname-override is invalid")
		}
	}
	if errs := validation.Validate(c); len(errs) > 0 {
		return nil, fmt.Errorf("failed validate: %w", errs.ToAggregate())
	}
	return c, nil
}

func read(p *kernel.Process, o options, log logr.Logger) (*config.KubeProxyConfiguration, error) {
	if o.file == "" {
		return nil, errors.New("this kube-proxy needs --config")
	}
	text, err := p.FS().ReadFile(o.file)
	if err != nil {
		return nil, err
	}
	found, kind, err := scheme.Codecs.UniversalDecoder().Decode(text, nil, nil)
	if runtime.IsStrictDecodingError(err) {
		log.Info("Using lenient decoding as strict decoding failed", "err", err)
		found, kind, err = decodeLeniently(text)
	}
	if err != nil {
		return nil, fmt.Errorf("failed to decode: %w", err)
	}
	c, ok := found.(*config.KubeProxyConfiguration)
	if !ok {
		return nil, fmt.Errorf("got unexpected config type: %v", kind)
	}
	return c, nil
}

// decodeLeniently passes over fields that there are not, or that are there twice.
func decodeLeniently(text []byte) (runtime.Object, *schema.GroupVersionKind, error) {
	lenient := runtime.NewScheme()
	if err := errors.Join(config.AddToScheme(lenient), external.AddToScheme(lenient)); err != nil {
		return nil, nil, err
	}
	return serializer.NewCodecFactory(lenient, serializer.DisableStrict).UniversalDecoder().Decode(text, nil, nil)
}

// portAddresses are the addresses at which a node takes NodePorts: all of them,
// unless the configuration names some. Only the iptables proxier takes them at
// loopback addresses, and that of nftables keeps to the node's own address unless
// it is told otherwise.
func portAddresses(c *config.KubeProxyConfiguration, node netip.Addr) []netip.Addr {
	named := expand(c.NodePortAddresses, node)
	if len(named) == 0 && c.Mode == config.ProxyModeNFTables {
		return []netip.Addr{node}
	}
	wanted := proxyutil.NewNodePortAddresses(v1.IPv4Protocol, named)
	loopback := c.Mode == config.ProxyModeIPTables && (c.IPTables.LocalhostNodePorts == nil || *c.IPTables.LocalhostNodePorts)
	if wanted.MatchAll() && loopback {
		return []netip.Addr{netip.IPv4Unspecified()}
	}
	interfaces := addressesOf{node}
	if loopback {
		interfaces = append(interfaces, netip.AddrFrom4([4]byte{127, 0, 0, 1}))
	}
	found, _ := wanted.GetNodeIPs(interfaces) // of a list in memory: no error
	var all []netip.Addr
	for _, ip := range found {
		all = append(all, addr(ip))
	}
	slices.SortFunc(all, netip.Addr.Compare)
	return all
}

// expand replaces the keywords among NodePort addresses.
func expand(list []string, node netip.Addr) (all []string) {
	for _, a := range list {
		switch a {
		case config.NodePortAddressesPrimary:
			all = append(all, netip.PrefixFrom(node, node.BitLen()).String())
		case config.NodePortAddressesLocalhost:
			all = append(all, "127.0.0.0/8")
		case config.NodePortAddressesAll:
			all = append(all, proxyutil.IPv4ZeroCIDR)
		default:
			all = append(all, a)
		}
	}
	return all
}

// addressesOf are the addresses of a node's interfaces.
type addressesOf []netip.Addr

// InterfaceAddrs implements upstream's NetworkInterfacer.
func (list addressesOf) InterfaceAddrs() (all []net.Addr, _ error) {
	for _, a := range list {
		all = append(all, &net.IPNet{IP: a.AsSlice(), Mask: net.CIDRMask(a.BitLen(), a.BitLen())})
	}
	return all, nil
}
