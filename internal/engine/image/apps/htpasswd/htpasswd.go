// Package htpasswd checks passwords against files as htpasswd(1) makes them: apr1
// (MD5 of Apache's), bcrypt, {SHA}, {SSHA} and {PLAIN}.
package htpasswd

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base64"
	"strings"

	"golang.org/x/crypto/bcrypt"
)

// Find returns the hash of a user in a file.
func Find(file []byte, user string) (hash string, ok bool) {
	for line := range bytes.Lines(file) {
		name, hash, ok := strings.Cut(strings.TrimSpace(string(line)), ":")
		if ok && name == user {
			return hash, true
		}
	}
	return "", false
}

// Matches says whether a hash is one of the password. A hash of a kind that is not
// known matches nothing.
func Matches(hash, password string) bool {
	if strings.HasPrefix(hash, "$2") {
		return bcrypt.CompareHashAndPassword([]byte(hash), []byte(password)) == nil
	}
	like := hashLike(hash, password)
	return like != "" && subtle.ConstantTimeCompare([]byte(hash), []byte(like)) == 1
}

// hashLike hashes a password the way that an entry was made.
func hashLike(entry, password string) string {
	switch {
	case strings.HasPrefix(entry, "{PLAIN}"):
		return "{PLAIN}" + password
	case strings.HasPrefix(entry, "{SHA}"):
		sum := sha1.Sum([]byte(password))
		return "{SHA}" + base64.StdEncoding.EncodeToString(sum[:])
	case strings.HasPrefix(entry, "{SSHA}"):
		return salted(entry, password)
	case strings.HasPrefix(entry, "$apr1$"):
		parts := strings.SplitN(entry, "$", 4)
		if len(parts) == 4 {
			return "$apr1$" + parts[2] + "$" + apr1(password, parts[2])
		}
	}
	return ""
}

// salted is SHA-1 of the password and the salt that follows the sum.
func salted(entry, password string) string {
	known, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(entry, "{SSHA}"))
	if err != nil || len(known) < sha1.Size {
		return ""
	}
	salt := known[sha1.Size:]
	sum := sha1.Sum(append([]byte(password), salt...))
	return "{SSHA}" + base64.StdEncoding.EncodeToString(append(sum[:], salt...))
}

// apr1 is Apache's variant of the MD5-based crypt of FreeBSD
// (apr_md5_encode in apr-util).
func apr1(password, salt string) string {
	pw := []byte(password)
	inner := md5.Sum([]byte(password + salt + password))
	text := []byte(password + "$apr1$" + salt)
	for left := len(pw); left > 0; left -= 16 {
		text = append(text, inner[:min(16, left)]...)
	}
	for i := len(pw); i > 0; i >>= 1 {
		if i&1 == 1 {
			text = append(text, 0)
		} else {
			text = append(text, pw[0])
		}
	}
	sum := md5.Sum(text)
	for i := range 1000 {
		sum = md5.Sum(apr1Round(i, sum, pw, salt))
	}
	return apr1Encode(sum)
}

func apr1Round(i int, sum [16]byte, pw []byte, salt string) []byte {
	var round []byte
	add := func(odd bool) {
		if odd {
			round = append(round, pw...)
		} else {
			round = append(round, sum[:]...)
		}
	}
	add(i&1 == 1)
	if i%3 != 0 {
		round = append(round, salt...)
	}
	if i%7 != 0 {
		round = append(round, pw...)
	}
	add(i&1 == 0)
	return round
}

func apr1Encode(sum [16]byte) string {
	const digits = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	var out []byte
	put := func(value uint, n int) {
		for range n {
			out = append(out, digits[value&0x3f])
			value >>= 6
		}
	}
	for _, i := range [][3]int{{0, 6, 12}, {1, 7, 13}, {2, 8, 14}, {3, 9, 15}, {4, 10, 5}} {
		put(uint(sum[i[0]])<<16|uint(sum[i[1]])<<8|uint(sum[i[2]]), 4)
	}
	put(uint(sum[11]), 2)
	return string(out)
}
