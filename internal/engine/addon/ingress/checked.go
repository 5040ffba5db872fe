package ingress

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"kubetutor/internal/engine/addon/ingress/annotation"
	"kubetutor/internal/engine/addon/ingress/model"
)

// checked reads the annotations of an Ingress that is to be, or says why it may not.
func (s *store) checked(ing *networkingv1.Ingress) (*annotation.Config, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.settings.StrictValidatePathType {
		if err := model.CheckPathTypes(ing); err != nil {
			return nil, fmt.Errorf("ingress contains invalid paths: %w", err)
		}
	}
	if err := s.forbidden(ing); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(ing.Annotations)) {
		if err := s.checkAnnotation(name); err != nil {
			return nil, err
		}
	}
	return s.parser.Parse(ing, &s.settings)
}

func (s *store) checkAnnotation(name string) error {
	own := s.flags.annotationsPrefix
	if own != annotation.Prefix && strings.HasPrefix(name, annotation.Prefix+"/") {
		return fmt.Errorf("this deployment has a custom annotation prefix defined. Use '%s' instead of '%s'", own, annotation.Prefix)
	}
	if !s.settings.AllowSnippetAnnotations && strings.HasSuffix(name, "-snippet") {
		return fmt.Errorf("%s annotation cannot be used. Snippet directives are disabled by the Ingress administrator", name)
	}
	return nil
}
