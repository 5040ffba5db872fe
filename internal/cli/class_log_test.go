package cli

import (
	"strings"
	"testing"
	"time"

	"kubetutor/internal/class"
	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
)

// TestPorterTellsWhatChanges holds that comings, goings, hands and wishes are said
// once each, and what is told to the instructor alone is not.
func TestPorterTellsWhatChanges(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 1, 2, 12, 0, 0, 0, time.Local)
	row := func(id class.LearnerID, here bool, call *class.Call) class.Row {
		return class.Row{Learner: id, Name: "N" + string(id), Here: here, Call: call}
	}
	p := newPorter(i18n.CLIWords(course.English), class.Board{At: noon, Join: class.Join{Code: "AAAA"}, Rows: []class.Row{row("a", false, nil)}})
	for _, tt := range []struct {
		board class.Board
		says  string
	}{
		{class.Board{Rows: []class.Row{row("a", true, nil)}}, "Na is here"},
		{class.Board{Rows: []class.Row{row("a", true, nil)}}, ""},
		{class.Board{Rows: []class.Row{row("a", true, &class.Call{Up: true, Text: "secret"})}}, "Na asks for help"},
		{class.Board{Rows: []class.Row{row("a", true, &class.Call{Up: true, Text: "more"})}}, ""},
		{class.Board{Rows: []class.Row{row("a", false, nil), row("b", true, nil)}}, "Na has left|Nb is here"},
		{class.Board{Asking: []class.Asking{{ID: "1", Name: "Na", From: "192.0.2.7"}}}, "Na wants to come back without the resume code, from 192.0.2.7"},
		{class.Board{Asking: []class.Asking{{ID: "1", Name: "Na", From: "192.0.2.7"}}}, ""},
		{class.Board{Join: class.Join{Code: "BBBB", Expires: noon.Add(25 * time.Hour)}}, "BBBB   good until 2026-01-03 13:00"},
		{class.Board{Join: class.Join{Code: "BBBB"}, Over: true, Class: class.Class{Name: "c"}}, "Class c has been ended"},
	} {
		tt.board.At = noon
		if tt.board.Join.Code == "" {
			tt.board.Join.Code = p.code
		}
		got := strings.Join(p.lines(tt.board), "|")
		for _, want := range strings.Split(tt.says, "|") {
			if !strings.Contains(got, want) || tt.says == "" && got != "" {
				t.Errorf("%+v says %q, want %q", tt.board, got, tt.says)
			}
		}
		if strings.Contains(got, "secret") {
			t.Errorf("what somebody asks is told to all: %q", got)
		}
	}
}
