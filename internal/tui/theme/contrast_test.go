package theme_test

import (
	"image/color"
	"io/fs"
	"math"
	"reflect"
	"testing"

	"charm.land/lipgloss/v2"
	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/styles"
	"github.com/charmbracelet/x/ansi"

	"kubetutor/assets"
	"kubetutor/internal/tui/theme"
)

// The contrast of two colours is that of the Web Content Accessibility
// Guidelines 2.2, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio: 1 for equal
// ones, 21 for black on white. Text needs 4.5 (success criterion 1.4.3), with
// high contrast 7 (1.4.6).
func contrast(a, b color.Color) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// luminance is the relative luminance, https://www.w3.org/TR/WCAG22/#dfn-relative-luminance.
func luminance(c color.Color) float64 {
	r, g, b, _ := c.RGBA()
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}

func linear(channel uint32) float64 {
	v := float64(channel) / 0xffff
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

func TestContrastFormula(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		want float64
	}{{"#000000", "#ffffff", 21}, {"#777777", "#ffffff", 4.48}, {"#767676", "#ffffff", 4.54}, {"#123456", "#123456", 1}} {
		if got := contrast(lipgloss.Color(tt.a), lipgloss.Color(tt.b)); math.Abs(got-tt.want) > 0.005 {
			t.Errorf("%s on %s: %.3f, want %.2f", tt.a, tt.b, got, tt.want)
		}
	}
}

// The backgrounds that terminals commonly have: pure, and the palest of the
// well-known dark schemes (Dracula), the darkest of the light ones (Solarized).
func backgrounds(dark bool) []string {
	if dark {
		return []string{"#000000", "#1e1e1e", "#282a36"}
	}
	return []string{"#ffffff", "#fdf6e3"}
}

func load(t *testing.T, name string) theme.Theme {
	t.Helper()
	dir, err := fs.Sub(assets.FS, "themes")
	if err != nil {
		t.Fatal(err)
	}
	th, err := theme.Load(dir, name)
	if err != nil {
		t.Fatal(err)
	}
	return th
}

func TestContrastOfThemes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name        string
		text, lines float64
	}{{theme.Dark, 4.5, 0}, {theme.Light, 4.5, 0}, {theme.ContrastDark, 7, 4.5}, {theme.ContrastLight, 7, 4.5}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			th := load(t, tt.name)
			for token, colour := range tokens(th) {
				want := tt.text
				if token == "Rule" || token == "Markdown.Rule" {
					want = tt.lines
				}
				for _, bg := range backgrounds(th.Dark) {
					if got := contrast(lipgloss.Color(colour), lipgloss.Color(bg)); got < want {
						t.Errorf("%s %s on %s has %.2f, want %.1f", token, colour, bg, got, want)
					}
				}
			}
			if got := contrast(lipgloss.Color(th.Select), lipgloss.Color(th.SelectBackground)); got < tt.text {
				t.Errorf("what is selected has %.2f, want %.1f", got, tt.text)
			}
		})
	}
}

// tokens are the colours that are drawn on the terminal's own background.
func tokens(th theme.Theme) map[string]string {
	all := map[string]string{}
	collect(reflect.ValueOf(th), "", all)
	for _, other := range []string{"Select", "SelectBackground", "Markdown.CodeBackground", "Markdown.Chroma"} {
		delete(all, other)
	}
	return all
}

func collect(v reflect.Value, prefix string, all map[string]string) {
	for i := range v.NumField() {
		name, field := prefix+v.Type().Field(i).Name, v.Field(i)
		switch {
		case field.Kind() == reflect.Struct:
			collect(field, name+".", all)
		case field.Kind() == reflect.String && field.String() != "":
			all[name] = field.String()
		}
	}
}

// Code is drawn with the nearest of 256 colours; those count.
func TestContrastOfCode(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]float64{theme.Dark: 4.5, theme.Light: 4.5, theme.ContrastDark: 7, theme.ContrastLight: 7} {
		th := load(t, name)
		style, ok := styles.Registry[th.Markdown.Chroma]
		if !ok {
			t.Fatalf("%s: there is no style %q", name, th.Markdown.Chroma)
		}
		for kind := range chroma.StandardTypes {
			entry := style.Get(kind)
			if !entry.Colour.IsSet() || !drawn(kind) {
				continue
			}
			c := entry.Colour
			shown := ansi.Convert256(ansi.RGBColor{R: c.Red(), G: c.Green(), B: c.Blue()})
			for _, bg := range backgrounds(th.Dark) {
				if got := contrast(shown, lipgloss.Color(bg)); got < want {
					t.Errorf("%s: %s %s on %s has %.2f, want %.1f", name, kind, c, bg, got, want)
				}
			}
		}
	}
}

// drawn tells the kinds of tokens that stand in code; the others are for line
// numbers, errors and differences.
func drawn(kind chroma.TokenType) bool {
	c := kind.Category()
	return kind != chroma.TextWhitespace && (c == chroma.Keyword || c == chroma.Name || c == chroma.Literal || c == chroma.Operator || c == chroma.Punctuation || c == chroma.Comment || c == chroma.Text)
}

func TestFor(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		dark bool
		want string
	}{
		{theme.Auto, true, theme.Dark}, {theme.Auto, false, theme.Light},
		{theme.Contrast, true, theme.ContrastDark}, {theme.Contrast, false, theme.ContrastLight}, {theme.Mono, false, theme.Mono},
	} {
		if got := theme.For(tt.name, tt.dark); got != tt.want {
			t.Errorf("%s, dark %v: %s, want %s", tt.name, tt.dark, got, tt.want)
		}
	}
}

// Every theme can be loaded, and names a style of code that there is.
func TestChoices(t *testing.T) {
	t.Parallel()
	dir, err := fs.Sub(assets.FS, "themes")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range theme.Choices(dir) {
		for _, dark := range []bool{true, false} {
			th := load(t, theme.For(name, dark))
			if _, ok := styles.Registry[th.Markdown.Chroma]; !ok && th.Markdown.Chroma != "" {
				t.Errorf("%s: there is no style %q", name, th.Markdown.Chroma)
			}
		}
	}
}
