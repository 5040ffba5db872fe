package controlplane

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
	bootstrapapi "k8s.io/cluster-bootstrap/token/api"
)

const (
	// joiners is the group of those who hold a bootstrap token made for joining,
	// under kubeadm's name.
	joiners = "system:bootstrappers:kubeadm:default-node-token"
	// tokenLifetime is how long a node may take to join.
	tokenLifetime = time.Hour
	// clusterInfoReader is the Role by which anybody may read how to join.
	clusterInfoReader = "kubeadm:bootstrap-signer-clusterinfo"
	certificates      = "system:certificates.k8s.io:certificatesigningrequests:"
)

// BootstrapToken makes a token with which a node may join within an hour, as
// `kubeadm token create` does.
func (c *ControlPlane) BootstrapToken(ctx context.Context) (token string, err error) {
	client, err := c.client(SetupUser)
	if err != nil {
		return "", err
	}
	random := make([]byte, 11)
	rand.Read(random)
	text := hex.EncodeToString(random)
	id, secret := text[:6], text[6:]
	_, err = client.CoreV1().Secrets(metav1.NamespaceSystem).Create(ctx, tokenSecret(id, secret), metav1.CreateOptions{})
	if err != nil {
		return "", fmt.Errorf("making a bootstrap token: %w", err)
	}
	return id + "." + secret, nil
}

func tokenSecret(id, secret string) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: metav1.NamespaceSystem, Name: bootstrapapi.BootstrapTokenSecretPrefix + id},
		Type:       corev1.SecretTypeBootstrapToken,
		StringData: map[string]string{
			bootstrapapi.BootstrapTokenIDKey:               id,
			bootstrapapi.BootstrapTokenSecretKey:           secret,
			bootstrapapi.BootstrapTokenExpirationKey:       time.Now().Add(tokenLifetime).UTC().Format(time.RFC3339),
			bootstrapapi.BootstrapTokenUsageAuthentication: "true",
			bootstrapapi.BootstrapTokenUsageSigningKey:     "true",
			bootstrapapi.BootstrapTokenExtraGroupsKey:      joiners,
			bootstrapapi.BootstrapTokenDescriptionKey:      "For a node that joins.",
		},
	}
}

// BootstrapKubeconfig writes a kubeconfig with a new bootstrap token for a node
// that is about to join, and returns its path (mode 0600).
func (c *ControlPlane) BootstrapKubeconfig(ctx context.Context, node string) (string, error) {
	token, err := c.BootstrapToken(ctx)
	if err != nil {
		return "", err
	}
	config := api.NewConfig()
	config.Clusters[contextName] = &api.Cluster{Server: c.access.server, CertificateAuthorityData: c.access.pki.ca.certPEM}
	config.AuthInfos["joiner"] = &api.AuthInfo{Token: token}
	config.Contexts[contextName] = &api.Context{Cluster: contextName, AuthInfo: "joiner"}
	config.CurrentContext = contextName
	path := filepath.Join(c.access.dir, "bootstrap-"+node+".kubeconfig")
	return path, c.access.writeConfig(path, config)
}

// joiningObjects are what kubeadm makes so that nodes can join: who may ask for
// a certificate, whose request is approved, and where to find the cluster.
func joiningObjects(ca []byte) ([]runtime.Object, error) {
	info, err := clusterInfo(ca)
	if err != nil {
		return nil, err
	}
	return []runtime.Object{
		info,
		bindGroup("kubeadm:kubelet-bootstrap", "system:node-bootstrapper", joiners),
		bindGroup("kubeadm:node-autoapprove-bootstrap", certificates+"nodeclient", joiners),
		bindGroup("kubeadm:node-autoapprove-certificate-rotation", certificates+"selfnodeclient", nodeGroup),
		&rbacv1.Role{
			ObjectMeta: metav1.ObjectMeta{Namespace: metav1.NamespacePublic, Name: clusterInfoReader},
			Rules: []rbacv1.PolicyRule{{Verbs: []string{"get"}, APIGroups: []string{""}, Resources: []string{"configmaps"},
				ResourceNames: []string{bootstrapapi.ConfigMapClusterInfo}}},
		},
		&rbacv1.RoleBinding{
			ObjectMeta: metav1.ObjectMeta{Namespace: metav1.NamespacePublic, Name: clusterInfoReader},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: clusterInfoReader},
			Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: "system:anonymous"}},
		},
	}, nil
}

func bindGroup(name, role, group string) *rbacv1.ClusterRoleBinding {
	return &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.GroupKind, Name: group}},
	}
}

// clusterInfo tells a node that wants to join where the API server is, by its
// address inside the lab.
func clusterInfo(ca []byte) (*corev1.ConfigMap, error) {
	config := api.NewConfig()
	config.Clusters[""] = &api.Cluster{Server: "https://" + advertised + ":6443", CertificateAuthorityData: ca}
	data, err := clientcmd.Write(*config)
	if err != nil {
		return nil, fmt.Errorf("encoding the cluster's address: %w", err)
	}
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: metav1.NamespacePublic, Name: bootstrapapi.ConfigMapClusterInfo},
		Data:       map[string]string{bootstrapapi.KubeConfigKey: string(data)},
	}, nil
}
