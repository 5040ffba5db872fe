package crictl

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/opencontainers/go-digest"
	"github.com/spf13/cobra"
	internalapi "k8s.io/cri-api/pkg/apis"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// The labels by which a kubelet says whose a container is.
const (
	podNameLabel      = "io.kubernetes.pod.name"
	podNamespaceLabel = "io.kubernetes.pod.namespace"
)

// filter chooses containers or pods.
type filter struct {
	id, pod, name, namespace, state, image string
	labels                                 []string
	all, latest                            bool
	last                                   int
}

// flags adds what chooses, of which pods have less.
func (f *filter) flags(cmd *cobra.Command, pods bool) {
	p := cmd.Flags()
	p.StringVar(&f.name, "name", "", "Filter by name regular expression pattern")
	p.StringVar(&f.namespace, "namespace", "", "Filter by pod namespace regular expression pattern")
	p.StringVarP(&f.state, "state", "s", "", "Filter by state")
	p.StringArrayVar(&f.labels, "label", nil, "Filter by key=value label")
	p.BoolVarP(&f.latest, "latest", "l", false, "Show the most recently created")
	p.IntVarP(&f.last, "last", "n", 0, "Show last n recently created. Set 0 for unlimited.")
	if pods {
		return
	}
	p.StringVarP(&f.pod, "pod", "p", "", "Filter by pod id")
	p.StringVar(&f.image, "image", "", "Filter by container image")
	p.BoolVarP(&f.all, "all", "a", false, "Show all containers")
}

func (f *filter) containers(ctx context.Context, runtime internalapi.RuntimeService, images internalapi.ImageManagerService) ([]*runtimeapi.Container, error) {
	want, err := f.ofContainers()
	if err != nil {
		return nil, err
	}
	list, err := runtime.ListContainers(ctx, want)
	if err != nil {
		return nil, fmt.Errorf("call list containers RPC: %w", err)
	}
	var kept []*runtimeapi.Container
	for _, c := range list {
		same, err := f.matchesImage(ctx, images, c.GetImage().GetImage())
		if err != nil {
			return nil, fmt.Errorf("check image match: %w", err)
		}
		if same && matches(f.name, c.GetMetadata().GetName()) && matches(f.namespace, c.GetLabels()[podNamespaceLabel]) {
			kept = append(kept, c)
		}
	}
	slices.SortStableFunc(kept, func(a, b *runtimeapi.Container) int { return cmp.Compare(b.GetCreatedAt(), a.GetCreatedAt()) })
	return first(kept, f.latest, f.last), nil
}

func (f *filter) ofContainers() (*runtimeapi.ContainerFilter, error) {
	labels, err := labelsOf(f.labels)
	if err != nil {
		return nil, err
	}
	want := &runtimeapi.ContainerFilter{Id: f.id, PodSandboxId: f.pod, LabelSelector: labels}
	states := map[string]runtimeapi.ContainerState{
		"created": runtimeapi.ContainerState_CONTAINER_CREATED, "running": runtimeapi.ContainerState_CONTAINER_RUNNING,
		"exited": runtimeapi.ContainerState_CONTAINER_EXITED, "unknown": runtimeapi.ContainerState_CONTAINER_UNKNOWN,
	}
	state, known := states[strings.ToLower(cmp.Or(f.state, "running"))]
	if !known {
		return nil, errors.New("--state should be one of created, running, exited or unknown")
	}
	if (f.state != "" || !f.all) && !f.latest && f.last <= 0 {
		want.State = &runtimeapi.ContainerStateValue{State: state}
	}
	return want, nil
}

// matchesImage tells whether a container's image is the one that is asked for,
// by whatever name.
func (f *filter) matchesImage(ctx context.Context, images internalapi.ImageManagerService, image string) (bool, error) {
	if f.image == "" || images == nil {
		return true, nil
	}
	var ids [2]string
	for i, name := range []string{f.image, image} {
		r, err := images.ImageStatus(ctx, &runtimeapi.ImageSpec{Image: name}, false)
		if err != nil {
			return false, err
		}
		ids[i] = r.GetImage().GetId()
	}
	return ids[0] != "" && ids[0] == ids[1], nil
}

