package agnhost

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"kubetutor/internal/engine/image/apps/service"
)

// review is an AdmissionReview of admission.k8s.io, of either version: what is
// asked and answered here reads the same in both.
type review struct {
	APIVersion string     `json:"apiVersion"`
	Kind       string     `json:"kind"`
	Request    *admission `json:"request,omitempty"`
	Response   *ruling    `json:"response,omitempty"`
}

// admission is the part of an admission request that is looked at.
type admission struct {
	UID         string   `json:"uid"`
	Resource    resource `json:"resource"`
	SubResource string   `json:"subResource"`
	Name        string   `json:"name"`
	Operation   string   `json:"operation"`
	Object      reviewed `json:"object"`
	OldObject   reviewed `json:"oldObject"`
}

type resource struct {
	Group    string `json:"group"`
	Version  string `json:"version"`
	Resource string `json:"resource"`
}

// reviewed is what the webhook looks at of an object.
type reviewed struct {
	Metadata struct {
		Name   string            `json:"name"`
		Labels map[string]string `json:"labels"`
	} `json:"metadata"`
	Data map[string]string `json:"data"`
	Spec struct {
		Containers     []named `json:"containers"`
		InitContainers []named `json:"initContainers"`
	} `json:"spec"`
	Stdin     bool   `json:"stdin"`
	Container string `json:"container"`
}

type named struct {
	Name string `json:"name"`
}

// ruling is an admission response.
type ruling struct {
	UID       string     `json:"uid"`
	Allowed   bool       `json:"allowed"`
	Status    *apiStatus `json:"status,omitempty"`
	Patch     []byte     `json:"patch,omitempty"` // a JSON patch
	PatchType string     `json:"patchType,omitempty"`
}

type apiStatus struct {
	Status  string `json:"status,omitempty"`
	Message string `json:"message,omitempty"`
	Reason  string `json:"reason,omitempty"`
	Code    int    `json:"code,omitempty"`
}

// reviewLimit is how long a review may be, in bytes; the API server's own limit
// for objects is half of it.
const reviewLimit = 6 << 20

// slowReview is how long /always-allow-delay-5s takes.
const slowReview = 5 * time.Second

func allow() *ruling              { return &ruling{Allowed: true} }
func deny(message string) *ruling { return &ruling{Status: &apiStatus{Message: message}} }
func denyFor(why string) *ruling  { return &ruling{Status: &apiStatus{Reason: why}} }

func patched(patch string) *ruling {
	return &ruling{Allowed: true, Patch: []byte(patch), PatchType: "JSONPatch"}
}

// webhook serves rulings for the tests of admission webhooks.
func webhook(flags *pflag.FlagSet) func(context.Context, *call) int {
	secure := secureFlags(flags)
	sidecar := flags.String("sidecar-image", "", "")
	return func(ctx context.Context, c *call) int {
		mux := http.NewServeMux()
		for path, rule := range map[string]func(context.Context, *admission) *ruling{
			"/always-allow-delay-5s": allowSlowly,
			"/always-deny":           func(context.Context, *admission) *ruling { return deny("this webhook denies all requests") },
			"/add-label":             addLabel,
			"/pods":                  admitPod,
			"/pods/attach":           admitAttach,
			"/mutating-pods":         addInitContainer,
			"/mutating-pods-sidecar": func(_ context.Context, r *admission) *ruling { return addSidecar(r, *sidecar) },
			"/configmaps": func(_ context.Context, r *admission) *ruling {
				return admitData(r, "the configmap contains unwanted key and value", "the configmap cannot be deleted because it contains unwanted key and value")
			},
			"/custom-resource": func(_ context.Context, r *admission) *ruling {
				return admitData(r, "the custom resource contains unwanted data", "the custom resource cannot be deleted because it contains unwanted key and value")
			},
			"/mutating-configmaps":      mutateData,
			"/mutating-custom-resource": mutateData,
			"/crd":                      admitDefinition,
		} {
			mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { answerReview(w, r, rule) })
		}
		return secure.serve(ctx, c, mux)
	}
}

// answerReview reads a review and writes it back with its ruling.
func answerReview(w http.ResponseWriter, r *http.Request, rule func(context.Context, *admission) *ruling) {
	var asked review
	body, err := service.ReadAll(r.Body, reviewLimit)
	if err == nil {
		err = json.Unmarshal(body, &asked)
	}
	if err != nil || asked.Request == nil {
		http.Error(w, fmt.Sprintf("Request could not be decoded: %v", err), http.StatusBadRequest)
		return
	}
	answer := review{APIVersion: asked.APIVersion, Kind: asked.Kind, Response: rule(r.Context(), asked.Request)}
	answer.Response.UID = asked.Request.UID
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer) // who hangs up gets nothing
}

