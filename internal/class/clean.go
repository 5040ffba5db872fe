package class

// Clean makes one line of text that is safe on a terminal out of any bytes: valid
// UTF-8 without control characters, directional overrides and other invisible
// characters, white space as single spaces, at most max grapheme clusters.
func Clean(text string, max int) string { panic("soon") }

// CleanLines is Clean for text of several lines: it keeps their ends (LF), and
// spaces within them; tabs become spaces. Max is for all of it.
func CleanLines(text string, max int) string { panic("soon") }

// CleanScreen makes a screen out of any bytes that holds text, ends of lines and
// SGR sequences, and nothing else that a terminal acts on; it has at most 500
// columns and 200 rows, of which its content has no more, and ends with attributes
// reset. The caption is cleaned as by [Clean].
func CleanScreen(s Screen) Screen { panic("soon") }

// Name makes a learner's name out of what was typed: in NFC, white space single
// and none around it; letters and digits of any script, and between them spaces
// and . - _ '. It takes 1 to 40 cells of a terminal. Else ErrName.
func Name(typed string) (string, error) { panic("soon") }

// NameKey is the same for two names that could be taken for each other because
// they differ in case, width, compatibility forms or kinds of separators only.
func NameKey(name string) string { panic("soon") }
