package server

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"kubetutor/internal/lab/protocol"
)

// homeWorld is a world whose cluster is the learner's own, context home.
func homeWorld() *world {
	w := newWorld()
	w.foreign = "home"
	return w
}

func confirmedShop() protocol.StartLab {
	req := shopLab()
	req.Confirmed = "home"
	return req
}

// TestForeignClusterRunsNoSolution: a pack's script would have all the rights
// that the learner has there.
func TestForeignClusterRunsNoSolution(t *testing.T) {
	t.Parallel()
	places := placesOf(t)
	d := startDaemon(t, homeWorld(), places[0], places[1])
	d.up()
	req := confirmedShop()
	req.AfterSolution = true
	if _, err := d.progress(protocol.VerbLabStart, req); err == nil || !strings.Contains(err.Error(), "not run on your own cluster") {
		t.Errorf("error: %v", err)
	}
}

func TestForeignClusterWantsItsNameTyped(t *testing.T) {
	t.Parallel()
	w := homeWorld()
	places := placesOf(t)
	d := startDaemon(t, w, places[0], places[1])
	d.up()
	req := shopLab()
	for name, want := range map[string]string{"": "your own cluster, context home", "hom": "hom was confirmed, but home is connected"} {
		req.Confirmed = name
		_, err := d.progress(protocol.VerbLabStart, req)
		var e *protocol.Error
		if !errors.As(err, &e) || e.Code != protocol.CodeConflict || !strings.Contains(e.Message, want) || e.Hint == "" {
			t.Errorf("confirmed as %q: %v", name, err)
		}
	}
	if got := w.done(); slices.Contains(got, "reset") {
		t.Errorf("without the name something was done to the cluster: %q", got)
	}
	d.startLab(confirmedShop())
	if err := d.try(protocol.VerbProve, protocol.Prove{Lab: req.Lab}, nil); err == nil || !strings.Contains(err.Error(), "home") {
		t.Errorf("prove on the learner's own cluster: %v", err)
	}
}

func TestForeignClusterIsLeftAsItWas(t *testing.T) {
	t.Parallel()
	w := homeWorld()
	places := placesOf(t)
	d := startDaemon(t, w, places[0], places[1])
	d.up()
	w.failApply = errors.New("forbidden")
	if _, err := d.progress(protocol.VerbLabStart, confirmedShop()); err == nil || !strings.Contains(err.Error(), "forbidden") {
		t.Errorf("got %v", err)
	}
	if w.mark != "" {
		t.Error("a beginning that failed left its namespace")
	}
	w.failApply = nil
	d.startLab(confirmedShop())
	d.call(protocol.VerbClusterSleep, nil, nil)
	d.stop()

	w.mark = "" // the learner deleted the namespace meanwhile
	d = startDaemon(t, w, places[0], places[1])
	before := len(w.done())
	d.up()
	if d.status().Lab != nil || w.mark != "" || slices.Contains(w.done()[before:], "reset") {
		t.Errorf("nobody asked for a lab now, but: %+v %q", d.status().Lab, w.done()[before:])
	}
}

// TestForeignClusterDownKeepsWhatItNeeds keeps the state while the cluster does
// not answer: without it nobody would know what to delete there.
func TestForeignClusterDownKeepsWhatItNeeds(t *testing.T) {
	t.Parallel()
	for name, awake := range map[string]bool{"up": true, "asleep": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := homeWorld()
			places := placesOf(t)
			d := startDaemon(t, w, places[0], places[1])
			if awake {
				d.up()
			}
			w.failReset = errors.New("no answer")
			if err := d.try(protocol.VerbClusterDown, nil, nil); err == nil || !strings.Contains(err.Error(), "no answer") {
				t.Errorf("got %v", err)
			}
			d.stop()
			if _, err := os.Stat(places[0]); err != nil {
				t.Errorf("the state is gone: %v", err)
			}
			w.failReset = nil
			d = startDaemon(t, w, places[0], places[1])
			d.call(protocol.VerbClusterDown, nil, nil)
			d.stop()
			if _, err := os.Stat(places[0]); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the state is there: %v", err)
			}
		})
	}
}

// TestWhatTheLearnerCanMendIsSaidAlone leaves out the stage and the log.
func TestWhatTheLearnerCanMendIsSaidAlone(t *testing.T) {
	t.Parallel()
	w := homeWorld()
	w.failStart = failf(protocol.CodeConflict, "check the file", "context home does not answer")
	places := placesOf(t)
	d := startDaemon(t, w, places[0], places[1])
	_, err := d.progress(protocol.VerbClusterUp, nil)
	var e *protocol.Error
	if !errors.As(err, &e) || e.Message != "context home does not answer" || e.Hint != "check the file" || len(e.Log) > 0 {
		t.Errorf("got %+v", e)
	}
}

func placesOf(t *testing.T) [2]string {
	state, sockets := places(t)
	return [2]string{state, sockets}
}
