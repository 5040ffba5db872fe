// Package gateway runs upstream's conformance tests of Gateway API against a lab.
// The tests are outside of the lab and dial the addresses of Gateways, which exist
// in the lab's memory only. So they are shown loopback addresses instead, one for
// one, on which forwarders listen that lead into the lab (see loopback.go).
package gateway

import (
	"context"
	"os"
	"testing"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/config"
	gw "sigs.k8s.io/gateway-api/apis/v1"
	"sigs.k8s.io/gateway-api/conformance"
	confv1 "sigs.k8s.io/gateway-api/conformance/apis/v1"
	"sigs.k8s.io/gateway-api/conformance/utils/suite"
)

// TestConformance runs all tests of the features that the GatewayClass claims.
func TestConformance(t *testing.T) {
	options := conformance.DefaultOptions(t)
	real, err := config.GetConfig()
	if err != nil {
		t.Fatal(err)
	}
	l, err := newLoopback(context.Background(), real, os.Getenv("CONTROL"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.close)
	shown := rest.CopyConfig(real)
	shown.Wrap(disguise)
	shown.QPS, shown.Burst = 500, 1000
	if options.Client, err = client.New(shown, options.ClientOptions); err != nil {
		t.Fatal(err)
	}
	if options.Clientset, err = kubernetes.NewForConfig(shown); err != nil {
		t.Fatal(err)
	}
	options.RestConfig = shown
	options.ConformanceProfiles = []suite.ConformanceProfileName{suite.GatewayHTTPConformanceProfileName, suite.GatewayGRPCConformanceProfileName,
		suite.GatewayTLSConformanceProfileName, suite.GatewayTCPConformanceProfileName, suite.GatewayUDPConformanceProfileName}
	options.Implementation = confv1.Implementation{Organization: "kubetutor", Project: "kubetutor", URL: "https://example.org/kubetutor",
		Version: os.Getenv("VERSION"), Contact: []string{"https://example.org/kubetutor/issues"}}
	kind := gw.IPAddressType
	options.UsableNetworkAddresses = []gw.GatewaySpecAddress{{Type: &kind, Value: loopbackPrefix + "250"}}
	options.UnusableNetworkAddresses = []gw.GatewaySpecAddress{{Type: &kind, Value: "203.0.113.1"}}
	conformance.RunConformanceWithOptions(t, options)
}
