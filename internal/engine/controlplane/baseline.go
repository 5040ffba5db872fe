package controlplane

import (
	"context"
	"fmt"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	// restFor is how long a new cluster must write nothing to be at rest.
	restFor = 200 * time.Millisecond
	// restLimit is how long it may take to come to rest.
	restLimit = 30 * time.Second
)

// openBaseline loads the baseline of a resumed cluster, or takes that of a new
// one.
func (c *ControlPlane) openBaseline(ctx context.Context) (detail string, err error) {
	if c.resumed {
		c.baseline, err = loadKeyspace(c.file("baseline"))
		return "", err
	}
	if err := c.grantLearner(ctx); err != nil {
		return "", err
	}
	if c.baseline, err = c.settle(ctx); err != nil {
		return "", err
	}
	return "", c.baseline.save(c.file("baseline"))
}

// grantLearner makes the learner a cluster administrator.
func (c *ControlPlane) grantLearner(ctx context.Context) error {
	client, err := c.client(SetupUser)
	if err != nil {
		return err
	}
	_, err = client.RbacV1().ClusterRoleBindings().Create(ctx, &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "kubetutor:learner"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "cluster-admin"},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: LearnerUser}},
	}, metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("making the learner a cluster administrator: %w", err)
	}
	return nil
}

// settle waits until the cluster has made everything that it makes by itself
// and writes no more.
func (c *ControlPlane) settle(ctx context.Context) (found keyspace, err error) {
	var newest int64
	since := time.Now()
	err = poll(ctx, restLimit, "the new cluster to come to rest", func() (bool, error) {
		if err := c.failed(); err != nil {
			return false, err
		}
		if found, err = readKeyspace(ctx, c.store.client); err != nil {
			return false, err
		}
		found.withoutEvents()
		if rev := found.newest(); rev != newest || !found.complete() {
			newest, since = rev, time.Now()
		}
		return time.Since(since) >= restFor, nil
	})
	return found, err
}

// complete says whether the last things that controllers make for a new cluster
// are there. Rest alone would not do: they may not have begun.
func (k keyspace) complete() bool {
	for _, ns := range []string{"default", "kube-node-lease", "kube-public", "kube-system"} {
		for _, key := range []string{"serviceaccounts/" + ns + "/default", "configmaps/" + ns + "/kube-root-ca.crt"} {
			if _, ok := k[registry+key]; !ok {
				return false
			}
		}
	}
	return true
}

// failed returns why a component has ended, nil while all of them run.
func (c *ControlPlane) failed() error {
	for _, part := range []component{c.api.done, c.controllers.done, c.scheduler.done} {
		if err := part.failed(); err != nil {
			return err
		}
	}
	return nil
}
