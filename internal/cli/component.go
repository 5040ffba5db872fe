package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"

	"kubetutor/internal/lab"
	"kubetutor/internal/lab/protocol"
)

// newCmdComponent holds what is done to the control plane's components.
func newCmdComponent(f *Factory) *cobra.Command {
	w := f.Words
	var asJSON bool
	cmd := &cobra.Command{Use: "component", Short: w.Component, Long: w.ComponentLong}
	cmd.PersistentFlags().BoolVar(&asJSON, "json", false, w.FlagJSON)
	change := func(use, short string, verb func(*lab.Client, context.Context, string) (protocol.Component, error)) *cobra.Command {
		return &cobra.Command{
			Use: use, Short: short, Args: exactly(1, f), ValidArgsFunction: f.completeComponents,
			RunE: func(cmd *cobra.Command, args []string) error {
				return f.changeComponent(cmd.Context(), asJSON, args[0], verb)
			},
		}
	}
	cmd.AddCommand(&cobra.Command{
		Use: "list", Short: w.ComponentList, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runComponentList(cmd.Context(), f, asJSON) },
	},
		change("pause COMPONENT", w.ComponentPause, (*lab.Client).ComponentPause),
		change("resume COMPONENT", w.ComponentResume, (*lab.Client).ComponentResume))
	return cmd
}

func (f *Factory) changeComponent(ctx context.Context, asJSON bool, name string, verb func(*lab.Client, context.Context, string) (protocol.Component, error)) error {
	var one protocol.Component
	err := f.onCluster(ctx, func(c *lab.Client) (err error) {
		one, err = verb(c, ctx, name)
		return err
	})
	switch {
	case err != nil:
		return err
	case asJSON:
		return f.json(one)
	}
	f.printf("%s: %s\n", one.Name, f.Words.ComponentState(string(one.State)))
	return nil
}

func runComponentList(ctx context.Context, f *Factory, asJSON bool) error {
	var list protocol.Components
	err := f.onCluster(ctx, func(c *lab.Client) (err error) {
		list, err = c.Components(ctx)
		return err
	})
	switch {
	case err != nil:
		return err
	case asJSON:
		return f.json(list)
	}
	rows := [][]string{{f.Words.Fact("name"), f.Words.Fact("state"), ""}}
	for _, one := range list.Components {
		rows = append(rows, []string{one.Name, f.Words.ComponentState(string(one.State)), one.Detail})
	}
	f.table(rows)
	return nil
}

// newCmdImages lists the images that containers can be made of.
func newCmdImages(f *Factory) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "images", Short: f.Words.Images, Long: f.Words.ImagesLong, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runImages(cmd.Context(), f, asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, f.Words.FlagJSON)
	return cmd
}

func runImages(ctx context.Context, f *Factory, asJSON bool) error {
	var list protocol.Images
	err := f.onCluster(ctx, func(c *lab.Client) (err error) {
		list, err = c.Images(ctx)
		return err
	})
	switch {
	case err != nil:
		return err
	case asJSON:
		return f.json(list)
	}
	w := f.Words
	rows := [][]string{{w.Fact("image"), w.Fact("tags"), w.Fact("size"), ""}}
	for _, one := range list.Images {
		rows = append(rows, []string{imageName(one), tagList(one.Tags), bytes(one.Size), f.aboutImage(one)})
	}
	f.table(rows)
	return nil
}

// imageName is how an image is written in a Pod: without what goes without
// saying.
func imageName(i protocol.Image) string {
	return strings.TrimPrefix(strings.TrimPrefix(i.Repository, "docker.io/"), "library/")
}

// maxTags is how many tags of an image are listed.
const maxTags = 4

func tagList(tags []string) string {
	if len(tags) > maxTags {
		return fmt.Sprintf("%s … (%d)", strings.Join(tags[:maxTags], " "), len(tags))
	}
	return strings.Join(tags, " ")
}

func (f *Factory) aboutImage(i protocol.Image) string {
	about := i.About[string(f.Lang())]
	if i.Private {
		about = strings.TrimSpace(about + " (" + f.Words.NeedsSecret + ")")
	}
	return about
}

// table prints rows in columns as wide as their widest cell; the first row is
// their heads.
func (f *Factory) table(rows [][]string) {
	for i, head := range rows[0] {
		rows[0][i] = strings.ToUpper(head)
	}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], ansi.StringWidth(cell))
		}
	}
	for _, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			b.WriteString(cell + strings.Repeat(" ", widths[i]-ansi.StringWidth(cell)+2))
		}
		f.printf("%s\n", strings.TrimRight(b.String(), " "))
	}
}

// completionTime is how long completion may ask the cluster.
const completionTime = 500 * time.Millisecond

// completeNodes offers the names of the running cluster's nodes.
func (f *Factory) completeNodes(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	return f.offers(cmd, args, func(ctx context.Context, c *lab.Client) (names []string, err error) {
		list, err := c.Nodes(ctx)
		for _, n := range list.Nodes {
			names = append(names, n.Name)
		}
		return names, err
	})
}

// completeComponents offers the components that can be paused.
func (f *Factory) completeComponents(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	return f.offers(cmd, args, func(ctx context.Context, c *lab.Client) (names []string, err error) {
		list, err := c.Components(ctx)
		for _, one := range list.Components {
			if one.Pauseable {
				names = append(names, one.Name)
			}
		}
		return names, err
	})
}

// offers asks the running cluster for the words of a command's only argument.
func (f *Factory) offers(cmd *cobra.Command, args []string, ask func(context.Context, *lab.Client) ([]string, error)) (names []string, _ cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), completionTime)
	defer cancel()
	err := f.onCluster(ctx, func(c *lab.Client) (err error) {
		names, err = ask(ctx, c)
		return err
	})
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp // nothing to offer without a cluster
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
