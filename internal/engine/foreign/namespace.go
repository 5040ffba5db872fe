package foreign

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"

	"kubetutor/internal/course"
	"kubetutor/internal/engine/setup"
	"kubetutor/internal/lab/protocol"
)

// goneLimit is how long a namespace may take to vanish: its controller waits for
// pods to end in their own time.
const goneLimit = 2 * time.Minute

var namespaceKind = schema.GroupKind{Kind: "Namespace"}

// Accepts takes only labs that touch nothing outside one namespace.
func (c *Cluster) Accepts(lab *course.Lab) error {
	why := ""
	switch {
	case lab.Scope != "namespace":
		why = "it touches more than one namespace"
	case lab.Namespace == "":
		why = "it names no namespace"
	case lab.User != "":
		why = "it wants a user of its own"
	case slices.ContainsFunc(lab.Setup, isScript):
		why = "its set-up runs commands, which could reach beyond its namespace"
	default:
		return nil
	}
	return &protocol.Error{
		Code:    protocol.CodeUnsupported,
		Message: fmt.Sprintf("the lab %s cannot be done on your own cluster: %s", lab.Path(), why),
		Hint:    "leave out --kubeconfig to do it on a cluster that kubetutor brings along",
	}
}

func isScript(file string) bool { return strings.HasSuffix(file, ".console") }

// Mark makes the attempt's namespace. One that is there already is left alone,
// and the attempt cannot begin.
func (c *Cluster) Mark(ctx context.Context, attempt, namespace string) error {
	owner, err := c.own()
	if err != nil {
		return err
	}
	labels := map[string]string{setup.AttemptKey: attempt, OwnerKey: owner}
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace, Labels: labels}}
	_, err = c.client.CoreV1().Namespaces().Create(ctx, ns, metav1.CreateOptions{FieldManager: setup.FieldManager})
	if apierrors.IsAlreadyExists(err) {
		return c.taken(ctx, namespace)
	}
	if err != nil {
		return fmt.Errorf("making the namespace %s: %w", namespace, err)
	}
	return nil
}

// taken says whose the namespace is that a lab needs.
func (c *Cluster) taken(ctx context.Context, namespace string) error {
	e := &protocol.Error{
		Code:    protocol.CodeConflict,
		Message: fmt.Sprintf("the namespace %s is there already in context %s, and was not made by kubetutor; nothing was changed", namespace, c.context),
		Hint:    "use another cluster, or leave out --kubeconfig",
	}
	ns, err := c.client.CoreV1().Namespaces().Get(ctx, namespace, metav1.GetOptions{})
	if err == nil && ns.Labels[setup.AttemptKey] != "" {
		e.Message = fmt.Sprintf("the namespace %s in context %s was made for an attempt at a lab by another kubetutor, or by one whose state is gone; nothing was changed", namespace, c.context)
		e.Hint = fmt.Sprintf("if it is yours, delete it with `kubectl delete namespace %s`; else use another cluster", namespace)
	}
	return e
}

// Marked returns the attempt whose namespace is there, empty without one.
func (c *Cluster) Marked(ctx context.Context) (string, error) {
	ours, err := c.ours(ctx)
	if err != nil {
		return "", err
	}
	for _, ns := range ours {
		if ns.DeletionTimestamp == nil {
			return ns.Labels[setup.AttemptKey], nil
		}
	}
	return "", nil
}

// ours lists the namespaces that this engine made for attempts.
func (c *Cluster) ours(ctx context.Context) ([]corev1.Namespace, error) {
	owner, err := c.owner()
	if owner == "" {
		return nil, err
	}
	list, err := c.client.CoreV1().Namespaces().List(ctx, metav1.ListOptions{LabelSelector: setup.AttemptKey + "," + OwnerKey + "=" + owner})
	if err != nil {
		return nil, fmt.Errorf("looking for kubetutor's namespaces: %w", err)
	}
	return list.Items, nil
}

// Reset deletes the namespaces that this engine made for attempts, and waits
// until they are gone.
func (c *Cluster) Reset(ctx context.Context) error {
	ours, err := c.ours(ctx)
	if err != nil {
		return err
	}
	for _, ns := range ours {
		// The UID keeps a namespace that was made anew meanwhile from harm.
		err := c.client.CoreV1().Namespaces().Delete(ctx, ns.Name, metav1.DeleteOptions{Preconditions: metav1.NewUIDPreconditions(string(ns.UID))})
		if err != nil && !apierrors.IsNotFound(err) {
			return fmt.Errorf("deleting the namespace %s: %w", ns.Name, err)
		}
	}
	err = wait.PollUntilContextTimeout(ctx, 100*time.Millisecond, goneLimit, true, func(ctx context.Context) (bool, error) {
		left, err := c.ours(ctx)
		return len(left) == 0, err
	})
	if err != nil {
		return fmt.Errorf("waiting until kubetutor's namespaces are gone: %w", err)
	}
	return c.disown()
}

// Guard refuses what a set-up may not write on a cluster that is not ours:
// anything but the attempt's namespace and what stands in it.
func Guard(namespace string) func(*unstructured.Unstructured, bool) error {
	return func(o *unstructured.Unstructured, namespaced bool) error {
		switch {
		case namespaced && (o.GetNamespace() == "" || o.GetNamespace() == namespace):
			return nil
		case o.GroupVersionKind().GroupKind() == namespaceKind && o.GetName() == namespace:
			return nil
		}
		return fmt.Errorf("it stands outside the lab's namespace %s, and this cluster is your own: refused", namespace)
	}
}