func (o *options) ps() *cobra.Command {
	var f filter
	var quiet, verbose, noTrunc, resolve bool
	var format string
	cmd := leaf("ps", "List containers", cobra.NoArgs, func(ctx context.Context, _ *cobra.Command, _ []string) error {
		if err := oneOf(format, formatJSON, formatYAML, formatTable); err != nil {
			return fmt.Errorf("listing containers: %w", err)
		}
		if _, err := f.ofContainers(); err != nil {
			return err
		}
		list, images, err := o.listContainers(ctx, &f)
		switch {
		case err != nil:
			return fmt.Errorf("listing containers: list containers: %w", err)
		case format != formatTable:
			return o.message(&runtimeapi.ListContainersResponse{Containers: list}, format)
		case quiet:
			for _, c := range list {
				o.printf("%s\n", c.GetId())
			}
			return nil
		case verbose:
			o.describeContainers(list)
			return nil
		}
		return o.containerTable(ctx, list, images, noTrunc, resolve)
	})
	f.flags(cmd, false)
	p := cmd.Flags()
	p.StringVar(&f.id, "id", "", "Filter by container id")
	p.BoolVarP(&quiet, "quiet", "q", false, "Only display container IDs")
	p.BoolVarP(&verbose, "verbose", "v", false, "Show verbose information for containers")
	p.StringVarP(&format, "output", "o", formatTable, "Output format, One of: json|yaml|table")
	p.BoolVar(&noTrunc, "no-trunc", false, "Show output without truncating the ID")
	p.BoolVarP(&resolve, "resolve-image-path", "r", false, "Show image path instead of image id")
	return cmd
}

func (o *options) listContainers(ctx context.Context, f *filter) ([]*runtimeapi.Container, internalapi.ImageManagerService, error) {
	runtime, err := o.runtime(ctx)
	if err != nil {
		return nil, nil, err
	}
	images, err := o.imageService(ctx)
	if err != nil {
		return nil, nil, err
	}
	list, err := f.containers(ctx, runtime, images)
	return list, images, err
}

func (o *options) containerTable(ctx context.Context, list []*runtimeapi.Container, images internalapi.ImageManagerService, noTrunc, resolve bool) error {
	rows := [][]string{{"CONTAINER", "IMAGE", "CREATED", "STATE", "NAME", "ATTEMPT", "POD ID", "POD", "NAMESPACE"}}
	for _, c := range list {
		id, pod, image := c.GetId(), c.GetPodSandboxId(), c.GetImage().GetImage()
		if !noTrunc {
			id, pod = truncated(id, ""), truncated(pod, "")
			if d, err := digest.Parse(image); err == nil {
				image = truncated(d.String(), string(d.Algorithm())+":")
			}
		}
		if resolve {
			r, err := images.ImageStatus(ctx, &runtimeapi.ImageSpec{Image: image}, false)
			if err != nil {
				return fmt.Errorf("failed to fetch repo image %w", err)
			}
			if tags := r.GetImage().GetRepoTags(); len(tags) > 0 {
				image = tags[0]
			}
		}
		rows = append(rows, []string{
			id, image, o.ago(c.GetCreatedAt()), containerState(c.GetState()), c.GetMetadata().GetName(),
			strconv.FormatUint(uint64(c.GetMetadata().GetAttempt()), 10), pod, c.GetLabels()[podNameLabel], c.GetLabels()[podNamespaceLabel],
		})
	}
	return o.table(rows)
}

// containerState is a state as people write it: Running for CONTAINER_RUNNING.
func containerState(s runtimeapi.ContainerState) string {
	return title(strings.TrimPrefix(s.String(), "CONTAINER_"))
}

func title(word string) string { return word[:1] + strings.ToLower(word[1:]) }

func (o *options) describeContainers(list []*runtimeapi.Container) {
	for _, c := range list {
		o.printf("ID: %s\nPodID: %s\nNamespace: %s\n", c.GetId(), c.GetPodSandboxId(), c.GetLabels()[podNamespaceLabel])
		if name := c.GetMetadata().GetName(); name != "" {
			o.printf("Name: %s\n", name)
		}
		o.printf("Attempt: %v\nState: %s\nImage: %s\nCreated: %v\n", c.GetMetadata().GetAttempt(), containerState(c.GetState()), c.GetImage().GetImage(), o.ago(c.GetCreatedAt()))
		o.pairs("Labels", c.GetLabels())
		o.pairs("Annotations", c.GetAnnotations())
		o.printf("\n")
	}
}

