package node

import (
	"context"

	oteltrace "go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
	v1 "k8s.io/api/core/v1"
	typedv1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/record"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/kubelet"
)

// constructing is the tracer that NewMainKubelet asks for. It does so after it
// chose whether to watch the machine's kernel log, and before it uses what it
// was given.
const constructing = "k8s.io/kubernetes/pkg/kubelet"

// whenConstructing is a provider of no tracing that calls a function at the
// moment when the kubelet is put together.
type whenConstructing struct {
	oteltrace.TracerProvider
	do func()
}

func newWhenConstructing(do func()) whenConstructing {
	return whenConstructing{noop.NewTracerProvider(), do}
}

// Tracer implements trace.TracerProvider.
func (w whenConstructing) Tracer(name string, options ...oteltrace.TracerOption) oteltrace.Tracer {
	if name == constructing {
		w.do()
	}
	return w.TracerProvider.Tracer(name, options...)
}

// silent makes the kubelet believe that events go nowhere. With a recorder that
// works it starts a watcher that reads /dev/kmsg, which an ordinary user may
// not, and fails; with the fake one it starts none. [recording] puts the one
// that works into its place.
func silent() record.EventRecorderLogger { return &record.FakeRecorder{} }

// recording makes events reach the API.
func recording(ctx context.Context, deps *kubelet.Dependencies, node string) {
	broadcaster := record.NewBroadcaster(record.WithContext(ctx))
	broadcaster.StartRecordingToSink(&typedv1.EventSinkImpl{Interface: deps.EventClient.Events("")})
	deps.Recorder = broadcaster.NewRecorder(legacyscheme.Scheme, v1.EventSource{Component: "kubelet", Host: node})
}
