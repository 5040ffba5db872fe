package class

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxRoster is the largest roster that is read, in bytes.
const maxRoster = 1 << 20

// ReadRoster reads a roster from CSV as spreadsheets write it: UTF-8 with or
// without a byte order mark, fields divided by commas, semicolons or tabs
// (whichever the first line has most of), quoted or not. The first column is the
// name, the rest are notes; where the first line names its columns, the one called
// name (in English or Chinese) is taken. An error names the line, from 1: a name
// that cannot be one, one that stands there already, or more than a thousand.
func ReadRoster(r io.Reader) ([]Entry, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxRoster+1))
	if err != nil {
		return nil, fmt.Errorf("reading the roster: %w", err)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	switch {
	case len(text) > maxRoster:
		return nil, fmt.Errorf("reading the roster: it is larger than %d bytes", maxRoster)
	case !utf8.Valid(text):
		return nil, errors.New("reading the roster: it is not in UTF-8; save it as “CSV UTF-8”")
	}
	entries, err := readEntries(text)
	if err != nil {
		return nil, fmt.Errorf("reading the roster: %w", err)
	}
	return entries, nil
}

// rosterReader gathers entries line by line.
type rosterReader struct {
	column  int            // of the names
	lines   map[string]int // by NameKey: where it stands
	entries []Entry
}

func readEntries(text []byte) ([]Entry, error) {
	fields := csv.NewReader(bytes.NewReader(text))
	fields.Comma, fields.FieldsPerRecord = divider(text), -1
	list := rosterReader{lines: map[string]int{}}
	for first := true; ; first = false {
		record, err := fields.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err // it says which line
		}
		if first && list.header(record) {
			continue
		}
		line, _ := fields.FieldPos(0)
		if err := list.add(record, line); err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
	}
	if len(list.entries) == 0 {
		return nil, errors.New("there is no name in it")
	}
	return list.entries, nil
}

// divider is what divides the fields of the first line; where nothing does, a comma.
func divider(text []byte) rune {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	best, most := ',', bytes.Count(line, []byte(","))
	for _, c := range []rune{';', '\t'} {
		if n := bytes.Count(line, []byte(string(c))); n > most {
			best, most = c, n
		}
	}
	return best
}

// header tells whether a line names its columns.
func (l *rosterReader) header(record []string) bool {
	for i, field := range record {
		called := strings.Join(strings.Fields(strings.ToLower(field)), " ")
		if slices.Contains([]string{"name", "full name", "learner", "student", "姓名", "名字", "学员", "学生"}, called) {
			l.column = i
			return true
		}
	}
	return false
}

func (l *rosterReader) add(record []string, line int) error {
	var typed string
	if l.column < len(record) {
		typed = record[l.column]
	}
	rest := slices.DeleteFunc(slices.Concat(record[:min(l.column, len(record))], record[min(l.column+1, len(record)):]), func(field string) bool {
		return strings.TrimSpace(field) == ""
	})
	if strings.TrimSpace(typed) == "" && len(rest) == 0 {
		return nil // an empty line of a spreadsheet
	}
	name, err := Name(typed)
	if err != nil {
		return fmt.Errorf("%q: %w", Clean(typed, maxName), err)
	}
	if first, twice := l.lines[NameKey(name)]; twice {
		return fmt.Errorf("%q stands in line %d already", name, first)
	}
	if len(l.entries) == maxLearners {
		return fmt.Errorf("a roster has at most %d names", maxLearners)
	}
	l.lines[NameKey(name)] = line
	l.entries = append(l.entries, Entry{Name: name, Note: Clean(strings.Join(rest, ", "), maxNote)})
	return nil
}
