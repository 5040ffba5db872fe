package plain

import (
	"context"
	"fmt"
	"io"

	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
	"kubetutor/internal/lab/attempt"
)

// Hint prints the next hint of a lab for where it stands. Where there is none it
// says why, and prints those that were shown once more.
func Hint(ctx context.Context, w io.Writer, desk *attempt.Desk, l *course.Lab, lang course.Lang, words *i18n.CLI) error {
	advice, err := Advise(ctx, desk, l)
	if err != nil {
		return err
	}
	if advice.Hint == 0 {
		fmt.Fprintln(w, words.NoHint[string(advice.Why)])
		Hints(w, l, advice, lang, words)
		return nil
	}
	printHint(w, l, advice, len(advice.Shown)-1, lang, words)
	if advice.Left > 0 {
		fmt.Fprintf(w, words.MoreHints+"\n", advice.Left)
	}
	return nil
}

// Advise asks the engine how a lab stands, chooses the next hint, and records
// that it is shown.
func Advise(ctx context.Context, desk *attempt.Desk, l *course.Lab) (attempt.Advice, error) {
	now, err := desk.Now(ctx, l)
	if err != nil {
		return attempt.Advice{}, err
	}
	return desk.Hint(ctx, l, now)
}

// Hints prints the hints that were shown, in that order.
func Hints(w io.Writer, l *course.Lab, advice attempt.Advice, lang course.Lang, words *i18n.CLI) {
	if len(advice.Shown) == 0 {
		return
	}
	fmt.Fprintln(w, words.ShownHints)
	for i := range advice.Shown {
		printHint(w, l, advice, i, lang, words)
	}
}

// printHint prints the hint that was shown as number i, from 0.
func printHint(w io.Writer, l *course.Lab, advice attempt.Advice, i int, lang course.Lang, words *i18n.CLI) {
	fmt.Fprintf(w, words.HintNumber+"\n", i+1, HintText(l, advice, advice.Shown[i], lang))
}

// HintText is hint n of the lab's list, from 1, with the attempt's values; empty
// where the lab has it no longer.
func HintText(l *course.Lab, advice attempt.Advice, n int, lang course.Lang) string {
	if n < 1 || n > len(l.Hints) {
		return ""
	}
	return course.Substitute(l.Hints[n-1].Text().In(lang), advice.Vars)
}
