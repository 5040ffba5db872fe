package controlplane

import (
	"encoding/json"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	apiregistrationv1 "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
)

// TestAPIServiceBack: what a learner changes of an APIService goes back, what
// the API server says of it stays, so that the two do not write against each
// other where a server answers now that did not when the baseline was taken.
func TestAPIServiceBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*apiregistrationv1.APIService)
		back   bool
	}{
		"nothing": {change: func(*apiregistrationv1.APIService) {}},
		"status": {change: func(s *apiregistrationv1.APIService) {
			s.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: "kube-apiserver"}}
		}},
		"priority": {back: true, change: func(s *apiregistrationv1.APIService) { s.Spec.VersionPriority = 7 }},
		"label":    {back: true, change: func(s *apiregistrationv1.APIService) { s.Labels = map[string]string{"a": "b"} }},
	} {
		now := anAPIService(apiregistrationv1.ConditionTrue)
		c.change(now)
		got, err := apiServiceBack(storedJSON(t, now), storedJSON(t, anAPIService(apiregistrationv1.ConditionFalse)))
		if err != nil {
			t.Fatal(err)
		}
		if (got != nil) != c.back {
			t.Errorf("%s: written back %v, want %v", name, got != nil, c.back)
		}
		if want := storedJSON(t, anAPIService(apiregistrationv1.ConditionTrue)); got != nil && string(got) != string(want) {
			t.Errorf("%s: written back as %s, not %s", name, got, want)
		}
	}
	if _, err := apiServiceBack([]byte("k8s\x00"), []byte("{}")); err == nil {
		t.Error("protobuf was read")
	}
}

func anAPIService(available apiregistrationv1.ConditionStatus) *apiregistrationv1.APIService {
	return &apiregistrationv1.APIService{
		TypeMeta:   metav1.TypeMeta{APIVersion: "apiregistration.k8s.io/v1", Kind: "APIService"},
		ObjectMeta: metav1.ObjectMeta{Name: "v1beta1.metrics.k8s.io", UID: "u"},
		Spec:       apiregistrationv1.APIServiceSpec{Group: "metrics.k8s.io", Version: "v1beta1", GroupPriorityMinimum: 100, VersionPriority: 100},
		Status:     apiregistrationv1.APIServiceStatus{Conditions: []apiregistrationv1.APIServiceCondition{{Type: apiregistrationv1.Available, Status: available}}},
	}
}

func storedJSON(t *testing.T, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
