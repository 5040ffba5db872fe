package controlplane

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"
)

// TestChanges: applying the changes from any keyspace to a baseline gives the
// baseline, and each names the revision that it was drawn from.
func TestChanges(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		now, baseline := randomKeyspace(random), randomKeyspace(random)
		got := maps.Clone(now)
		for _, ch := range changesOf(t, now, baseline) {
			if ch.from.Rev != now[ch.key].Rev {
				t.Fatalf("the change of %s is from revision %d, not %d", ch.key, ch.from.Rev, now[ch.key].Rev)
			}
			if ch.drop {
				delete(got, ch.key)
			} else {
				got[ch.key] = entry{Value: ch.to}
			}
		}
		if !maps.EqualFunc(got, baseline, func(a, b entry) bool { return bytes.Equal(a.Value, b.Value) }) {
			t.Fatalf("from %v to %v came %v", now, baseline, got)
		}
		if left := changesOf(t, got, baseline); len(left) != 0 {
			t.Fatalf("changes from the baseline to itself: %v", left)
		}
	}
}

func randomKeyspace(random *rand.Rand) keyspace {
	k := keyspace{}
	for range random.IntN(8) {
		k[fmt.Sprintf("%spods/%d", registry, random.IntN(10))] = entry{Value: []byte{byte(random.IntN(3))}, Rev: 1 + random.Int64N(99)}
	}
	return k
}

func TestSaveKeyspace(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "baseline")
	want := keyspace{"/registry/a": {Value: []byte{0, 255}, Rev: 3}, "/registry/b": {Value: []byte("x")}}
	if err := want.save(file); err != nil {
		t.Fatal(err)
	}
	got, err := loadKeyspace(file)
	if err != nil || len(changesOf(t, got, want)) != 0 || len(changesOf(t, want, got)) != 0 {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestLiveKeys(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]bool{
		"/registry/leases/kube-system/apiserver-x":        true,
		"/registry/masterleases/172.30.0.1":               true,
		"/registry/services/endpoints/default/kubernetes": true,
		"/registry/endpointslices/default/kubernetes":     true,
		"/registry/services/endpoints/default/web":        false,
		"/registry/pods/default/leases":                   false,
	} {
		if got := isLive(key); got != want {
			t.Errorf("isLive(%q) = %v", key, got)
		}
	}
}

// TestWaves: what makes other objects is deleted before them.
func TestWaves(t *testing.T) {
	t.Parallel()
	order := []string{"/registry/pods/a/b", "/registry/replicasets/a/b", "/registry/deployments/a/b"}
	var list []change
	for _, key := range order {
		list = append(list, change{key: key, drop: true})
	}
	waves := waves(list)
	for i, key := range []string{order[2], order[1], order[0]} {
		if len(waves[i]) != 1 || waves[i][0].key != key {
			t.Errorf("wave %d is %v, want %s", i, waves[i], key)
		}
	}
}

func changesOf(t *testing.T, from, to keyspace) []change {
	t.Helper()
	list, err := from.changes(to, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return list
}
