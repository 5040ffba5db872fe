package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kubetutor/internal/author"
	"kubetutor/internal/course"
	"kubetutor/internal/lab"
	"kubetutor/lessons"
)

// authorOptions are those of the commands below `author`.
type authorOptions struct {
	path   string
	all    bool
	json   bool
	engine bool
	jobs   int
	record bool
}

// newCmdAuthor holds the tools for authors of lessons.
func newCmdAuthor(f *Factory) *cobra.Command {
	o := &authorOptions{}
	w := f.Words
	cmd := &cobra.Command{Use: "author", Short: w.Author, Long: w.AuthorLong}
	sub := func(use, short string, run func(context.Context, *Factory, *authorOptions) error) *cobra.Command {
		c := &cobra.Command{Use: use, Short: short, Args: between(0, 1, f), RunE: func(cmd *cobra.Command, args []string) error {
			o.path = strings.Join(args, "")
			return run(cmd.Context(), f, o)
		}}
		c.Flags().BoolVar(&o.all, "all", false, w.FlagAll)
		c.Flags().BoolVar(&o.json, "json", false, w.FlagJSON)
		cmd.AddCommand(c)
		return c
	}
	lint := sub("lint [PATH]", w.AuthorLint, runLint)
	lint.Flags().BoolVar(&o.engine, "engine", true, w.FlagEngine)
	prove := sub("prove [PATH]", w.AuthorProve, runProve)
	prove.Flags().IntVar(&o.jobs, "jobs", 0, w.FlagJobs)
	prove.Flags().BoolVar(&o.record, "record", false, w.FlagRecord)
	lint.Long, prove.Long = w.AuthorLintLong, w.AuthorProveLong
	cmd.AddCommand(newCmdAuthorNew(f), newCmdAuthorPreview(f), newCmdAuthorImport(f))
	return cmd
}

// source is the course that an author works on, and what of it.
type source struct{ dir, under string }

// source finds the course of PATH; without one that of --lessons, else that of
// the working directory, else the built-in one (dir is then empty).
func (f *Factory) source(o *authorOptions) (source, error) {
	at := o.path
	if at == "" {
		at = f.flags.lessons
	}
	if at == "" {
		if info, err := os.Stat("lessons"); err != nil || !info.IsDir() {
			return source{}, nil
		}
		at = "lessons"
	}
	dir, under, err := author.Find(at)
	if err == nil && o.path == "" {
		f.sayWhere(dir)
	}
	return source{dir, under}, err
}

// sayWhere says on standard error which lessons were found without being named.
func (f *Factory) sayWhere(dir string) {
	if full, err := filepath.Abs(dir); err == nil {
		dir = full
	}
	fmt.Fprintf(f.IO.Err, f.Words.LessonsFrom+"\n", dir)
}

func runLint(ctx context.Context, f *Factory, o *authorOptions) error {
	src, err := f.source(o)
	if err != nil {
		return err
	}
	options := author.Options{Dir: src.dir, Under: src.under}
	if src.dir == "" {
		options.FS = lessons.FS
	}
	if o.engine {
		judge, done, err := f.compiler(ctx)
		if err != nil {
			return err
		}
		defer done()
		options.Judge = judge
	}
	r, err := author.Lint(ctx, options)
	if err != nil {
		return err
	}
	if len(r.Faults) > 0 {
		f.code = exitFailed
	}
	if o.json {
		return f.json(r)
	}
	f.printf("%s", r.Format())
	return nil
}

// compiler is an engine that compiles expressions, on a cluster of its own that
// is never started; nil where no engine is ready.
func (f *Factory) compiler(ctx context.Context) (author.Judge, func(), error) {
	labs, err := f.labsNamed("author")
	if err != nil {
		return nil, nil, err
	}
	if labs.Look().State != lab.EngineReady {
		return nil, labs.Close, nil
	}
	return labs, func() { end(ctx, labs) }, nil
}

// end takes a cluster away that was made for one command.
func end(ctx context.Context, labs *lab.Labs) {
	_, _ = labs.Down(context.WithoutCancel(ctx))
	labs.Close()
}

