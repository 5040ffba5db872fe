package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// applied is what was applied for an object, and what it was then: as long as
// neither changes there is nothing to do.
type applied struct {
	wanted uint64 // hash
	seen   string // resourceVersion
}

var applyOptions = metav1.ApplyOptions{FieldManager: manager, Force: true}

// applyPlan makes the objects of a Gateway what they should be.
func (c *controller) applyPlan(ctx context.Context, p *Plan, live map[string]bool) error {
	if p.Gateway.DeletionTimestamp != nil {
		return nil
	}
	i := newInfrastructure(p, c.image)
	secret, err := i.secret()
	if err != nil {
		return fmt.Errorf("writing the configuration of Gateway %s: %w", nameOf(p.Gateway), err)
	}
	ns := i.name.Namespace
	steps := []error{
		ensure(c, live, "Secret", i.name, secret, c.caches.version("Secret", i.name), func() (metav1.Object, error) {
			return c.kube.CoreV1().Secrets(ns).Apply(ctx, secret, applyOptions)
		}),
		ensure(c, live, "ServiceAccount", i.name, i.account(), "", func() (metav1.Object, error) {
			return c.kube.CoreV1().ServiceAccounts(ns).Apply(ctx, i.account(), applyOptions)
		}),
		ensure(c, live, "Role", i.name, i.role(), "", func() (metav1.Object, error) {
			return c.kube.RbacV1().Roles(ns).Apply(ctx, i.role(), applyOptions)
		}),
		ensure(c, live, "RoleBinding", i.name, i.roleBinding(), "", func() (metav1.Object, error) {
			return c.kube.RbacV1().RoleBindings(ns).Apply(ctx, i.roleBinding(), applyOptions)
		}),
		ensure(c, live, "Deployment", i.name, i.deployment(), c.caches.version("Deployment", i.name), func() (metav1.Object, error) {
			return c.kube.AppsV1().Deployments(ns).Apply(ctx, i.deployment(), applyOptions)
		}),
	}
	if service := i.service(); service != nil {
		steps = append(steps, ensure(c, live, "Service", i.name, service, c.caches.version("Service", i.name), func() (metav1.Object, error) {
			return c.kube.CoreV1().Services(ns).Apply(ctx, service, applyOptions)
		}))
	}
	return errors.Join(steps...)
}

// ensure applies an object if what is wanted has changed, or what there is.
// Seen is the version of what there is; empty: nobody watches it.
func ensure(c *controller, live map[string]bool, kind string, name Name, wanted any, seen string, apply func() (metav1.Object, error)) error {
	key := kind + " " + name.String()
	live[key] = true
	data, err := json.Marshal(wanted)
	if err != nil {
		return err
	}
	h := fnv.New64a()
	h.Write(data)
	state := applied{h.Sum64(), seen}
	if c.applied[key] == state {
		return nil
	}
	object, err := apply()
	switch {
	case apierrors.IsNotFound(err) || apierrors.HasStatusCause(err, "NamespaceTerminating"):
		return nil // its namespace is going
	case err != nil:
		return fmt.Errorf("applying the %s %s: %w", kind, name, err)
	}
	if seen != "" {
		state.seen = object.GetResourceVersion()
	}
	c.applied[key] = state
	return nil
}
