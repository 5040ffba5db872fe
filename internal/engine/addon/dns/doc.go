// Package dns is CoreDNS as the program of a container: upstream's servers,
// Corefile and plugins, over the files and the network of the container alone.
//
// CoreDNS is made for one instance in a process, which owns the process: it keeps
// listeners, logs, readiness and metrics in package variables, handles signals and
// ends by os.Exit. Here, many instances live in one process. So nothing of
// caddy.Start is used: an [instance] is one reading of the Corefile, made by
// caddy's own ValidateAndExecuteDirectives; the [server] owns the sockets and hands
// every query to the instance that is current.
//
// Directives come from three sources (directives.go):
//
//   - upstream's own code, where it does nothing but look at queries and answers:
//     cache, rewrite, loadbalance and so on;
//   - functions of this package under upstream's names, where upstream's touch the
//     machine: its files, interfaces, sockets, standard output. They take the words
//     of their errors and logs from upstream, and what they can of its code;
//   - a refusal for all others.
//
// What a Corefile imports, and the environment variables that it names, are put in
// before caddy sees it (corefile.go), because caddy would take the machine's.
package dns
