package course

import (
	"fmt"
	"regexp"
)

// Target is a place in a lab that one can connect to from outside of the cluster.
type Target struct {
	Kind string // one of TargetService, TargetNode, TargetIngress, TargetGateway
	Name string // of the object; empty for the Ingress controller itself
	Port string // a number or a port's name; "" where there is no choice
}

// The kinds of targets, as they are written.
const (
	TargetService = "svc"
	TargetNode    = "node"
	TargetIngress = "ingress"
	TargetGateway = "gateway"
)

const targetForms = "svc/NAME, svc/NAME:PORT, node/NAME:PORT, ingress, ingress/NAME or gateway/NAME"

var targetPattern = regexp.MustCompile(`^(?:(svc|node|ingress|gateway)/([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)|(ingress))(?::([a-z0-9](?:[a-z0-9-]*[a-z0-9])?))?$`)

// ParseTarget reads svc/NAME[:PORT], node/NAME:PORT, ingress[:PORT],
// ingress/NAME[:PORT] or gateway/NAME[:PORT].
func ParseTarget(text string) (Target, error) {
	m := targetPattern.FindStringSubmatch(text)
	if m == nil || m[1] == TargetNode && m[4] == "" {
		return Target{}, fmt.Errorf("%q is no target", text)
	}
	return Target{Kind: m[1] + m[3], Name: m[2], Port: m[4]}, nil
}

// String writes the target as ParseTarget reads it.
func (t Target) String() string {
	text := t.Kind
	if t.Name != "" {
		text += "/" + t.Name
	}
	if t.Port != "" {
		text += ":" + t.Port
	}
	return text
}
