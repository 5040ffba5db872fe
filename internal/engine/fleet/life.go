package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"kubetutor/internal/engine/cri/control"
	"kubetutor/internal/engine/node/config"
	"kubetutor/internal/lab/protocol"
)

// maxNodes bounds a cluster: a kubelet takes some 30 MB.
const maxNodes = 10

// equip gives a runtime that has just come its nodes, as they are to be, and takes
// away those that are no more.
func (f *Fleet) equip(ctx context.Context, hello control.Hello) error {
	if f.o.Equip != nil {
		if err := f.o.Equip(ctx); err != nil {
			return err
		}
	}
	for _, name := range hello.Nodes {
		if _, err := f.find(name); err != nil {
			if err := f.control.RemoveNode(ctx, name); err != nil {
				return err
			}
		}
	}
	for _, m := range f.all() {
		if err := f.install(ctx, m.snapshot()); err != nil {
			return err
		}
	}
	return errors.Join(f.control.Routes(ctx, routes(f.o.Server)), f.control.Hosts(ctx, f.hosts()))
}

// install makes the runtime simulate a node as its record says.
func (f *Fleet) install(ctx context.Context, r record) error {
	if err := f.paths.make(r); err != nil {
		return err
	}
	if err := f.control.AddNode(ctx, f.machine(r)); err != nil {
		return err
	}
	if err := f.control.Pressure(ctx, r.Name, claims(r.Pressure)); err != nil {
		return err
	}
	if !r.Stopped {
		return nil
	}
	return f.control.Power(ctx, r.Name, false)
}

// withRuntime calls the runtime. While there is none that is no error: the next
// one is equipped by the records, which have been changed before.
func (f *Fleet) withRuntime(call func() error) error {
	err := call()
	if err == nil {
		return nil
	}
	if up, _, _ := f.runtime.watch(); !up {
		return nil
	}
	return err
}

// StopNode pulls a node's plug: the kubelet is gone, containers are killed, nothing
// on it answers. The control plane finds out in its own time. A node that is
// stopped stays so.
func (f *Fleet) StopNode(ctx context.Context, name string) error {
	f.ops.Lock()
	defer f.ops.Unlock()
	m, err := f.find(name)
	if err != nil || m.stopped() {
		return err
	}
	if err := f.amend(m, func(r *record) { r.Stopped = true }); err != nil {
		return err
	}
	m.halt()
	return f.withRuntime(func() error { return f.control.Power(ctx, name, false) })
}

// StartNode puts the plug back: the node boots, and its containers are started
// anew. It does not wait until the node is ready.
func (f *Fleet) StartNode(ctx context.Context, name string) error {
	f.ops.Lock()
	defer f.ops.Unlock()
	m, err := f.find(name)
	if err != nil {
		return err
	}
	return f.power(ctx, m)
}

// power starts a node that is stopped. The caller holds ops.
func (f *Fleet) power(ctx context.Context, m *member) error {
	if m.stopped() {
		if err := f.amend(m, func(r *record) { r.Stopped = false }); err != nil {
			return err
		}
		if err := f.withRuntime(func() error { return f.control.Power(ctx, m.record.Name, true) }); err != nil {
			return err
		}
	}
	return f.run(m)
}

// AddNode adds a node, which joins with a bootstrap token, and returns its name.
// It does not wait until the node is ready.
func (f *Fleet) AddNode(ctx context.Context, want protocol.AddNode) (string, error) {
	f.ops.Lock()
	defer f.ops.Unlock()
	r, err := f.newRecord(want)
	if err != nil {
		return "", err
	}
	// What a node of that name left must not be taken for this one's.
	if err := f.paths.remove(r); err != nil {
		return "", err
	}
	return r.Name, f.enlist(ctx, r)
}

// newRecord checks what is asked for and adds what is left open.
func (f *Fleet) newRecord(want protocol.AddNode) (record, error) {
	members := f.all()
	if len(members) >= maxNodes {
		return record{}, fmt.Errorf("a cluster has at most %d nodes", maxNodes)
	}
	r := freshRecord(f.freeNumber())
	r.Added, r.Labels, r.Taints = true, want.Labels, want.Taints
	if want.Zone != "" {
		r.Zone = want.Zone
	}
	if want.Name != "" {
		r.Name = want.Name
	}
	if wrong := validation.IsDNS1123Label(r.Name); len(wrong) > 0 {
		return r, fmt.Errorf("a node cannot be named %q: %s", r.Name, strings.Join(wrong, "; "))
	}
	if _, err := f.find(r.Name); err == nil {
		return r, fmt.Errorf("there is a node %s already", r.Name)
	}
	return r, nil
}

// freeNumber is the lowest number beyond the profile's that no node has.
func (f *Fleet) freeNumber() int {
	for number := f.base + 1; ; number++ {
		if f.at(ipOf(number)) == nil {
			return number
		}
	}
}

// enlist makes a new node and starts it. The caller holds ops.
func (f *Fleet) enlist(ctx context.Context, r record) error {
	m := &member{record: r}
	f.mu.Lock()
	f.members = append(f.members, m)
	slices.SortFunc(f.members, func(a, b *member) int { return a.record.Number - b.record.Number })
	f.mu.Unlock()
	if err := f.save(); err != nil {
		return err
	}
	err := f.withRuntime(func() error {
		return errors.Join(f.install(ctx, r), f.control.Hosts(ctx, f.hosts()))
	})
	if err != nil {
		return fmt.Errorf("making node %s: %w", r.Name, err)
	}
	return f.run(m)
}

