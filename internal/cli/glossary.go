package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"kubetutor/internal/course"
	"kubetutor/internal/plain"
)

// newCmdGlossary explains words.
func newCmdGlossary(f *Factory) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "glossary [TERM]", Short: f.Words.Glossary, Long: f.Words.GlossaryLong, ValidArgsFunction: f.completeTerms,
		RunE: func(_ *cobra.Command, args []string) error { return runGlossary(f, strings.Join(args, " "), asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, f.Words.FlagJSON)
	return cmd
}

// termJSON is a term in `glossary --json`, in the language of --lang. Fields are
// added, never taken away or changed.
type termJSON struct {
	ID     string   `json:"id"`
	Term   string   `json:"term"`
	Also   []string `json:"also"`
	Text   string   `json:"text"`
	Lesson string   `json:"lesson,omitempty"`
}

func runGlossary(f *Factory, name string, asJSON bool) error {
	terms, err := f.terms(name)
	if err != nil {
		return err
	}
	if asJSON {
		return f.json(termsJSON(terms, f.Lang()))
	}
	if len(terms) == 0 {
		f.printf("%s\n", f.Words.NoTerms)
		return nil
	}
	c, err := f.Course()
	if err != nil {
		return err
	}
	for i, t := range terms {
		if i > 0 {
			f.printf("\n")
		}
		plain.PrintTerm(f.IO.Out, c, t, f.Words, f.Lang(), f.style())
	}
	return nil
}

// terms are the one of a name, or all.
func (f *Factory) terms(name string) ([]*course.Term, error) {
	c, err := f.Course()
	if err != nil {
		return nil, err
	}
	g, err := c.Glossary()
	if err != nil {
		return nil, err
	}
	if name == "" {
		return g.Terms(), nil
	}
	if t, ok := g.Find(name); ok {
		return []*course.Term{t}, nil
	}
	return nil, fmt.Errorf(f.Words.UnknownTerm, name, strings.Join(g.Nearest(name, 3), f.Words.ListSeparator))
}

func termsJSON(terms []*course.Term, lang course.Lang) []termJSON {
	return each(terms, func(t *course.Term) termJSON {
		return termJSON{t.ID, t.Term.In(lang), append([]string{}, t.Also...), t.Text.In(lang), t.Lesson}
	})
}

// completeTerms offers the terms to the shell.
func (f *Factory) completeTerms(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	terms, err := f.terms("")
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var offers []string
	for _, t := range terms {
		offers = append(offers, t.ID+"\t"+t.Term.In(f.Lang()))
	}
	return offers, cobra.ShellCompDirectiveNoFileComp
}
