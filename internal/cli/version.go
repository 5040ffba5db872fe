package cli

import (
	"cmp"
	"context"
	"time"

	"github.com/spf13/cobra"

	"kubetutor/internal/lab"
)

// helloTimeout is how long `version` waits for a running engine.
const helloTimeout = time.Second

// version is the tutor's own.
func version(b Build) string {
	if b.Version == "" {
		return "(built from source)"
	}
	return b.Version
}

// newCmdVersion tells which tutor and which engine this is.
func newCmdVersion(f *Factory) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "version", Short: f.Words.Version, Long: f.Words.VersionLong, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runVersion(cmd.Context(), f, asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, f.Words.FlagJSON)
	return cmd
}

// versionJSON is the answer of `version --json`.
type versionJSON struct {
	Version    string          `json:"version"`
	Engine     lab.EngineState `json:"engine"`
	EngineID   string          `json:"engineID,omitempty"` // of EngineFile; without one, of the engine that would fit
	EngineFile string          `json:"engineFile,omitempty"`
	Running    string          `json:"running,omitempty"`    // id of the running engine
	Kubernetes string          `json:"kubernetes,omitempty"` // of the running engine
}

func runVersion(ctx context.Context, f *Factory, asJSON bool) error {
	v := versionJSON{Version: version(f.Build), Engine: lab.EngineUnknown}
	if labs, err := f.Labs(); err == nil {
		ctx, cancel := context.WithTimeout(ctx, helloTimeout)
		defer cancel()
		e := labs.Look()
		v.Engine, v.EngineID, v.EngineFile = e.State, cmp.Or(e.ID, labs.EngineID()), e.File
		if hello, err := labs.Hello(ctx); err == nil {
			v.Running, v.Kubernetes = hello.Engine, hello.Kubernetes
		}
	}
	if asJSON {
		return f.json(v)
	}
	f.printVersion(v)
	return nil
}

func (f *Factory) printVersion(v versionJSON) {
	f.printf("kubetutor %s\n", v.Version)
	switch {
	case v.EngineFile != "":
		f.printf("kubelab %s (%s)\n", v.EngineID, v.EngineFile)
	case v.Engine == lab.EngineMissing:
		f.printf("kubelab: %s\n", f.Words.EngineMissing)
	default:
		f.printf("kubelab: %s\n", f.Words.EngineUnbuilt)
	}
	if v.Running != "" {
		f.printf(f.Words.RunningEngine+"\n", v.Kubernetes, v.Running)
	}
}
