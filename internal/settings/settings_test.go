package settings_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kubetutor/internal/course"
	"kubetutor/internal/settings"
)

// vocabulary knows the key nokey for none, and x as taken in the scope home.
func vocabulary() settings.Vocabulary {
	return settings.Vocabulary{
		Langs: []string{"en", "zh"}, Themes: []string{"auto", "light", "dark"}, Home: "/home/ada",
		Keys: func(all []settings.Rebinding) (faults []settings.KeyFault) {
			for i, r := range all {
				if r.Scope == "nowhere" {
					faults = append(faults, settings.KeyFault{Rebinding: i, Key: -1, What: settings.UnknownScope, Args: []any{r.Scope, "home, reading"}})
				}
				if n := slices.Index(r.Keys, "nokey"); n >= 0 {
					faults = append(faults, settings.KeyFault{Rebinding: i, Key: n, What: settings.UnknownName, Args: []any{"nokey"}})
				}
			}
			return faults
		},
	}
}

// file writes a file of settings and returns its path.
func file(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "settings.yaml")
	if err := os.WriteFile(path, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoad(t *testing.T) {
	t.Parallel()
	path := file(t, `# mine
format: 1
lang: zh
theme: dark
mouse: true
plain: false
packs: [~/lessons, team, /srv/pack]
keys:
  reading:
    next: [space, f2]
    previous: b
`)
	f := settings.Load(path, vocabulary())
	if len(f.Faults) > 0 {
		t.Fatalf("faults: %v", f.Faults)
	}
	if f.Lang != "zh" || f.Theme != "dark" || !*f.Mouse || *f.Plain || f.ASCII != nil {
		t.Errorf("read %+v", f.Settings)
	}
	if want := []string{"/home/ada/lessons", filepath.Join(filepath.Dir(path), "team"), "/srv/pack"}; !slices.Equal(f.Packs, want) {
		t.Errorf("packs %q, want %q", f.Packs, want)
	}
	if len(f.Keys) != 2 || f.Keys[0].Path() != "keys.reading.next" || !slices.Equal(f.Keys[0].Keys, []string{"space", "f2"}) || !slices.Equal(f.Keys[1].Keys, []string{"b"}) {
		t.Errorf("keys: %+v", f.Keys)
	}
}

func TestFaultsHaveTheirPlaceAndTheRestCounts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       string // LINE:COLUMN KIND of each fault
		lang       string // what counts nonetheless
	}{
		{"nothing", "", "", ""},
		{"comments only", "# mine\n", "", ""},
		{"null", "~\n", "", ""},
		{"two documents", "lang: zh\n---\nlang: en\n", "2:1 second-document", ""},
		{"unknown setting", "lang: zh\nthema: dark\n", "2:1 unknown-key", "zh"},
		{"unknown value", "theme: pink\nlang: zh\n", "1:8 not-one-of", "zh"},
		{"not text", "theme: [dark]\nlang: zh\n", "1:8 not-text", "zh"},
		{"nothing behind it", "theme:\nlang: zh\n", "1:7 not-text", "zh"},
		{"not a bool", "mouse: sometimes\nlang: zh\n", "1:8 not-bool", "zh"},
		{"not a list", "packs: {a: b}\nlang: zh\n", "1:8 not-list", "zh"},
		{"another format", "format: 2\nlang: zh\n", "1:9 other-format", "zh"},
		{"twice", "lang: zh\nlang: en\n", "2:1 twice", "zh"},
		{"no mapping", "- lang\n", "1:1 not-mapping", ""},
		{"no YAML", "lang: zh\nkeys:\n\tup: a\n", "3:0 not-yaml", ""},
		{"keys are no mapping", "lang: zh\nkeys: [a]\n", "2:7 not-mapping", "zh"},
		{"actions are no mapping", "lang: zh\nkeys: {home: up}\n", "2:14 not-mapping", "zh"},
		{"unknown scope", "lang: zh\nkeys:\n  nowhere:\n    up: w\n", "4:5 unknown-scope", "zh"},
		{"unknown key of the keyboard", "lang: zh\nkeys:\n  home:\n    up: [w, nokey]\n", "4:13 unknown-name", "zh"},
		{"several", "thema: dark\nmouse: 3\nlang: zh\n", "1:1 unknown-key, 2:8 not-bool", "zh"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := settings.Load(file(t, tt.text), vocabulary())
			var got []string
			for _, fault := range f.Faults {
				got = append(got, fmt.Sprintf("%d:%d %s", fault.Line, fault.Column, fault.What))
				for _, l := range course.Langs {
					if words := fault.In("s.yaml", l); strings.Contains(words, "%!") || !strings.HasPrefix(words, "s.yaml:") {
						t.Errorf("%s: %q", l, words)
					}
				}
			}
			if strings.Join(got, ", ") != tt.want || f.Lang != tt.lang {
				t.Errorf("faults %q, want %q; lang %q, want %q", strings.Join(got, ", "), tt.want, f.Lang, tt.lang)
			}
		})
	}
}

