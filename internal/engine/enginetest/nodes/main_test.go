package nodes

import (
	"os"
	"testing"

	"kubetutor/internal/engine/enginetest"
)

func TestMain(m *testing.M) { os.Exit(enginetest.Main(m)) }

// cluster is an engine whose cluster has nodes.
type cluster struct{ *enginetest.Engine }

// newCluster makes the directories of an engine; see [enginetest.New].
func newCluster(t testing.TB) cluster { return cluster{enginetest.New(t)} }

// runningCluster is a new cluster of a profile that is up, and a console of it.
func runningCluster(t testing.TB, profile string) (cluster, enginetest.Shell) {
	t.Helper()
	e := newCluster(t)
	e.Start()
	e.UpWith(profile)
	return e, e.Console()
}

// part is one of several things that a test does on one cluster.
type part struct {
	name string
	does func(*testing.T, enginetest.Shell)
}

// onOneCluster does the parts on a new cluster of a profile, one after the other.
func onOneCluster(t *testing.T, profile string, parts ...part) cluster {
	e, s := runningCluster(t, profile)
	for _, p := range parts {
		t.Run(p.name, func(t *testing.T) { p.does(t, s.For(t)) })
	}
	return e
}
