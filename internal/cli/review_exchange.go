package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kubetutor/internal/progress"
	"kubetutor/internal/review"
	"kubetutor/internal/review/exchange"
)

// exchangeFlags say how reviews are exchanged, and which.
type exchangeFlags struct {
	filterFlags
	format    string
	dry, json bool
}

// newCmdReviewExport writes cards or ratings for other programs.
func newCmdReviewExport(f *Factory) *cobra.Command {
	o := &exchangeFlags{}
	cmd := &cobra.Command{
		Use: "export FILE", Short: f.Words.ReviewExport, Long: f.Words.ReviewExportLong, Args: exactly(1, f),
		RunE: func(cmd *cobra.Command, args []string) error { return runReviewExport(cmd.Context(), f, o, args[0]) },
	}
	o.filterFlags.add(cmd, f)
	o.add(cmd, f)
	return cmd
}

// newCmdReviewImport takes in what other programs wrote.
func newCmdReviewImport(f *Factory) *cobra.Command {
	o := &exchangeFlags{}
	cmd := &cobra.Command{
		Use: "import FILE", Short: f.Words.ReviewImport, Long: f.Words.ReviewImportLong, Args: exactly(1, f),
		RunE: func(cmd *cobra.Command, args []string) error { return runReviewImport(cmd.Context(), f, o, args[0]) },
	}
	o.add(cmd, f)
	cmd.Flags().BoolVar(&o.dry, "dry-run", false, f.Words.FlagDryRun)
	cmd.Flags().BoolVar(&o.json, "json", false, f.Words.FlagJSON)
	return cmd
}

func (o *exchangeFlags) add(cmd *cobra.Command, f *Factory) {
	cmd.Flags().StringVar(&o.format, "format", "", f.Words.FlagExchangeFormat)
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(formatNames(), cobra.ShellCompDirectiveNoFileComp))
}

func formatNames() []string {
	return each(exchange.Formats(), func(format exchange.Format) string { return string(format) })
}

// formatOf is the format that was asked for, else that of a file's name.
func (o *exchangeFlags) formatOf(f *Factory, name string) (exchange.Format, error) {
	format := exchange.Format(strings.ToLower(strings.TrimPrefix(filepath.Ext(name), ".")))
	unknown := fmt.Errorf(f.Words.SuffixUnknown, name, "."+strings.Join(formatNames(), ", ."))
	if o.format != "" || name == "-" {
		format, unknown = exchange.Format(o.format), fmt.Errorf(f.Words.FormatUnsaid, o.format, strings.Join(formatNames(), ", "))
	}
	if format == "colpkg" { // a whole collection of Anki
		format = exchange.APKG
	}
	if !slices.Contains(exchange.Formats(), format) {
		return "", usageError{unknown}
	}
	return format, nil
}

func runReviewExport(ctx context.Context, f *Factory, o *exchangeFlags, name string) error {
	format, err := o.formatOf(f, name)
	if err != nil {
		return err
	}
	desk, err := f.Desk()
	if err != nil {
		return err
	}
	filter, err := o.filter(f, desk.Course)
	if err != nil {
		return err
	}
	x := &exchange.Exporter{Desk: desk, Lang: f.Lang(), Words: &f.Words.ExchangeWords, Now: time.Now()}
	if name == "-" {
		_, err := x.Export(ctx, f.IO.Out, format, filter)
		return err
	}
	return f.exportTo(name, format, func(w io.Writer) (int, error) { return x.Export(ctx, w, format, filter) })
}

// exportTo writes a new file, and says how much is in it.
func (f *Factory) exportTo(name string, format exchange.Format, export func(io.Writer) (int, error)) error {
	var n int
	err := f.create(name, func(w io.Writer) (err error) {
		n, err = export(w)
		return err
	})
	if err != nil {
		return err
	}
	said := f.Words.ExportedCards
	if format == exchange.JSONL {
		said = f.Words.ExportedRatings
	}
	f.printf(said+"\n", n, name)
	return nil
}

func runReviewImport(ctx context.Context, f *Factory, o *exchangeFlags, name string) error {
	format, err := o.formatOf(f, name)
	if err != nil {
		return err
	}
	desk, err := f.Desk()
	if err != nil {
		return err
	}
	in, closeIn, err := f.open(name)
	if err != nil {
		return fmt.Errorf("importing reviews: %w", err)
	}
	defer closeIn()
	m := &exchange.Importer{Desk: desk, Now: time.Now()}
	report, err := takeIn(ctx, m, format, in, o.dry)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if o.json {
		return f.json(reportJSON(report))
	}
	f.tellReport(report, o.dry)
	return nil
}

