// Package resolver is the stub resolver of programs in containers: what a C
// library does for getaddrinfo(3). It knows /etc/hosts and /etc/resolv.conf of the
// container, which it reads at every lookup, so that changes count at once, and
// asks the servers named there over the container's network.
//
// It behaves as the GNU C library (resolv.conf(5)), or as musl where the image is
// one of Alpine Linux. The difference that people meet: musl asks all servers at
// once, does not use the search list for a name with as many dots as ndots says,
// and ends the search at a name that exists without an address or whose server
// fails.
//
// Both send a query for A and one for AAAA for every name that they try. The
// network has no IPv6, but those who read a server's log see what they see
// elsewhere.
package resolver
