package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"kubetutor/internal/i18n"
	"kubetutor/internal/settings"
	"kubetutor/internal/tui/keymap"
)

// newCmdSettings shows the settings and changes the file.
func newCmdSettings(f *Factory) *cobra.Command {
	var asJSON bool
	w := f.Words
	cmd := &cobra.Command{
		Use: "settings", Short: w.SettingsWords.Settings, Long: w.SettingsLong, Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return runSettings(f, asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, w.FlagJSON)
	cmd.AddCommand(&cobra.Command{
		Use: "set KEY VALUE...", Short: w.SettingsSet, Long: w.SettingsSetLong, Args: between(2, math.MaxInt, f), ValidArgsFunction: f.completeSettings,
		RunE: func(_ *cobra.Command, args []string) error {
			return changeSetting(f, f.IO.Out, w, args[0], args[1:]...)
		},
	}, &cobra.Command{
		Use: "unset KEY", Short: w.SettingsUnset, Args: exactly(1, f), ValidArgsFunction: f.completeSettings,
		RunE: func(_ *cobra.Command, args []string) error { return changeSetting(f, f.IO.Out, w, args[0]) },
	}, &cobra.Command{
		Use: "path", Short: w.SettingsPath, Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return runSettingsPath(f) },
	}, &cobra.Command{
		Use: "edit", Short: w.SettingsEdit, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runSettingsEdit(cmd.Context(), f) },
	})
	return cmd
}

// settingsJSON is `settings --json`. Fields are added, never taken away.
type settingsJSON struct {
	Path     string      `json:"path"`
	Exists   bool        `json:"exists"`
	Faults   []faultJSON `json:"faults"`
	Settings []setting   `json:"settings"`
}

type faultJSON struct {
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Key     string `json:"key,omitempty"`
	Message string `json:"message"`
}

// setting is a setting as it counts, and where that was said.
type setting struct {
	Name  string `json:"name"`
	Value any    `json:"value"`
	From  origin `json:"from"`
}

func runSettings(f *Factory, asJSON bool) error {
	file, err := f.Settings()
	if err != nil {
		return err
	}
	if asJSON {
		return f.json(f.settingsJSON(file))
	}
	f.printSettings(f.IO.Out, file, f.Words)
	return nil
}

func (f *Factory) printSettings(w io.Writer, file *settings.File, words *i18n.CLI) {
	fmt.Fprint(w, file.Path)
	if !file.Exists {
		fmt.Fprintf(w, "  (%s)", words.SettingsNone)
	}
	fmt.Fprint(w, "\n\n")
	for _, s := range f.effective(file) {
		fmt.Fprintf(w, "%-24s %-24s %s\n", s.Name, shown(s.Value), words.Origin(string(s.From)))
	}
	for i, fault := range file.Faults {
		if i == 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "! %s\n", fault.In(file.Path, f.Lang()))
	}
}

func (f *Factory) settingsJSON(file *settings.File) settingsJSON {
	faults := each(file.Faults, func(fault settings.Fault) faultJSON {
		return faultJSON{fault.Line, fault.Column, fault.Key, fault.Message(f.Lang())}
	})
	return settingsJSON{Path: file.Path, Exists: file.Exists, Faults: faults, Settings: f.effective(file)}
}

// shown writes a value for people.
func shown(value any) string {
	if list, ok := value.([]string); ok {
		return cmp.Or(strings.Join(list, " "), settings.None)
	}
	return fmt.Sprint(value)
}

// changeSetting sets a setting, or without values takes it out of the file.
func changeSetting(f *Factory, w io.Writer, words *i18n.CLI, key string, values ...string) error {
	file, err := f.Settings()
	if err != nil {
		return err
	}
	said := words.SettingsSaved
	if len(values) == 0 {
		said = words.SettingsGone
	}
	if key == "packs" {
		values = absolute(values)
	}
	if err := f.update(file.Path, settings.Edit{Key: key, Values: values}); err != nil {
		return f.explainSetting(err)
	}
	fmt.Fprintf(w, said+"\n", key, file.Path)
	return nil
}

// update makes changes to the file; they count from then on.
func (f *Factory) update(path string, edits ...settings.Edit) error {
	file, err := settings.Update(path, f.vocabulary(), edits...)
	if err == nil {
		f.changed.Store(file)
	}
	return err
}

