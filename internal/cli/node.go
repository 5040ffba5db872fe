package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"kubetutor/internal/lab"
	"kubetutor/internal/lab/protocol"
)

// newCmdNode holds what is done to the cluster's nodes.
func newCmdNode(f *Factory) *cobra.Command {
	w := f.Words
	var asJSON bool
	cmd := &cobra.Command{Use: "node", Short: w.Node, Long: w.NodeLong}
	cmd.PersistentFlags().BoolVar(&asJSON, "json", false, w.FlagJSON)
	list := &cobra.Command{
		Use: "list", Short: w.NodeList, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runNodeList(cmd.Context(), f, asJSON) },
	}
	stop := f.nodeCommand("stop NODE", w.NodeStop, &asJSON, func(ctx context.Context, c *lab.Client, name string) (protocol.Node, error) {
		return c.NodeStop(ctx, name)
	})
	start := f.nodeCommand("start NODE", w.NodeStart, &asJSON, func(ctx context.Context, c *lab.Client, name string) (protocol.Node, error) {
		return c.NodeStart(ctx, name, f.stages())
	})
	cmd.AddCommand(list, stop, start, newCmdNodeAdd(f, &asJSON), newCmdNodeRemove(f, &asJSON), newCmdNodePressure(f, &asJSON))
	return cmd
}

// nodeCommand does one thing to one node and shows the node after it.
func (f *Factory) nodeCommand(use, short string, asJSON *bool, do func(context.Context, *lab.Client, string) (protocol.Node, error)) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: exactly(1, f), ValidArgsFunction: f.completeNodes,
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.changeNode(cmd.Context(), *asJSON, func(ctx context.Context, c *lab.Client) (protocol.Node, error) {
				return do(ctx, c, args[0])
			})
		},
	}
}

func newCmdNodeAdd(f *Factory, asJSON *bool) *cobra.Command {
	var req protocol.AddNode
	cmd := &cobra.Command{
		Use: "add [NODE]", Short: f.Words.NodeAdd, Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				req.Name = args[0]
			}
			return f.changeNode(cmd.Context(), *asJSON, func(ctx context.Context, c *lab.Client) (protocol.Node, error) {
				return c.NodeAdd(ctx, req, f.stages())
			})
		},
	}
	cmd.Flags().StringVar(&req.Zone, "zone", "", f.Words.FlagZone)
	cmd.Flags().StringToStringVar(&req.Labels, "label", nil, f.Words.FlagLabel)
	cmd.Flags().StringArrayVar(&req.Taints, "taint", nil, f.Words.FlagTaint)
	return cmd
}

// nodeRemoved is the state of a node that is no more.
const nodeRemoved protocol.NodeState = "removed"

func newCmdNodeRemove(f *Factory, asJSON *bool) *cobra.Command {
	var drain bool
	cmd := f.nodeCommand("remove NODE", f.Words.NodeRemove, asJSON, func(ctx context.Context, c *lab.Client, name string) (protocol.Node, error) {
		n, err := c.NodeRemove(ctx, protocol.RemoveNode{Name: name, Drain: drain}, f.stages())
		n.State, n.Unschedulable, n.Pressure, n.Added = nodeRemoved, false, nil, false // it answers with the node as it was
		return n, err
	})
	cmd.Flags().BoolVar(&drain, "drain", false, f.Words.FlagDrain)
	return cmd
}

func newCmdNodePressure(f *Factory, asJSON *bool) *cobra.Command {
	var off bool
	resources := []string{protocol.PressureMemory, protocol.PressureDisk, protocol.PressurePIDs}
	cmd := &cobra.Command{
		Use: "pressure NODE memory|disk|pids", Short: f.Words.NodePressure, Args: exactly(2, f),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 1 {
				return resources, cobra.ShellCompDirectiveNoFileComp
			}
			return f.completeNodes(cmd, args, word)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			req := protocol.Pressure{Name: args[0], Resource: args[1], Off: off}
			return f.changeNode(cmd.Context(), *asJSON, func(ctx context.Context, c *lab.Client) (protocol.Node, error) {
				return c.NodePressure(ctx, req)
			})
		},
	}
	cmd.Flags().BoolVar(&off, "off", false, f.Words.FlagOff)
	return cmd
}

// onCluster runs verbs on the running cluster.
func (f *Factory) onCluster(ctx context.Context, verbs func(*lab.Client) error) error {
	labs, err := f.Labs()
	if err != nil {
		return err
	}
	return labs.OnCluster(ctx, verbs)
}

func (f *Factory) changeNode(ctx context.Context, asJSON bool, do func(context.Context, *lab.Client) (protocol.Node, error)) error {
	var n protocol.Node
	err := f.onCluster(ctx, func(c *lab.Client) (err error) {
		n, err = do(ctx, c)
		return err
	})
	switch {
	case err != nil:
		return err
	case asJSON:
		return f.json(n)
	}
	f.printf("%s: %s\n", n.Name, f.nodeState(n))
	return nil
}

func runNodeList(ctx context.Context, f *Factory, asJSON bool) error {
	var list protocol.Nodes
	err := f.onCluster(ctx, func(c *lab.Client) (err error) {
		list, err = c.Nodes(ctx)
		return err
	})
	switch {
	case err != nil:
		return err
	case asJSON:
		if list.Nodes == nil {
			list.Nodes = []protocol.Node{}
		}
		return f.json(list)
	case len(list.Nodes) == 0:
		f.printf("%s\n", f.commands(f.Words.NoNodes))
		return nil
	}
	w := f.Words
	rows := [][]string{{w.Fact("name"), w.Fact("state"), w.Fact("zone"), "IP", "Pods", "CPU", w.Fact("memory"), w.Fact("disk")}}
	for _, n := range list.Nodes {
		rows = append(rows, []string{
			n.Name, f.nodeState(n), n.Zone, n.IP, fmt.Sprintf("%d/%d", n.Pods, n.Capacity.Pods),
			fmt.Sprintf("%dm/%s", n.Usage.CPU, cores(n.Capacity.CPU)),
			bytes(n.Usage.Memory) + "/" + bytes(n.Capacity.Memory), bytes(n.Usage.Disk) + "/" + bytes(n.Capacity.Disk),
		})
	}
	f.table(rows)
	return nil
}

// nodeState is how a node is, with what has been done to it.
func (f *Factory) nodeState(n protocol.Node) string {
	said := []string{f.Words.NodeState(string(n.State))}
	if n.Unschedulable {
		said = append(said, f.Words.NodeState("cordoned"))
	}
	for _, resource := range n.Pressure {
		said = append(said, f.Words.NodeState("short-of-"+resource))
	}
	if n.Added {
		said = append(said, f.Words.NodeState("added"))
	}
	return strings.Join(said, f.Words.ListSeparator)
}

// cores writes millicores as a number of cores.
func cores(milli int64) string {
	return strconv.FormatFloat(float64(milli)/1000, 'f', -1, 64)
}

// bytes writes an amount in the largest binary unit that leaves at least one.
func bytes(n int64) string {
	const step = 1024
	if n < step {
		return strconv.FormatInt(n, 10) + "B"
	}
	value, unit := float64(n), 0
	for value >= step && unit < 4 {
		value, unit = value/step, unit+1
	}
	digits := 0
	if value < 10 {
		digits = 1
	}
	text := strconv.FormatFloat(value, 'f', digits, 64)
	return strings.TrimSuffix(text, ".0") + []string{"", "Ki", "Mi", "Gi", "Ti"}[unit]
}
