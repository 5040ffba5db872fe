package cli

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"kubetutor/internal/course"
	"kubetutor/internal/review"
)

// filterFlags narrow what is reviewed.
type filterFlags struct{ tracks, lessons, tags, kinds []string }

func (o *filterFlags) add(cmd *cobra.Command, f *Factory) {
	w := f.Words
	for _, flag := range []struct {
		name, about string
		to          *[]string
		all         func(*course.Course) []string
	}{
		{"track", w.FlagReviewTrack, &o.tracks, trackIDs}, {"lesson", w.FlagReviewLesson, &o.lessons, lessonIDs},
		{"tag", w.FlagReviewTag, &o.tags, (*course.Course).Tags}, {"kind", w.FlagReviewKind, &o.kinds, cardKinds},
	} {
		cmd.Flags().StringSliceVar(flag.to, flag.name, nil, flag.about)
		_ = cmd.RegisterFlagCompletionFunc(flag.name, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			c, err := f.Course()
			if err != nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return flag.all(c), cobra.ShellCompDirectiveNoFileComp
		})
	}
}

func trackIDs(c *course.Course) []string {
	return each(c.Tracks, func(t *course.Track) string { return t.ID })
}

func lessonIDs(c *course.Course) []string {
	return each(c.Lessons(), func(l *course.Lesson) string { return l.ID })
}

func cardKinds(*course.Course) []string {
	return each(review.Kinds(), func(k review.Kind) string { return string(k) })
}

// filter is what the flags ask for; what the course does not have is an error that
// names the nearest.
func (o filterFlags) filter(f *Factory, c *course.Course) (review.Filter, error) {
	w := f.Words
	if len(o.tags) > 0 && len(c.Tags()) == 0 {
		return review.Filter{}, usageError{errors.New(w.NoTags)}
	}
	for _, part := range []struct {
		named, all []string
		complaint  string
	}{
		{o.tracks, trackIDs(c), w.UnknownTrack}, {o.lessons, lessonIDs(c), w.UnknownLesson},
		{o.tags, c.Tags(), w.UnknownTag}, {o.kinds, cardKinds(c), w.UnknownKind},
	} {
		for _, name := range part.named {
			if !slices.Contains(part.all, name) {
				return review.Filter{}, usageError{fmt.Errorf(part.complaint, name, f.similar(name, part.all))}
			}
		}
	}
	kinds := each(o.kinds, func(name string) review.Kind { return review.Kind(name) })
	return review.Filter{Tracks: o.tracks, Lessons: o.lessons, Tags: o.tags, Kinds: kinds}, nil
}
