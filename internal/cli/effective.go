package cli

import (
	"cmp"
	"fmt"
	"strings"

	"kubetutor/internal/course"
	"kubetutor/internal/settings"
	"kubetutor/internal/tui/keymap"
	"kubetutor/internal/tui/theme"
	"kubetutor/internal/xdg"
)

// origin says where a setting was made.
type origin string

const (
	fromFlag        origin = "flag"
	fromEnvironment origin = "environment"
	fromFile        origin = "file"
	fromDefault     origin = "default"
)

// Settings are those of the learner's file.
func (f *Factory) Settings() (*settings.File, error) {
	if file := f.changed.Load(); file != nil {
		return file, nil
	}
	return f.settings()
}

func (f *Factory) loadSettings() (*settings.File, error) {
	path, err := settings.Path(f.Env)
	if err != nil {
		return nil, fmt.Errorf("finding the settings: %w", err)
	}
	return settings.Load(path, f.vocabulary()), nil
}

// chosen are the settings of the file; none where it cannot be found.
func (f *Factory) chosen() settings.Settings {
	file, err := f.Settings()
	if err != nil {
		return settings.Settings{}
	}
	return file.Settings
}

// home is the learner's home directory, "" where none is known.
func (f *Factory) home() string { return xdg.Home(f.Env) }

// language is that of the flag, else of the file, else of the locale.
func (f *Factory) language() (course.Lang, origin) {
	switch file := f.chosen().Lang; {
	case f.flags.lang != "":
		return course.Lang(f.flags.lang), fromFlag
	case file != "":
		return course.Lang(file), fromFile
	}
	if f.guestLang != "" {
		return f.guestLang, fromDefault
	}
	return localeLang(cmp.Or(f.Env("LC_ALL"), f.Env("LC_MESSAGES"), f.Env("LANG"))), fromDefault
}

// themeName is the theme of the flag, else none with NO_COLOR, else that of the
// file. A flag comes before NO_COLOR, as https://no-color.org asks.
func (f *Factory) themeName() (string, origin) {
	switch file := f.chosen().Theme; {
	case f.flags.theme != "":
		return f.flags.theme, fromFlag
	case f.Env("NO_COLOR") != "":
		return theme.Mono, fromEnvironment
	case file != "":
		return file, fromFile
	}
	return theme.Auto, fromDefault
}

// noColor tells that NO_COLOR counts.
func (f *Factory) noColor() bool { return f.flags.theme == "" && f.Env("NO_COLOR") != "" }

// wantsPlain tells whether line after line was asked for.
func (f *Factory) wantsPlain() (bool, origin) {
	accessible := f.Env("ACCESSIBLE")
	switch file := f.chosen().Plain; {
	case f.plainGiven():
		return f.flags.plain, fromFlag
	case accessible != "":
		return accessible != "0", fromEnvironment
	case f.Env("TERM") == "dumb":
		return true, fromEnvironment
	case file != nil:
		return *file, fromFile
	}
	return false, fromDefault
}

// mouse tells whether the mouse is used. By default it is left to the terminal,
// which selects text with it.
func (f *Factory) mouse() (bool, origin) {
	if file := f.chosen().Mouse; file != nil {
		return *file, fromFile
	}
	return false, fromDefault
}

// ascii tells whether only ASCII can be shown: as the file says, else the locale.
func (f *Factory) ascii() (bool, origin) {
	if file := f.chosen().ASCII; file != nil {
		return *file, fromFile
	}
	locale := f.locale()
	return locale != "" && !isUTF8(locale), fromDefault
}

// effective lists the settings as they count.
func (f *Factory) effective(file *settings.File) []setting {
	list := []setting{
		entry("lang", f.language), entry("theme", f.themeName), entry("mouse", f.mouse), entry("plain", f.wantsPlain), entry("ascii", f.ascii),
		{"packs", append([]string{}, file.Packs...), fromFile},
	}
	if len(file.Packs) == 0 {
		list[len(list)-1].From = fromDefault
	}
	list = append(list, reviewSettings(file.Review)...)
	for _, r := range file.Keys {
		list = append(list, setting{r.Path(), r.Keys, fromFile})
	}
	return list
}

func entry[T any](name string, value func() (T, origin)) setting {
	v, from := value()
	return setting{name, v, from}
}

// keys are the default ones with the changes of the file.
func (f *Factory) keys() *keymap.Map {
	m, _ := keymap.Default().With(keymap.Changes(f.chosen().Keys)) // what is wrong with them was found as they were read
	return m
}

// faulty says what is wrong with the settings; "" where nothing is.
func (f *Factory) faulty() string {
	file, err := f.Settings()
	if err != nil || len(file.Faults) == 0 {
		return ""
	}
	first := file.Faults[0].In(file.Path, f.Lang())
	return f.commands(fmt.Sprintf(f.Words.SettingsFaults, len(file.Faults), first))
}

// without drops a variable from an environment.
func without(environ []string, name string) (list []string) {
	for _, v := range environ {
		if !strings.HasPrefix(v, name+"=") {
			list = append(list, v)
		}
	}
	return list
}
