package check

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"

	corev1 "k8s.io/api/core/v1"

	"kubetutor/internal/course"
)

// Network is the network of the lab's cluster, as far as checks reach into it.
// From is the address of a Pod; the zero one means from outside of the cluster.
// What a kernel would say of a connection is an error that wraps ECONNREFUSED,
// EHOSTUNREACH or os.ErrDeadlineExceeded.
type Network interface {
	// Dial makes a TCP connection.
	Dial(ctx context.Context, from netip.Addr, to netip.AddrPort) (net.Conn, error)
	// Exchange sends a datagram, and returns the first that comes back.
	Exchange(ctx context.Context, from netip.Addr, to netip.AddrPort, datagram []byte) ([]byte, error)
	// Locate finds the address behind a target, or returns an [Obstacle].
	Locate(ctx context.Context, target course.Target, namespace string) (netip.AddrPort, error)
}

var (
	// ErrNoNetwork means that this cluster has no network that one can reach into.
	ErrNoNetwork = errors.New("there is no network to reach into")
	// ErrNobody means that nobody has the address from which something is to come.
	ErrNobody = errors.New("nobody has this address")

	// errBeyond wraps what says nothing of what the learner made.
	errBeyond = errors.New("the network cannot be reached")
)

// Obstacle says what, in the hands of the learner, keeps a look from being made at
// all: a target that nothing outside of the cluster can reach.
type Obstacle struct{ Why course.Text }

// Error implements error.
func (u *Obstacle) Error() string { return u.Why.EN }

// The reasons why there is no answer, as expressions know them.
const (
	failedName        = "dns"
	failedRefused     = "refused"
	failedTimeout     = "timeout"
	failedUnreachable = "unreachable"
	failedTLS         = "tls"
	failedClosed      = "closed"
	failedInvalid     = "invalid"
)

// failure is why there is no answer.
type failure struct {
	kind string
	err  error
}

// Error implements error.
func (f *failure) Error() string { return f.err.Error() }

// Unwrap gives what went wrong.
func (f *failure) Unwrap() error { return f.err }

// reached classes what a network gave in place of a connection: a failure, or
// errBeyond.
func reached(err error) error {
	if err == nil {
		return nil
	}
	if kind := kindOf(err); kind != "" {
		return &failure{kind, err}
	}
	return fmt.Errorf("%w: %w", errBeyond, err)
}

func kindOf(err error) string {
	switch timeout := net.Error(nil); {
	case errors.Is(err, syscall.ECONNREFUSED):
		return failedRefused
	case errors.Is(err, syscall.EHOSTUNREACH) || errors.Is(err, syscall.ENETUNREACH):
		return failedUnreachable
	case errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout():
		return failedTimeout
	}
	return ""
}

// reachOut is the network of the lab from one place in it.
type reachOut struct {
	network Network
	from    netip.Addr
}

// dial makes a TCP connection. An error is a failure, or errBeyond.
func (r reachOut) dial(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	conn, err := r.network.Dial(ctx, r.from, to)
	return conn, reached(err)
}

// exchange sends a datagram and returns the first that comes back. An error is a
// failure, or errBeyond.
func (r reachOut) exchange(ctx context.Context, to netip.AddrPort, datagram []byte) ([]byte, error) {
	answer, err := r.network.Exchange(ctx, r.from, to, datagram)
	return answer, reached(err)
}

// network is that of the cluster, if there is one.
func (c *Checker) network() (Network, error) {
	if c.options.Network == nil {
		return nil, ErrNoNetwork
	}
	return c.options.Network, nil
}

// placeOf is the address of a Pod; the zero one of nil, which is outside. A Pod
// that cannot send has a sample that says so.
func placeOf(pod *corev1.Pod) (netip.Addr, *sample) {
	if pod == nil {
		return netip.Addr{}, nil
	}
	address, err := netip.ParseAddr(pod.Status.PodIP)
	if err != nil || hasEnded(pod) || !hasRunning(pod) {
		without := notYet(pod, textPodNotRunning(pod.Name))
		return netip.Addr{}, &without
	}
	return address, nil
}

func hasRunning(pod *corev1.Pod) bool {
	for _, some := range [][]corev1.ContainerStatus{pod.Status.ContainerStatuses, pod.Status.InitContainerStatuses} {
		for _, status := range some {
			if status.State.Running != nil {
				return true
			}
		}
	}
	return false
}

// notMade is the sample of a look that did not come about.
func notMade(err error) sample {
	var u *Obstacle
	switch {
	case errors.As(err, &u):
		return sample{have: u.Why}
	case errors.Is(err, ErrNoNetwork):
		return sample{unjudged: textNoNetwork()}
	case errors.Is(err, ErrNobody):
		return sample{have: textNoPod(), waiting: textNotYet()}
	}
	return sample{unjudged: textUnreadable("the network", err)}
}
