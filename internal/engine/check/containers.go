package check

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	coreclient "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/remotecommand"
	utilexec "k8s.io/client-go/util/exec"
	"k8s.io/streaming/pkg/httpstream"

	"kubetutor/internal/course"
)

const (
	execLimit = 5 * time.Second // of a command, or of reading a log
	maxOutput = 64 << 10        // bytes of both streams of a command
	maxLog    = 1 << 20         // bytes of a log that are judged: its end
)

// defaultContainer is the annotation that names the container that kubectl
// takes if none is named.
const defaultContainer = "kubectl.kubernetes.io/default-container"

// containers is how checks look into containers. What takes too long ends with
// ctx.
type containers interface {
	// exec runs a command and returns its exit code. Writing more than a writer
	// takes ends it.
	exec(ctx context.Context, pod *corev1.Pod, o *corev1.PodExecOptions, stdin io.Reader, stdout, stderr io.Writer) (exit int, err error)
	// log opens a log.
	log(ctx context.Context, pod *corev1.Pod, o *corev1.PodLogOptions) (io.ReadCloser, error)
}

// apiContainers looks into containers through the API server.
type apiContainers struct {
	config *rest.Config
	client coreclient.CoreV1Interface
}

func containersOf(config *rest.Config) (apiContainers, error) {
	client, err := coreclient.NewForConfig(config)
	return apiContainers{config, client}, err
}

// exec implements containers.
func (a apiContainers) exec(ctx context.Context, pod *corev1.Pod, o *corev1.PodExecOptions, stdin io.Reader, stdout, stderr io.Writer) (int, error) {
	target := a.client.RESTClient().Post().Namespace(pod.Namespace).Resource("pods").Name(pod.Name).SubResource("exec").
		VersionedParams(o, scheme.ParameterCodec).URL()
	primary, err := remotecommand.NewWebSocketExecutor(a.config, "GET", target.String())
	if err != nil {
		return 0, err
	}
	secondary, err := remotecommand.NewSPDYExecutor(a.config, "POST", target)
	if err != nil {
		return 0, err
	}
	executor, err := remotecommand.NewFallbackExecutor(primary, secondary, func(err error) bool {
		return httpstream.IsUpgradeFailure(err) || httpstream.IsHTTPSProxyError(err)
	})
	if err != nil {
		return 0, err
	}
	err = executor.StreamWithContext(ctx, remotecommand.StreamOptions{Stdin: stdin, Stdout: stdout, Stderr: stderr})
	var exit utilexec.CodeExitError
	if errors.As(err, &exit) {
		return exit.Code, nil
	}
	return 0, err
}

// log implements containers.
func (a apiContainers) log(ctx context.Context, pod *corev1.Pod, o *corev1.PodLogOptions) (io.ReadCloser, error) {
	return a.client.Pods(pod.Namespace).GetLogs(pod.Name, o).Stream(ctx)
}

// run runs a check's command in a Pod.
func (c *Checker) run(ctx context.Context, ref *course.ExecRef, pod *corev1.Pod) sample {
	name, status := containerOf(pod, ref.Container)
	switch {
	case name == "":
		return sample{have: textNoContainer(ref.Container)}
	case status.State.Running == nil:
		return notYet(pod, textNotRunning(name))
	}
	ctx, cancel := context.WithTimeout(ctx, execLimit)
	defer cancel()
	output := &output{full: cancel}
	options := &corev1.PodExecOptions{Container: name, Command: ref.Command, Stdin: ref.Stdin != "", Stdout: true, Stderr: true}
	var stdin io.Reader
	if options.Stdin {
		stdin = strings.NewReader(ref.Stdin)
	}
	exit, err := c.inside.exec(ctx, pod, options, stdin, output.stream(&output.stdout), output.stream(&output.stderr))
	if stdout, stderr, complete := output.texts(); err == nil && complete {
		return sample{values: commandValues(exit, stdout, stderr)}
	} else if !complete {
		return sample{have: textTooMuch(maxOutput)}
	}
	return failedLook(ctx, "pods/exec", err)
}

