package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

// scene is a lab with its variables drawn.
type scene struct {
	lab  *course.Lab
	vars map[string]string
	id   string // of the attempt
}

// fill puts the variables into a text.
func (s scene) fill(text string) string { return course.Substitute(text, s.vars) }

func (s scene) namespace() string { return s.fill(s.lab.Namespace) }

// learner is whom the learner acts as: a cluster-admin where the lab says
// nothing.
func (s scene) learner() string { return s.fill(cmp.Or(s.lab.User, defaultUser)) }

// setupUser is whom the set-up acts as, so that the audit trail tells it apart.
const setupUser = "kubetutor:setup"

// The limits of a lab's beginning.
const (
	settleLimit = 30 * time.Second
	layOutLimit = 2 * time.Minute
)

// layOut takes the cluster from whatever it is to the lab's beginning: profile,
// baseline, files, set-up, settled. The learner's kubeconfig is in place
// afterwards.
func (r *runner) layOut(ctx context.Context, c Cluster, sc scene, stage func(protocol.Stage)) error {
	ctx, cancel := context.WithTimeout(ctx, layOutLimit)
	defer cancel()
	if site := c.Site(); site != nil {
		if err := site.Use(ctx, sc.lab.ClusterProfile(), stage); err != nil {
			return fmt.Errorf("making the cluster one of profile %s: %w", sc.lab.ClusterProfile(), err)
		}
	}
	if err := timed(stage, "baseline", func(func(string)) error { return r.clear(ctx, c, &sc) }); err != nil {
		return fmt.Errorf("going back to the baseline: %w", err)
	}
	if err := r.bring(ctx, c, sc, stage); err != nil {
		return err
	}
	if err := timed(stage, "setup", func(detail func(string)) error { return r.setUp(ctx, c, sc, detail) }); err != nil {
		return fmt.Errorf("setting up the lab %s: %w", sc.lab.Path(), err)
	}
	return timed(stage, "settled", func(detail func(string)) error { return r.settle(ctx, c, sc, detail) })
}

// bring brings the add-ons that the lab asks for.
func (r *runner) bring(ctx context.Context, c Cluster, sc scene, stage func(protocol.Stage)) error {
	site := c.Site()
	switch {
	case len(sc.lab.AddOns) == 0:
		return nil
	case site == nil:
		return failf(protocol.CodeUnsupported, "leave out --kubeconfig", "the lab %s brings add-ons along, which is done on kubetutor's own clusters only", sc.lab.Path())
	}
	err := timed(stage, "addons", func(waiting func(string)) error { return site.Bring(ctx, sc.lab.AddOns, waiting) })
	if err != nil {
		return fmt.Errorf("bringing what the lab %s needs besides: %w", sc.lab.Path(), err)
	}
	return nil
}

// timed runs one stage and tells of its beginning, what it waits for, and its
// end.
func timed(stage func(protocol.Stage), id string, do func(detail func(string)) error) error {
	began := time.Now()
	stage(protocol.Stage{ID: id})
	err := do(func(d string) { stage(protocol.Stage{ID: id, Detail: d}) })
	if err == nil {
		stage(protocol.Stage{ID: id, Done: true, Took: time.Since(began)})
	}
	return err
}

// clear goes back to the baseline, with an empty workspace. With a scene the
// cluster carries its mark from then on.
func (r *runner) clear(ctx context.Context, c Cluster, sc *scene) error {
	if err := r.console.Reset(); err != nil {
		return fmt.Errorf("ending what runs in the console: %w", err)
	}
	if err := errors.Join(c.Reset(ctx), r.workspace.wipe()); err != nil {
		return err
	}
	if sc == nil {
		return r.hand(c, defaultUser, "")
	}
	return c.Mark(ctx, sc.id, sc.namespace())
}

// hand gives the learner a kubeconfig for that user and namespace.
func (r *runner) hand(c Cluster, user, namespace string) error {
	file, err := c.Kubeconfig(user, namespace)
	if err != nil {
		return fmt.Errorf("writing the learner's kubeconfig: %w", err)
	}
	r.learner.Set(file)
	return nil
}

// setUp writes the given files and applies the lab's set-up in its order.
func (r *runner) setUp(ctx context.Context, c Cluster, sc scene, detail func(string)) error {
	for _, name := range sc.lab.Given {
		text := sc.fill(sc.lab.Files[name])
		if err := r.workspace.put(name, []byte(text)); err != nil {
			return err
		}
	}
	namespace := sc.namespace()
	for _, name := range sc.lab.Setup {
		if err := r.apply(ctx, c, sc, name, namespace, detail); err != nil {
			return err
		}
	}
	return r.hand(c, sc.learner(), namespace)
}

func (r *runner) apply(ctx context.Context, c Cluster, sc scene, name, namespace string, detail func(string)) error {
	if strings.HasSuffix(name, ".console") {
		return r.script(ctx, c, sc, name, setupUser)
	}
	text := sc.fill(sc.lab.Files[name])
	return c.Apply(ctx, Setup{Attempt: sc.id, File: name, Manifest: text, Namespace: namespace}, detail)
}

// script runs one of the lab's scripts as a user. Its failure is an error that
// shows what it said.
func (r *runner) script(ctx context.Context, c Cluster, sc scene, name, user string) error {
	output, code, err := r.runScript(ctx, c, sc, name, user)
	if err != nil {
		return fmt.Errorf("running %s: %w", name, err)
	}
	if code != 0 {
		e := failf(protocol.CodeInternal, "", "the script %s ended with exit code %d", name, code)
		e.Log = tail(output, 20)
		return e
	}
	return nil
}

func (r *runner) runScript(ctx context.Context, c Cluster, sc scene, name, user string) (string, int, error) {
	text, ok := sc.lab.Files[name]
	if !ok {
		return "", 0, failf(protocol.CodeInvalid, "", "lab %s: its file %q was not sent", sc.lab.Path(), name)
	}
	kubeconfig, err := c.Kubeconfig(user, sc.namespace())
	if err != nil {
		return "", 0, err
	}
	return r.console.Script(ctx, name, sc.fill(text), kubeconfig)
}

func tail(text string, n int) []string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return lines[max(0, len(lines)-n):]
}

// settle waits until the lab's conditions hold, and says for what it waits.
func (r *runner) settle(ctx context.Context, c Cluster, sc scene, detail func(string)) error {
	if len(sc.lab.Settled) == 0 {
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, settleLimit)
	defer cancel()
	var awaited string
	namespace := sc.namespace()
	err := c.Settled(limited, sc.lab.Settled, namespace, sc.vars, func(vs []protocol.Verdict) {
		if now := describe(vs); now != awaited {
			awaited = now
			detail(now)
		}
	})
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		return failf(protocol.CodeInternal, "start the lab again", "the lab %s was not ready after %s; still awaited: %s", sc.lab.Path(), settleLimit, awaited)
	}
	return err
}

// describe says what failing conditions wait for.
func describe(vs []protocol.Verdict) string {
	parts := make([]string, 0, len(vs))
	for _, v := range vs {
		parts = append(parts, strings.TrimSpace(fmt.Sprintf("%s %s: want %s, have %s", v.Check, v.Path, v.Want.EN, v.Have.EN)))
	}
	return strings.Join(parts, "; ")
}
