package crictl

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	internalapi "k8s.io/cri-api/pkg/apis"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

func (f *filter) pods(ctx context.Context, runtime internalapi.RuntimeService) ([]*runtimeapi.PodSandbox, error) {
	labels, err := labelsOf(f.labels)
	if err != nil {
		return nil, err
	}
	want := &runtimeapi.PodSandboxFilter{Id: f.id, LabelSelector: labels}
	switch strings.ToLower(f.state) {
	case "":
	case "ready":
		want.State = &runtimeapi.PodSandboxStateValue{State: runtimeapi.PodSandboxState_SANDBOX_READY}
	case "notready":
		want.State = &runtimeapi.PodSandboxStateValue{State: runtimeapi.PodSandboxState_SANDBOX_NOTREADY}
	default:
		return nil, errors.New("--state should be ready or notready")
	}
	list, err := runtime.ListPodSandbox(ctx, want)
	if err != nil {
		return nil, fmt.Errorf("call list sandboxes RPC: %w", err)
	}
	list = slices.DeleteFunc(slices.Clone(list), func(p *runtimeapi.PodSandbox) bool {
		return !matches(f.name, p.GetMetadata().GetName()) || !matches(f.namespace, p.GetMetadata().GetNamespace())
	})
	slices.SortStableFunc(list, func(a, b *runtimeapi.PodSandbox) int { return cmp.Compare(b.GetCreatedAt(), a.GetCreatedAt()) })
	return first(list, f.latest, f.last), nil
}

func (o *options) pods() *cobra.Command {
	var f filter
	var quiet, verbose, noTrunc bool
	var format string
	cmd := leaf("pods", "List pods", cobra.NoArgs, func(ctx context.Context, _ *cobra.Command, _ []string) error {
		if err := oneOf(format, formatJSON, formatYAML, formatTable); err != nil {
			return fmt.Errorf("listing pod sandboxes: %w", err)
		}
		runtime, err := o.runtime(ctx)
		if err != nil {
			return err
		}
		list, err := f.pods(ctx, runtime)
		switch {
		case err != nil:
			return fmt.Errorf("listing pod sandboxes: list pod sandboxes: %w", err)
		case format != formatTable:
			return o.message(&runtimeapi.ListPodSandboxResponse{Items: list}, format)
		case quiet:
			for _, p := range list {
				o.printf("%s\n", p.GetId())
			}
			return nil
		case verbose:
			o.describePods(list)
			return nil
		}
		return o.podTable(list, noTrunc)
	})
	f.flags(cmd, true)
	p := cmd.Flags()
	p.StringVar(&f.id, "id", "", "Filter by pod id")
	p.BoolVarP(&quiet, "quiet", "q", false, "List only pod IDs")
	p.BoolVarP(&verbose, "verbose", "v", false, "Show verbose info for pods")
	p.StringVarP(&format, "output", "o", formatTable, "Output format, One of: json|yaml|table")
	p.BoolVar(&noTrunc, "no-trunc", false, "Show output without truncating the ID")
	return cmd
}

func (o *options) podTable(list []*runtimeapi.PodSandbox, noTrunc bool) error {
	rows := [][]string{{"POD ID", "CREATED", "STATE", "NAME", "NAMESPACE", "ATTEMPT", "RUNTIME"}}
	for _, p := range list {
		id := p.GetId()
		if !noTrunc {
			id = truncated(id, "")
		}
		rows = append(rows, []string{
			id, o.ago(p.GetCreatedAt()), podState(p.GetState()), p.GetMetadata().GetName(), p.GetMetadata().GetNamespace(),
			strconv.FormatUint(uint64(p.GetMetadata().GetAttempt()), 10), handler(p),
		})
	}
	return o.table(rows)
}

func podState(s runtimeapi.PodSandboxState) string {
	if s == runtimeapi.PodSandboxState_SANDBOX_READY {
		return "Ready"
	}
	return "NotReady"
}

// handler is the runtime handler of a pod, such as one for virtual machines.
func handler(p *runtimeapi.PodSandbox) string { return cmp.Or(p.GetRuntimeHandler(), "(default)") }

func (o *options) describePods(list []*runtimeapi.PodSandbox) {
	for _, p := range list {
		o.printf("ID: %s\n", p.GetId())
		o.podMetadata(p.GetMetadata())
		if attempt := p.GetMetadata().GetAttempt(); attempt != 0 {
			o.printf("Attempt: %v\n", attempt)
		}
		o.printf("Status: %s\nCreated: %v\n", podState(p.GetState()), time.Unix(0, p.GetCreatedAt()))
		o.pairs("Labels", p.GetLabels())
		o.pairs("Annotations", p.GetAnnotations())
		o.printf("Runtime: %s\n\n", handler(p))
	}
}

// podMetadata prints those names of a pod that it has.
func (o *options) podMetadata(m *runtimeapi.PodSandboxMetadata) {
	for _, line := range [][2]string{{"Name", m.GetName()}, {"UID", m.GetUid()}, {"Namespace", m.GetNamespace()}} {
		if line[1] != "" {
			o.printf("%s: %s\n", line[0], line[1])
		}
	}
}