// explainSetting says in the learner's language why a setting was not changed.
func (f *Factory) explainSetting(err error) error {
	var fault *settings.FaultError
	switch {
	case errors.As(err, &fault) && fault.Values == nil:
		return fmt.Errorf(f.Words.SettingsMend, fault.In(fault.Path, f.Lang()))
	case errors.As(err, &fault):
		return usageError{fmt.Errorf(f.Words.SettingsWrong, fault.Key, fault.Message(f.Lang()))}
	}
	return err
}

// absolute makes paths from the working directory ones from anywhere: in the
// file they would be from the file's.
func absolute(paths []string) []string {
	list := slices.Clone(paths)
	for i, p := range list {
		if abs, err := filepath.Abs(p); err == nil && !strings.HasPrefix(p, "~") {
			list[i] = abs
		}
	}
	return list
}

func runSettingsPath(f *Factory) error {
	file, err := f.Settings()
	if err != nil {
		return err
	}
	f.printf("%s\n", file.Path)
	return nil
}

// runSettingsEdit opens the learner's editor on the file and says what is wrong
// with it then.
func runSettingsEdit(ctx context.Context, f *Factory) error {
	file, err := f.Settings()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file.Path), 0o700); err != nil {
		return fmt.Errorf("editing the settings: %w", err)
	}
	words := f.editor()
	cmd := exec.CommandContext(ctx, words[0], append(words[1:], file.Path)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.Env = f.IO.In, f.IO.Out, f.IO.Err, f.Environ
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("running the editor %s: %w", words[0], err)
	}
	for _, fault := range settings.Load(file.Path, f.vocabulary()).Faults {
		f.printf("! %s\n", fault.In(file.Path, f.Lang()))
	}
	return nil
}

// editor is the command line of the learner's editor; like git and kubectl, it
// is split at spaces.
func (f *Factory) editor() []string {
	for _, name := range []string{"VISUAL", "EDITOR"} {
		if words := strings.Fields(f.Env(name)); len(words) > 0 {
			return words
		}
	}
	return []string{"vi"}
}

// completeSettings offers the names of settings, and the values of some.
func (f *Factory) completeSettings(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	offers := map[string][]string{
		"lang": f.vocabulary().Langs, "theme": f.vocabulary().Themes, "mouse": {"true", "false"}, "plain": {"true", "false"}, "ascii": {"true", "false"}, "review.bury": {"true", "false"},
	}
	switch {
	case len(args) == 0:
		return slices.Concat(plainKeys(), settings.ReviewKeys(), keyPaths()), cobra.ShellCompDirectiveNoFileComp
	case args[0] == "packs":
		return nil, cobra.ShellCompDirectiveFilterDirs
	case len(args) == 1:
		return offers[args[0]], cobra.ShellCompDirectiveNoFileComp
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}

// plainKeys lists the settings that have a value of their own.
func plainKeys() []string {
	return slices.DeleteFunc(settings.Keys(), func(key string) bool { return key == "review" || key == "keys" })
}

// keyPaths lists the settings of keys.
func keyPaths() (paths []string) {
	d := keymap.Default()
	for _, b := range d.Bindings(d.Scopes()...) {
		paths = append(paths, "keys."+string(b.Scope)+"."+string(b.Action))
	}
	return paths
}

// vocabulary is what settings are held against.
func (f *Factory) vocabulary() settings.Vocabulary {
	names, _ := themes() // they are built in
	return settings.Vocabulary{
		Langs: langs(), Themes: names, Keys: keymap.Faults, Home: f.home(),
	}
}

// settingsFile is the file of settings for the tutor, which changes it.
type settingsFile struct{ f *Factory }

// Path is where it is.
func (s settingsFile) Path() string {
	file, err := s.f.Settings()
	if err != nil {
		return ""
	}
	return file.Path
}

// Save makes changes to it as it is now.
func (s settingsFile) Save(edits ...settings.Edit) error {
	file, err := s.f.Settings()
	if err != nil {
		return err
	}
	return s.f.update(file.Path, edits...)
}

// Show prints them as they count.
func (s settingsFile) Show(w io.Writer, words *i18n.CLI) error {
	file, err := s.f.Settings()
	if err != nil {
		return err
	}
	s.f.printSettings(w, file, words)
	return nil
}

// Change sets one, or takes it out of the file; an error says in words why not.
func (s settingsFile) Change(w io.Writer, words *i18n.CLI, key string, values ...string) error {
	return changeSetting(s.f, w, words, key, values...)
}
