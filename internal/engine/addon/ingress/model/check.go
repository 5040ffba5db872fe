package model

import (
	"errors"
	"fmt"
	"regexp"

	networkingv1 "k8s.io/api/networking/v1"
)

// plainPath is what paths of type Exact and Prefix may be made of.
var plainPath = regexp.MustCompile(`(?i)^/[[:alnum:]._\-/]*$`)

// CheckPathTypes says which paths may not be used with their type: a regular
// expression must be ImplementationSpecific. The error joins one for each path.
func CheckPathTypes(ing *networkingv1.Ingress) error {
	var errs []error
	for _, rule := range ing.Spec.Rules {
		if rule.HTTP == nil {
			continue
		}
		for _, path := range rule.HTTP.Paths {
			kind := "<nil>"
			if path.PathType != nil {
				kind = string(*path.PathType)
			}
			if path.Path != "" && kind != string(networkingv1.PathTypeImplementationSpecific) && !plainPath.MatchString(path.Path) {
				errs = append(errs, fmt.Errorf("path %s cannot be used with pathType %s", path.Path, kind))
			}
		}
	}
	return errors.Join(errs...)
}

// injections are what nobody needs in a host or a path, and who would take over
// nginx does.
var injections = []*regexp.Regexp{
	regexp.MustCompile(`(?s)\s*alias\s*.*;`), regexp.MustCompile(`(?s)\s*root\s*.*;`),
	regexp.MustCompile(`/etc/(passwd|shadow|group|nginx|ingress-controller)`), regexp.MustCompile(`/var/run/secrets`), regexp.MustCompile(`.*_by_lua.*`),
}

// Inspect refuses hosts, paths and names that are made to break out of nginx.conf.
func Inspect(ing *networkingv1.Ingress) error {
	for _, rule := range ing.Spec.Rules {
		if err := inspect(rule.Host); err != nil {
			return fmt.Errorf("invalid host in ingress %s/%s: %w", ing.Namespace, ing.Name, err)
		}
		if rule.HTTP == nil {
			continue
		}
		for _, path := range rule.HTTP.Paths {
			if err := inspect(path.Path); err != nil {
				return fmt.Errorf("invalid rule in ingress %s/%s: invalid http path: %w", ing.Namespace, ing.Name, err)
			}
		}
	}
	return inspectTLS(ing)
}

func inspectTLS(ing *networkingv1.Ingress) error {
	for _, entry := range ing.Spec.TLS {
		if err := inspect(entry.SecretName); err != nil {
			return fmt.Errorf("invalid secret in ingress %s/%s: %w", ing.Namespace, ing.Name, err)
		}
		for _, host := range entry.Hosts {
			if err := inspect(host); err != nil {
				return fmt.Errorf("invalid host in ingress tls config %s/%s: %w", ing.Namespace, ing.Name, err)
			}
		}
	}
	return nil
}

func inspect(value string) error {
	for _, expression := range injections {
		if expression.MatchString(value) {
			return fmt.Errorf("invalid value found: %s", value)
		}
	}
	return nil
}

// Overlap says which path of an Ingress another has already for the same host.
// canary reads the annotation of an Ingress: its value, and whether it is set.
func (c *Configuration) Overlap(ing *networkingv1.Ingress, canary func(*networkingv1.Ingress) (value, set bool)) error {
	value, set := canary(ing)
	for _, rule := range ing.Spec.Rules {
		if rule.HTTP == nil {
			continue
		}
		for i := range rule.HTTP.Paths {
			path := &rule.HTTP.Paths[i]
			if path.Backend.Service == nil {
				continue
			}
			for _, other := range c.claimants(hostOf(rule.Host), pathOf(path)) {
				otherValue, otherSet := canary(other)
				same := other.Namespace == ing.Namespace && other.Name == ing.Name
				if !same && ((value && otherValue) || (!set && !otherSet)) {
					return fmt.Errorf(`host "%s" and path "%s" is already defined in ingress %s/%s`, hostOf(rule.Host), pathOf(path), other.Namespace, other.Name)
				}
			}
		}
	}
	return nil
}

// claimants are the Ingresses that have a path of a host.
func (c *Configuration) claimants(host, path string) (list []*networkingv1.Ingress) {
	for _, s := range c.Servers {
		if s.Name != host {
			continue
		}
		for _, l := range s.Locations {
			if l.Path == path && !l.Default && l.Ingress != nil {
				list = append(list, l.Ingress.Ingress)
			}
		}
	}
	return list
}
