package controlplane

import (
	"bytes"
	"context"
	"encoding/gob"
	"fmt"
	"maps"
	"os"
	"strings"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// registry is the prefix of everything that the API server stores.
const registry = "/registry/"

// keyspace is what etcd holds below registry, without what lives by itself:
// leases are renewed for ever.
type keyspace map[string]entry

// entry is one key's value. Rev is the store's revision that wrote it; it is
// not part of a baseline.
type entry struct {
	Value []byte
	Rev   int64
}

// Prefixes of keys that are not part of any baseline. Events end with the
// attempt; the other keys belong to running components.
const eventPrefix = registry + "events/"

func livePrefixes() []string {
	return []string{
		registry + "leases/",
		registry + "masterleases/",
		registry + "services/endpoints/default/kubernetes",
		registry + "endpointslices/default/kubernetes",
	}
}

// readKeyspace reads all of it at one revision. Events are in it.
func readKeyspace(ctx context.Context, c *clientv3.Client) (keyspace, error) {
	return readPrefix(ctx, c, registry)
}

func readPrefix(ctx context.Context, c *clientv3.Client, prefix string) (keyspace, error) {
	r, err := c.Get(ctx, prefix, clientv3.WithPrefix(), clientv3.WithSerializable())
	if err != nil {
		return nil, fmt.Errorf("reading the keyspace: %w", err)
	}
	k := make(keyspace, len(r.Kvs))
	for _, kv := range r.Kvs {
		k[string(kv.Key)] = entry{kv.Value, kv.ModRevision}
	}
	maps.DeleteFunc(k, func(key string, _ entry) bool { return isLive(key) })
	return k, nil
}

func isLive(key string) bool {
	for _, p := range livePrefixes() {
		if strings.HasPrefix(key, p) {
			return true
		}
	}
	return false
}

func isEvent(key string) bool { return strings.HasPrefix(key, eventPrefix) }

// withoutEvents drops the events.
func (k keyspace) withoutEvents() keyspace {
	maps.DeleteFunc(k, func(key string, _ entry) bool { return isEvent(key) })
	return k
}

// change leads one key from what it is to what it should be.
type change struct {
	key  string
	from entry // Rev 0: the key is missing
	to   []byte
	drop bool // the key should be missing
}

// changes lead from k to the baseline. Since is when that began; see [made].
func (k keyspace) changes(baseline keyspace, since time.Time) (list []change, err error) {
	m := newMade(k, baseline, since)
	for key, now := range k {
		if m.has(key, now.Value) {
			spoilt, err := m.spoilt(key, now)
			if err != nil {
				return nil, err
			}
			if spoilt {
				list = append(list, change{key: key, from: now, drop: true})
			}
			continue
		}
		want, ok := baseline[key]
		if !ok {
			list = append(list, change{key: key, from: now, drop: true})
			continue
		}
		to, err := now.back(key, want)
		if err != nil {
			return nil, err
		}
		if to != nil {
			list = append(list, change{key: key, from: now, to: to})
		}
	}
	for key, want := range baseline {
		if _, ok := k[key]; !ok && !m.has(key, want.Value) {
			list = append(list, change{key: key, to: want.Value})
		}
	}
	return list, nil
}

// back is what must be written so that the key is as in the baseline; nil if
// nothing must.
func (e entry) back(key string, want entry) ([]byte, error) {
	switch {
	case bytes.Equal(e.Value, want.Value):
		return nil, nil
	case isNodeKey(key):
		return nodeBack(e.Value, want.Value)
	case isAPIServiceKey(key):
		return apiServiceBack(e.Value, want.Value)
	case startsWith(key, daemonSetPrefix, deploymentPrefix, replicaSetPrefix):
		return workloadBack(e.Value, want.Value)
	default:
		return want.Value, nil
	}
}

// save writes the keyspace to a file.
func (k keyspace) save(file string) error {
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(k); err != nil {
		return fmt.Errorf("encoding the baseline: %w", err)
	}
	return writeFile(file, b.Bytes())
}

func loadKeyspace(file string) (k keyspace, err error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := gob.NewDecoder(f).Decode(&k); err != nil {
		return nil, fmt.Errorf("reading the baseline %s: %w", file, err)
	}
	return k, nil
}
