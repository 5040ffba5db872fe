package cli

import (
	"errors"
	"strings"
	"testing"

	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
)

// TestDiskGaugeSaysItOnce holds that the instructor is told of a full disk, in both
// languages, once until there was room again.
func TestDiskGaugeSaysItOnce(t *testing.T) {
	t.Parallel()
	const mb = 1 << 20
	for _, lang := range course.Langs {
		g := diskGauge{words: i18n.CLIWords(lang)}
		for i, step := range []struct {
			free int64
			err  error
			says string
		}{
			{free: 600 * mb}, {free: 500 * mb, says: "500"}, {free: 0}, {free: 700 * mb}, {free: 300 * mb},
			{err: errors.New("not to be known")}, {free: 1100 * mb}, {free: 3 * mb, says: "3"},
		} {
			line := g.line(step.free, step.err)
			if (line != "") != (step.says != "") || !strings.Contains(line, step.says) {
				t.Errorf("%s, step %d: %q", lang, i, line)
			}
		}
	}
}
