package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"kubetutor/internal/lab"
	"kubetutor/internal/lab/protocol"
)

// openOptions are what `kubetutor open` is told.
type openOptions struct {
	protocol.Open
	list, asJSON bool
	close        string
}

// newCmdOpen opens ports of this machine that lead into the lab.
func newCmdOpen(f *Factory) *cobra.Command {
	var o openOptions
	cmd := &cobra.Command{
		Use: "open [TARGET]", Short: f.Words.Open, Long: f.Words.OpenLong, Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if asked := []bool{len(args) > 0, o.list, o.close != ""}; count(asked, func(is bool) bool { return is }) != 1 {
				return usageError{errors.New(f.Words.OpenWhat)}
			}
			if len(args) > 0 {
				o.Target = args[0]
			}
			return runOpen(cmd.Context(), f, o)
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&o.Port, "port", 0, f.Words.FlagOpenPort)
	flags.StringVarP(&o.Namespace, "namespace", "n", "", f.Words.FlagOpenNamespace)
	flags.BoolVar(&o.list, "list", false, f.Words.FlagOpenList)
	flags.StringVar(&o.close, "close", "", f.Words.FlagOpenClose)
	flags.BoolVar(&o.asJSON, "json", false, f.Words.FlagJSON)
	_ = cmd.RegisterFlagCompletionFunc("close", f.completeDoors) // the flag is there
	return cmd
}

func runOpen(ctx context.Context, f *Factory, o openOptions) error {
	switch {
	case o.list:
		return f.listDoors(ctx, o.asJSON)
	case o.close != "":
		return f.closeDoors(ctx, o.close, o.asJSON)
	}
	var door protocol.Door
	err := f.onCluster(ctx, func(c *lab.Client) (err error) {
		door, err = c.Open(ctx, o.Open)
		return err
	})
	var refused *protocol.Error
	switch {
	case errors.As(err, &refused) && refused.Code == protocol.CodeInvalid:
		return usageError{err}
	case err != nil:
		return err
	case o.asJSON:
		return f.json(door)
	}
	f.showDoor(door)
	return nil
}

// showDoor says where to look, then what is behind it.
func (f *Factory) showDoor(d protocol.Door) {
	w := f.Words
	at := d.URL
	if at == "" {
		at = d.Address
	}
	f.printf("%s\n", at)
	f.printf(w.OpenTo+"\n", d.Address, d.Name+", "+d.To, f.doorWay(d))
	if len(d.Hosts) > 0 {
		f.printf(w.OpenHosts+"\n", at, d.Hosts[0])
	}
	if len(d.Hosts) > 1 {
		f.printf(w.OpenOthers+"\n", strings.Join(d.Hosts[1:], w.ListSeparator))
	}
}

func (f *Factory) doorWay(d protocol.Door) string {
	way := f.Words.DoorWay(string(d.Via))
	if d.Node != "" {
		way += " " + d.Node
	}
	return way
}

func (f *Factory) doors(ctx context.Context, ask func(*lab.Client) (protocol.Doors, error)) (list protocol.Doors, err error) {
	err = f.onCluster(ctx, func(c *lab.Client) (err error) {
		list, err = ask(c)
		return err
	})
	if list.Doors == nil {
		list.Doors = []protocol.Door{}
	}
	return list, err
}

func (f *Factory) listDoors(ctx context.Context, asJSON bool) error {
	list, err := f.doors(ctx, func(c *lab.Client) (protocol.Doors, error) { return c.Doors(ctx) })
	switch {
	case err != nil:
		return err
	case asJSON:
		return f.json(list)
	case len(list.Doors) == 0:
		f.printf("%s\n", f.Words.OpenNone)
		return nil
	}
	rows := [][]string{strings.Split(f.Words.OpenHead, "|")}
	for _, d := range list.Doors {
		rows = append(rows, []string{d.Name, d.Address, d.To, f.doorWay(d), d.URL})
	}
	f.table(rows)
	return nil
}

func (f *Factory) closeDoors(ctx context.Context, name string, asJSON bool) error {
	closed, err := f.doors(ctx, func(c *lab.Client) (protocol.Doors, error) { return c.CloseDoor(ctx, name) })
	switch {
	case err != nil:
		return err
	case asJSON:
		return f.json(closed)
	case len(closed.Doors) == 0 && name == protocol.OpenAll:
		f.printf("%s\n", f.Words.OpenNone)
	case len(closed.Doors) == 0:
		return fmt.Errorf(f.Words.OpenNoneBy, name)
	}
	for _, d := range closed.Doors {
		f.printf(f.Words.OpenClosed+"\n", d.Name, d.Address)
	}
	return nil
}

// completeDoors offers what is open.
func (f *Factory) completeDoors(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	return f.offers(cmd, nil, func(ctx context.Context, c *lab.Client) ([]string, error) {
		list, err := c.Doors(ctx)
		names := []string{protocol.OpenAll}
		for _, d := range list.Doors {
			names = append(names, d.Name)
		}
		return names, err
	})
}
