package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"kubetutor/internal/lab"
	"kubetutor/internal/lab/protocol"
	"kubetutor/internal/plain"
)

// networkOptions say what of the network is shown, and how.
type networkOptions struct {
	namespace          string
	all, watch, asJSON bool
}

// newCmdNetwork shows the network of the cluster.
func newCmdNetwork(f *Factory) *cobra.Command {
	w := f.Words
	var o networkOptions
	cmd := &cobra.Command{
		Use: "network", Short: w.Network, Long: w.NetworkLong, Args: exactly(0, f),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.all && o.namespace != "" {
				return usageError{errors.New(w.NetworkOneOrAll)}
			}
			return runNetwork(cmd.Context(), f, o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.namespace, "namespace", "", w.FlagNetworkNamespace)
	flags.BoolVar(&o.all, "all", false, w.FlagNetworkAll)
	flags.BoolVar(&o.watch, "watch", false, w.FlagNetworkWatch)
	flags.BoolVar(&o.asJSON, "json", false, w.FlagJSON)
	return cmd
}

func (o networkOptions) view() protocol.NetworkView {
	return protocol.NetworkView{Namespace: o.namespace, All: o.all, System: o.all || o.namespace != ""}
}

func runNetwork(ctx context.Context, f *Factory, o networkOptions) error {
	log := plain.NetworkLog{Out: f.IO.Out, Words: f.Words}
	err := f.onCluster(ctx, func(c *lab.Client) error {
		return c.Network(ctx, o.view(), func(n protocol.Network) error {
			if o.namespace != "" && !slices.Contains(n.Namespaces, o.namespace) {
				return fmt.Errorf(f.Words.NetworkNoNamespace, o.namespace, strings.Join(n.Namespaces, f.Words.ListSeparator))
			}
			if o.watch {
				return f.watchNetwork(&log, n, o.asJSON)
			}
			if err := f.showNetwork(n, o.asJSON); err != nil {
				return err
			}
			return errSeen
		})
	})
	if errors.Is(err, errSeen) {
		return nil
	}
	return err
}

// showNetwork prints the network once.
func (f *Factory) showNetwork(n protocol.Network, asJSON bool) error {
	if asJSON {
		return f.json(n)
	}
	plain.Network(f.IO.Out, n, f.Words, f.style())
	return nil
}

// watchNetwork prints what is new in it: a connection a line, or all of it.
func (f *Factory) watchNetwork(log *plain.NetworkLog, n protocol.Network, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(f.IO.Out).Encode(n)
	}
	log.Show(n)
	return nil
}
