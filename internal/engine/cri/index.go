package cri

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"strings"
	"sync"
)

// errNotFound and errAmbiguous are why an id leads to nothing.
var (
	errNotFound  = errors.New("not found")
	errAmbiguous = errors.New("multiple IDs found with provided prefix")
)

// newID returns an id as containerd makes them: 256 random bits in hexadecimal.
func newID() string {
	var b [32]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// index finds things by their ids. It is safe for concurrent use.
type index[T any] struct {
	mu   sync.RWMutex
	byID map[string]T
}

func newIndex[T any]() *index[T] { return &index[T]{byID: map[string]T{}} }

func (x *index[T]) add(id string, v T) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.byID[id] = v
}

func (x *index[T]) remove(id string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.byID, id)
}

// get finds what has the id, or the only one whose id begins with it, as people
// type ids.
func (x *index[T]) get(id string) (T, error) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if v, ok := x.byID[id]; ok {
		return v, nil
	}
	return x.prefix(id)
}

func (x *index[T]) prefix(id string) (found T, err error) {
	err = errNotFound
	if id == "" {
		return found, err
	}
	for full, v := range x.byID {
		if !strings.HasPrefix(full, id) {
			continue
		}
		if err == nil {
			var none T
			return none, errAmbiguous
		}
		found, err = v, nil
	}
	return found, err
}

// all returns everything, in no order.
func (x *index[T]) all() []T {
	x.mu.RLock()
	defer x.mu.RUnlock()
	list := make([]T, 0, len(x.byID))
	for _, v := range x.byID {
		list = append(list, v)
	}
	return list
}

// names keeps that a name is used by one id only: a kubelet that asks twice for
// the same attempt of a container must not get two.
type names struct {
	mu     sync.Mutex
	owners map[string]string
}

// reserve gives the name to id and returns who has it now.
func (n *names) reserve(name, id string) (owner string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.owners == nil {
		n.owners = map[string]string{}
	}
	if owner, taken := n.owners[name]; taken {
		return owner
	}
	n.owners[name] = id
	return id
}

// release frees a name if id has it.
func (n *names) release(name, id string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.owners[name] == id {
		delete(n.owners, name)
	}
}
