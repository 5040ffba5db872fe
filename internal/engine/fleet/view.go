package fleet

import (
	"context"
	"sync"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
)

// view is what the API says of all nodes, kept up to date.
type view struct {
	corelisters.NodeLister
	informer cache.SharedIndexInformer

	mu      sync.Mutex
	changed chan struct{} // closed at the next change of a node; nil: nobody waits
}

func newView(client kubernetes.Interface) *view {
	nodes := informers.NewSharedInformerFactory(client, 0).Core().V1().Nodes()
	v := &view{NodeLister: nodes.Lister(), informer: nodes.Informer()}
	// The informer has not been started: no error is possible.
	_, _ = v.informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { v.broadcast() },
		UpdateFunc: func(_, _ any) { v.broadcast() },
		DeleteFunc: func(any) { v.broadcast() },
	})
	return v
}

// run follows the API until ctx ends.
func (v *view) run(ctx context.Context) { v.informer.Run(ctx.Done()) }

// next returns a channel that is closed when a node changes.
func (v *view) next() <-chan struct{} {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.changed == nil {
		v.changed = make(chan struct{})
	}
	return v.changed
}

func (v *view) broadcast() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.changed != nil {
		close(v.changed)
		v.changed = nil
	}
}
