package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kubetutor/internal/plain"
	"kubetutor/internal/progress"
	"kubetutor/internal/review"
)

// The exit statuses of due. That something went wrong must not look like either
// of the others.
const (
	nothingDue   = 0
	somethingDue = 1
	dueUnknown   = 2
)

// dueFlags say what of it is told, and how.
type dueFlags struct {
	filterFlags
	quiet, json bool
	format      string
}

// newCmdDue tells in one line what is due.
func newCmdDue(f *Factory) *cobra.Command {
	o := &dueFlags{}
	cmd := &cobra.Command{
		Use: "due", Short: f.Words.Due, Long: f.Words.DueLong, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runDue(cmd.Context(), f, o) },
	}
	o.add(cmd, f)
	cmd.Flags().BoolVarP(&o.quiet, "quiet", "q", false, f.Words.FlagQuiet)
	cmd.Flags().StringVar(&o.format, "format", "", f.Words.FlagFormat)
	cmd.Flags().BoolVar(&o.json, "json", false, f.Words.FlagJSON)
	return cmd
}

func runDue(ctx context.Context, f *Factory, o *dueFlags) error {
	f.code = dueUnknown // for every error
	if err := o.check(f); err != nil {
		return err
	}
	s, err := f.awaits(ctx, o)
	if err != nil {
		return err
	}
	if err := f.sayDue(o, s); err != nil {
		return err
	}
	if s.All() > 0 {
		return f.exit(somethingDue)
	}
	return f.exit(nothingDue)
}

// awaits is what awaits the learner. The course is opened while the progress is
// looked at; both take a shell's prompt a few milliseconds.
func (f *Factory) awaits(ctx context.Context, o *dueFlags) (s review.Summary, err error) {
	go f.Course()
	store, done, err := f.peek()
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil // kubetutor was not used yet
	}
	if err != nil {
		return s, err
	}
	defer done()
	c, err := f.Course()
	if err != nil {
		return s, err
	}
	filter, err := o.filter(f, c)
	if err != nil {
		return s, err
	}
	return f.deskOf(c, store).Summary(ctx, filter)
}

// peek looks at the progress, which another kubetutor may be using. Only what has
// to be brought up to date first is opened as every command opens it.
func (f *Factory) peek() (store *progress.DB, done func(), err error) {
	dir, err := f.dataDir()
	if err != nil {
		return nil, nil, err
	}
	store, err = progress.Peek(dir)
	if errors.Is(err, progress.ErrUnready) {
		store, err = f.Store()
		return store, func() {}, err
	}
	return store, func() { _ = store.Close() }, err
}

// sayDue writes what is due in the form that was asked for.
func (f *Factory) sayDue(o *dueFlags, s review.Summary) error {
	switch {
	case o.quiet:
		return nil
	case o.json:
		return f.json(newDueJSON(s))
	case o.format != "":
		f.printf("%s\n", f.formatDue(o.format, s))
	default:
		f.printf("%s\n", plain.Awaits(s, time.Now(), f.Words))
	}
	return nil
}

// dueJSON is `due --json`. Fields are added, never taken away or changed.
type dueJSON struct {
	Cards    int        `json:"cards"` // all that is due
	Due      int        `json:"due"`
	Learning int        `json:"learning"`
	New      int        `json:"new"`
	HandsOn  int        `json:"handsOn"`
	Waiting  int        `json:"waiting"` // beyond the limit of a day
	Minutes  int        `json:"minutes"`
	Next     *time.Time `json:"next"` // when the next is due, if none is now
}

func newDueJSON(s review.Summary) dueJSON {
	return dueJSON{s.All(), s.Due, s.Learning, s.New, s.HandsOn, s.Waiting, s.Minutes, timeJSON(s.Next)}
}

// dueFields are what a format can name.
func (f *Factory) dueFields(s review.Summary) map[string]string {
	next := ""
	if !s.Next.IsZero() {
		next = f.Words.Moment(s.Next, time.Now())
	}
	return map[string]string{
		"cards": strconv.Itoa(s.All()), "due": strconv.Itoa(s.Due), "learning": strconv.Itoa(s.Learning), "new": strconv.Itoa(s.New),
		"hands-on": strconv.Itoa(s.HandsOn), "minutes": strconv.Itoa(s.Minutes), "next": next,
	}
}

// field finds the fields of a format.
var field = regexp.MustCompile(`\{[^{}]*\}`)

// check refuses forms that exclude each other, and fields that there are not.
func (o *dueFlags) check(f *Factory) error {
	if count([]bool{o.quiet, o.json, o.format != ""}, func(is bool) bool { return is }) > 1 {
		return usageError{errors.New(f.Words.DueOneForm)}
	}
	fields := f.dueFields(review.Summary{})
	for _, place := range field.FindAllString(o.format, -1) {
		name := strings.Trim(place, "{}")
		if _, ok := fields[name]; !ok {
			return usageError{fmt.Errorf(f.Words.UnknownField, name, f.similar(name, slices.Sorted(maps.Keys(fields))))}
		}
	}
	return nil
}

// formatDue fills the fields of a format in.
func (f *Factory) formatDue(format string, s review.Summary) string {
	fields := f.dueFields(s)
	return field.ReplaceAllStringFunc(format, func(place string) string { return fields[strings.Trim(place, "{}")] })
}
