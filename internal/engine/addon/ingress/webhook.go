package ingress

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	admissionv1 "k8s.io/api/admission/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"kubetutor/internal/engine/addon/ingress/model"
)

// reviewLimit is how much of a request the webhook reads, in bytes.
const reviewLimit = 9 << 20

// serveWebhook answers the API server's questions about Ingresses.
func (c *controller) serveWebhook(ctx context.Context) error {
	server := &http.Server{Handler: http.HandlerFunc(c.review), ReadHeaderTimeout: 10 * time.Second,
		TLSConfig: &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.webhookCertificate}}
	if _, err := c.webhookCertificate(nil); err != nil {
		return err
	}
	return c.listen(ctx, c.flags.webhook, server)
}

// webhookCertificate reads the files anew each time, since they may be replaced.
func (c *controller) webhookCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	cert, err := c.p.FS().ReadFile(c.flags.webhookCertificate)
	if err != nil {
		return nil, err
	}
	key, err := c.p.FS().ReadFile(c.flags.webhookKey)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(cert, key)
	return &pair, err
}

// review answers a request for an admission review.
func (c *controller) review(w http.ResponseWriter, r *http.Request) {
	data, err := io.ReadAll(io.LimitReader(r.Body, reviewLimit))
	switch {
	case err != nil:
		c.journal.Error(err, "Failed to read request body")
		w.WriteHeader(http.StatusBadRequest)
		return
	case len(data) == reviewLimit:
		c.journal.errorf("Request body too large. Max is %d bytes", reviewLimit-1)
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	review := &admissionv1.AdmissionReview{}
	if err := json.Unmarshal(data, review); err != nil || review.Request == nil {
		c.journal.Error(err, "Failed to decode request body")
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if review.Response, err = c.answer(review.Request); err != nil {
		c.journal.Error(err, "failed to process webhook request")
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(review); err != nil {
		c.journal.Error(err, "failed to encode response body")
	}
}

// answer judges one Ingress.
func (c *controller) answer(request *admissionv1.AdmissionRequest) (*admissionv1.AdmissionResponse, error) {
	if kind := request.Kind; kind.Group != networkingv1.GroupName || kind.Version != "v1" || kind.Kind != "Ingress" {
		return nil, fmt.Errorf("rejecting admission review because the request does not contain an Ingress resource but %s with name %s in namespace %s",
			kind.String(), request.Name, request.Namespace)
	}
	ing := &networkingv1.Ingress{}
	if err := json.Unmarshal(request.Object.Raw, ing); err != nil {
		c.journal.Error(err, "failed to decode ingress")
		return refused(request, err), nil
	}
	name := request.Namespace + "/" + request.Name
	err := c.checkIngress(ing)
	response := &admissionv1.AdmissionResponse{UID: request.UID, Allowed: true}
	if err != nil {
		c.journal.Error(err, "invalid ingress configuration", "ingress", name)
		response = refused(request, err)
	} else {
		c.journal.Info("successfully validated configuration, accepting", "ingress", name)
	}
	response.Warnings = c.warnings(ing)
	return response, nil
}

func refused(request *admissionv1.AdmissionRequest, err error) *admissionv1.AdmissionResponse {
	return &admissionv1.AdmissionResponse{UID: request.UID, Result: &metav1.Status{
		Status: metav1.StatusFailure, Code: http.StatusBadRequest, Reason: metav1.StatusReasonBadRequest, Message: err.Error()}}
}

// warnings are what the author of an Ingress is told, whether it is taken or not.
func (c *controller) warnings(ing *networkingv1.Ingress) (list []string) {
	if ing.DeletionTimestamp != nil {
		return nil
	}
	for _, name := range []string{"enable-influxdb", "influxdb-measurement", "influxdb-port", "influxdb-host", "influxdb-server-name", "secure-verify-ca-secret"} {
		if key := c.flags.annotationsPrefix + "/" + name; ing.Annotations[key] != "" {
			list = append(list, fmt.Sprintf("annotation %s is deprecated", key))
		}
	}
	if err := model.CheckPathTypes(ing); err != nil {
		list = append(list, strings.Split(err.Error(), "\n")...)
	}
	return list
}

// checkIngress says why an Ingress is refused.
func (c *controller) checkIngress(ing *networkingv1.Ingress) error {
	if ing.DeletionTimestamp != nil {
		return nil
	}
	if c.flags.deepInspect {
		if err := model.Inspect(ing); err != nil {
			return fmt.Errorf("invalid object: %w", err)
		}
	}
	if !c.mine(ing) {
		return nil
	}
	if c.flags.disableCatchAll && ing.Spec.DefaultBackend != nil {
		return errors.New("this deployment is trying to create a catch-all ingress while DisableCatchAll flag is set to true. " +
			"Remove '.spec.defaultBackend' or set DisableCatchAll flag to false")
	}
	parsed, err := c.store.checked(ing)
	if err != nil {
		return err
	}
	configuration := c.store.configuration(&model.Ingress{Ingress: ing, Config: parsed}, c.options(), func(string, ...any) {})
	return configuration.Overlap(ing, func(one *networkingv1.Ingress) (value, set bool) { return c.store.parser.Bool(one, "canary") })
}

// mine says whether the controller serves an Ingress; of another's it says nothing.
func (c *controller) mine(ing *networkingv1.Ingress) bool {
	c.store.mu.Lock()
	defer c.store.mu.Unlock()
	if _, err := c.store.classOf(ing); err != nil {
		c.journal.warnf("ignoring ingress %v in %v based on annotation %v: %v", ing.Name, ing.Namespace, "", err)
		return false
	}
	if c.flags.namespace != "" && ing.Namespace != c.flags.namespace {
		c.journal.warnf("ignoring ingress %v in namespace %v different from the namespace watched %s", ing.Name, ing.Namespace, c.flags.namespace)
		return false
	}
	return true
}
