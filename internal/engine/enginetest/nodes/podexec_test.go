package nodes

import (
	"bytes"
	"context"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/remotecommand"

	"kubetutor/internal/engine/enginetest"
)

// podExecutor returns a function that runs a command in a Pod's container.
func podExecutor(t *testing.T, kubeconfig, namespace, pod string) func(command ...string) (string, error) {
	t.Helper()
	config, client := enginetest.ClientOf(t, kubeconfig)
	return func(command ...string) (string, error) {
		req := client.CoreV1().RESTClient().Post().Resource("pods").Namespace(namespace).Name(pod).SubResource("exec").
			VersionedParams(&corev1.PodExecOptions{Command: command, Stdout: true, Stderr: true}, scheme.ParameterCodec)
		exec, err := remotecommand.NewWebSocketExecutor(config, "GET", req.URL().String())
		if err != nil {
			return "", err
		}
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		var out, said bytes.Buffer // apart, because both are written at once
		err = exec.StreamWithContext(ctx, remotecommand.StreamOptions{Stdout: &out, Stderr: &said})
		return out.String() + said.String(), err
	}
}
