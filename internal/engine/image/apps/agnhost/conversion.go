package agnhost

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"

	"github.com/spf13/pflag"

	"kubetutor/internal/engine/image/apps/service"
)

// conversionReview is a ConversionReview of apiextensions.k8s.io, of either
// version.
type conversionReview struct {
	APIVersion string              `json:"apiVersion"`
	Kind       string              `json:"kind"`
	Request    *conversionRequest  `json:"request,omitempty"`
	Response   *conversionResponse `json:"response,omitempty"`
}

type conversionRequest struct {
	UID     string           `json:"uid"`
	Desired string           `json:"desiredAPIVersion"`
	Objects []map[string]any `json:"objects"`
}

type conversionResponse struct {
	UID       string           `json:"uid"`
	Converted []map[string]any `json:"convertedObjects"`
	Result    apiStatus        `json:"result"`
}

// The two versions of the kind that the tests convert.
const (
	exampleV1 = "stable.example.com/v1" // has hostPort
	exampleV2 = "stable.example.com/v2" // has host and port
)

// conversionWebhook serves /crdconvert.
func conversionWebhook(flags *pflag.FlagSet) func(context.Context, *call) int {
	secure := secureFlags(flags)
	return func(ctx context.Context, c *call) int {
		mux := http.NewServeMux()
		mux.HandleFunc("/crdconvert", answerConversion)
		return secure.serve(ctx, c, mux)
	}
}

func answerConversion(w http.ResponseWriter, r *http.Request) {
	var asked conversionReview
	body, err := service.ReadAll(r.Body, reviewLimit)
	if err == nil {
		err = json.Unmarshal(body, &asked)
	}
	if err != nil || asked.Request == nil {
		http.Error(w, fmt.Sprintf("failed to deserialize body with error %v", err), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(conversionReview{APIVersion: asked.APIVersion, Kind: asked.Kind, Response: convertAll(asked.Request)})
}

// convertAll converts what is asked for, or says why one of them cannot be.
func convertAll(r *conversionRequest) *conversionResponse {
	done := &conversionResponse{UID: r.UID, Converted: []map[string]any{}, Result: apiStatus{Status: "Success"}}
	for _, object := range r.Objects {
		converted, err := convertExample(object, r.Desired)
		if err != nil {
			return &conversionResponse{UID: r.UID, Result: apiStatus{Status: "Failure", Message: err.Error()}}
		}
		done.Converted = append(done.Converted, converted)
	}
	return done
}

func convertExample(object map[string]any, to string) (map[string]any, error) {
	from, _ := object["apiVersion"].(string)
	out := maps.Clone(object)
	out["apiVersion"] = to
	switch {
	case from == to:
		return nil, service.Words("conversion from a version to itself should not call the webhook: %s", to)
	case from == exampleV1 && to == exampleV2:
		return out, splitHostPort(out)
	case from == exampleV2 && to == exampleV1:
		joinHostPort(out)
		return out, nil
	case from == exampleV1 || from == exampleV2:
		return nil, service.Words("unexpected conversion version %q", to)
	}
	return nil, service.Words("unexpected conversion version %q", from)
}

func splitHostPort(object map[string]any) error {
	value, has := object["hostPort"]
	if !has {
		return nil
	}
	host, port, ok := strings.Cut(fmt.Sprint(value), ":")
	if !ok || strings.Contains(port, ":") {
		return service.Words("invalid hostPort value `%v`", value)
	}
	delete(object, "hostPort")
	object["host"], object["port"] = host, port
	return nil
}

func joinHostPort(object map[string]any) {
	host, hasHost := object["host"].(string)
	port, hasPort := object["port"].(string)
	if hasHost || hasPort {
		object["hostPort"] = host + ":" + port
		delete(object, "host")
		delete(object, "port")
	}
}
