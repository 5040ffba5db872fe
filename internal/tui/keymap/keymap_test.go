package keymap_test

import (
	"slices"
	"strings"
	"testing"

	"kubetutor/internal/tui/keymap"
)

func TestTheDefaultKeysAreSound(t *testing.T) {
	t.Parallel()
	d := keymap.Default()
	var same []keymap.Change
	seen := map[string]bool{}
	for _, b := range d.Bindings(d.Scopes()...) {
		path := string(b.Scope) + "/" + string(b.Action)
		if seen[path] {
			t.Errorf("%s is there twice", path)
		}
		seen[path] = true
		for _, k := range b.Keys {
			if name, ok := keymap.Parse(k); !ok || name != k {
				t.Errorf("%s: the key %q is called %q", path, k, name)
			}
		}
		same = append(same, keymap.Change{Scope: b.Scope, Action: b.Action, Keys: b.Keys})
	}
	if _, problems := d.With(same); len(problems) > 0 {
		t.Errorf("the default keys clash: %+v", problems)
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{
		{"a", "a"}, {"G", "G"}, {"?", "?"}, {"+", "+"}, {"ctrl++", "ctrl++"}, {"é", "é"}, {"中", "中"},
		{"shift+g", "G"}, {"Shift+Tab", "shift+tab"}, {"CTRL+S", "ctrl+s"}, {"shift+ctrl+up", "ctrl+shift+up"},
		{"Enter", "enter"}, {"return", "enter"}, {"Escape", "esc"}, {" ", "space"}, {"pgdn", "pgdown"}, {"↑", "up"},
		{"ctrl+i", "tab"}, {"ctrl+m", "enter"}, {"alt+x", "alt+x"}, {"f12", "f12"},
		{"", ""}, {"ab", ""}, {"ctrl", ""}, {"ctrl+", ""}, {"hyper+a", ""}, {"ctrl+ctrl+a", ""}, {"shift+1", ""}, {"f99", ""}, {"\x1b", ""}, {"\t", ""},
	}
	for _, tt := range tests {
		got, ok := keymap.Parse(tt.text)
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("%q is %q, %v; want %q", tt.text, got, ok, tt.want)
		}
	}
}

// What a key is called is called the same when it is read again.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"a", "ctrl+s", "shift+tab", "+", "ctrl++", "shift+é", "CTRL+ALT+Delete"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		name, ok := keymap.Parse(text)
		if !ok {
			return
		}
		if again, ok := keymap.Parse(name); !ok || again != name {
			t.Errorf("%q is %q, which is %q", text, name, again)
		}
	})
}

func change(scope keymap.Scope, action keymap.Action, keys ...string) keymap.Change {
	return keymap.Change{Scope: scope, Action: action, Keys: keys}
}

