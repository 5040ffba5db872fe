package image

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/distribution/reference"

	"kubetutor/internal/engine/image/apps"
	"kubetutor/internal/engine/kernel"
)

// Catalogue answers pulls as the registries of the world would. It is safe for
// concurrent use.
type Catalogue struct {
	programs kernel.Programs
	now      func() time.Time
	read     func() (*shelf, error) // once, at the first use: a start costs nothing

	mu         sync.Mutex
	registries map[string]*registry // nil until somebody changes them
}

// shelf is the catalogue's data, arranged for looking up.
type shelf struct {
	data         *data
	registries   map[string]registry
	repositories map[string][]*item // by normalised name
}

// item is a version of a family, whose tree is built when it is first pulled.
type item struct {
	family  *family
	version *version
	config  Config
	id      string
	digest  string
	tree    func() (*kernel.Tree, error)
}

// New makes the catalogue. programs are the small tools that images hold
// (image/shell); the applications are added to them. now is the clock by which
// images are dated that say nothing; nil means time.Now.
func New(programs kernel.Programs, now func() time.Time) *Catalogue {
	c := &Catalogue{programs: maps.Clone(programs), now: now}
	if c.programs == nil {
		c.programs = kernel.Programs{}
	}
	if c.now == nil {
		c.now = time.Now
	}
	makers := apps.Makers()
	c.read = sync.OnceValues(func() (*shelf, error) { return arrange(c.programs, makers) })
	return c
}

// Programs are all programs that files of the images name.
func (c *Catalogue) Programs() kernel.Programs {
	if _, err := c.read(); err != nil {
		return nil
	}
	return c.programs
}

// Check reads all data, builds every image and reports the first mistake.
func (c *Catalogue) Check() error {
	s, err := c.read()
	if err != nil {
		return err
	}
	for repository, items := range s.repositories {
		for _, i := range items {
			if _, err := i.tree(); err != nil {
				return fmt.Errorf("%s:%s: %w", repository, i.version.Tags[0], err)
			}
		}
	}
	return nil
}

// Resolve looks ref up as a node that pulls it would: the name is normalised,
// the registry asked, credentials are checked. Errors read as containerd's and
// are of one of the kinds in this package.
func (c *Catalogue) Resolve(ctx context.Context, ref string, auth *Auth) (*Image, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s, err := c.read()
	if err != nil {
		return nil, err
	}
	named, err := reference.ParseDockerRef(ref)
	if err != nil {
		return nil, &pullError{text: fmt.Sprintf("failed to parse image reference %q: %v", ref, err), kind: ErrInvalid}
	}
	if err := c.ask(s, named, auth); err != nil {
		return nil, err
	}
	found, err := s.find(named)
	if err != nil {
		return nil, err
	}
	return c.image(found, named.Name())
}

// ask lets the registry of a reference decide whether it answers at all.
func (c *Catalogue) ask(s *shelf, named reference.Named, auth *Auth) error {
	host := reference.Domain(reference.TrimNamed(s.canonical(named)))
	r, ok := c.registry(s, host)
	if !ok {
		return unreachable(named)
	}
	if r.Untrusted {
		return untrusted(named)
	}
	if err := r.admit(named, auth); err != nil {
		return err
	}
	if len(s.repositories[s.canonical(named).Name()]) == 0 {
		return r.missing(named)
	}
	return nil
}

func (c *Catalogue) registry(s *shelf, host string) (registry, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if changed := c.registries[host]; changed != nil {
		return *changed, true
	}
	r, ok := s.registries[host]
	return r, ok
}

// canonical is the name below which a reference's images stand in the
// catalogue; it differs for mirrors.
func (s *shelf) canonical(named reference.Named) reference.Named {
	name := named.Name()
	for _, m := range s.data.Mirrors {
		if rest, ok := strings.CutPrefix(name, m.Prefix+"/"); ok {
			if original, err := reference.WithName(m.Of + "/" + rest); err == nil {
				return original
			}
		}
	}
	return named
}

func (s *shelf) find(named reference.Named) (*item, error) {
	for _, candidate := range s.repositories[s.canonical(named).Name()] {
		if candidate.answers(named) {
			return candidate, nil
		}
	}
	return nil, notFound(named)
}

func (i *item) answers(named reference.Named) bool {
	if digested, ok := named.(reference.Digested); ok {
		return digested.Digest().String() == i.digest
	}
	tagged, ok := named.(reference.Tagged)
	return ok && slices.Contains(i.version.Tags, tagged.Tag())
}

func (c *Catalogue) image(i *item, repository string) (*Image, error) {
	tree, err := i.tree()
	if err != nil {
		return nil, fmt.Errorf("unpacking image %q: %w", repository, err)
	}
	created := i.version.Created
	if created.IsZero() {
		created = c.now()
	}
	return &Image{
		ID: i.id, Digest: i.digest, Repository: repository, Tags: i.version.Tags, Size: i.size(),
		Created: created, Config: i.config, Tree: tree, Programs: c.programs,
	}, nil
}

func (i *item) size() int64 { return int64(i.version.Size * megabytes) }

// List is the whole catalogue, by repository and from the newest version on.
func (c *Catalogue) List() []Entry {
	s, err := c.read()
	if err != nil {
		return nil
	}
	var all []Entry
	for repository, items := range s.repositories {
		host, _, _ := strings.Cut(repository, "/")
		private := s.registries[host].Private
		for _, i := range items {
			all = append(all, i.entry(repository, private))
		}
	}
	slices.SortStableFunc(all, func(a, b Entry) int { return cmp.Compare(a.Repository, b.Repository) })
	return all
}

func (i *item) entry(repository string, private bool) Entry {
	return Entry{
		Repository: repository, Tags: i.version.Tags, Version: i.version.Version, Size: i.size(), Digest: i.digest,
		About: i.family.About, Ports: i.config.ExposedPorts, User: i.config.User, Private: private,
	}
}

// SetAccounts replaces the accounts of a private registry, for a lab that brings
// its own. A host without a registry is refused.
func (c *Catalogue) SetAccounts(host string, accounts []Account) error {
	return c.change(host, func(r *registry) { r.Accounts = slices.Clone(accounts) })
}

// SetTrusted says whether the nodes trust the certificate of a registry.
func (c *Catalogue) SetTrusted(host string, trusted bool) error {
	return c.change(host, func(r *registry) { r.Untrusted = !trusted })
}

// Reset takes back every change of registries and accounts.
func (c *Catalogue) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.registries = nil
}

func (c *Catalogue) change(host string, edit func(*registry)) error {
	s, err := c.read()
	if err != nil {
		return err
	}
	r, ok := c.registry(s, host)
	if !ok {
		return fmt.Errorf("changing registry %q: there is none", host)
	}
	edit(&r)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.registries == nil {
		c.registries = map[string]*registry{}
	}
	c.registries[host] = &r
	return nil
}
