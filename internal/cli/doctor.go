package cli

import (
	"context"
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/spf13/cobra"

	"kubetutor/internal/doctor"
	"kubetutor/internal/markdown"
)

// newCmdDoctor looks for what a learner could trip over.
func newCmdDoctor(f *Factory) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "doctor", Short: f.Words.Doctor, Long: f.Words.DoctorLong, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runDoctor(cmd.Context(), f, asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, f.Words.FlagJSON)
	return cmd
}

func runDoctor(ctx context.Context, f *Factory, asJSON bool) error {
	groups := doctor.Examine(f.facts(ctx))
	if doctor.Worst(groups) == doctor.Problem {
		f.code = exitFailed
	}
	if asJSON {
		return f.json(f.findings(groups))
	}
	for _, g := range groups {
		f.printGroup(g)
	}
	f.printSum(groups)
	return nil
}

// findingJSON is one of `doctor --json`. Fields are added, never taken away.
type findingJSON struct {
	ID    string            `json:"id"`
	Group string            `json:"group"`
	Level doctor.Level      `json:"level"`
	OK    bool              `json:"ok"` // no problem
	Text  string            `json:"text"`
	Do    string            `json:"do,omitempty"`
	Data  map[string]string `json:"data,omitempty"`
}

func (f *Factory) findings(groups []doctor.Group) []findingJSON {
	list := []findingJSON{}
	for _, g := range groups {
		for _, x := range g.Findings {
			text, do := f.wording(x)
			list = append(list, findingJSON{x.ID, g.ID, x.Level, x.Level != doctor.Problem, text, do, x.Data})
		}
	}
	return list
}

func (f *Factory) wording(x doctor.Finding) (text, do string) {
	text, do = f.Words.Finding(x.ID, x.Data)
	return f.commands(text), f.commands(do)
}

// doctorWidth is how wide lines get at most: longer ones are hard to read.
const doctorWidth = 100

func (f *Factory) printGroup(g doctor.Group) {
	if len(g.Findings) == 0 {
		return
	}
	f.printf("%s\n", f.Words.Group(g.ID))
	for _, x := range g.Findings {
		text, do := f.wording(x)
		f.printIndented("  "+f.sign(x.Level)+" ", text)
		if do != "" {
			f.printIndented("    "+f.arrow()+" ", do)
		}
	}
	f.printf("\n")
}

// printIndented breaks a text into lines below its beginning, where a person
// looks at it; a pipe gets it whole.
func (f *Factory) printIndented(begin, text string) {
	if !f.IO.OutTerminal() {
		f.printf("%s%s\n", begin, text)
		return
	}
	indent := lipgloss.Width(begin)
	lines := markdown.Wrap(text, max(min(f.IO.Width(), doctorWidth)-indent, 20))
	f.printf("%s%s\n", begin, strings.Join(lines, "\n"+strings.Repeat(" ", indent)))
}

// sign stands before a finding.
func (f *Factory) sign(l doctor.Level) string {
	signs := map[doctor.Level][2]string{doctor.Fine: {"✓", "+"}, doctor.Note: {"·", "-"}, doctor.Problem: {"!", "!"}}
	return f.either(signs[l])
}

func (f *Factory) arrow() string { return f.either([2]string{"→", "->"}) }

// either is the second of two signs where only ASCII can be shown.
func (f *Factory) either(signs [2]string) string {
	if ascii, _ := f.ascii(); ascii {
		return signs[1]
	}
	return signs[0]
}

func (f *Factory) printSum(groups []doctor.Group) {
	var problems, notes int
	for _, g := range groups {
		problems += count(g.Findings, func(x doctor.Finding) bool { return x.Level == doctor.Problem })
		notes += count(g.Findings, func(x doctor.Finding) bool { return x.Level == doctor.Note })
	}
	if problems+notes == 0 {
		f.printf("%s\n", f.Words.DoctorFine)
		return
	}
	f.printf("%s\n", fmt.Sprintf(f.Words.DoctorSum, problems, notes))
}
