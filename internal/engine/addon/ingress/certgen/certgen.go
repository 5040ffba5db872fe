// Package certgen is the program kube-webhook-certgen, whose two Jobs give the
// webhook of the ingress controller its certificate: create makes it and keeps it
// in a Secret, patch writes its authority into the webhook's configuration.
package certgen

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/pflag"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"kubetutor/internal/engine/addon/incluster"
	"kubetutor/internal/engine/kernel"
)

// options are the flags of the program.
type options struct {
	host, secret, namespace   string
	certName, keyName         string
	webhook, apiService       string
	validating, mutating      bool
	failurePolicy, kubeconfig string
}

// job is the program at work.
type job struct {
	options
	p      *kernel.Process
	client kubernetes.Interface
}

// Program is the program kube-webhook-certgen.
func Program(ctx context.Context, p *kernel.Process) int {
	j := &job{p: p}
	run, err := j.parse(p.Args()[1:])
	if err != nil {
		fmt.Fprintf(p.Stderr(), "Error: %v\n%s", err, usage)
		return 1
	}
	if run == nil {
		fmt.Fprint(p.Stdout(), usage)
		return 1
	}
	if err := j.connect(); err != nil {
		j.log("fatal", "error building kubernetes config", err)
		return 1
	}
	if err := run(ctx); err != nil {
		j.log("fatal", err.Error(), errors.Unwrap(err))
		return 1
	}
	return 0
}

const usage = `Use this to create a ca and signed certificates and patch admission webhooks to allow for quick
installation and configuration of validating and admission webhooks.

Usage:
  kube-webhook-certgen [command]

Available Commands:
  create      Generate a ca and server cert+key and store the results in a secret 'secret-name' in 'namespace'
  patch       Patch a ValidatingWebhookConfiguration or MutatingWebhookConfiguration by using the ca from 'secret-name' in 'namespace'
`

// parse reads the command line and returns what to do; nil: to help.
func (j *job) parse(args []string) (func(context.Context) error, error) {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	flags.Usage = func() {}
	flags.String("log-level", "info", "")
	flags.String("log-format", "json", "")
	flags.StringVar(&j.kubeconfig, "kubeconfig", "", "")
	flags.StringVar(&j.secret, "secret-name", "", "")
	flags.StringVar(&j.namespace, "namespace", "", "")
	if len(args) == 0 {
		return nil, nil
	}
	required := []string{"secret-name", "namespace"}
	var run func(context.Context) error
	switch args[0] {
	case "create":
		flags.StringVar(&j.host, "host", "", "")
		flags.StringVar(&j.certName, "cert-name", "cert", "")
		flags.StringVar(&j.keyName, "key-name", "key", "")
		required, run = append([]string{"host"}, required...), j.create
	case "patch":
		flags.StringVar(&j.webhook, "webhook-name", "", "")
		flags.StringVar(&j.apiService, "apiservice-name", "", "")
		flags.BoolVar(&j.validating, "patch-validating", true, "")
		flags.BoolVar(&j.mutating, "patch-mutating", true, "")
		flags.StringVar(&j.failurePolicy, "patch-failure-policy", "", "")
		run = j.patch
	default:
		return nil, fmt.Errorf("unknown command %q for %q", args[0], "kube-webhook-certgen")
	}
	if err := flags.Parse(args[1:]); err != nil {
		return nil, err
	}
	return run, missing(flags, required)
}

func missing(flags *pflag.FlagSet, required []string) error {
	var names []string
	for _, name := range required {
		if !flags.Changed(name) {
			names = append(names, fmt.Sprintf("%q", name))
		}
	}
	if len(names) == 0 {
		return nil
	}
	return fmt.Errorf("required flag(s) %s not set", strings.Join(names, ", "))
}

func (j *job) connect() error {
	config, err := incluster.Config(j.p)
	if j.kubeconfig != "" {
		config, err = incluster.Kubeconfig(j.p, j.kubeconfig)
	}
	if err != nil {
		return err
	}
	config.WarningHandler = rest.NoWarnings{}
	j.client, err = kubernetes.NewForConfig(config)
	return err
}

