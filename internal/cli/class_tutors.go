package cli

import (
	"context"
	"fmt"
	"path/filepath"

	"kubetutor/internal/class"
	"kubetutor/internal/class/host"
	"kubetutor/internal/class/store"
	"kubetutor/internal/progress"
	"kubetutor/internal/tui"
)

// instructorLab names the lab and the directory that instructors have, who are
// nobody among the learners.
const instructorLab class.LearnerID = "instructor"

// tutors gives those who come by SSH the tutor.
type tutors struct {
	s      *server
	common *common
	stores *lodgings
}

func newTutors(s *server) (*tutors, error) {
	c, err := s.f.Course()
	if err != nil {
		return nil, err
	}
	t := &tutors{s: s, common: newCommon(c)}
	t.stores = newLodgings(t.open)
	return t, nil
}

// open opens the progress of a learner, or of the instructors.
func (t *tutors) open(who class.LearnerID) (class.Progress, error) {
	if who == instructorLab {
		db, err := progress.Open(filepath.Join(t.s.home.dir, string(who), "data"), progress.Small())
		if err != nil {
			return nil, err // not a *progress.DB that is nil
		}
		return db, nil
	}
	return t.s.store.Progress(context.Background(), who) // it stays open for others of their sessions
}

// dir is where somebody's settings are.
func (t *tutors) dir(who class.LearnerID) (string, error) {
	if who == instructorLab {
		return t.s.home.file(string(who)), nil
	}
	return store.LearnerDir(t.s.home.dir, who)
}

// screen makes the tutor of a session.
func (t *tutors) screen(ctx context.Context, s host.Session) (host.Screen, error) {
	who := s.Who.ID
	if s.Instructor != "" {
		who = instructorLab
	}
	kept, leave, err := t.stores.enter(who)
	if err != nil {
		return host.Screen{}, fmt.Errorf("opening the progress of %s: %w", who, err)
	}
	m, err := t.model(ctx, s, who, kept)
	if err != nil {
		leave()
		return host.Screen{}, err
	}
	return host.Screen{Model: m, Leave: tui.LeaveMsg(), Close: func() error { leave(); return nil }}, nil
}

func (t *tutors) model(ctx context.Context, s host.Session, who class.LearnerID, kept class.Progress) (*tui.Model, error) {
	labs, err := t.s.yard.Lab(who)
	if err != nil {
		return nil, fmt.Errorf("finding the lab of %s: %w", who, err)
	}
	seen := class.Recording(kept, func(e progress.Event) {
		_ = s.Seat.Recorded(ctx, e) // it is on disk already, where the room finds it at the latest when it opens again
	})
	dir, err := t.dir(who)
	if err != nil {
		return nil, err
	}
	g := t.s.f.guest(dir, s.Lang(t.s.room.Class().Lang), s.Env, t.common)
	o := t.s.f.screenOfGuest(g, seen, t.common)
	o.Lab, o.Seat = labs, s.Seat
	return tui.NewGuest(ctx, o, s.Env)
}
