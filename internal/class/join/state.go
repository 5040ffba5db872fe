package join

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"kubetutor/internal/class"
	"kubetutor/internal/class/wire"
	"kubetutor/internal/progress"
)

// state is what a learner has yet to tell a class; it is kept between starts.
type state struct {
	Class string `json:"class"`
	Me    string `json:"me"`
	Key   string `json:"key"` // the file of the key pair that they have joined with
	// Joined is when they joined it first, and Newest what was the greatest ID of an
	// event then: what was recorded before does not travel.
	Joined time.Time `json:"joined"`
	Newest string    `json:"newest,omitempty"`
	// Lessons is the plan that Told holds for.
	Lessons []string `json:"lessons"`
	// Told is how far the class was told of events, in the order in which they came
	// in here.
	Told progress.Cursor `json:"told,omitzero"`
	// Call is a call for help that the class was not told of, or that it was taken
	// back.
	Call *class.Call `json:"call,omitempty"`

	file string
}

// The names of the files of states.
const statePrefix, stateSuffix = "class-", ".json"

// allStates reads what is kept of all classes that were joined. A file that cannot be
// read counts as none.
func allStates(dir string) ([]state, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var states []state
	for _, e := range entries {
		var st state
		if !strings.HasPrefix(e.Name(), statePrefix) || !strings.HasSuffix(e.Name(), stateSuffix) {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err == nil && json.Unmarshal(data, &st) == nil && st.Key == filepath.Base(st.Key) {
			states = append(states, st)
		}
	}
	return states, nil
}

// openState reads what is kept of a class, or begins to keep it. A class is named by
// its server's key and its name, and the learner by theirs.
func openState(ctx context.Context, d *dialer, s class.Sight) (*state, error) {
	st := &state{file: filepath.Join(d.o.Dir, statePrefix+short(strings.Join([]string{d.seen, s.Class, s.Me}, "\n"))+stateSuffix)}
	data, err := os.ReadFile(st.file)
	switch {
	case err == nil:
		err = json.Unmarshal(data, st)
	case errors.Is(err, fs.ErrNotExist):
		st.Key = d.keyFile
		err = st.begin(ctx, d.o, s)
	}
	if err == nil {
		err = st.plan(s.Lessons)
	}
	if err != nil {
		return nil, fmt.Errorf("reading what the class has yet to be told (%s): %w", st.file, err)
	}
	return st, nil
}

// begin notes that the learner has joined now.
func (st *state) begin(ctx context.Context, o Options, s class.Sight) (err error) {
	st.Class, st.Me, st.Lessons = s.Class, s.Me, s.Lessons
	st.Joined = o.Now().UTC().Truncate(time.Millisecond)
	if o.Progress != nil {
		st.Newest, err = o.Progress.Newest(ctx)
	}
	if err == nil && o.Progress != nil {
		st.Told, err = o.Progress.End(ctx)
	}
	return errors.Join(err, st.save())
}

// plan notes which lessons the class has. If those are others, events that were
// passed over may be theirs: all since joining are told again, which changes
// nothing where they were told before.
func (st *state) plan(lessons []string) error {
	if slices.Equal(lessons, st.Lessons) || len(lessons) == 0 {
		return nil
	}
	st.Lessons, st.Told = lessons, progress.Cursor{}
	return st.save()
}

func (st *state) save() error {
	data, err := json.Marshal(st)
	if err == nil {
		err = replace(st.file, data)
	}
	if err != nil {
		return fmt.Errorf("keeping what the class has yet to be told: %w", err)
	}
	return nil
}

// concerns tells whether the class is told of an event: one of its lessons that was
// recorded since joining. Here, events have greater IDs than all before them, even
// if the clock is set back; of those that were recorded elsewhere and imported, only
// their time can tell.
func (st *state) concerns(ctx context.Context, log progress.Log, e progress.Event) (bool, error) {
	since := !e.At.Before(st.Joined)
	if e.Device == log.Device() {
		since = e.ID > st.Newest
	}
	if !since || !wire.Travels(e) {
		return false, nil
	}
	data, err := e.Decode()
	if err != nil {
		return false, err
	}
	judged, ok := data.(progress.Judged)
	if !ok {
		return slices.Contains(st.Lessons, lessonOf(data)), nil
	}
	answer, ok, err := log.Event(ctx, judged.Answer)
	if err != nil || !ok || answer.Kind != progress.KindAnswer {
		return false, err
	}
	return st.concerns(ctx, log, answer)
}

// lessonOf is the lesson that an event is about.
func lessonOf(data any) string {
	var id string
	switch d := data.(type) {
	case progress.Position:
		return d.Lesson
	case progress.Answer:
		id = d.Question
	case progress.Attempt:
		id = d.Lab
	case progress.Check:
		id = d.Lab
	case progress.Passed:
		id = d.Lab
	case progress.Hint:
		id = d.Lab
	case progress.Solution:
		id = d.Lab
	case progress.Failed:
		id = d.Lab
	}
	lesson, _, _ := strings.Cut(id, "/")
	return lesson
}
