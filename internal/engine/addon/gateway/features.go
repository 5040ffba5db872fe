package gateway

import (
	"slices"
	"strings"

	gw "sigs.k8s.io/gateway-api/apis/v1"
	"sigs.k8s.io/gateway-api/pkg/features"
)

// SupportedVersion is the version of the CRDs that this controller is made for.
const SupportedVersion = "v1.6.3"

// Features are what GatewayClasses of this controller claim, by name: all of the
// standard channel but for meshes, and of the experimental one what needs no other
// CRDs: TLS that ends and TLS that passes through on one port, and parentRef.port.
func Features() []gw.SupportedFeature {
	var out []gw.SupportedFeature
	for f := range features.AllFeatures {
		standard := f.Channel == features.FeatureChannelStandard
		mesh := features.MeshCoreFeatures.Has(f) || features.MeshExtendedFeatures.Has(f)
		besides := f.Name == features.SupportTLSRouteModeMixed || f.Name == features.SupportHTTPRouteDestinationPortMatching
		if standard && !mesh || besides {
			out = append(out, gw.SupportedFeature{Name: gw.FeatureName(f.Name)})
		}
	}
	slices.SortFunc(out, func(a, b gw.SupportedFeature) int { return strings.Compare(string(a.Name), string(b.Name)) })
	return out
}
