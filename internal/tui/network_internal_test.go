package tui

import (
	"context"
	"testing"

	"kubetutor/internal/lab/protocol"
	"kubetutor/internal/tui/keymap"
)

// While it is paused the picture stays as it is; then it is the newest one.
func TestNetworkPauses(t *testing.T) {
	t.Parallel()
	c, err := newCommon(context.Background(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	p := newNetworkPage(c)
	p.SetSize(80, 20)
	show := func(task int, namespace string) {
		p.Update(networkMsg{task: task, network: protocol.Network{Namespace: namespace}})
	}
	show(0, "one")
	p.Update(actMsg{action: keymap.Pause})
	show(0, "two")
	show(7, "of another view")
	show(0, "three")
	if p.net.Namespace != "one" {
		t.Errorf("paused it shows %s", p.net.Namespace)
	}
	p.Update(actMsg{action: keymap.Pause})
	if p.net.Namespace != "three" {
		t.Errorf("then it shows %s", p.net.Namespace)
	}
}
