package cli

import (
	"log/slog"
	"strings"
	"testing"

	"kubetutor/internal/class"
)

// TestDiaryNamesLearners holds that warnings are said of people by their names, and
// written down by their IDs, and that what is no warning is not said.
func TestDiaryNamesLearners(t *testing.T) {
	t.Parallel()
	var file strings.Builder
	var said []string
	log := slog.New(diary{
		Handler: slog.NewTextHandler(&file, nil),
		say:     func(line string) { said = append(said, line) },
		called:  func(who class.LearnerID) string { return map[class.LearnerID]string{"8a91q7qn": "Kim"}[who] },
	})
	log.Info("a session has begun", "learner", "8a91q7qn")
	log.With("times", 2).Warn("a lab has failed", "learner", class.LearnerID("8a91q7qn"), "stack", "main.go:1")
	if len(said) != 1 || said[0] != "! a lab has failed times: 2 learner: Kim" {
		t.Errorf("said was %q", said)
	}
	if text := file.String(); strings.Count(text, "learner=8a91q7qn") != 2 || !strings.Contains(text, "stack=main.go:1") {
		t.Errorf("written was %s", text)
	}
}
