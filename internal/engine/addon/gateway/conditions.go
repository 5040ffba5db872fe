package gateway

import (
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// condition is a condition to be written.
type condition struct {
	kind, reason, message string
	status                metav1.ConditionStatus
}

func yes[T, R ~string](kind T, reason R, message string) condition {
	return condition{string(kind), string(reason), message, metav1.ConditionTrue}
}

func no[T, R ~string](kind T, reason R, message string) condition {
	return condition{string(kind), string(reason), message, metav1.ConditionFalse}
}

// merge puts conditions into a list that others may have written into. Those of
// the own kinds that are not given are removed; transitions keep their time as
// long as the status stays.
func merge(list []metav1.Condition, generation int64, now time.Time, own []string, given ...condition) []metav1.Condition {
	list = slices.DeleteFunc(slices.Clone(list), func(c metav1.Condition) bool {
		return slices.Contains(own, c.Type) && !slices.ContainsFunc(given, func(g condition) bool { return g.kind == c.Type })
	})
	for _, g := range given {
		meta.SetStatusCondition(&list, metav1.Condition{Type: g.kind, Status: g.status, Reason: g.reason, Message: short(g.message),
			ObservedGeneration: generation, LastTransitionTime: metav1.NewTime(now)})
	}
	return list
}

// short cuts a message to what the API takes.
func short(message string) string {
	const most = 32768
	return message[:min(len(message), most)]
}
