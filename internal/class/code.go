package class

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// alphabet is that of Crockford's base 32 (https://www.crockford.com/base32.html):
// letters that are taken for others are not in it.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// Sizes of codes in characters of five bits. A join code (40 bits) is read off a
// wall and lives for hours behind limits; see [door]. A resume code (80 bits) is
// written down and lives as long as the class.
const (
	joinLength   = 8
	resumeLength = 16
	idLength     = 8
)

// draw draws characters of the alphabet.
func draw(random io.Reader, n int) (string, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(random, b); err != nil {
		return "", fmt.Errorf("drawing a code: %w", err)
	}
	for i := range b {
		b[i] = alphabet[b[i]&31] // 32 divides 256: each is as likely
	}
	return string(b), nil
}

// grouped writes a code as people read it: XXXX-XXXX.
func grouped(code string) string {
	var groups []string
	for ; len(code) > 4; code = code[4:] {
		groups = append(groups, code[:4])
	}
	return strings.Join(append(groups, code), "-")
}

// typed reads a code as people type it: in any case and width, with or without
// dashes and spaces, O for 0, I and L for 1.
func typed(code string) string {
	if len(code) > 128 {
		return "" // it is none, and need not be looked at
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == 'O':
			return '0'
		case r == 'I', r == 'L':
			return '1'
		case strings.ContainsRune(alphabet, r):
			return r
		case strings.ContainsRune("- ‐‑–—\t\r\n", r):
			return -1
		}
		return '?'
	}, strings.ToUpper(norm.NFKC.String(code)))
}

// sameCode compares a code as it was typed with one of ours, in a time that tells
// nothing of how far they agree.
func sameCode(given, code string) bool {
	a, b := sha256.Sum256([]byte(typed(given))), sha256.Sum256([]byte(typed(code)))
	return code != "" && subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// resumeHash is what is kept of a resume code. It has 80 random bits, which no
// amount of guessing finds: a slow hash would only help who floods the door.
func resumeHash(who LearnerID, code string) []byte {
	sum := sha256.Sum256([]byte("kubetutor resume\x00" + string(who) + "\x00" + typed(code)))
	return sum[:]
}

func (l Learner) resumedBy(code string) bool {
	return len(l.Resume) > 0 && subtle.ConstantTimeCompare(resumeHash(l.ID, code), l.Resume) == 1
}

func (l Learner) hasKey(key string) bool {
	for _, k := range l.Keys {
		if key != "" && k == key {
			return true
		}
	}
	return false
}
