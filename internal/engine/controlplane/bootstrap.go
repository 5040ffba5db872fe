package controlplane

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	scheduling "k8s.io/kubernetes/pkg/apis/scheduling/v1"
	rbacrest "k8s.io/kubernetes/pkg/registry/rbac/rest"
	schedulingrest "k8s.io/kubernetes/pkg/registry/scheduling/rest"
	"k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac/bootstrappolicy"

	"golang.org/x/sync/errgroup"
)

const (
	bootstrapWriters = 4
	bootstrapLimit   = 30 * time.Second
)

// slowHooks are the API server's hooks that create what bootstrap creates.
// Both wait a full second before they begin, and the server is not ready
// before they end.
func slowHooks() []string {
	return []string{rbacrest.PostStartHookName, schedulingrest.PostStartHookName}
}

// bootstrap creates what [slowHooks] would have: upstream's default roles,
// bindings and priority classes; the binding that makes the learner a cluster
// administrator; and what lets nodes join. A resumed cluster has them.
func (c *ControlPlane) bootstrap(ctx context.Context) error {
	client, err := c.client(SetupUser)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(bootstrapWriters)
	joining, err := joiningObjects(c.access.pki.ca.certPEM)
	if err != nil {
		return err
	}
	for _, obj := range append(defaultObjects(), joining...) {
		group.Go(func() error { return persist(ctx, client, obj) })
	}
	return group.Wait()
}

// persist creates an object, again and again while the server is starting.
func persist(ctx context.Context, client kubernetes.Interface, obj runtime.Object) error {
	var last error
	err := poll(ctx, bootstrapLimit, "the API server to create default objects", func() (bool, error) {
		last = create(ctx, client, obj)
		return last == nil || apierrors.IsAlreadyExists(last), nil
	})
	if err != nil {
		return fmt.Errorf("%w; last: %w", err, last)
	}
	return nil
}

func create(ctx context.Context, client kubernetes.Interface, obj runtime.Object) (err error) {
	switch o := obj.(type) {
	case *rbacv1.ClusterRole:
		_, err = client.RbacV1().ClusterRoles().Create(ctx, o, metav1.CreateOptions{})
	case *rbacv1.ClusterRoleBinding:
		_, err = client.RbacV1().ClusterRoleBindings().Create(ctx, o, metav1.CreateOptions{})
	case *rbacv1.Role:
		_, err = client.RbacV1().Roles(o.Namespace).Create(ctx, o, metav1.CreateOptions{})
	case *rbacv1.RoleBinding:
		_, err = client.RbacV1().RoleBindings(o.Namespace).Create(ctx, o, metav1.CreateOptions{})
	case *corev1.ConfigMap:
		_, err = client.CoreV1().ConfigMaps(o.Namespace).Create(ctx, o, metav1.CreateOptions{})
	case *schedulingv1.PriorityClass:
		_, err = client.SchedulingV1().PriorityClasses().Create(ctx, o, metav1.CreateOptions{})
	}
	return err
}

func defaultObjects() (all []runtime.Object) {
	all = append(all, learnerBinding())
	all = appendObjects(all, bootstrappolicy.ClusterRoles())
	all = appendObjects(all, bootstrappolicy.ControllerRoles())
	all = appendObjects(all, bootstrappolicy.ClusterRoleBindings())
	all = appendObjects(all, bootstrappolicy.ControllerRoleBindings())
	for _, c := range scheduling.SystemPriorityClasses() {
		all = append(all, c)
	}
	for _, roles := range bootstrappolicy.NamespaceRoles() {
		all = appendObjects(all, roles)
	}
	for _, bindings := range bootstrappolicy.NamespaceRoleBindings() {
		all = appendObjects(all, bindings)
	}
	return all
}

// appendObjects appends pointers to the elements of list.
func appendObjects[T any, P interface {
	*T
	runtime.Object
}](all []runtime.Object, list []T) []runtime.Object {
	for i := range list {
		all = append(all, P(&list[i]))
	}
	return all
}

// learnerBinding makes the learner a cluster administrator.
func learnerBinding() *rbacv1.ClusterRoleBinding {
	return &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "kubetutor:learner"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "cluster-admin"},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: LearnerUser}},
	}
}
