package join_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/user"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kubetutor/internal/class"
	"kubetutor/internal/class/join"
	"kubetutor/internal/progress"
	"kubetutor/internal/quiz"
)

// A session's every byte, as the server has it once it is decrypted: nothing but the
// protocol, what was done in the class's lessons, and what the learner said.
func TestNothingElseLeavesTheMachine(t *testing.T) {
	t.Parallel()
	l, signer := newLaptop(t), newSigner(t)
	record(t, l, answer(5, true), progress.Position{Lesson: "lesson-0005", Page: 3})
	synctest.Test(t, func(t *testing.T) {
		s := newSmallServer(t, signer)
		seat, err := join.Dial(t.Context(), s.options(t, l))
		if err != nil {
			t.Fatal(err)
		}
		record(t, l, progress.Position{Lesson: lesson, Page: 1, Pages: 5, Spent: time.Minute}, progress.Position{Lesson: "lesson-0004", Focus: "lab:secret-of-mine"},
			progress.Answer{Question: lesson + "/q-1", Given: quiz.Answer{Texts: []string{"kubectl get pods"}}, Right: true},
			progress.Attempt{Lab: lesson + "/lab-0", Number: 1, Hash: "abc"}, progress.Check{Lab: lesson + "/lab-0", Number: 1, Check: "runs", Of: 3},
			progress.Reviewed{Card: "question:" + lesson + "/q-1", Rating: 1})
		_ = seat.Recorded(t.Context(), progress.Event{})
		_ = seat.Raise(t.Context(), class.Call{Up: true, Text: "it hangs"})
		_ = seat.Checks(t.Context(), class.Standing{Lab: lesson + "/lab-0", Number: 1, Failing: []class.Failing{{Check: "runs", Want: "Running", Have: "Pending"}}})
		_ = seat.Read(t.Context(), "01KAGZ0000000000000000000A")
		time.Sleep(time.Minute)
		if err := seat.Close(t.Context()); err != nil {
			t.Error(err)
		}
		s.close()
		saidToSSH(t, s.heard)
		saidToClass(t, s.data.String())
		aboutTheMachine(t, strings.Join(s.heard, "\n")+s.data.String(), l.dir)
	})
}

// saidToSSH holds what a client may ask of SSH: one session with the subsystem.
func saidToSSH(t *testing.T, heard []string) {
	t.Helper()
	want := []string{"SSH-2.0-kubetutor", "class", "session", "", "subsystem", "\x00\x00\x00\x0ekubetutor-seat"}
	if got := slices.Compact(heard); !slices.Equal(compactPairs(got), want) {
		t.Errorf("SSH heard %q, want %q", got, want)
	}
}

// compactPairs takes out that a key is named twice: when it is offered, and proven.
func compactPairs(all []string) []string {
	for len(all) >= 4 && slices.Equal(all[:2], all[2:4]) {
		all = all[2:]
	}
	return all
}

var (
	ulidForm = regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{26}$`)
	timeForm = regexp.MustCompile(`^20\d\d-\d\d-\d\dT[0-9:.]+Z$`)
)

// mayBeSaid are the texts that a client may say.
func mayBeSaid() []string {
	return []string{
		"kubetutor-seat", "v9.9.9", "ping", "follow", "recorded", "raise", "checks", "read", "cancel",
		"position", "answer", "attempt", "check", lesson, lesson + "/q-1", lesson + "/lab-0", "abc",
		"kubectl get pods", "it hangs", "runs", "Running", "Pending",
	}
}

// saidToClass holds each text in what a client says to be one that it may say.
func saidToClass(t *testing.T, data string) {
	t.Helper()
	words := map[string]bool{}
	for _, w := range mayBeSaid() {
		words[w] = true
	}
	seen := map[string]bool{}
	for line := range strings.Lines(data) {
		var v any
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		texts(v, func(text string) {
			seen[text] = true
			if !words[text] && !ulidForm.MatchString(text) && !timeForm.MatchString(text) {
				t.Errorf("%q leaves the machine, in %s", text, line)
			}
		})
	}
	for _, must := range []string{"recorded", "kubectl get pods", "it hangs", "Pending"} {
		if !seen[must] {
			t.Errorf("%q does not leave the machine: %q", must, slices.Sorted(maps.Keys(seen)))
		}
	}
}

// texts calls f with every text in a value of JSON, names of fields left out.
func texts(v any, f func(string)) {
	switch v := v.(type) {
	case string:
		f(v)
	case []any:
		for _, e := range v {
			texts(e, f)
		}
	case map[string]any:
		for _, e := range v {
			texts(e, f)
		}
	}
}

// aboutTheMachine holds that nothing of this machine is in what was said. What may
// be said tells nothing, should a variable of the environment say it too: CI=true.
func aboutTheMachine(t *testing.T, said, dir string) {
	t.Helper()
	secrets := []string{dir, os.TempDir(), "lesson-0004", "secret-of-mine", "lesson-0005"}
	if name, err := os.Hostname(); err == nil {
		secrets = append(secrets, name)
	}
	if u, err := user.Current(); err == nil {
		secrets = append(secrets, u.Username, u.Name, u.HomeDir)
	}
	for _, variable := range os.Environ() {
		name, value, _ := strings.Cut(variable, "=")
		secrets = append(secrets, name+"=", value)
	}
	harmless := strings.Join(mayBeSaid(), " ") + " SSH-2.0-kubetutor class session subsystem true false null"
	for _, secret := range secrets {
		if len(secret) > 5 && strings.Trim(secret, "0123456789") != "" && !strings.Contains(harmless, secret) && strings.Contains(said, secret) {
			t.Errorf("%s is in what was said", fmt.Sprintf("%.60q", secret))
		}
	}
}
