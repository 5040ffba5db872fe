package cli

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"kubetutor/internal/class"
	"kubetutor/internal/course"
)

// planFlags say what a class is about, and for how long.
type planFlags struct {
	lessons, tracks []string
	minutes         int
	given           func(name string) bool
}

func (o *planFlags) add(cmd *cobra.Command, f *Factory) {
	w, flags := f.Words, cmd.Flags()
	flags.StringSliceVar(&o.lessons, "lesson", nil, w.FlagClassLesson)
	flags.StringSliceVar(&o.tracks, "track", nil, w.FlagClassTrack)
	flags.IntVar(&o.minutes, "minutes", 0, w.FlagClassMinutes)
	_ = cmd.RegisterFlagCompletionFunc("lesson", f.completeLessons)
	o.given = flags.Changed
}

// plan lists the lessons: those that were named, in that order, then those of the
// tracks; without either the whole course.
func (o *planFlags) plan(f *Factory) ([]class.Planned, error) {
	plan, err := o.named(f)
	if err != nil {
		return nil, err
	}
	rest, err := o.ofTracks(f)
	if err != nil {
		return nil, err
	}
	for _, l := range rest {
		if !slices.ContainsFunc(plan, func(p class.Planned) bool { return p.Lesson == l.ID }) {
			plan = append(plan, class.Planned{Lesson: l.ID, Minutes: l.Minutes})
		}
	}
	if len(plan) == 0 {
		return nil, errors.New(f.Words.ClassNoLessons)
	}
	return o.retimed(f, plan)
}

// retimed is a plan in the time that --minutes gives it.
func (o *planFlags) retimed(f *Factory, plan []class.Planned) ([]class.Planned, error) {
	if o.given("minutes") && (o.minutes < 1 || o.minutes > maxMinutes) {
		return nil, usageError{fmt.Errorf(f.Words.ClassMinutesWrong, strconv.Itoa(o.minutes))}
	}
	return within(plan, o.minutes), nil
}

// maxMinutes is as long as anything can be planned: a week.
const maxMinutes = 7 * 24 * 60

// named are the lessons of --lesson, each as LESSON or LESSON=MINUTES.
func (o *planFlags) named(f *Factory) (plan []class.Planned, err error) {
	for _, word := range o.lessons {
		id, given, timed := strings.Cut(strings.TrimSpace(word), "=")
		l, err := f.lesson(id)
		if err != nil {
			return nil, usageError{err}
		}
		minutes := l.Minutes
		if timed {
			if minutes, err = strconv.Atoi(given); err != nil || minutes < 1 || minutes > maxMinutes {
				return nil, usageError{fmt.Errorf(f.Words.ClassMinutesWrong, given)}
			}
		}
		plan = append(plan, class.Planned{Lesson: l.ID, Minutes: minutes})
	}
	return plan, nil
}

func (o *planFlags) ofTracks(f *Factory) (list []*course.Lesson, err error) {
	c, err := f.Course()
	if err != nil {
		return nil, err
	}
	if len(o.lessons)+len(o.tracks) == 0 {
		return c.Lessons(), nil
	}
	for _, id := range o.tracks {
		at := slices.IndexFunc(c.Tracks, func(t *course.Track) bool { return t.ID == id })
		if at < 0 {
			ids := each(c.Tracks, func(t *course.Track) string { return t.ID })
			return nil, usageError{fmt.Errorf(f.Words.UnknownTrack, id, f.similar(id, ids))}
		}
		list = append(list, c.Tracks[at].Lessons...)
	}
	return list, nil
}

// within stretches a plan to so many minutes in all, each lesson its share; 0
// leaves it as it is.
func within(plan []class.Planned, minutes int) []class.Planned {
	all := length(plan)
	if minutes == 0 || all == 0 {
		return plan
	}
	done, given := 0, 0
	for i, p := range plan {
		done += p.Minutes
		share := minutes*done/all - given // of what is left, so that the shares add up
		given += share
		plan[i].Minutes = share
	}
	return plan
}

// length is how many minutes a plan takes.
func length(plan []class.Planned) (minutes int) {
	for _, p := range plan {
		minutes += p.Minutes
	}
	return minutes
}
