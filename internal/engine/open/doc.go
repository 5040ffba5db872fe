// Package open leads from the learner's machine into a lab: ports of 127.0.0.1
// behind which are load balancers, node ports, Ingress controllers and Gateways of
// the lab's network. Whoever connects to one is in the lab a machine outside of the
// cluster, and reaches what such a machine reaches: nothing of a ClusterIP.
package open