func runProve(ctx context.Context, f *Factory, o *authorOptions) error {
	if o.path == "" && !o.all {
		return usageError{errors.New(f.Words.ProveWhat)}
	}
	chosen, err := f.labsToProve(o)
	if err != nil {
		return err
	}
	if len(chosen) == 0 {
		return errors.New(f.Words.NothingToProve)
	}
	record, err := f.recorder(o)
	if err != nil {
		return err
	}
	provers, done, err := f.provers(ctx, min(f.jobs(o), len(chosen)))
	defer done()
	if err != nil {
		return err
	}
	s, err := author.Prove(ctx, provers, chosen, author.Plan{ByTurns: o.all}, func(e author.Event) { fmt.Fprint(f.IO.Err, e.Format()) })
	if err != nil {
		return err
	}
	if !s.OK {
		f.code = exitFailed
	}
	if err := record(chosen, s.Proofs); err != nil {
		return err
	}
	if o.json {
		return f.json(s)
	}
	f.printf("%s", s.Format())
	return nil
}

// jobs is how many clusters work side by side: as many as were asked for, else as
// many as the machine has processors for, and memory.
func (f *Factory) jobs(o *authorOptions) int {
	if o.jobs > 0 {
		return o.jobs
	}
	labs, err := f.Labs()
	if err != nil {
		return 1
	}
	return author.Jobs(runtime.NumCPU(), labs.Machine().MemoryFree)
}

// recorder writes down what was proven, if that was asked for.
func (f *Factory) recorder(o *authorOptions) (func([]*course.Lab, []author.Proof) error, error) {
	if !o.record {
		return func([]*course.Lab, []author.Proof) error { return nil }, nil
	}
	at := *o
	if _, err := os.Stat(o.path); err != nil {
		at.path = "" // the name of a lesson or of a lab
	}
	src, err := f.source(&at)
	if err != nil {
		return nil, err
	}
	if src.dir == "" {
		return nil, errors.New(f.Words.RecordWhere)
	}
	record, err := author.ReadRecord(os.DirFS(src.dir))
	if err != nil {
		return nil, err
	}
	return func(labs []*course.Lab, proofs []author.Proof) error {
		record.Add(labs, proofs, time.Now())
		if o.all {
			record.Keep(labs)
		}
		return record.Write(src.dir)
	}, nil
}

// labsToProve are those below PATH; PATH may also be the name of a lesson or of
// a lab, where there is no such file.
func (f *Factory) labsToProve(o *authorOptions) ([]*course.Lab, error) {
	if _, err := os.Stat(o.path); o.path != "" && err != nil {
		return f.namedLabs(o.path)
	}
	src, err := f.source(o)
	if err != nil {
		return nil, err
	}
	c, err := f.courseOf(src)
	if err != nil {
		return nil, err
	}
	var chosen []*course.Lab
	for _, l := range c.Lessons() {
		if !overlaps(l.Dir, src.under) {
			continue
		}
		body, err := l.Body()
		if err != nil {
			return nil, err
		}
		for _, b := range body.Labs {
			if overlaps(path.Join(l.Dir, "labs", b.ID), src.under) {
				chosen = append(chosen, b)
			}
		}
	}
	return chosen, nil
}

func (f *Factory) courseOf(src source) (*course.Course, error) {
	if src.dir == "" {
		return f.Course()
	}
	return course.LoadDir(src.dir)
}

func (f *Factory) namedLabs(name string) ([]*course.Lab, error) {
	if strings.Contains(name, "/") {
		b, err := f.lab(name)
		return []*course.Lab{b}, err
	}
	l, err := f.body(name)
	if err != nil {
		return nil, err
	}
	return l.Labs, nil
}

// overlaps tells whether one of two slash-separated paths is the other or above
// it.
func overlaps(dir, under string) bool {
	if under == "" || under == "." {
		return true
	}
	return strings.HasPrefix(dir+"/", under+"/") || strings.HasPrefix(under+"/", dir+"/")
}

// provers are clusters made for the proof, which done takes away again.
func (f *Factory) provers(ctx context.Context, n int) (all []author.Prover, done func(), err error) {
	var made []*lab.Labs
	done = func() {
		for _, labs := range made {
			end(ctx, labs)
		}
	}
	for i := range n {
		labs, err := f.labsNamed(fmt.Sprintf("prove-%d-%d", os.Getpid(), i+1))
		if err != nil {
			return nil, done, err
		}
		made = append(made, labs)
		all = append(all, labs)
	}
	return all, done, f.prepare(ctx, made[0])
}
