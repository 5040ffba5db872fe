// Package pods names the programs of containers that know Kubernetes. They run in
// the process kubelab runtime beside those of package image, as functions there,
// but speak to the API server as any pod does: over the pod's network, with its
// service account. See package incluster.
package pods

import (
	"kubetutor/internal/engine/addon/dns"
	"kubetutor/internal/engine/addon/gateway"
	"kubetutor/internal/engine/addon/ingress"
	"kubetutor/internal/engine/addon/ingress/certgen"
	"kubetutor/internal/engine/addon/kubeproxy"
	"kubetutor/internal/engine/kernel"
)

// Programs are the programs by the names that the catalogue of images gives them.
func Programs() kernel.Programs {
	return kernel.Programs{
		"coredns":                  dns.Program,
		"dumb-init":                ingress.Init,
		"gateway-controller":       gateway.Program,
		"kube-proxy":               kubeproxy.Program,
		"kube-webhook-certgen":     certgen.Program,
		"nginx":                    ingress.NGINX,
		"nginx-ingress-controller": ingress.Program,
		"wait-shutdown":            ingress.WaitShutdown,
	}
}
