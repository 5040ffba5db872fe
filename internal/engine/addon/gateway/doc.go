// Package gateway is a controller of Gateway API: it accepts GatewayClasses of its
// name, and for each Gateway of them runs a proxy, tells it what to do, and writes
// into the status of Gateways, routes and policies what came of them.
//
// The heart is [Translate], a pure function from the objects of a cluster to what
// proxies do and to conditions. The rest carries objects to it and its results back.
//
// Each Gateway gets a Deployment of proxies and a Service of type LoadBalancer in
// its own namespace, as with Istio, Envoy Gateway and NGINX Gateway Fabric, and
// not one proxy for all: so a learner can see, scale, break and repair the data
// plane of one team without touching another's, NetworkPolicies of the namespace
// apply to it, a listener's port is its pod's port, and a proxy that is up goes on
// without its controller. The configuration is in a Secret beside it, the only
// object that a proxy may read: the API server is the channel, with its
// authentication, encryption and watches, and nothing is lost when either side
// starts again.
package gateway
