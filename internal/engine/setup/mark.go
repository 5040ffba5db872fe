package setup

import (
	"context"
	"encoding/json"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// AttemptKey is the label or annotation that carries an attempt's identity.
const AttemptKey = "kubetutor.io/attempt"

// markedNamespace carries the mark: it is always there, and learners seldom
// look at its annotations.
const markedNamespace = metav1.NamespaceSystem

// Mark writes the attempt's identity into the cluster.
func (a *Applier) Mark(ctx context.Context, attempt string) error {
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": map[string]any{AttemptKey: attempt}}})
	if err != nil {
		return err
	}
	_, err = a.client.Resource(namespaces).Patch(ctx, markedNamespace, types.MergePatchType, patch, metav1.PatchOptions{FieldManager: FieldManager})
	if err != nil {
		return fmt.Errorf("marking the cluster with the attempt: %w", err)
	}
	return nil
}

// Marked reads the attempt's identity back, empty where the cluster has none.
func (a *Applier) Marked(ctx context.Context) (string, error) {
	ns, err := a.client.Resource(namespaces).Get(ctx, markedNamespace, metav1.GetOptions{})
	if err != nil {
		return "", fmt.Errorf("reading the cluster's mark: %w", err)
	}
	return ns.GetAnnotations()[AttemptKey], nil
}