// inspection is how something is to be shown.
type inspection struct {
	format, template string
	quiet            bool
}

func (i *inspection) flags(cmd *cobra.Command) {
	p := cmd.Flags()
	p.StringVarP(&i.format, "output", "o", formatJSON, "Output format, One of: json|yaml|go-template|table")
	p.BoolVarP(&i.quiet, "quiet", "q", false, "Do not show verbose information")
	p.StringVar(&i.template, "template", "", "The template string is only used when output is go-template; The Template format is golang template")
}

func (o *options) inspect() *cobra.Command {
	var f filter
	var i inspection
	cmd := leaf("inspect CONTAINER-ID [CONTAINER-ID...]", "Display the status of one or more containers", cobra.ArbitraryArgs, func(ctx context.Context, cmd *cobra.Command, ids []string) error {
		if len(ids) == 0 {
			list, _, err := o.listContainers(ctx, &f)
			if err != nil {
				return fmt.Errorf("listing containers: %w", err)
			}
			for _, c := range list {
				ids = append(ids, c.GetId())
			}
		}
		if len(ids) == 0 {
			return o.unfiltered(cmd)
		}
		if err := o.inspectContainers(ctx, ids, i); err != nil {
			return fmt.Errorf("get the status of containers: %w", err)
		}
		return nil
	})
	f.flags(cmd, false)
	i.flags(cmd)
	return cmd
}

func (o *options) inspectContainers(ctx context.Context, ids []string, i inspection) error {
	runtime, err := o.runtime(ctx)
	if err != nil {
		return err
	}
	var all []status
	for _, id := range ids {
		r, err := runtime.ContainerStatus(ctx, id, !i.quiet)
		if err != nil {
			return fmt.Errorf("get container status: %w", err)
		}
		if i.format == formatTable {
			o.containerStatus(r, !i.quiet)
			continue
		}
		text, err := containerJSON(r.GetStatus())
		if err != nil {
			return fmt.Errorf("marshal container status: %w", err)
		}
		all = append(all, status{json: text, info: r.GetInfo()})
	}
	return o.statuses(all, i.format, i.template)
}

// containerJSON writes a status with times that people can read. Times that have
// not come yet are the zero time.
func containerJSON(s *runtimeapi.ContainerStatus) (string, error) {
	text, err := jsonOf(s)
	if err != nil {
		return "", err
	}
	values := map[string]any{}
	if err := json.Unmarshal([]byte(text), &values); err != nil {
		return "", err
	}
	var started, finished time.Time
	if s.GetState() != runtimeapi.ContainerState_CONTAINER_CREATED {
		started = time.Unix(0, s.GetStartedAt())
	}
	if s.GetState() == runtimeapi.ContainerState_CONTAINER_EXITED || s.GetState() == runtimeapi.ContainerState_CONTAINER_UNKNOWN && s.GetFinishedAt() > 0 {
		finished = time.Unix(0, s.GetFinishedAt())
	}
	values["createdAt"] = time.Unix(0, s.GetCreatedAt()).Format(time.RFC3339Nano)
	values["startedAt"] = started.Format(time.RFC3339Nano)
	values["finishedAt"] = finished.Format(time.RFC3339Nano)
	return inFieldOrder(values, s)
}

func (o *options) containerStatus(r *runtimeapi.ContainerStatusResponse, verbose bool) {
	s := r.GetStatus()
	o.printf("ID: %s\n", s.GetId())
	if name := s.GetMetadata().GetName(); name != "" {
		o.printf("Name: %s\n", name)
	}
	if attempt := s.GetMetadata().GetAttempt(); attempt != 0 {
		o.printf("Attempt: %v\n", attempt)
	}
	o.printf("State: %s\nCreated: %v\n", s.GetState(), o.ago(s.GetCreatedAt()))
	if s.GetState() != runtimeapi.ContainerState_CONTAINER_CREATED {
		o.printf("Started: %v\n", o.ago(s.GetStartedAt()))
	}
	if s.GetState() == runtimeapi.ContainerState_CONTAINER_EXITED {
		if s.GetFinishedAt() > 0 {
			o.printf("Finished: %v\n", o.ago(s.GetFinishedAt()))
		}
		o.printf("Exit Code: %v\n", s.GetExitCode())
	}
	o.pairs("Labels", s.GetLabels())
	o.pairs("Annotations", s.GetAnnotations())
	if verbose {
		o.printf("Info: %v\n", r.GetInfo())
	}
}

