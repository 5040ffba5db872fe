package cli

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/spf13/cobra"

	"kubetutor/internal/course"
	"kubetutor/internal/plain"
)

// newCmdLessons lists the course.
func newCmdLessons(f *Factory) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "lessons", Short: f.Words.Lessons, Long: f.Words.LessonsLong, Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return runLessons(f, asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, f.Words.FlagJSON)
	return cmd
}

// lessonJSON is a lesson in `lessons --json`. Fields are added, never taken
// away or changed.
type lessonJSON struct {
	ID        string       `json:"id"`
	Track     string       `json:"track"`
	Title     string       `json:"title"` // in the language of --lang
	Level     course.Level `json:"level"`
	Minutes   int          `json:"minutes"`
	Pages     int          `json:"pages"`
	After     []string     `json:"after"`     // lessons that should come first
	Questions []string     `json:"questions"` // ids within the lesson
	Labs      []string     `json:"labs"`      // ids within the lesson
	Clozes    []string     `json:"clozes"`    // ids within the lesson
	Tags      []string     `json:"tags"`
}

func runLessons(f *Factory, asJSON bool) error {
	c, err := f.Course()
	if err != nil {
		return err
	}
	if asJSON {
		return f.json(lessonsJSON(c, f.Lang()))
	}
	for i, track := range c.Tracks {
		if i > 0 {
			f.printf("\n")
		}
		f.printf("%s\n", track.Title.In(f.Lang()))
		for _, l := range track.Lessons {
			f.printf("  %-24s %s\n", l.ID, plain.LessonLine(l, f.Lang(), f.Words))
		}
	}
	return nil
}

// lessonsJSON has lists that are never nil, as each makes them.
func lessonsJSON(c *course.Course, lang course.Lang) []lessonJSON {
	return each(c.Lessons(), func(l *course.Lesson) lessonJSON {
		return lessonJSON{
			ID: l.ID, Track: l.Track.ID, Title: l.Title.In(lang), Level: l.Level, Minutes: l.Minutes,
			Pages: l.PageCount, After: append([]string{}, l.After...),
			Questions: append([]string{}, l.QuestionIDs...), Labs: append([]string{}, l.LabIDs...),
			Clozes: append([]string{}, l.ClozeIDs...), Tags: append([]string{}, l.Tags...),
		}
	})
}

// newCmdLesson holds what is done with one lesson.
func newCmdLesson(f *Factory) *cobra.Command {
	cmd := &cobra.Command{Use: "lesson", Short: f.Words.Lesson}
	cmd.AddCommand(&cobra.Command{
		Use: "show LESSON", Short: f.Words.LessonShow, Args: exactly(1, f), ValidArgsFunction: f.completeLessons,
		RunE: func(_ *cobra.Command, args []string) error { return runLessonShow(f, args[0]) },
	}, &cobra.Command{
		Use: "open LESSON", Short: f.Words.LessonOpen, Args: exactly(1, f), ValidArgsFunction: f.completeLessons,
		RunE: func(cmd *cobra.Command, args []string) error { return runTutor(cmd.Context(), f, args[0]) },
	})
	return cmd
}

func runLessonShow(f *Factory, id string) error {
	l, err := f.body(id)
	if err != nil {
		return err
	}
	return plain.Print(f.IO.Out, l, f.Lang(), f.Words, f.style())
}

// newCmdQuiz asks a lesson's questions, one after the other.
func newCmdQuiz(f *Factory) *cobra.Command {
	return &cobra.Command{
		Use: "quiz LESSON", Short: f.Words.Quiz, Args: exactly(1, f), ValidArgsFunction: f.completeLessons,
		RunE: func(cmd *cobra.Command, args []string) error { return runQuiz(cmd.Context(), f, args[0]) },
	}
}

func runQuiz(ctx context.Context, f *Factory, id string) error {
	l, err := f.body(id)
	if err != nil {
		return err
	}
	if err := f.openOrAsk(); err != nil {
		return err
	}
	t, err := f.plainTutor(ctx)
	if err != nil {
		return err
	}
	return t.Quiz(ctx, l)
}

// lesson looks a lesson up, by LESSON or TRACK/LESSON; an unknown one is answered
// with those whose names are nearest.
func (f *Factory) lesson(id string) (*course.Lesson, error) {
	c, err := f.Course()
	if err != nil {
		return nil, err
	}
	if l, ok := c.Lesson(path.Base(id)); ok && (l.ID == id || l.Dir == id) {
		return l, nil
	}
	return nil, fmt.Errorf(f.Words.UnknownLesson, id, strings.Join(c.Nearest(id, 3), ", "))
}

// body looks a lesson up and loads it.
func (f *Factory) body(id string) (*course.Body, error) {
	l, err := f.lesson(id)
	if err != nil {
		return nil, err
	}
	return l.Body()
}

// lab looks LESSON/LAB up; of a lesson with one lab, LESSON is enough.
func (f *Factory) lab(path string) (*course.Lab, error) {
	lesson, id, _ := strings.Cut(path, "/")
	l, err := f.body(lesson)
	if err != nil {
		return nil, err
	}
	if found, ok := l.Lab(id); ok {
		return found, nil
	}
	if id == "" && len(l.Labs) == 1 {
		return l.Labs[0], nil
	}
	if len(l.Labs) == 0 {
		return nil, fmt.Errorf(f.Words.NoLabs, lesson)
	}
	return nil, fmt.Errorf(f.Words.UnknownLab, path, strings.Join(labPaths(l.Lesson), ", "))
}

// completeLessons offers the ids of lessons to the shell.
func (f *Factory) completeLessons(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	c, err := f.Course()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var offers []string
	for _, l := range c.Lessons() {
		offers = append(offers, l.ID+"\t"+l.Title.In(f.Lang()))
	}
	return offers, cobra.ShellCompDirectiveNoFileComp
}

// completeLabs offers the paths of labs to the shell.
func (f *Factory) completeLabs(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	c, err := f.Course()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var offers []string
	for _, l := range c.Lessons() {
		for _, path := range labPaths(l) {
			offers = append(offers, path+"\t"+l.Title.In(f.Lang()))
		}
	}
	return offers, cobra.ShellCompDirectiveNoFileComp
}

// labPaths are the labs of a lesson as LESSON/LAB.
func labPaths(l *course.Lesson) []string {
	paths := make([]string, len(l.LabIDs))
	for i, id := range l.LabIDs {
		paths[i] = l.ID + "/" + id
	}
	return paths
}

// exactly wants n arguments and names what is missing.
func exactly(n int, f *Factory) cobra.PositionalArgs { return between(n, n, f) }

// between wants from least to most arguments.
func between(least, most int, f *Factory) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < least || len(args) > most {
			return usageError{fmt.Errorf(f.Words.ArgumentsWanted, cmd.UseLine())}
		}
		return nil
	}
}
