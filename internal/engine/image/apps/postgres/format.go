package postgres

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"kubetutor/internal/engine/image/apps/sqldb"
)

// format draws a result as psql does.
func (c *client) format(r *sqldb.Result, title string) string {
	var out strings.Builder
	cells := func(row []any) []string {
		list := make([]string, len(row))
		for i, value := range row {
			if value != nil {
				list[i] = sqldb.Text(value)
			}
		}
		return list
	}
	if c.unaligned {
		if !c.tuples {
			out.WriteString(strings.Join(r.Columns, "|") + "\n")
		}
		for _, row := range r.Rows {
			out.WriteString(strings.Join(cells(row), "|") + "\n")
		}
		if !c.tuples {
			out.WriteString(count(len(r.Rows)) + "\n")
		}
		return out.String()
	}
	c.aligned(&out, r, title, cells)
	return out.String()
}

func count(n int) string {
	if n == 1 {
		return "(1 row)"
	}
	return fmt.Sprintf("(%d rows)", n)
}

func (c *client) aligned(out *strings.Builder, r *sqldb.Result, title string, cells func([]any) []string) {
	widths := make([]int, len(r.Columns))
	right := make([]bool, len(r.Columns))
	for i, name := range r.Columns {
		widths[i] = utf8.RuneCountInString(name)
		right[i] = len(r.Rows) > 0
	}
	for _, row := range r.Rows {
		for i, cell := range cells(row) {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
			if _, err := strconv.ParseFloat(cell, 64); err != nil {
				right[i] = false
			}
		}
	}
	if !c.tuples {
		head := make([]string, len(r.Columns))
		rule := make([]string, len(r.Columns))
		total := 0
		for i, name := range r.Columns {
			space := widths[i] - utf8.RuneCountInString(name)
			head[i] = " " + strings.Repeat(" ", space/2) + name + strings.Repeat(" ", space-space/2) + " "
			rule[i] = strings.Repeat("-", widths[i]+2)
			total += widths[i] + 3
		}
		if title != "" {
			out.WriteString(strings.Repeat(" ", max(0, (total-len(title))/2)) + title + "\n")
		}
		out.WriteString(strings.TrimRight(strings.Join(head, "|"), " ") + " \n" + strings.Join(rule, "+") + "\n")
	}
	for _, row := range r.Rows {
		line := make([]string, len(row))
		for i, cell := range cells(row) {
			space := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if right[i] {
				line[i] = " " + space + cell + " "
			} else {
				line[i] = " " + cell + space + " "
			}
		}
		out.WriteString(strings.TrimRight(strings.Join(line, "|"), " ") + "\n")
	}
	if !c.tuples {
		out.WriteString(count(len(r.Rows)) + "\n")
	}
	out.WriteString("\n")
}
