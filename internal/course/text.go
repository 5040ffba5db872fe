package course

// Lang is a language that the course is written in, as a BCP 47 primary
// language subtag.
type Lang string

// The languages of the course. Both are first languages: every text exists in
// both, and neither is a translation of the other.
const (
	English Lang = "en"
	Chinese Lang = "zh"
)

// Langs lists the languages in the order in which they are offered.
var Langs = [...]Lang{English, Chinese}

// Other is the other one of the two.
func (l Lang) Other() Lang {
	if l == English {
		return Chinese
	}
	return English
}

// Text is one text in every language of the course.
type Text struct {
	EN string `yaml:"en" json:"en,omitempty"`
	ZH string `yaml:"zh" json:"zh,omitempty"`
}

// Same returns a text that reads alike in every language, such as a name or a
// field's value.
func Same(s string) Text { return Text{EN: s, ZH: s} }

// In returns the text in the language l; where that is missing, in English.
func (t Text) In(l Lang) string {
	if l == Chinese && t.ZH != "" {
		return t.ZH
	}
	return t.EN
}

// IsZero tells whether the text is missing in every language.
func (t Text) IsZero() bool { return t == Text{} }