func takeIn(ctx context.Context, m *exchange.Importer, format exchange.Format, in io.Reader, dry bool) (exchange.Report, error) {
	switch format {
	case exchange.CSV:
		return m.Table(ctx, in, dry)
	case exchange.JSONL:
		return m.Log(ctx, in, dry)
	}
	file, size, err := randomAccess(in)
	if err != nil {
		return exchange.Report{}, fmt.Errorf("importing reviews: %w", err)
	}
	return m.Deck(ctx, file, size, dry)
}

// maxPiped is the largest package that is read from a pipe, in bytes: it is kept
// in memory.
const maxPiped = 256 << 20

// randomAccess reads a package's parts in any order, as an archive wants it.
func randomAccess(in io.Reader) (io.ReaderAt, int64, error) {
	if file, ok := in.(*os.File); ok {
		if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
			return file, info.Size(), nil
		}
	}
	var b strings.Builder
	n, err := io.Copy(&b, io.LimitReader(in, maxPiped+1))
	if n > maxPiped {
		err = errors.New("a package of more than 256 MiB cannot be piped: name its file")
	}
	return strings.NewReader(b.String()), n, err
}

// tellReport says what an import brought, and of one that was only tried what it
// would do to each card.
func (f *Factory) tellReport(r exchange.Report, dry bool) {
	w := f.Words
	if dry && len(r.Changes) > 0 {
		f.printf("%s\n", w.WouldChange)
		for _, c := range r.Changes {
			f.printf("  %-40s %s\n", c.Card, strings.Join(f.changeWords(c), w.ListSeparator))
		}
	}
	switch {
	case r.Ratings > 0:
		f.printf(w.ImportedRatings+"\n", r.Ratings, len(r.Changes))
	case len(r.Changes) > 0:
		f.printf(w.ImportedChanges+"\n", len(r.Changes))
	default:
		f.printf("%s\n", w.ImportedNothing)
	}
	for _, line := range []struct {
		text string
		n    int
	}{{w.ImportedKnown, r.Known}, {w.ImportedUnknown, r.Unknown}, {w.ImportedForeign, r.Foreign}, {w.ImportedSkipped, r.Skipped}} {
		if line.n > 0 {
			f.printf(line.text+"\n", line.n)
		}
	}
}

// changeWords say how a card changes.
func (f *Factory) changeWords(c exchange.Change) (words []string) {
	w := f.Words
	say := func(is bool, format string, args ...any) {
		if is {
			words = append(words, fmt.Sprintf(format, args...))
		}
	}
	say(c.Ratings > 0, w.ChangeRatings, c.Ratings)
	for _, part := range []struct{ format, before, after string }{
		{w.ChangeDue, shortTime(c.Before.Due), shortTime(c.After.Due)}, {w.ChangeMemory, memoryDays(c.Before.Stability), memoryDays(c.After.Stability)},
	} {
		say(part.before != part.after, part.format, part.before, part.after)
	}
	say(c.Mark == progress.MarkSuspend, "%s", w.ChangeSuspend)
	say(c.Mark == progress.MarkUnsuspend, "%s", w.ChangeUnsuspend)
	return words
}

// nothing stands for what a new card does not have.
const nothing = "–"

func shortTime(t time.Time) string {
	if t.IsZero() {
		return nothing
	}
	return t.Local().Format("2006-01-02 15:04")
}

func memoryDays(stability float64) string {
	if stability == 0 {
		return nothing
	}
	return strconv.FormatFloat(stability, 'f', 1, 64)
}

// changeJSON is a card in `review import --json`.
type changeJSON struct {
	Card    review.ID     `json:"card"`
	Ratings int           `json:"ratings"`
	Due     [2]*time.Time `json:"due"`       // before and after; null for none
	Memory  [2]float64    `json:"stability"` // before and after, in days
	Mark    progress.Mark `json:"mark,omitempty"`
}

func reportJSON(r exchange.Report) map[string]any {
	changes := each(r.Changes, func(c exchange.Change) changeJSON {
		return changeJSON{
			Card: c.Card, Ratings: c.Ratings, Due: [2]*time.Time{moment(c.Before.Due), moment(c.After.Due)},
			Memory: [2]float64{c.Before.Stability, c.After.Stability}, Mark: c.Mark,
		}
	})
	return map[string]any{
		"cards": r.Cards, "ratings": r.Ratings, "known": r.Known, "unknownCards": r.Unknown, "foreignNotes": r.Foreign, "skipped": r.Skipped,
		"changes": changes,
	}
}

// moment is nil for no time.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