// readLog reads the log that a check asks for.
func (c *Checker) readLog(ctx context.Context, ref *course.LogsRef, pod *corev1.Pod, since time.Time) sample {
	name, status := containerOf(pod, ref.Container)
	switch before := status.LastTerminationState.Terminated != nil; {
	case name == "":
		return sample{have: textNoContainer(ref.Container)}
	case ref.Previous && !before:
		return notYet(pod, textNotRestarted(name))
	case status.State.Running == nil && status.State.Terminated == nil && !before:
		return notYet(pod, textNotStarted(name))
	}
	ctx, cancel := context.WithTimeout(ctx, execLimit)
	defer cancel()
	options := &corev1.PodLogOptions{Container: name, Previous: ref.Previous}
	if ref.SinceStart {
		options.SinceTime = &metav1.Time{Time: since}
	}
	text, err := c.logText(ctx, pod, options)
	if err != nil {
		return failedLook(ctx, "pods/log", err)
	}
	return sample{values: logValues(text)}
}

func (c *Checker) logText(ctx context.Context, pod *corev1.Pod, o *corev1.PodLogOptions) (string, error) {
	stream, err := c.inside.log(ctx, pod, o)
	if err != nil {
		return "", err
	}
	defer stream.Close()
	var end tail
	if _, err := io.Copy(&end, stream); err != nil {
		return "", fmt.Errorf("reading the log: %w", err)
	}
	return end.text(), nil
}

// containerOf finds a container and its status; no name means that the Pod has
// none of that name. A container without a status has not been started.
func containerOf(pod *corev1.Pod, name string) (string, corev1.ContainerStatus) {
	if name == "" {
		name = pod.Annotations[defaultContainer]
	}
	if name == "" && len(pod.Spec.Containers) > 0 {
		name = pod.Spec.Containers[0].Name
	}
	for _, some := range [][]corev1.ContainerStatus{pod.Status.ContainerStatuses, pod.Status.InitContainerStatuses, pod.Status.EphemeralContainerStatuses} {
		for _, status := range some {
			if status.Name == name {
				return name, status
			}
		}
	}
	if !hasContainer(pod, name) {
		name = ""
	}
	return name, corev1.ContainerStatus{}
}

func hasContainer(pod *corev1.Pod, name string) bool {
	for _, some := range [][]corev1.Container{pod.Spec.Containers, pod.Spec.InitContainers} {
		for _, c := range some {
			if c.Name == name {
				return true
			}
		}
	}
	return false
}

// notYet is the sample of a container that has nothing to look at, which may
// change as long as its Pod has not ended.
func notYet(pod *corev1.Pod, have course.Text) sample {
	if hasEnded(pod) || pod.DeletionTimestamp != nil {
		return sample{have: have}
	}
	return sample{have: have, waiting: textNotYet()}
}

// failedLook says why there is nothing. A cluster that does not let us look
// says nothing about the learner.
func failedLook(ctx context.Context, what string, err error) sample {
	switch {
	case apierrors.IsForbidden(err) || apierrors.IsUnauthorized(err) || apierrors.IsMethodNotSupported(err):
		return sample{unjudged: textUnreadable(what, err)}
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return sample{have: textTooSlow(execLimit)}
	}
	return sample{have: course.Same(shorten(err.Error()))}
}

// output keeps both streams of a command. Once they are too long together, full
// is called and the rest dropped.
type output struct {
	full           func()
	mu             sync.Mutex
	stdout, stderr bytes.Buffer
	over           bool
}

// texts returns both streams, if that is all there was.
func (o *output) texts() (stdout, stderr string, complete bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return valid(o.stdout.String()), valid(o.stderr.String()), !o.over
}

func (o *output) stream(to *bytes.Buffer) io.Writer { return outputStream{o, to} }

// outputStream is one stream of an output.
type outputStream struct {
	*output
	to *bytes.Buffer
}

// Write implements io.Writer.
func (s outputStream) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over || s.stdout.Len()+s.stderr.Len()+len(b) > maxOutput {
		s.over = true
		s.full()
		return 0, io.ErrShortWrite
	}
	return s.to.Write(b)
}

// tail keeps the last maxLog bytes of what is written to it.
type tail struct {
	kept []byte
	cut  bool
}

// Write implements io.Writer.
func (t *tail) Write(b []byte) (int, error) {
	t.kept = append(t.kept, b...)
	if len(t.kept) > 2*maxLog {
		t.trim()
	}
	return len(b), nil
}

func (t *tail) trim() {
	if over := len(t.kept) - maxLog; over > 0 {
		t.kept, t.cut = append(t.kept[:0], t.kept[over:]...), true
	}
}

// text is what was kept, without the line that was cut.
func (t *tail) text() string {
	t.trim()
	text := string(t.kept)
	if t.cut {
		_, text, _ = strings.Cut(text, "\n")
	}
	return valid(text)
}

// valid makes bytes a text that expressions can work on.
func valid(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }
