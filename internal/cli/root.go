package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"charm.land/fang/v2"
	"github.com/spf13/cobra"

	"kubetutor/assets"
	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
	"kubetutor/internal/tui/theme"
)

// The exit statuses beside 0.
const (
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// Main runs the program with the process's arguments, streams and environment,
// and returns its exit status. SIGINT and SIGTERM cancel what runs; a second one
// kills.
func Main(b Build) int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	f := NewFactory(b, SystemStreams(), os.Environ())
	f.interrupts.watch(cancel)
	return f.run(ctx, os.Args)
}

// Run runs the program with args, of which the first is its name.
func Run(ctx context.Context, b Build, args []string, s IOStreams, environ []string) int {
	return NewFactory(b, s, environ).run(ctx, args)
}

func (f *Factory) run(ctx context.Context, args []string) int {
	defer f.Close()
	f.flags.lang = askedLang(args[1:])
	f.Words = i18n.CLIWords(f.Lang())
	root := newRoot(f, programName(args[0]))
	root.SetArgs(args[1:])
	err := fang.Execute(ctx, root,
		fang.WithVersion(version(f.Build)),
		fang.WithColorSchemeFunc(fang.AnsiColorScheme),
		fang.WithErrorHandler(func(w io.Writer, _ fang.Styles, err error) { f.report(w, err) }))
	return f.status(ctx, err)
}

// programName is how the user called us: as a plugin, `kubectl tutor`.
func programName(arg0 string) string {
	if strings.TrimSuffix(filepath.Base(arg0), ".exe") == "kubectl-tutor" {
		return "kubectl tutor"
	}
	return "kubetutor"
}

// askedLang finds --lang before the command line is parsed: the commands' own
// help is written in that language.
func askedLang(args []string) string {
	for i, arg := range args {
		if value, ok := strings.CutPrefix(arg, "--lang="); ok {
			return knownLang(value)
		}
		if arg == "--lang" && i+1 < len(args) {
			return knownLang(args[i+1])
		}
	}
	return ""
}

func knownLang(value string) string {
	if slices.Contains(course.Langs[:], course.Lang(value)) {
		return value
	}
	return ""
}

// usageError is a command line that cannot be understood.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// status is the exit status for how a command ended.
func (f *Factory) status(ctx context.Context, err error) int {
	var usage usageError
	switch {
	case errors.Is(err, context.Canceled) || err != nil && ctx.Err() != nil:
		return exitInterrupted
	case errors.As(err, &usage) || isCobraUsage(err):
		return exitUsage
	case err != nil && f.code != 0:
		return f.code
	case err != nil:
		return exitFailed
	}
	return f.code
}

// isCobraUsage recognises the errors of the command line that cobra gives no
// type.
func isCobraUsage(err error) bool {
	if err == nil {
		return false
	}
	for _, start := range []string{"unknown command", "accepts ", "requires at least", "required flag"} {
		if strings.HasPrefix(err.Error(), start) {
			return true
		}
	}
	return false
}

// newRoot is the program itself: without a command it opens the tutor.
func newRoot(f *Factory, name string) *cobra.Command {
	w := f.Words
	root := &cobra.Command{
		Use: "kubetutor", Short: w.Root, Long: w.RootLong,
		Annotations:      map[string]string{cobra.CommandDisplayNameAnnotation: name},
		Args:             cobra.NoArgs,
		TraverseChildren: true,
		RunE:             func(cmd *cobra.Command, _ []string) error { return runTutor(cmd.Context(), f, "") },
	}
	root.SetIn(f.IO.In)
	root.SetOut(f.IO.Out)
	root.SetErr(f.IO.Err)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return f.checkFlags(cmd) }
	f.addFlags(root)
	root.AddCommand(
		newCmdLessons(f), newCmdLesson(f), newCmdSearch(f), newCmdGlossary(f), newCmdQuiz(f), newCmdReview(f), newCmdDue(f), newCmdLab(f), newCmdCheck(f), newCmdHint(f), newCmdSolution(f),
		newCmdConsole(f), newCmdShell(f), newCmdKubectl(f), newCmdCluster(f), newCmdNode(f), newCmdComponent(f), newCmdImages(f), newCmdExplain(f), newCmdOpen(f), newCmdNetwork(f), newCmdProgress(f), newCmdSettings(f), newCmdStats(f),
		newCmdClass(f), newCmdAuthor(f), newCmdDoctor(f), newCmdVersion(f),
	)
	for _, cmd := range root.Commands() {
		if !cmd.Runnable() {
			f.group(cmd)
		}
	}
	return root
}