// create makes the certificate, unless there is one.
func (j *job) create(ctx context.Context) error {
	authority, err := j.authority(ctx)
	switch {
	case err != nil:
		return err
	case authority != nil:
		j.log("info", "secret already exists", nil)
		return nil
	}
	j.log("info", "creating new secret", nil)
	made, err := generate(j.host, time.Now())
	if err != nil {
		return err
	}
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: j.secret}, Data: map[string][]byte{"ca": made.authority, j.certName: made.certificate, j.keyName: made.key}}
	if _, err := j.client.CoreV1().Secrets(j.namespace).Create(ctx, secret, metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("failed creating secret: %w", err)
	}
	return nil
}

// authority is the certificate authority in the Secret; nil if there is no Secret.
func (j *job) authority(ctx context.Context) ([]byte, error) {
	secret, err := j.client.CoreV1().Secrets(j.namespace).Get(ctx, j.secret, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("error getting secret: %w", err)
	}
	if secret.Data["ca"] == nil {
		return nil, errors.New("got secret, but it did not contain a 'ca' key")
	}
	return secret.Data["ca"], nil
}

// patch writes the authority into the webhooks' configurations.
func (j *job) patch(ctx context.Context) error {
	switch {
	case !j.mutating && !j.validating && j.apiService == "":
		return errors.New("patch-validating=false, patch-mutating=false. You must patch at least one kind of webhook, otherwise this command is a no-op")
	case j.apiService != "":
		return errors.New("APIServices cannot be patched in this cluster")
	case j.failurePolicy != "" && j.failurePolicy != "Ignore" && j.failurePolicy != "Fail":
		return fmt.Errorf("patch-failure-policy %s is not valid", j.failurePolicy)
	}
	authority, err := j.authority(ctx)
	if err != nil {
		return err
	}
	if authority == nil {
		return fmt.Errorf("no secret with '%s' in '%s'", j.secret, j.namespace)
	}
	j.log("info", fmt.Sprintf("patching webhook configurations '%s' mutating=%t, validating=%t, failurePolicy=%s", j.webhook, j.mutating, j.validating, j.failurePolicy), nil)
	if j.validating {
		if err := j.patchValidating(ctx, authority); err != nil {
			return err
		}
	}
	if j.mutating {
		if err := j.patchMutating(ctx, authority); err != nil {
			return err
		}
	}
	j.log("info", "Patched hook(s)", nil)
	return nil
}

func (j *job) patchValidating(ctx context.Context, authority []byte) error {
	configurations := j.client.AdmissionregistrationV1().ValidatingWebhookConfigurations()
	hook, err := configurations.Get(ctx, j.webhook, metav1.GetOptions{})
	if err != nil {
		return fmt.Errorf("failed getting validating webhook: %w", err)
	}
	for i := range hook.Webhooks {
		j.fill(&hook.Webhooks[i].ClientConfig, &hook.Webhooks[i].FailurePolicy, authority)
	}
	if _, err := configurations.Update(ctx, hook, metav1.UpdateOptions{}); err != nil {
		return fmt.Errorf("failed patching validating webhook: %w", err)
	}
	return nil
}

func (j *job) patchMutating(ctx context.Context, authority []byte) error {
	configurations := j.client.AdmissionregistrationV1().MutatingWebhookConfigurations()
	hook, err := configurations.Get(ctx, j.webhook, metav1.GetOptions{})
	if err != nil {
		return fmt.Errorf("failed getting mutating webhook: %w", err)
	}
	for i := range hook.Webhooks {
		j.fill(&hook.Webhooks[i].ClientConfig, &hook.Webhooks[i].FailurePolicy, authority)
	}
	if _, err := configurations.Update(ctx, hook, metav1.UpdateOptions{}); err != nil {
		return fmt.Errorf("failed patching mutating webhook: %w", err)
	}
	return nil
}

// fill gives a webhook the authority and, if it is asked for, the failure policy.
func (j *job) fill(client *admissionregistrationv1.WebhookClientConfig, policy **admissionregistrationv1.FailurePolicyType, authority []byte) {
	client.CABundle = authority
	if j.failurePolicy != "" {
		wanted := admissionregistrationv1.FailurePolicyType(j.failurePolicy)
		*policy = &wanted
	}
}

// log writes a line as logrus does, in JSON.
func (j *job) log(level, message string, err error) {
	entry := map[string]string{"level": level, "msg": message, "time": time.Now().UTC().Format(time.RFC3339)}
	if err != nil {
		entry["err"] = err.Error()
	}
	line, _ := json.Marshal(entry) // cannot fail: strings
	fmt.Fprintf(j.p.Stdout(), "%s\n", line)
}
