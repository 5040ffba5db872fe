package gateway

import (
	"context"
	"errors"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// writeStatuses writes all statuses that have changed.
func (c *controller) writeStatuses(ctx context.Context, s *Statuses) error {
	v1 := c.api.GatewayV1()
	return errors.Join(
		write(ctx, s.Classes, func(string) updater[gwClass] { return v1.GatewayClasses() }),
		write(ctx, s.Gateways, func(ns string) updater[gwGateway] { return v1.Gateways(ns) }),
		write(ctx, s.ListenerSets, func(ns string) updater[gwListenerSet] { return v1.ListenerSets(ns) }),
		write(ctx, s.HTTPRoutes, func(ns string) updater[gwHTTPRoute] { return v1.HTTPRoutes(ns) }),
		write(ctx, s.GRPCRoutes, func(ns string) updater[gwGRPCRoute] { return v1.GRPCRoutes(ns) }),
		write(ctx, s.TLSRoutes, func(ns string) updater[gwTLSRoute] { return v1.TLSRoutes(ns) }),
		write(ctx, s.TCPRoutes, func(ns string) updater[gwTCPRoute] { return v1.TCPRoutes(ns) }),
		write(ctx, s.UDPRoutes, func(ns string) updater[gwUDPRoute] { return v1.UDPRoutes(ns) }),
		write(ctx, s.Policies, func(ns string) updater[gwPolicy] { return v1.BackendTLSPolicies(ns) }),
	)
}

// updater is a client of one kind.
type updater[T any] interface {
	UpdateStatus(ctx context.Context, object T, o metav1.UpdateOptions) (T, error)
}

func write[T metav1.Object](ctx context.Context, list []T, of func(namespace string) updater[T]) error {
	var errs []error
	for _, o := range list {
		if _, err := of(o.GetNamespace()).UpdateStatus(ctx, o, metav1.UpdateOptions{FieldManager: manager}); err != nil && !ignorable(err) {
			errs = append(errs, fmt.Errorf("writing the status of the %T %s: %w", o, nameOf(o), err))
		}
	}
	return errors.Join(errs...)
}