// group makes a command that only holds others say what it holds: to somebody who
// asks nothing of it its help, and else that there is no such command.
func (f *Factory) group(cmd *cobra.Command) {
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return cmd.Help()
		}
		if _, err := f.lesson(args[0]); err == nil && cmd.Name() == "lesson" {
			return usageError{fmt.Errorf(f.Words.LessonHow, args[0])}
		}
		names := []string{}
		for _, c := range cmd.Commands() {
			if c.IsAvailableCommand() {
				names = append(names, c.Name())
			}
		}
		return usageError{fmt.Errorf(f.Words.NoSuchCommand, cmd.Name(), args[0], strings.Join(names, f.Words.ListSeparator))}
	}
}

func (f *Factory) addFlags(root *cobra.Command) {
	w, p := f.Words, root.PersistentFlags()
	p.StringVar(&f.flags.lang, "lang", f.flags.lang, w.FlagLang)
	p.StringVar(&f.flags.theme, "theme", "", w.FlagTheme)
	p.BoolVar(&f.flags.plain, "plain", false, w.FlagPlain)
	f.plainGiven = func() bool { return p.Changed("plain") }
	p.StringVar(&f.flags.lessons, "lessons", "", w.FlagLessons)
	p.StringArrayVar(&f.flags.packs, "pack", nil, w.FlagPack)
	p.StringVar(&f.flags.data, "data", "", w.FlagData)
	p.StringVar(&f.flags.kubelab, "kubelab", "", w.FlagKubelab)
	p.StringVar(&f.flags.kubeconfig, "kubeconfig", "", w.FlagKubeconfig)
	p.StringVar(&f.flags.context, "context", "", w.FlagContext)
	p.StringVar(&f.flags.name, "name", "", w.FlagName)
	if names, err := themes(); err == nil {
		_ = root.RegisterFlagCompletionFunc("theme", cobra.FixedCompletions(names, cobra.ShellCompDirectiveNoFileComp))
	}
	_ = root.RegisterFlagCompletionFunc("lang", cobra.FixedCompletions(langs(), cobra.ShellCompDirectiveNoFileComp))
}

// langs lists what --lang can be.
func langs() (names []string) {
	for _, lang := range course.Langs {
		names = append(names, string(lang))
	}
	return names
}

// themes lists what --theme can be.
func themes() ([]string, error) {
	dir, err := fs.Sub(assets.FS, "themes")
	if err != nil {
		return nil, fmt.Errorf("listing the themes: %w", err)
	}
	return theme.Choices(dir), nil
}

// checkFlags refuses values that no command could use.
func (f *Factory) checkFlags(cmd *cobra.Command) error {
	if err := cmd.ValidateFlagGroups(); err != nil { // cobra would do so later, and say that it failed
		return usageError{err}
	}
	if f.flags.lang != "" && knownLang(f.flags.lang) == "" {
		return usageError{fmt.Errorf(f.Words.UnknownLang, f.flags.lang)}
	}
	if f.flags.context != "" && f.flags.kubeconfig == "" {
		return usageError{errors.New(f.Words.ContextAlone)}
	}
	if names, err := themes(); err == nil && f.flags.theme != "" && !slices.Contains(names, f.flags.theme) {
		return usageError{fmt.Errorf(f.Words.UnknownTheme, f.flags.theme, strings.Join(names, f.Words.ListSeparator))}
	}
	return nil
}
