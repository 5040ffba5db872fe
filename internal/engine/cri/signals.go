package cri

import (
	"strings"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"kubetutor/internal/engine/kernel"
)

// defaultStop is the signal that asks a container to end if nothing else is
// said.
const defaultStop = kernel.SIGTERM

// stopSignal is the signal that asks a container to end: the pod's, else the
// image's, else SIGTERM.
func stopSignal(asked runtimeapi.Signal, image string) (kernel.Signal, error) {
	if asked != runtimeapi.Signal_SIGNAL_RUNTIME_DEFAULT {
		return kernel.ParseSignal(kernelName(asked))
	}
	if image == "" {
		return defaultStop, nil
	}
	return kernel.ParseSignal(image)
}

// kernelName turns SIGNAL_SIGRTMINPLUS3 into SIGRTMIN+3, and a few old names
// into those of today (signal(7)).
func kernelName(s runtimeapi.Signal) string {
	name := strings.TrimPrefix(s.String(), "SIGNAL_")
	switch name {
	case "SIGCLD":
		return "SIGCHLD"
	case "SIGIOT":
		return "SIGABRT"
	case "SIGPOLL":
		return "SIGIO"
	}
	return strings.NewReplacer("MINPLUS", "MIN+", "MAXMINUS", "MAX-").Replace(name)
}

// criSignal is the signal in the words of CRI.
func criSignal(s kernel.Signal) runtimeapi.Signal {
	name := strings.NewReplacer("MIN+", "MINPLUS").Replace(s.String())
	if v, ok := runtimeapi.Signal_value["SIGNAL_"+name]; ok {
		return runtimeapi.Signal(v)
	}
	// The upper real-time signals count from the end.
	for v := runtimeapi.Signal_SIGNAL_SIGRTMAXMINUS14; v <= runtimeapi.Signal_SIGNAL_SIGRTMAX; v++ {
		if known, err := kernel.ParseSignal(kernelName(v)); err == nil && known == s {
			return v
		}
	}
	return runtimeapi.Signal_SIGNAL_RUNTIME_DEFAULT
}