// RemoveNode takes a node away for good, with its Node object and its files. With
// drain its pods are evicted first, as kubectl drain does, for as long as ctx
// lasts; if that fails the node stays, cordoned.
func (f *Fleet) RemoveNode(ctx context.Context, name string, drain bool) error {
	m, err := f.find(name)
	if err != nil {
		return err
	}
	if drain {
		m.setRemoving(true)
		defer m.setRemoving(false)
		if err := drainNode(ctx, f.o.Client, name); err != nil {
			return err
		}
	}
	f.ops.Lock()
	defer f.ops.Unlock()
	return f.dismiss(ctx, m)
}

func (m *member) setRemoving(b bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.removing = b
}

// dismiss ends a node and removes what it leaves. The caller holds ops.
func (f *Fleet) dismiss(ctx context.Context, m *member) error {
	m.halt()
	f.mu.Lock()
	f.members = slices.DeleteFunc(f.members, func(o *member) bool { return o == m })
	f.mu.Unlock()
	if err := f.save(); err != nil {
		return err
	}
	err := f.withRuntime(func() error {
		return errors.Join(ignoreGone(f.control.RemoveNode(ctx, m.record.Name)), f.control.Hosts(ctx, f.hosts()))
	})
	if e := f.o.Client.CoreV1().Nodes().Delete(ctx, m.record.Name, metav1.DeleteOptions{}); !apierrors.IsNotFound(e) {
		err = errors.Join(err, e)
	}
	return errors.Join(err, f.paths.remove(m.record))
}

func ignoreGone(err error) error {
	if errors.Is(err, control.ErrNoNode) {
		return nil
	}
	return err
}

// SetPressure makes a node run short of a resource ([protocol.PressureMemory] and
// the others), or ends that.
func (f *Fleet) SetPressure(ctx context.Context, name, resource string, on bool) error {
	if !slices.Contains(resources(), resource) {
		return fmt.Errorf("a node cannot run short of %q: it can of %s", resource, strings.Join(resources(), ", "))
	}
	f.ops.Lock()
	defer f.ops.Unlock()
	m, err := f.find(name)
	if err != nil {
		return err
	}
	return f.press(ctx, m, func(now []string) []string {
		now = slices.DeleteFunc(now, func(r string) bool { return r == resource })
		if on {
			now = append(now, resource)
		}
		return now
	})
}

// press changes of what a node runs short. The caller holds ops.
func (f *Fleet) press(ctx context.Context, m *member, change func([]string) []string) error {
	if err := f.amend(m, func(r *record) { r.Pressure = change(slices.Clone(r.Pressure)) }); err != nil {
		return err
	}
	return f.withRuntime(func() error {
		return f.control.Pressure(ctx, m.record.Name, claims(m.snapshot().Pressure))
	})
}

func resources() []string {
	return []string{protocol.PressureMemory, protocol.PressureDisk, protocol.PressurePIDs}
}

// What a node under pressure leaves free, which is less than what upstream evicts
// for: memory.available<100Mi, nodefs.available<10%, imagefs.available<15%.
const (
	leftMemory = 50 << 20
	leftDisk   = 1 << 30
	leftPIDs   = 100
)

// claims is what a node uses beyond its containers to run short of resources.
func claims(short []string) (p control.Pressure) {
	for _, resource := range short {
		switch resource {
		case protocol.PressureMemory:
			p.Memory = nodeMemory - leftMemory
		case protocol.PressureDisk:
			p.Disk = nodeDisk - leftDisk
		case protocol.PressurePIDs:
			p.PIDs = config.MaxPIDs - leftPIDs
		}
	}
	return p
}

// Restore goes back to the nodes of the profile, all running, without pressure. It
// does not wait until they are ready.
func (f *Fleet) Restore(ctx context.Context) error {
	f.ops.Lock()
	defer f.ops.Unlock()
	var errs []error
	for _, m := range f.all() {
		errs = append(errs, f.restore(ctx, m))
	}
	for _, r := range freshRecords(f.base) {
		if _, err := f.find(r.Name); err != nil {
			errs = append(errs, f.enlist(ctx, r))
		}
	}
	return errors.Join(errs...)
}

func (f *Fleet) restore(ctx context.Context, m *member) error {
	r := m.snapshot()
	if r.Added {
		return f.dismiss(ctx, m)
	}
	var err error
	if len(r.Pressure) > 0 {
		err = f.press(ctx, m, func([]string) []string { return nil })
	}
	if len(r.Pressure) > 0 || f.saysPressed(r.Name) {
		m.halt() // a kubelet that has seen pressure holds to it for minutes; a new one knows of none
	}
	return errors.Join(err, f.power(ctx, m))
}

// saysPressed tells whether a kubelet has said that its node runs short of something.
func (f *Fleet) saysPressed(name string) bool {
	node, err := f.nodes.Get(name)
	return err == nil && slices.ContainsFunc(node.Status.Conditions, func(c corev1.NodeCondition) bool {
		switch c.Type {
		case corev1.NodeMemoryPressure, corev1.NodeDiskPressure, corev1.NodePIDPressure:
			return c.Status == corev1.ConditionTrue
		default:
			return false
		}
	})
}

// amend changes a record, on disk too. The caller holds ops.
func (f *Fleet) amend(m *member, change func(*record)) error {
	m.change(change)
	return f.save()
}

func (f *Fleet) save() error {
	members := f.all()
	records := make([]record, len(members))
	for i, m := range members {
		records[i] = m.snapshot()
	}
	return f.paths.save(records)
}