func allowSlowly(ctx context.Context, _ *admission) *ruling {
	service.Sleep(ctx, slowReview)
	return &ruling{Allowed: true, Status: &apiStatus{Message: "this webhook allows all requests"}}
}

func addLabel(_ context.Context, r *admission) *ruling {
	labels := r.Object.Metadata.Labels
	switch value, has := labels["added-label"]; {
	case len(labels) == 0:
		return patched(`[{"op": "add", "path": "/metadata/labels", "value": {"added-label": "yes"}}]`)
	case !has:
		return patched(`[{"op": "add", "path": "/metadata/labels/added-label", "value": "yes"}]`)
	case value != "yes":
		return patched(`[{"op": "replace", "path": "/metadata/labels/added-label", "value": "yes"}]`)
	}
	return allow()
}

// testLabel marks what the webhook is to refuse.
const testLabel = "webhook-e2e-test"

func admitPod(ctx context.Context, r *admission) *ruling {
	var why []string
	switch r.Object.Metadata.Labels[testLabel] {
	case "webhook-disallow":
		why = append(why, "the pod contains unwanted label;")
	case "wait-forever":
		<-ctx.Done()
	}
	for _, c := range r.Object.Spec.Containers {
		if strings.Contains(c.Name, "webhook-disallow") {
			why = append(why, "the pod contains unwanted container name;")
		}
	}
	if why != nil {
		return deny(strings.Join(why, " "))
	}
	return allow()
}

func admitAttach(_ context.Context, r *admission) *ruling {
	if r.Name == "to-be-attached-pod" && r.SubResource == "attach" && r.Object.Stdin && r.Object.Container == "container1" {
		return deny("attaching to pod 'to-be-attached-pod' is not allowed")
	}
	return allow()
}

func addInitContainer(_ context.Context, r *admission) *ruling {
	if r.Object.Metadata.Name != "webhook-to-be-mutated" || slices.Contains(r.Object.Spec.InitContainers, named{"webhook-added-init-container"}) {
		return allow()
	}
	return patched(`[{"op":"add","path":"/spec/initContainers","value":[{"image":"webhook-added-image","name":"webhook-added-init-container","resources":{}}]}]`)
}

func addSidecar(r *admission, image string) *ruling {
	const name = "webhook-added-sidecar"
	switch {
	case image == "":
		return &ruling{Status: &apiStatus{Status: "Failure", Message: "No image specified by the sidecar-image parameter", Code: http.StatusInternalServerError}}
	case slices.Contains(r.Object.Spec.Containers, named{name}):
		return allow()
	}
	return patched(fmt.Sprintf(`[{"op":"add","path":"/spec/containers/-","value":{"image":%q,"name":%q,"resources":{}}}]`, image, name))
}

// admitData refuses writes and deletions of what carries the mark in its data.
func admitData(r *admission, unwanted, undeletable string) *ruling {
	if r.Operation == "DELETE" {
		if r.OldObject.Data[testLabel] == "webhook-nondeletable" {
			return denyFor(undeletable)
		}
		return allow()
	}
	if r.Object.Data[testLabel] == "webhook-disallow" && (r.Operation == "CREATE" || r.Operation == "UPDATE") {
		return denyFor(unwanted)
	}
	return allow()
}

// mutateData goes one stage further with each call.
func mutateData(_ context.Context, r *admission) *ruling {
	const stage = `[{"op": "add", "path": "/data/mutation-stage-%d", "value": "yes"}]`
	switch {
	case r.Object.Data["mutation-stage-1"] == "yes":
		return patched(fmt.Sprintf(stage, 2))
	case r.Object.Data["mutation-start"] == "yes":
		return patched(fmt.Sprintf(stage, 1))
	}
	return allow()
}

func admitDefinition(_ context.Context, r *admission) *ruling {
	if r.Object.Metadata.Labels[testLabel] == "webhook-disallow" {
		return deny("the crd contains unwanted label")
	}
	return allow()
}

// secure is what a webhook's server is told.
type secure struct {
	cert, key *string
	port      *int
}

func secureFlags(flags *pflag.FlagSet) secure {
	return secure{flags.String("tls-cert-file", "", ""), flags.String("tls-private-key-file", "", ""), flags.Int("port", 443, "")}
}

// serve serves a webhook with TLS, and whether it is there.
func (s secure) serve(ctx context.Context, c *call, mux *http.ServeMux) int {
	certificate, err := service.Certificate(c.Process, *s.cert, *s.key)
	if err != nil {
		return c.fatal("%v", err)
	}
	mux.HandleFunc("/readyz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
	if err := service.Serve(ctx, c.Process, service.Server(c.Process, mux, request), port(*s.port), certificate); err != nil && ctx.Err() == nil {
		return c.fatal("%v", err)
	}
	return 1
}
