package check

import (
	"errors"
	"fmt"
	"slices"

	"kubetutor/internal/course"
)

// validRequest verifies what does not depend on variables.
func validRequest(r *course.RequestRef) error {
	if _, err := r.Limit(); err != nil {
		return fmt.Errorf("timeout: %w", err)
	}
	if r.URL == "" {
		return errors.New("request needs a url")
	}
	if r.Times < 0 || r.Times > course.MaxTimes {
		return fmt.Errorf("a request is made at most %d times", course.MaxTimes)
	}
	return validFrom(r.From)
}

func validResolve(r *course.ResolveRef) error {
	switch {
	case r.Name == "":
		return errors.New("resolve needs a name")
	case r.Type != "" && !slices.Contains(course.RecordTypes(), r.Type):
		return fmt.Errorf("there is no type of record %q here", r.Type)
	case r.From.Outside:
		return errors.New("no DNS outside of the cluster knows its names")
	}
	return validFrom(r.From)
}

func validFrom(f course.FromRef) error {
	if f.Outside {
		return nil
	}
	return validPods(f.Pod, f.LabelSelector)
}
