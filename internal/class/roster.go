package class

import "io"

// ReadRoster reads a roster from CSV as spreadsheets write it: UTF-8 with or
// without a byte order mark, fields divided by commas, semicolons or tabs
// (whichever the first line has), quoted or not. The first column is the name, the
// rest are notes; where the first line names its columns, the one called name (in
// English or Chinese) is taken. An error names the line, from 1: a name that cannot
// be one, one that stands there already, or more than a thousand.
func ReadRoster(r io.Reader) ([]Entry, error) { panic("soon") }
