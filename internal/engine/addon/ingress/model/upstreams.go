package model

import (
	"strconv"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
)

// makeUpstreams makes an upstream of every port of a Service that an Ingress names.
func (b *builder) makeUpstreams() {
	b.upstreams[DefaultUpstream] = b.defaultUpstream()
	for _, ing := range b.Ingresses {
		if backend := ing.Spec.DefaultBackend; backend != nil && backend.Service != nil {
			b.upstreams[upstreamName(ing.Namespace, backend.Service)] = b.upstream(ing, backend.Service)
		}
		eachPath(ing, func(_ string, path *networkingv1.HTTPIngressPath) {
			name := upstreamName(ing.Namespace, path.Backend.Service)
			if b.upstreams[name] == nil {
				b.upstreams[name] = b.upstream(ing, path.Backend.Service)
			}
		})
	}
}

// eachPath calls do for the paths of an Ingress that lead to a Service.
func eachPath(ing *Ingress, do func(host string, path *networkingv1.HTTPIngressPath)) {
	for _, rule := range ing.Spec.Rules {
		if rule.HTTP == nil {
			continue
		}
		for i := range rule.HTTP.Paths {
			if rule.HTTP.Paths[i].Backend.Service != nil {
				do(hostOf(rule.Host), &rule.HTTP.Paths[i])
			}
		}
	}
}

func hostOf(host string) string {
	if host == "" {
		return DefaultServer
	}
	return host
}

// upstream makes the upstream of a backend, in the way that the annotations of
// the Ingress that names it first say.
func (b *builder) upstream(ing *Ingress, backend *networkingv1.IngressServiceBackend) *Upstream {
	name, port := serviceOf(backend)
	key := ing.Namespace + "/" + name
	u := &Upstream{Name: upstreamName(ing.Namespace, backend), HashBy: ing.Config.HashBy, LoadBalancing: ing.Config.LoadBalancing, AffinityPaths: map[string][]string{}}
	if u.LoadBalancing == "" {
		u.LoadBalancing = b.Settings.LoadBalancing
	}
	if ing.Config.Canary.Enabled {
		u.Canary, u.Policy = true, ing.Config.Canary
	}
	service, err := b.Service(key)
	if err != nil {
		b.Warn("Error obtaining Endpoints for Service %q: %v", key, err)
		return u
	}
	u.Service = service
	u.ExternalName = service.Spec.Type == corev1.ServiceTypeExternalName
	if ing.Config.ServiceUpstream {
		if endpoint, err := b.clusterEndpoint(key, port); err != nil {
			b.Warn("Failed to determine a suitable ClusterIP Endpoint for Service %q: %v", key, err)
		} else {
			u.Endpoints = []Endpoint{endpoint}
			return u
		}
	}
	u.Endpoints, _ = b.serviceEndpoints(key, port) // the Service is there
	return u
}

// defaultUpstream answers what no Ingress claims: the Service of the flag, or the
// proxy itself, with 404.
func (b *builder) defaultUpstream() *Upstream {
	u := &Upstream{Name: DefaultUpstream, Endpoints: []Endpoint{{Address: "127.0.0.1", Port: strconv.Itoa(b.Options.DefaultPort)}}}
	key := b.Options.DefaultService
	if key == "" {
		return u
	}
	service, err := b.Service(key)
	if err != nil {
		b.Warn("Error getting default backend %q: %v", key, err)
		return u
	}
	var endpoints []Endpoint
	if len(service.Spec.Ports) > 0 {
		endpoints = b.endpoints(service, &service.Spec.Ports[0])
	}
	if len(endpoints) == 0 {
		b.Warn("Service %q does not have any active Endpoint", key)
		return u
	}
	u.Service, u.Endpoints = service, endpoints
	return u
}

// customDefaults gives locations the backend of their annotation default-backend:
// for errors, and in place of an upstream without endpoints.
func (b *builder) customDefaults() {
	for _, server := range b.servers {
		for _, location := range server.Locations {
			u := b.upstreams[location.Upstream]
			if u == nil || u.Name == DefaultUpstream || location.Config.DefaultBackend == "" {
				continue
			}
			if len(u.Endpoints) == 0 || len(location.Config.CustomHTTPErrors) > 0 {
				b.customDefault(location, u)
			}
		}
	}
}

func (b *builder) customDefault(location *Location, u *Upstream) {
	key := location.Config.DefaultBackend
	service, err := b.Service(key)
	if err != nil {
		return
	}
	if len(service.Spec.Ports) == 0 {
		b.Warn("Custom default backend service %v has no ports. Ignoring", key)
		return
	}
	endpoints := b.endpoints(service, &service.Spec.Ports[0])
	if len(endpoints) == 0 {
		return
	}
	custom := *u
	custom.Name = "custom-default-backend-" + service.Namespace + "-" + service.Name
	custom.Service, custom.Endpoints, custom.Canary, custom.Alternatives = service, endpoints, false, nil
	b.upstreams[custom.Name] = &custom
	location.DefaultUpstream = custom.Name
	if len(u.Endpoints) == 0 {
		location.Upstream = custom.Name
	}
}