func TestAFaultyRebindingIsLeftOut(t *testing.T) {
	t.Parallel()
	f := settings.Load(file(t, "keys:\n  home:\n    up: nokey\n    down: d\n"), vocabulary())
	if len(f.Keys) != 1 || f.Keys[0].Action != "down" {
		t.Errorf("keys: %+v", f.Keys)
	}
}

func TestWhatIsNoFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if f := settings.Load(filepath.Join(dir, "none.yaml"), vocabulary()); f.Exists || len(f.Faults) > 0 {
		t.Errorf("a missing file: %+v", f)
	}
	if f := settings.Load(dir, vocabulary()); len(f.Faults) != 1 || f.Faults[0].What != settings.Unreadable {
		t.Errorf("a directory: %+v", f)
	}
	large := file(t, "# "+strings.Repeat("x", 300<<10))
	if f := settings.Load(large, vocabulary()); len(f.Faults) != 1 || f.Faults[0].What != settings.Unreadable {
		t.Errorf("a large file: %+v", f)
	}
}

func TestUpdateKeepsTheRest(t *testing.T) {
	t.Parallel()
	path := file(t, `# my settings

# bright rooms
theme: light # by the window
thema: dark
keys:
  # I have no space bar
  reading:
    next: [n, f2] # or f2
`)
	f, err := settings.Update(path, vocabulary(),
		settings.Edit{Key: "theme", Values: []string{"dark"}}, settings.Edit{Key: "mouse", Values: []string{"true"}},
		settings.Edit{Key: "packs", Values: []string{"a", "b: c"}}, settings.Edit{Key: "keys.home.up", Values: []string{"w"}})
	if err != nil {
		t.Fatal(err)
	}
	if f.Theme != "dark" || !*f.Mouse || len(f.Packs) != 2 || len(f.Keys) != 2 || len(f.Faults) != 1 {
		t.Errorf("after: %+v", f)
	}
	want := `# my settings

# bright rooms
theme: dark # by the window
thema: dark
keys:
  # I have no space bar
  reading:
    next: [n, f2] # or f2
  home:
    up: [w]
mouse: true
packs: [a, 'b: c']
`
	if got := text(t, path); got != want {
		t.Errorf("the file is now\n%s", got)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o640 {
		t.Errorf("its mode is now %v", info.Mode())
	}
	if _, err := settings.Update(path, vocabulary(), settings.Edit{Key: "keys.home.up"}, settings.Edit{Key: "lang"}, settings.Edit{Key: "keys.a.b"}); err != nil {
		t.Fatal(err)
	}
	if got := text(t, path); strings.Contains(got, "home") || !strings.Contains(got, "f2") {
		t.Errorf("without the key:\n%s", got)
	}
}

func text(t testing.TB, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestUpdateMakesTheFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a", "b", "settings.yaml")
	if _, err := settings.Update(path, vocabulary(), settings.Edit{Key: "lang", Values: []string{"zh"}}); err != nil {
		t.Fatal(err)
	}
	if got := text(t, path); got != "format: 1\nlang: zh\n" {
		t.Errorf("it is\n%s", got)
	}
	commented := file(t, "# nothing yet\n")
	if _, err := settings.Update(commented, vocabulary(), settings.Edit{Key: "lang", Values: []string{"zh"}}); err != nil {
		t.Fatal(err)
	}
	if got := text(t, commented); got != "# nothing yet\n\nformat: 1\nlang: zh\n" {
		t.Errorf("it is\n%q", got)
	}
}

func TestUpdateRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		edit settings.Edit
		want settings.Kind
	}{
		{"lang: en\n", settings.Edit{Key: "theme", Values: []string{"pink"}}, settings.NotOneOf},
		{"lang: en\n", settings.Edit{Key: "mouse", Values: []string{"maybe"}}, settings.NotBool},
		{"lang: en\n", settings.Edit{Key: "colour", Values: []string{"red"}}, settings.UnknownKey},
		{"lang: en\n", settings.Edit{Key: "keys.home.up", Values: []string{"nokey"}}, settings.UnknownName},
		{"lang: [\n", settings.Edit{Key: "theme", Values: []string{"dark"}}, settings.NotYAML},
		{"- a\n", settings.Edit{Key: "theme", Values: []string{"dark"}}, settings.NotMapping},
	}
	for _, tt := range tests {
		t.Run(tt.edit.Key+" "+string(tt.want), func(t *testing.T) {
			t.Parallel()
			path := file(t, tt.text)
			_, err := settings.Update(path, vocabulary(), settings.Edit{Key: "lang", Values: []string{"zh"}}, tt.edit)
			var fault *settings.FaultError
			if !errors.As(err, &fault) || fault.What != tt.want {
				t.Errorf("got %v", err)
			}
			if got := text(t, path); got != tt.text {
				t.Errorf("the file has changed:\n%s", got)
			}
		})
	}
}

