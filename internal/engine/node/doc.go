// Package node is the kubelet of one simulated node: `kubelab node FILE` runs
// upstream's kubelet, linked in, as an ordinary process of an ordinary user.
//
// Upstream's code decides everything that a user of Kubernetes can see. What it
// wants from a machine is given to it from here, one file for each:
//
//	kubelet.go    what is put together, and started
//	settings.go   what the node's administrator would have written into the kubelet's configuration
//	join.go       how it gets its credentials
//	machine.go    the size and the usage of the machine, in cadvisor's place
//	cgroups.go    resources and cgroups, in the container manager's place
//	mounter.go    mounts, as links
//	subpath.go    volumes' subPaths, without bind mounts
//	hostpath.go   hostPath and local volumes, inside the node's own root directory
//	csi.go        the CSI driver sim.csi.kubetutor
//	network.go    connections to pods, through the lab's network
//	logs.go       /var/log of the node
//	hosts.go      /etc/hosts of the node
//	events.go     events, without a watch on the machine's kernel
//	pace.go       waits that are made shorter than upstream's
//
// The kubelet offers no way to give it some of these. Then a private field is
// set by reflection (private.go); this program pins one version of Kubernetes,
// and a test tells when a field is no longer there.
//
// The process may touch nothing of the machine but the node's two directories,
// its volumes and its sockets. See [kubetutor/internal/engine/node/config].
package node