func (o *options) stop() *cobra.Command {
	var seconds int64
	var all bool
	cmd := leaf("stop CONTAINER-ID [CONTAINER-ID...]", "Stop one or more running containers", cobra.ArbitraryArgs, func(ctx context.Context, _ *cobra.Command, ids []string) error {
		switch {
		case all && len(ids) > 0:
			return errors.New("cannot specify CONTAINER-ID(s) when using --all")
		case !all && len(ids) == 0:
			return errors.New("you must specify at least one CONTAINER-ID or use --all")
		}
		runtime, err := o.runtime(ctx)
		if err != nil {
			return err
		}
		if all {
			list, err := (&filter{}).containers(ctx, runtime, nil)
			if err != nil {
				return fmt.Errorf("listing containers: %w", err)
			}
			if len(list) == 0 {
				o.printf("No running containers found.\n")
			}
			for _, c := range list {
				ids = append(ids, c.GetId())
			}
		}
		for _, id := range ids {
			if err := runtime.StopContainer(ctx, id, seconds); err != nil {
				return fmt.Errorf("stopping the container %q: %w", id, err)
			}
			o.printf("%s\n", id)
		}
		return nil
	})
	cmd.Flags().Int64VarP(&seconds, "timeout", "t", 0, "Seconds to wait to kill the container after a graceful stop is requested")
	cmd.Flags().BoolVarP(&all, "all", "a", false, "Stop all running containers")
	return cmd
}

// removal is how containers or pods are removed.
type removal struct{ force, all, keepLogs bool }

func (r *removal) flags(cmd *cobra.Command) {
	cmd.Flags().BoolVarP(&r.force, "force", "f", false, "Force removal, disregarding if running")
	cmd.Flags().BoolVarP(&r.all, "all", "a", false, "Remove all")
}

func (o *options) rm() *cobra.Command {
	var how removal
	cmd := leaf("rm CONTAINER-ID [CONTAINER-ID...]", "Remove one or more containers", cobra.ArbitraryArgs, func(ctx context.Context, cmd *cobra.Command, ids []string) error {
		runtime, err := o.runtime(ctx)
		if err != nil {
			return err
		}
		if how.all {
			list, err := runtime.ListContainers(ctx, nil)
			if err != nil {
				return err
			}
			ids = nil
			for _, c := range list {
				ids = append(ids, c.GetId())
			}
		}
		if len(ids) == 0 && !how.all {
			return cmd.Help()
		}
		return eachOf(ids, func(id string) error { return o.removeContainer(ctx, runtime, id, how) })
	})
	how.flags(cmd)
	cmd.Flags().BoolVarP(&how.keepLogs, "keep-logs", "k", false, "Preserve the container log file and its rotations")
	return cmd
}

func (o *options) removeContainer(ctx context.Context, runtime internalapi.RuntimeService, id string, how removal) error {
	r, err := runtime.ContainerStatus(ctx, id, false)
	if err != nil {
		return fmt.Errorf("getting container status %q: %w", id, err)
	}
	if r.GetStatus().GetState() == runtimeapi.ContainerState_CONTAINER_RUNNING {
		if !how.force {
			return fmt.Errorf("container %q is running, please stop it first", id)
		}
		if err := runtime.StopContainer(ctx, id, 0); err != nil {
			return fmt.Errorf("stopping the container %q: %w", id, err)
		}
		o.printf("%s\n", id)
	}
	if err := runtime.RemoveContainer(ctx, id); err != nil {
		return fmt.Errorf("removing container %q: %w", id, err)
	}
	o.printf("%s\n", id)
	if !how.keepLogs && r.GetStatus().GetLogPath() != "" {
		removeLogs(r.GetStatus().GetLogPath())
	}
	return nil
}

// removeLogs removes a log and its rotations, as far as that is allowed here: the
// kubelet removes the rest.
func removeLogs(path string) {
	rotated, err := filepath.Glob(path + ".*")
	if err != nil {
		rotated = nil
	}
	for _, file := range append(rotated, path) {
		_ = os.Remove(file)
	}
}
