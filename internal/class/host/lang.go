package host

import (
	"strings"

	"kubetutor/internal/course"
)

// langOf reads the locale of an environment, as setlocale does: LC_ALL stands
// above LC_MESSAGES, and that above LANG.
func langOf(env []string, other course.Lang) course.Lang {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		locale := strings.ToLower(lookup(env, name))
		switch {
		case locale == "":
		case strings.HasPrefix(locale, "zh"):
			return course.Chinese
		case strings.HasPrefix(locale, "en"):
			return course.English
		default:
			return other
		}
	}
	return other
}

// lookup finds a variable's value, the last one that was set.
func lookup(env []string, name string) string {
	value := ""
	for _, v := range env {
		if rest, ok := strings.CutPrefix(v, name+"="); ok {
			value = rest
		}
	}
	return value
}
