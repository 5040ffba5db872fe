package yard

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"kubetutor/internal/class"
	"kubetutor/internal/lab"
)

// engines makes the services of labs that are processes of this machine.
type engines struct {
	options Options
	runtime string    // directory of the learners' own ones
	shared  *lab.Labs // finds or builds the engine's program for all
}

func newEngines(o Options) (*engines, error) {
	if o.Environ == nil {
		o.Environ = os.Environ()
	}
	if !filepath.IsAbs(o.Dir) {
		return nil, fmt.Errorf("the directory of a class has to be named in full, not as %q", o.Dir)
	}
	shared, err := lab.New(lab.Options{Kubelab: o.Kubelab, EngineID: o.EngineID, Environ: o.Environ})
	if err != nil {
		return nil, fmt.Errorf("finding the engine for the labs of a class: %w", err)
	}
	e := &engines{options: o, shared: shared, runtime: o.Runtime}
	if e.runtime == "" {
		e.runtime = runtimeOf(o.Dir, o.Environ)
	}
	return e, nil
}

// maxRuntime is how long the name of the directory may be in which learners'
// sockets are. The longest below it is that of a storage driver on a node, and the
// longest name of a lab's owner has ten letters:
//
//	/instructor/kubetutor/class-instructor/n2/plugins_registry/sim.csi.kubetutor-reg.sock
//
// which are 85 bytes of the 107 that a socket's path may have.
const maxRuntime = 107 - 85

// runtimeOf is the directory of the sockets of a class: another for each class, and
// always the same for one, so that a new server finds the engines of an old one.
func runtimeOf(dir string, environ []string) string {
	sum := sha256.Sum256([]byte(filepath.Clean(dir)))
	name := hex.EncodeToString(sum[:2])
	for _, kv := range environ {
		if base, ok := strings.CutPrefix(kv, "XDG_RUNTIME_DIR="); ok && filepath.IsAbs(base) {
			if own := filepath.Join(base, "kc", name); len(own) <= maxRuntime {
				return own
			}
		}
	}
	return filepath.Join(temporary(), name)
}

// validID is what a learner's ID must be like to be part of names of directories
// and clusters.
var validID = regexp.MustCompile(`^[a-z0-9]{1,16}$`)

// engine is a learner's lab on this machine.
type engine struct{ *lab.Labs }

// Awake asks the engine for its name.
func (e engine) Awake(ctx context.Context) (bool, error) {
	_, err := e.Hello(ctx)
	if errors.Is(err, lab.ErrNoDaemon) {
		return false, nil
	}
	return err == nil, err
}

// lab makes a learner's service. It makes the directories of its sockets, and leaves
// the rest to the engine.
func (e *engines) lab(who class.LearnerID) (Lab, error) {
	if !validID.MatchString(string(who)) {
		return nil, fmt.Errorf("%q is no learner's ID: such a one has 1 to 16 lower-case letters and digits", who)
	}
	sockets := filepath.Join(e.runtime, string(who))
	for _, dir := range []string{filepath.Dir(e.runtime), e.runtime, sockets} {
		if err := lab.MakePrivateDir(dir); err != nil {
			return nil, err
		}
	}
	state := e.state(who)
	l, err := lab.New(lab.Options{
		Name: nameOf(who), Kubelab: e.options.Kubelab, EngineID: e.shared.EngineID(),
		Environ: environ(e.options.Environ, state, sockets, filepath.Dir(e.shared.CacheDir())),
		Idle:    e.options.Idle + Linger, Guest: true, Nice: giveWay,
	})
	if err != nil {
		return nil, err
	}
	return engine{l}, nil
}

// nameOf is the name of a learner's cluster.
func nameOf(who class.LearnerID) string { return "class-" + string(who) }

// state is the directory of all that a learner's lab keeps.
func (e *engines) state(who class.LearnerID) string {
	return filepath.Join(e.options.Dir, "learners", string(who), "state")
}

// learners are those who have had a lab in this class.
func (e *engines) learners() (list []class.LearnerID, err error) {
	found, err := os.ReadDir(filepath.Join(e.options.Dir, "learners"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking for the labs of a class: %w", err)
	}
	for _, entry := range found {
		who := class.LearnerID(entry.Name())
		if _, err := os.Stat(e.cluster(who)); err == nil && validID.MatchString(entry.Name()) {
			list = append(list, who)
		}
	}
	return list, nil
}

// cluster is where package lab keeps a learner's cluster.
func (e *engines) cluster(who class.LearnerID) string {
	return filepath.Join(e.state(who), "kubetutor", "clusters", nameOf(who))
}

// adopt tells whether an engine of an earlier server runs. One of another build is
// put to sleep: it wakes as one of this.
func (e *engines) adopt(ctx context.Context, l Lab) bool {
	ctx, cancel := context.WithTimeout(ctx, sleepLimit)
	defer cancel()
	own, ok := l.(engine)
	if !ok {
		return false
	}
	hello, err := own.Hello(ctx)
	if err == nil && e.shared.Stale(hello) {
		_, err = own.Sleep(ctx)
		return err != nil
	}
	return !errors.Is(err, lab.ErrNoDaemon)
}

// tidy removes the directory of sockets of a learner's lab that has ended.
func (e *engines) tidy(who class.LearnerID) {
	_ = os.RemoveAll(filepath.Join(e.runtime, string(who))) // empty ones do no harm
	_ = os.Remove(e.runtime)                                // once the last one is gone
}

// ready makes sure that a lab can be started: there is an engine's program, and room
// on the disk.
func (y *Yard) ready(ctx context.Context, p *plot) error {
	if y.engines == nil {
		return p.lab.Prepare(ctx, func(lab.Engine) {})
	}
	if y.isUp(p) {
		return nil
	}
	if err := y.engines.shared.Prepare(ctx, func(lab.Engine) {}); err != nil {
		return err
	}
	return y.engines.roomy()
}