func (o *options) inspectp() *cobra.Command {
	var f filter
	var i inspection
	cmd := leaf("inspectp POD-ID [POD-ID...]", "Display the status of one or more pods", cobra.ArbitraryArgs, func(ctx context.Context, cmd *cobra.Command, ids []string) error {
		runtime, err := o.runtime(ctx)
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			list, err := f.pods(ctx, runtime)
			if err != nil {
				return fmt.Errorf("listing pod sandboxes: %w", err)
			}
			for _, p := range list {
				ids = append(ids, p.GetId())
			}
		}
		if len(ids) == 0 {
			return o.unfiltered(cmd)
		}
		if err := o.inspectPods(ctx, runtime, ids, i); err != nil {
			return fmt.Errorf("get the status of pod sandboxes: %w", err)
		}
		return nil
	})
	f.flags(cmd, true)
	i.flags(cmd)
	return cmd
}

func (o *options) inspectPods(ctx context.Context, runtime internalapi.RuntimeService, ids []string, i inspection) error {
	var all []status
	for _, id := range ids {
		r, err := runtime.PodSandboxStatus(ctx, id, !i.quiet)
		if err != nil {
			return fmt.Errorf("get pod sandbox status: %w", err)
		}
		if i.format == formatTable {
			o.podStatus(r, !i.quiet)
			continue
		}
		text, err := podJSON(r.GetStatus())
		if err != nil {
			return fmt.Errorf("marshal pod sandbox status: %w", err)
		}
		all = append(all, status{json: text, info: r.GetInfo()})
	}
	return o.statuses(all, i.format, i.template)
}

func podJSON(s *runtimeapi.PodSandboxStatus) (string, error) {
	text, err := jsonOf(s)
	if err != nil {
		return "", err
	}
	values := map[string]any{}
	if err := json.Unmarshal([]byte(text), &values); err != nil {
		return "", err
	}
	values["createdAt"] = time.Unix(0, s.GetCreatedAt()).Format(time.RFC3339Nano)
	return inFieldOrder(values, s)
}

func (o *options) podStatus(r *runtimeapi.PodSandboxStatusResponse, verbose bool) {
	s := r.GetStatus()
	o.printf("ID: %s\n", s.GetId())
	o.podMetadata(s.GetMetadata())
	o.printf("Attempt: %v\nStatus: %s\nCreated: %v\n", s.GetMetadata().GetAttempt(), s.GetState(), time.Unix(0, s.GetCreatedAt()))
	if s.GetNetwork() != nil {
		o.printf("IP Addresses: %v\n", s.GetNetwork().GetIp())
		for _, ip := range s.GetNetwork().GetAdditionalIps() {
			o.printf("Additional IP: %v\n", ip.GetIp())
		}
	}
	o.pairs("Labels", s.GetLabels())
	o.pairs("Annotations", s.GetAnnotations())
	if verbose {
		o.printf("Info: %v\n", r.GetInfo())
	}
}

func (o *options) stopp() *cobra.Command {
	return leaf("stopp POD-ID [POD-ID...]", "Stop one or more running pods", cobra.ArbitraryArgs, func(ctx context.Context, cmd *cobra.Command, ids []string) error {
		if len(ids) == 0 {
			return cmd.Help()
		}
		runtime, err := o.runtime(ctx)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := o.stopPod(ctx, runtime, id); err != nil {
				return fmt.Errorf("stopping the pod sandbox %q: %w", id, err)
			}
		}
		return nil
	})
}

func (o *options) stopPod(ctx context.Context, runtime internalapi.RuntimeService, id string) error {
	if err := runtime.StopPodSandbox(ctx, id); err != nil {
		return err
	}
	o.printf("Stopped sandbox %s\n", id)
	return nil
}

func (o *options) rmp() *cobra.Command {
	var how removal
	cmd := leaf("rmp POD-ID [POD-ID...]", "Remove one or more pods", cobra.ArbitraryArgs, func(ctx context.Context, cmd *cobra.Command, ids []string) error {
		runtime, err := o.runtime(ctx)
		if err != nil {
			return err
		}
		if how.all {
			list, err := runtime.ListPodSandbox(ctx, nil)
			if err != nil {
				return err
			}
			ids = nil
			for _, p := range list {
				ids = append(ids, p.GetId())
			}
		}
		if len(ids) == 0 && !how.all {
			return cmd.Help()
		}
		return eachOf(ids, func(id string) error { return o.removePod(ctx, runtime, id, how.force) })
	})
	how.flags(cmd)
	return cmd
}

func (o *options) removePod(ctx context.Context, runtime internalapi.RuntimeService, id string, force bool) error {
	r, err := runtime.PodSandboxStatus(ctx, id, false)
	if err != nil {
		return fmt.Errorf("getting sandbox status of pod %q: %w", id, err)
	}
	if r.GetStatus().GetState() == runtimeapi.PodSandboxState_SANDBOX_READY {
		if !force {
			return fmt.Errorf("pod sandbox %q is running, please stop it first", id)
		}
		if err := o.stopPod(ctx, runtime, id); err != nil {
			return fmt.Errorf("stopping the pod sandbox %q failed: %w", id, err)
		}
	}
	if err := runtime.RemovePodSandbox(ctx, id); err != nil {
		return fmt.Errorf("removing the pod sandbox %q: %w", id, err)
	}
	o.printf("Removed sandbox %s\n", id)
	return nil
}
