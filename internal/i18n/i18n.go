// Package i18n holds the program's own words in English and in Chinese. Each
// part of the program has a structure of its words here, one file each, filled
// in both languages; a test tells which words are missing.
package i18n