func TestUpdateFollowsALink(t *testing.T) {
	t.Parallel()
	real := file(t, "lang: en\n")
	link := filepath.Join(t.TempDir(), "settings.yaml")
	if err := os.Symlink(real, link); err != nil {
		t.Skip(err)
	}
	if _, err := settings.Update(link, vocabulary(), settings.Edit{Key: "lang", Values: []string{"zh"}}); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v", err)
	}
	if got := text(t, real); got != "lang: zh\n" {
		t.Errorf("the file is\n%s", got)
	}
}

func TestPath(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ config, home, want string }{
		{"/c", "/h", "/c/kubetutor/settings.yaml"},
		{"", "/h", "/h/.config/kubetutor/settings.yaml"},
		{"relative", "/h", "/h/.config/kubetutor/settings.yaml"},
		{"", "", ""},
	} {
		env := map[string]string{"XDG_CONFIG_HOME": tt.config, "HOME": tt.home}
		got, err := settings.Path(func(name string) string { return env[name] })
		if got != tt.want || (err != nil) != (tt.want == "") {
			t.Errorf("%+v: %q, %v", tt, got, err)
		}
	}
}

// Whatever stands in a file, reading it ends, and a change either leaves it as
// it is or makes a file that says what was asked for.
func FuzzUpdate(f *testing.F) {
	for _, seed := range []string{"", "lang: en\n", "# c\n\nkeys: {home: {up: [a, b]}}\n", "a: &x [1]\nb: *x\n", "lang: [\n", "--- a\n--- b\n", "keys: *x\n", "? {a: b}\n: c\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, before string) {
		path := file(t, before)
		after, err := settings.Update(path, vocabulary(), settings.Edit{Key: "lang", Values: []string{"zh"}}, settings.Edit{Key: "keys.home.up", Values: []string{"w"}})
		if err != nil {
			if text(t, path) != before {
				t.Fatalf("refused, and changed: %v", err)
			}
			return
		}
		again := settings.Load(path, vocabulary())
		if again.Lang != "zh" || after.Lang != "zh" || !slices.ContainsFunc(again.Keys, func(r settings.Rebinding) bool { return r.Path() == "keys.home.up" }) {
			t.Errorf("%q became %q", before, text(t, path))
		}
	})
}
