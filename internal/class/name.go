package class

import (
	"strings"
	"unicode"

	"github.com/rivo/uniseg"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

const (
	maxName  = 40 // cells of a terminal
	maxMarks = 3  // accents on one letter
)

const separators = " .-_'"

// Name makes a learner's name out of what was typed: in NFC, white space single
// and none around it; letters and digits of any script, and between them spaces
// and . - _ '. Letters of Latin, Greek, Cyrillic and the other scripts that have many
// of the same shapes are not mixed. It takes 1 to 40 cells of a terminal. Else ErrName.
func Name(typed string) (string, error) {
	if len(typed) > 16*maxName {
		return "", ErrName
	}
	// An apostrophe from a telephone or a word processor is one all the same.
	name := strings.NewReplacer("\u2019", "'", "\u2018", "'").Replace(norm.NFC.String(typed))
	name = strings.Join(strings.Fields(name), " ")
	cells := uniseg.StringWidth(name)
	if cells < 1 || cells > maxName || !spelled(name) || scripts(name) > 1 {
		return "", ErrName
	}
	return name, nil
}

// spelled tells whether a text begins and ends with a letter or a digit, and has
// nothing else but their accents and single separators between them.
func spelled(name string) bool {
	after, marks := ' ', 0
	for _, r := range name {
		switch {
		case unicode.In(r, unicode.C, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector):
			return false // letters that cannot be seen are among them
		case unicode.In(r, unicode.L, unicode.Nd):
			marks = 0
		case unicode.Is(unicode.M, r):
			if marks++; marks > maxMarks || separates(after) {
				return false
			}
		case !separates(r), r == ' ' && after == ' ', after == ' ' && r != '\'':
			return false
		}
		after = r
	}
	return !separates(after) || after == '.'
}

func separates(r rune) bool { return strings.ContainsRune(separators, r) }

// scripts counts which of the scripts that look alike a text has letters of: those
// with a dozen letters or more that Unicode lists as confusable with Latin ones
// (https://www.unicode.org/Public/security/latest/confusables.txt).
func scripts(text string) (n int) {
	for _, script := range []*unicode.RangeTable{
		unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Armenian, unicode.Cherokee, unicode.Canadian_Aboriginal, unicode.Coptic, unicode.Deseret, unicode.Lisu,
	} {
		if strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(script, r) }) {
			n++
		}
	}
	return n
}

// NameKey is the same for two names that could be taken for each other because
// they differ in case, width, compatibility forms or kinds of separators only.
//
// Case folding comes both before and after NFKC, each of which can make work for
// the other (Unicode 5.18, caseless matching of compatibility forms).
func NameKey(name string) string {
	fold := cases.Fold()
	key := norm.NFKC.String(fold.String(norm.NFKC.String(fold.String(norm.NFD.String(name)))))
	return strings.Join(strings.FieldsFunc(key, func(r rune) bool { return separates(r) || unicode.IsSpace(r) }), " ")
}
