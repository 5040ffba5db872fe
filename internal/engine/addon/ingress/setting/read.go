package setting

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Read merges the data of the ConfigMap with the defaults. A value that cannot be
// read leaves the default; warnings say so in the words of the real controller.
func Read(data map[string]string) (s Settings, warnings []string) {
	s = Default()
	targets := s.targets()
	var errs []string
	for _, key := range slices.Sorted(maps.Keys(data)) {
		target, ok := targets[key]
		if !ok {
			if slices.Contains(withoutEffect(), key) {
				warnings = append(warnings, fmt.Sprintf("the key %s has no effect in this cluster, which has no nginx", key))
			}
			continue
		}
		warning, err := assign(target, key, data[key])
		if err != nil {
			errs = append(errs, err.Error())
		}
		warnings = append(warnings, warning...)
	}
	if len(errs) > 0 {
		warnings = append(warnings, fmt.Sprintf("unexpected error merging defaults: %d error(s) decoding:\n\n* %s", len(errs), strings.Join(errs, "\n* ")))
	}
	if warning := s.correct(); warning != "" {
		warnings = append(warnings, warning)
	}
	return s, warnings
}

// assign reads a value for its target, which keeps its own on an error.
func assign(target any, key, text string) (warnings []string, err error) {
	switch target := target.(type) {
	case *string:
		*target = text
	case *[]string:
		*target = split(text)
	case *[]int:
		*target, warnings = codes(text)
	case *bool:
		err = assignBool(target, key, text)
	case *int:
		err = assignInt(target, key, text)
	}
	return warnings, err
}

func assignBool(target *bool, key, text string) error {
	if text == "" {
		*target = false
		return nil
	}
	value, err := strconv.ParseBool(text)
	if err != nil {
		return fmt.Errorf("cannot parse '%s' as bool: %w", key, err)
	}
	*target = value
	return nil
}

func assignInt(target *int, key, text string) error {
	if text == "" {
		*target = 0
		return nil
	}
	value, err := strconv.ParseInt(text, 0, 32)
	if err != nil {
		return fmt.Errorf("cannot parse '%s' as int: %w", key, err)
	}
	*target = int(value)
	return nil
}

// split is a list with commas between its members.
func split(text string) []string {
	var list []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

// codes are HTTP statuses for pages of one's own.
func codes(text string) (list []int, warnings []string) {
	for _, part := range split(text) {
		code, err := strconv.Atoi(part)
		switch {
		case err != nil:
			warnings = append(warnings, fmt.Sprintf("%v is not a valid http code: %v", part, err))
		case code < 300 || code > 599:
			warnings = append(warnings, fmt.Sprintf("error code %v is not valid for custom error pages", code))
		default:
			list = append(list, code)
		}
	}
	return list, warnings
}

// correct puts the default in place of a redirect's status that is none.
func (s *Settings) correct() (warning string) {
	if s.WorkerProcesses == "auto" {
		s.WorkerProcesses = Default().WorkerProcesses
	}
	if slices.Contains([]int{301, 302, 307, 308}, s.HTTPRedirectCode) {
		return ""
	}
	warning = fmt.Sprintf("The code %v is not a valid as HTTP redirect code. Using the default.", s.HTTPRedirectCode)
	s.HTTPRedirectCode = Default().HTTPRedirectCode
	return warning
}
