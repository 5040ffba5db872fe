package gateway

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	appsac "k8s.io/client-go/applyconfigurations/apps/v1"
	coreac "k8s.io/client-go/applyconfigurations/core/v1"
	metaac "k8s.io/client-go/applyconfigurations/meta/v1"
	rbacac "k8s.io/client-go/applyconfigurations/rbac/v1"
	gw "sigs.k8s.io/gateway-api/apis/v1"

	"kubetutor/internal/engine/addon/gateway/proxy"
)

const (
	managedBy   = "app.kubernetes.io/managed-by"
	manager     = "gateway-controller"
	longestName = 63 // of a Service
)

// infrastructureName is the name of all objects that a Gateway gets.
func infrastructureName(g *gw.Gateway) Name {
	name := g.Name + "-gateway"
	if len(name) > longestName {
		h := fnv.New32a()
		h.Write([]byte(g.Name))
		name = fmt.Sprintf("%s-%08x", name[:longestName-9], h.Sum32())
	}
	return Name{Namespace: g.Namespace, Name: name}
}

// selector finds the proxies of a Gateway, and labels what belongs to it.
func selector(g *gw.Gateway) map[string]string {
	return map[string]string{gw.GatewayNameLabelKey: g.Name}
}

// infrastructure makes the objects of one Gateway.
type infrastructure struct {
	plan        *Plan
	name        Name
	image       string // of the proxies
	labels      map[string]string
	annotations map[string]string
}

func newInfrastructure(p *Plan, image string) *infrastructure {
	i := &infrastructure{plan: p, name: infrastructureName(p.Gateway), image: image, labels: map[string]string{}, annotations: map[string]string{}}
	if own := p.Gateway.Spec.Infrastructure; own != nil {
		for k, v := range own.Labels {
			i.labels[string(k)] = string(v)
		}
		for k, v := range own.Annotations {
			i.annotations[string(k)] = string(v)
		}
	}
	maps.Copy(i.labels, selector(p.Gateway))
	i.labels[managedBy] = manager
	return i
}

// owner makes the objects go with their Gateway.
func (i *infrastructure) owner() *metaac.OwnerReferenceApplyConfiguration {
	g := i.plan.Gateway
	return metaac.OwnerReference().WithAPIVersion(gw.GroupVersion.String()).WithKind("Gateway").WithName(g.Name).WithUID(g.UID).WithController(true)
}

func (i *infrastructure) account() *coreac.ServiceAccountApplyConfiguration {
	return coreac.ServiceAccount(i.name.Name, i.name.Namespace).WithLabels(i.labels).WithAnnotations(i.annotations).WithOwnerReferences(i.owner())
}

// role lets a proxy read its configuration and nothing else.
func (i *infrastructure) role() *rbacac.RoleApplyConfiguration {
	return rbacac.Role(i.name.Name, i.name.Namespace).WithLabels(i.labels).WithAnnotations(i.annotations).WithOwnerReferences(i.owner()).
		WithRules(rbacac.PolicyRule().WithAPIGroups("").WithResources("secrets").WithResourceNames(i.name.Name).WithVerbs("get", "list", "watch"))
}

func (i *infrastructure) roleBinding() *rbacac.RoleBindingApplyConfiguration {
	return rbacac.RoleBinding(i.name.Name, i.name.Namespace).WithLabels(i.labels).WithAnnotations(i.annotations).WithOwnerReferences(i.owner()).
		WithRoleRef(rbacac.RoleRef().WithAPIGroup(rbacv1.GroupName).WithKind("Role").WithName(i.name.Name)).
		WithSubjects(rbacac.Subject().WithKind(rbacv1.ServiceAccountKind).WithName(i.name.Name).WithNamespace(i.name.Namespace))
}

// secret is the configuration of the proxies.
func (i *infrastructure) secret() (*coreac.SecretApplyConfiguration, error) {
	data, err := json.Marshal(i.plan.Config)
	if err != nil {
		return nil, err
	}
	return coreac.Secret(i.name.Name, i.name.Namespace).WithLabels(i.labels).WithAnnotations(i.annotations).WithOwnerReferences(i.owner()).
		WithType("kubetutor.io/gateway").WithData(map[string][]byte{proxy.ConfigKey: data}), nil
}

// service is nil without ports: a Service needs one.
func (i *infrastructure) service() *coreac.ServiceApplyConfiguration {
	if len(i.plan.Ports) == 0 {
		return nil
	}
	spec := coreac.ServiceSpec().WithType(corev1.ServiceTypeLoadBalancer).WithSelector(selector(i.plan.Gateway))
	if i.plan.Address != "" {
		spec.WithLoadBalancerIP(i.plan.Address)
	}
	for _, p := range i.plan.Ports {
		spec.WithPorts(coreac.ServicePort().WithName(p.Name).WithPort(p.Port).WithProtocol(p.Protocol).WithTargetPort(intstr.FromInt32(p.Port)))
	}
	return coreac.Service(i.name.Name, i.name.Namespace).WithLabels(i.labels).WithAnnotations(i.annotations).WithOwnerReferences(i.owner()).WithSpec(spec)
}

// deployment runs the proxies. How many is not said, so that they can be scaled:
// the API's default is one.
func (i *infrastructure) deployment() *appsac.DeploymentApplyConfiguration {
	container := coreac.Container().WithName("proxy").WithImage(i.image).WithArgs("proxy", "--secret="+i.name.Name).
		WithEnv(coreac.EnvVar().WithName("POD_NAMESPACE").WithValueFrom(coreac.EnvVarSource().WithFieldRef(coreac.ObjectFieldSelector().WithFieldPath("metadata.namespace")))).
		WithPorts(coreac.ContainerPort().WithName("ready").WithContainerPort(proxy.ReadyPort)).
		WithReadinessProbe(coreac.Probe().WithHTTPGet(coreac.HTTPGetAction().WithPath("/readyz").WithPort(intstr.FromString("ready"))).WithPeriodSeconds(1)).
		WithSecurityContext(coreac.SecurityContext().WithAllowPrivilegeEscalation(false).WithReadOnlyRootFilesystem(true).
			WithCapabilities(coreac.Capabilities().WithDrop("ALL")))
	pod := coreac.PodSpec().WithServiceAccountName(i.name.Name).WithContainers(container).
		WithSecurityContext(coreac.PodSecurityContext().WithRunAsNonRoot(true).
			WithSeccompProfile(coreac.SeccompProfile().WithType(corev1.SeccompProfileTypeRuntimeDefault)).
			WithSysctls(coreac.Sysctl().WithName("net.ipv4.ip_unprivileged_port_start").WithValue("0")))
	template := coreac.PodTemplateSpec().WithLabels(i.labels).WithAnnotations(i.annotations).WithSpec(pod)
	return appsac.Deployment(i.name.Name, i.name.Namespace).WithLabels(i.labels).WithAnnotations(i.annotations).WithOwnerReferences(i.owner()).
		WithSpec(appsac.DeploymentSpec().WithSelector(metaac.LabelSelector().WithMatchLabels(selector(i.plan.Gateway))).WithTemplate(template))
}
