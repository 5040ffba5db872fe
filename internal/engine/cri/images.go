package cri

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/distribution/reference"

	"kubetutor/internal/engine/image"
)

// pauseImage is the image of sandboxes. It is on every node from the start and
// is never collected.
const pauseImage = "registry.k8s.io/pause:3.10.1"

// preloaded are the images that a new node has.
var preloaded = [...]string{pauseImage}

// A pull takes as long as its bytes at this speed, but never longer than
// pullAtMost: visible in kubectl describe, and no lesson in patience.
const (
	pullBytesPerSecond = 1e9
	pullAtMost         = 300 * time.Millisecond
)

// images are those that lie on a node.
type images struct {
	catalogue Catalogue
	now       func() time.Time

	mu   sync.RWMutex
	byID map[string]*stored
}

// stored is an image on a node with the names by which it was pulled.
type stored struct {
	*image.Image
	tags, digests []string // normalised references, in the order they came
	pinned        bool
}

func newImages(catalogue Catalogue, now func() time.Time) *images {
	return &images{catalogue: catalogue, now: now, byID: map[string]*stored{}}
}

// load puts the preloaded images in place, once.
func (x *images) load() error {
	x.mu.RLock()
	loaded := len(x.byID) > 0
	x.mu.RUnlock()
	if loaded {
		return nil
	}
	for _, ref := range preloaded {
		img, err := x.catalogue.Resolve(context.Background(), ref, nil)
		if err != nil {
			return err
		}
		x.add(img, ref, true)
	}
	return nil
}

// pull fetches an image and returns its id.
func (x *images) pull(ctx context.Context, ref string, auth *image.Auth) (string, error) {
	if err := x.load(); err != nil {
		return "", err
	}
	img, err := x.catalogue.Resolve(ctx, ref, auth)
	if err != nil {
		return "", err
	}
	if !x.has(img.ID) {
		if err := transfer(ctx, img.Size); err != nil {
			return "", fmt.Errorf("failed to pull and unpack image %q: %w", ref, err)
		}
	}
	x.add(img, ref, false)
	return img.ID, nil
}

// transfer takes the time of so many bytes.
func transfer(ctx context.Context, size int64) error {
	d := min(time.Duration(float64(size)/pullBytesPerSecond*float64(time.Second)), pullAtMost)
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (x *images) has(id string) bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.byID[id] != nil
}

// add stores an image under the name it was asked for and its digest. A tag
// leads to one image only, so it leaves the one that had it before.
func (x *images) add(img *image.Image, ref string, pinned bool) {
	tag, digest := referencesOf(img, ref)
	x.mu.Lock()
	defer x.mu.Unlock()
	s := x.byID[img.ID]
	if s == nil {
		s = &stored{Image: img}
		x.byID[img.ID] = s
	}
	s.pinned = s.pinned || pinned
	if tag != "" {
		for _, other := range x.byID {
			other.tags = slices.DeleteFunc(other.tags, func(t string) bool { return t == tag && other != s })
		}
		s.tags = appendNew(s.tags, tag)
	}
	s.digests = appendNew(s.digests, digest)
}

func appendNew(list []string, v string) []string {
	if slices.Contains(list, v) {
		return list
	}
	return append(list, v)
}

// referencesOf are the names that a pull of ref leaves on a node. A pull by
// digest leaves no tag.
func referencesOf(img *image.Image, ref string) (tag, digest string) {
	digest = img.Repository + "@" + img.Digest
	named, err := reference.ParseDockerRef(ref)
	if err != nil {
		return "", digest
	}
	if _, byDigest := named.(reference.Digested); byDigest {
		return "", digest
	}
	return named.String(), digest
}

// find returns the image that lies on the node under an id, the beginning of
// one, a tag or a digest.
func (x *images) find(ref string) (*image.Image, error) {
	s, err := x.lookup(ref)
	if err != nil {
		return nil, err
	}
	return s.Image, nil
}

func (x *images) lookup(ref string) (*stored, error) {
	if err := x.load(); err != nil {
		return nil, err
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	s := x.locate(ref)
	if s == nil {
		return nil, errNotFound
	}
	copied := *s
	copied.tags, copied.digests = slices.Clone(s.tags), slices.Clone(s.digests)
	return &copied, nil
}

// locate finds without copying; the caller holds the lock.
func (x *images) locate(ref string) *stored {
	if s := x.byID[ref]; s != nil {
		return s
	}
	if s := x.byID["sha256:"+ref]; s != nil {
		return s
	}
	if named, err := reference.ParseDockerRef(ref); err == nil {
		name := named.String()
		for _, s := range x.byID {
			if slices.Contains(s.tags, name) || slices.Contains(s.digests, name) {
				return s
			}
		}
	}
	return x.abbreviated(strings.TrimPrefix(ref, "sha256:"))
}

// minPrefix is how much of an id has to be given, so that "a" is no image.
const minPrefix = 4

func (x *images) abbreviated(prefix string) (found *stored) {
	if len(prefix) < minPrefix {
		return nil
	}
	for id, s := range x.byID {
		if strings.HasPrefix(strings.TrimPrefix(id, "sha256:"), prefix) {
			if found != nil {
				return nil
			}
			found = s
		}
	}
	return found
}

// names are the first tag and the first digest of an image; empty if it is gone.
func (x *images) names(id string) (tag, digest string) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	s := x.byID[id]
	if s == nil {
		return "", ""
	}
	return first(s.tags), first(s.digests)
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// all returns what lies on the node, sorted by id.
func (x *images) all() ([]*stored, error) {
	if err := x.load(); err != nil {
		return nil, err
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	var list []*stored
	for _, s := range x.byID {
		copied := *s
		copied.tags, copied.digests = slices.Clone(s.tags), slices.Clone(s.digests)
		list = append(list, &copied)
	}
	slices.SortFunc(list, func(a, b *stored) int { return strings.Compare(a.ID, b.ID) })
	return list, nil
}

// remove forgets an image with all its names. Containers that were made of it go
// on.
func (x *images) remove(ref string) error {
	s, err := x.lookup(ref)
	if err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.byID, s.ID)
	return nil
}

// reset leaves the preloaded images and those in use.
func (x *images) reset(used map[string]bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for id, s := range x.byID {
		if !s.pinned && !used[id] {
			delete(x.byID, id)
		}
	}
}

// size is the room that the images take, in bytes.
func (x *images) size() int64 {
	x.mu.RLock()
	defer x.mu.RUnlock()
	var sum int64
	for _, s := range x.byID {
		sum += s.Size
	}
	return sum
}

// pause is the image of sandboxes; it cannot be missing for long.
func (x *images) pause() (*image.Image, error) {
	if img, err := x.find(pauseImage); err == nil {
		return img, nil
	}
	if _, err := x.pull(context.Background(), pauseImage, nil); err != nil {
		return nil, err
	}
	return x.find(pauseImage)
}
