package markdown

import "charm.land/glamour/v2/ansi"

// styles turns a palette into a style of glamour. The document itself has no
// colour: else every space that pads a line would be styled on its own.
func styles(o Options) ansi.StyleConfig {
	p := o.Palette
	if o.NoColor || o.Plain {
		p = Palette{}
	}
	yes := true
	code := ansi.StylePrimitive{Color: colour(p.Code), BackgroundColor: colour(p.CodeBackground)}
	if p.Code == "" && p.CodeBackground == "" {
		code.Prefix, code.Suffix = "`", "`" // seen without colour
	}
	return ansi.StyleConfig{
		Heading:       ansi.StyleBlock{StylePrimitive: ansi.StylePrimitive{Bold: &yes, Color: colour(p.Heading)}},
		Strong:        ansi.StylePrimitive{Bold: &yes, Color: colour(p.Strong)},
		Emph:          ansi.StylePrimitive{Italic: &yes, Color: colour(p.Emphasis)},
		Strikethrough: ansi.StylePrimitive{CrossedOut: &yes},
		Link:          ansi.StylePrimitive{Underline: &yes, Color: colour(p.Link)},
		LinkText:      ansi.StylePrimitive{Underline: &yes, Color: colour(p.Link)},
		Code:          ansi.StyleBlock{StylePrimitive: code},
		CodeBlock:     ansi.StyleCodeBlock{Theme: p.Chroma},
		Task:          ansi.StyleTask{Ticked: "[x] ", Unticked: "[ ] "},
	}
}

func colour(name string) *string {
	if name == "" {
		return nil
	}
	return &name
}