func TestWith(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		changes []keymap.Change
		want    []keymap.Reason // of the problems, in order
		finds   string          // SCOPE KEY ACTION
	}{
		{"another key", []keymap.Change{change(keymap.Reading, keymap.Next, "ctrl+f", "space")}, nil, "reading ctrl+f next"},
		{"the old key is free", []keymap.Change{change(keymap.Reading, keymap.Previous, "f2")}, nil, "reading b "},
		{"two keys swapped", []keymap.Change{change(keymap.Reading, keymap.NextPage, "p"), change(keymap.Reading, keymap.PrevPage, "n")}, nil, "reading p next-page"},
		{"taken in the same scope", []keymap.Change{change(keymap.Reading, keymap.Next, "b")}, []keymap.Reason{keymap.Taken}, "reading b previous"},
		{"taken everywhere", []keymap.Change{change(keymap.Reading, keymap.Next, "q")}, []keymap.Reason{keymap.Taken}, "reading space next"},
		{"taken in a part", []keymap.Change{change(keymap.Global, keymap.Help, "h")}, []keymap.Reason{keymap.Taken}, "global ? help"},
		{"the interrupt is always there", []keymap.Change{change(keymap.Console, keymap.Clear, "ctrl+c")}, []keymap.Reason{keymap.Taken}, "console ctrl+l clear"},
		{"another part does not matter", []keymap.Change{change(keymap.Home, keymap.Up, "o")}, nil, "home o up"},
		{"the later one yields", []keymap.Change{change(keymap.Home, keymap.Up, "u"), change(keymap.Home, keymap.Down, "u")}, []keymap.Reason{keymap.Taken}, "home u up"},
		{"lab and what runs", []keymap.Change{change(keymap.Lab, keymap.Up, "h")}, []keymap.Reason{keymap.Taken}, "lab-runs h hint"},
		{"one bad, one good", []keymap.Change{change(keymap.Home, keymap.Up, "nokey"), change(keymap.Home, keymap.Down, "d")}, []keymap.Reason{keymap.NoKey}, "home d down"},
		{"letters are text", []keymap.Change{change(keymap.Console, keymap.RunLine, "r")}, []keymap.Reason{keymap.IsText}, "console enter run-line"},
		{"no keys", []keymap.Change{change(keymap.Home, keymap.Up)}, []keymap.Reason{keymap.NoKeys}, "home up up"},
		{"no such scope", []keymap.Change{change("hom", keymap.Up, "u")}, []keymap.Reason{keymap.NoScope}, "home up up"},
		{"no such action", []keymap.Change{change(keymap.Home, "upp", "u")}, []keymap.Reason{keymap.NoAction}, "home up up"},
		{"a chain: what yields gives its key back", []keymap.Change{change(keymap.Home, keymap.Up, "w"), change(keymap.Home, keymap.Down, "up"), change(keymap.Home, keymap.Open, "w")},
			[]keymap.Reason{keymap.Taken}, "home up down"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m, problems := keymap.Default().With(tt.changes)
			var got []keymap.Reason
			for _, p := range problems {
				got = append(got, p.Reason)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("problems: %+v, want %v", problems, tt.want)
			}
			words := strings.SplitN(tt.finds, " ", 3)
			if a, _ := m.Find(words[1], keymap.Scope(words[0])); string(a) != words[2] {
				t.Errorf("in %s, %s means %q, want %q", words[0], words[1], a, words[2])
			}
		})
	}
}

// Whatever is asked for, no key means two things at once, and no action is
// without a key.
func FuzzWith(f *testing.F) {
	f.Add("home", "up", "j", "reading", "next", "q")
	f.Add("console", "back", "a", "global", "help", "h")
	f.Fuzz(func(t *testing.T, s1, a1, k1, s2, a2, k2 string) {
		m, _ := keymap.Default().With([]keymap.Change{
			change(keymap.Scope(s1), keymap.Action(a1), k1), change(keymap.Scope(s2), keymap.Action(a2), k2),
		})
		var same []keymap.Change
		for _, b := range m.Bindings(m.Scopes()...) {
			same = append(same, change(b.Scope, b.Action, b.Keys...))
		}
		if _, problems := m.With(same); len(problems) > 0 {
			t.Errorf("%+v", problems)
		}
	})
}

func TestLabels(t *testing.T) {
	t.Parallel()
	m, _ := keymap.Default().With([]keymap.Change{change(keymap.Reading, keymap.Next, "pgdown", "x"), change(keymap.Choice, keymap.Pick, "a", "b", "c")})
	for path, want := range map[string]string{"reading/next": "pgdn", "home/up": "↑", "choice/pick": "a–c", "nowhere/up": "", "home/nothing": ""} {
		if got := m.Label(path); got != want {
			t.Errorf("%s is shown as %q, want %q", path, got, want)
		}
	}
	if n := m.Nth(keymap.Choice, keymap.Pick, "c"); n != 2 {
		t.Errorf("c is the key %d, want 2", n)
	}
}
