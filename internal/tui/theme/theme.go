// Package theme turns a file of colour tokens into the styles of the interface.
// No colour is named anywhere else.
package theme

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"
	"go.yaml.in/yaml/v3"

	"kubetutor/assets"
	"kubetutor/internal/markdown"
)

// Names of the themes that the program relies on. Auto and Contrast follow the
// terminal's background.
const (
	Auto          = "auto" // Light or Dark
	Light         = "light"
	Dark          = "dark"
	Mono          = "mono"
	Contrast      = "contrast" // ContrastLight or ContrastDark
	ContrastLight = "contrast-light"
	ContrastDark  = "contrast-dark"
)

// For is the theme that a name means on a dark or a light background.
func For(name string, dark bool) string {
	switch {
	case name == Auto && dark:
		return Dark
	case name == Auto:
		return Light
	case name == Contrast && dark:
		return ContrastDark
	case name == Contrast:
		return ContrastLight
	}
	return name
}

// Choices lists what a learner can choose: the names that follow the background,
// then the themes of a directory.
func Choices(dir fs.FS) []string { return append([]string{Auto, Contrast}, Names(dir)...) }

// Theme is a set of tokens. Each is a colour as lipgloss understands it
// ("#a1b2c3", "12"), or empty for the terminal's own.
type Theme struct {
	Format           int     `yaml:"format"`
	Dark             bool    `yaml:"dark"`
	Text             string  `yaml:"text"`
	Dim              string  `yaml:"dim"`    // what may be overlooked
	Accent           string  `yaml:"accent"` // titles, keys, the cursor
	Good             string  `yaml:"good"`
	Bad              string  `yaml:"bad"`
	Wait             string  `yaml:"wait"`
	Rule             string  `yaml:"rule"` // lines between parts
	Select           string  `yaml:"select"`
	SelectBackground string  `yaml:"select_background"`
	Markdown         palette `yaml:"markdown"`
}

type palette struct {
	Heading        string `yaml:"heading"`
	Strong         string `yaml:"strong"`
	Emphasis       string `yaml:"emphasis"`
	Code           string `yaml:"code"`
	CodeBackground string `yaml:"code_background"`
	Link           string `yaml:"link"`
	Quote          string `yaml:"quote"`
	Rule           string `yaml:"rule"`
	Figure         string `yaml:"figure"`
	Note           string `yaml:"note"`
	Tip            string `yaml:"tip"`
	Important      string `yaml:"important"`
	Warning        string `yaml:"warning"`
	Caution        string `yaml:"caution"`
	Chroma         string `yaml:"chroma"`
}

// Load reads the theme NAME.yaml of a directory. An unknown name is an error
// that lists the known ones.
func Load(dir fs.FS, name string) (Theme, error) {
	data, err := fs.ReadFile(dir, name+".yaml")
	if err != nil {
		return Theme{}, fmt.Errorf("loading theme %q: there is %s", name, strings.Join(Choices(dir), ", "))
	}
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	var t Theme
	if err := d.Decode(&t); err != nil {
		return Theme{}, fmt.Errorf("reading theme %q: %w", name, err)
	}
	return t, nil
}

// Names lists the themes of a directory, sorted.
func Names(dir fs.FS) []string {
	files, _ := fs.Glob(dir, "*.yaml")
	for i, f := range files {
		files[i] = strings.TrimSuffix(path.Base(f), ".yaml")
	}
	slices.Sort(files)
	return files
}

// Styles is everything that the interface draws with. It is comparable, so that
// a cache may use it as part of a key.
type Styles struct {
	Text, Dim, Strong, Accent, Title lipgloss.Style
	Good, Bad, Wait, Rule            lipgloss.Style
	Selected, Key                    lipgloss.Style
	Mark, Here                       lipgloss.Style // what was found, and the one that is looked at
	Palette                          markdown.Palette
	NoColor                          bool
}

// Named are the styles of a theme of the program's own assets, as For means its
// name on a light or a dark background. An unknown name is an error.
func Named(name string, light, noColor bool) (Styles, error) {
	dir, err := fs.Sub(assets.FS, "themes")
	if err != nil {
		return Styles{}, fmt.Errorf("loading theme %q: %w", name, err)
	}
	t, err := Load(dir, For(name, !light))
	if err != nil {
		return Styles{}, err
	}
	return New(t, noColor), nil
}

// New makes the styles of a theme. Without colour only bold, underlined and
// reversed are left, and nothing that the colours said is lost.
func New(t Theme, noColor bool) Styles {
	if noColor {
		t = Theme{}
	}
	bare := t == Theme{Format: t.Format, Dark: t.Dark}
	s := Styles{
		Text: colour(t.Text), Dim: colour(t.Dim), Accent: colour(t.Accent),
		Strong: colour(t.Text).Bold(true), Title: colour(t.Accent).Bold(true), Key: colour(t.Accent).Bold(true),
		Good: colour(t.Good), Bad: colour(t.Bad), Wait: colour(t.Wait), Rule: colour(t.Rule),
		Selected: colour(t.Select).Bold(true), Palette: markdown.Palette(t.Markdown), NoColor: bare,
	}
	if t.SelectBackground != "" {
		s.Selected = s.Selected.Background(lipgloss.Color(t.SelectBackground))
	}
	if bare {
		s.Selected = s.Selected.Reverse(true)
	}
	s.Mark, s.Here = colour(t.Accent).Underline(true).Bold(true), s.Selected.Reverse(true)
	return s
}

func colour(name string) lipgloss.Style {
	s := lipgloss.NewStyle()
	if name == "" {
		return s
	}
	return s.Foreground(lipgloss.Color(name))
}
