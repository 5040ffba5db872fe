package controlplane

import (
	"encoding/json"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/equality"
	apiregistrationv1 "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
)

// apiServicePrefix is where APIService objects are, as JSON.
const apiServicePrefix = registry + "apiregistration.k8s.io/apiservices/"

func isAPIServiceKey(key string) bool { return strings.HasPrefix(key, apiServicePrefix) }

// apiServiceBack returns what an APIService should be written as so that it is
// as in the baseline; nil if it is. Its status is the API server's, which says
// there again and again whether the server behind it answers: what it said when
// the baseline was taken may not hold now.
func apiServiceBack(now, baseline []byte) ([]byte, error) {
	have, err := decodeAPIService(now)
	if err != nil {
		return nil, err
	}
	back, err := decodeAPIService(baseline)
	if err != nil {
		return nil, err
	}
	back.Status = have.Status
	have.ManagedFields = back.ManagedFields // who wrote a field last is nothing to go back to
	if equality.Semantic.DeepEqual(have, back) {
		return nil, nil
	}
	data, err := json.Marshal(back)
	if err != nil {
		return nil, fmt.Errorf("writing an APIService: %w", err)
	}
	return data, nil
}

func decodeAPIService(value []byte) (*apiregistrationv1.APIService, error) {
	var s apiregistrationv1.APIService
	if err := json.Unmarshal(value, &s); err != nil {
		return nil, fmt.Errorf("reading a stored APIService: %w", err)
	}
	return &s, nil
}
