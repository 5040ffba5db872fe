package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"kubetutor/internal/class"
)

// newCmdClassList lists the classes of this machine.
func newCmdClassList(f *Factory) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: f.Words.ClassList, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runClassList(cmd.Context(), f, asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, f.Words.FlagJSON)
	return cmd
}

// classState says how a class stands.
type classState string

const (
	classServed  classState = "served"
	classResting classState = "resting" // it can be gone on with
	classOver    classState = "over"
	classBroken  classState = "unreadable"
)

// classJSON is a class in `class list --json`. Fields are added, never taken away
// or changed.
type classJSON struct {
	Name     string     `json:"name"`
	State    classState `json:"state"`
	Began    time.Time  `json:"began"`
	Lessons  []string   `json:"lessons"`
	Learners int        `json:"learners"` // who have joined
	Error    string     `json:"error,omitempty"`
	Dir      string     `json:"dir"`
}

func runClassList(ctx context.Context, f *Factory, asJSON bool) error {
	homes, err := f.classHomes()
	if err != nil {
		return err
	}
	list := each(homes, func(h classHome) classJSON { return f.look(ctx, h) })
	if asJSON {
		return f.json(map[string]any{"classes": list})
	}
	if len(list) == 0 {
		f.printf("%s\n", f.Words.ClassNoneYet)
	}
	for _, c := range list {
		f.printf("%-24s %s\n", c.Name, f.classLine(c))
	}
	return nil
}

// look reads a class as it is on disk. One that cannot be read takes nothing from
// the others.
func (f *Factory) look(ctx context.Context, h classHome) classJSON {
	c := classJSON{Name: h.name, State: classBroken, Lessons: []string{}, Dir: h.dir}
	seat, err := f.chairOnDisk(ctx, h)
	if err != nil {
		c.Error = f.explain(err)
		return c
	}
	defer seat.close()
	board, err := seat.glance(ctx)
	if err != nil {
		c.Error = f.explain(err)
		return c
	}
	c.Began, c.Learners, c.State = board.Class.Began, len(board.Rows), classResting
	c.Lessons = each(board.Class.Plan, func(p class.Planned) string { return p.Lesson })
	switch {
	case board.Over:
		c.State = classOver
	case h.served():
		c.State = classServed
	}
	return c
}

func (f *Factory) classLine(c classJSON) string {
	if c.Error != "" {
		return c.Error
	}
	return fmt.Sprintf(f.Words.ClassLine, f.Words.ClassState(string(c.State)), shortTime(c.Began), len(c.Lessons), c.Learners)
}
