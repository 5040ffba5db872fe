package image_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"kubetutor/internal/engine/image"
	"kubetutor/internal/engine/image/shell"
)

func catalogue() *image.Catalogue { return image.New(shell.Programs(), nil) }

func TestEveryImageCanBeBuilt(t *testing.T) {
	t.Parallel()
	if err := catalogue().Check(); err != nil {
		t.Fatal(err)
	}
}

func TestNamesAreNormalised(t *testing.T) {
	t.Parallel()
	c := catalogue()
	want, err := c.Resolve(t.Context(), "docker.io/library/nginx:latest", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, ref := range []string{"nginx", "nginx:latest", "library/nginx", "docker.io/nginx", "docker.io/library/nginx", "nginx@" + want.Digest, "nginx:1.7.9@" + want.Digest, "docker.m.daocloud.io/library/nginx"} {
		got, err := c.Resolve(t.Context(), ref, nil)
		if err != nil {
			t.Errorf("%s: %v", ref, err)
			continue
		}
		if got.ID != want.ID || got.Digest != want.Digest {
			t.Errorf("%s is another image than nginx:latest", ref)
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	c := catalogue()
	for _, test := range []struct {
		ref, want string
		kind      error
	}{
		{"nginx:1.161", `failed to pull and unpack image "docker.io/library/nginx:1.161": failed to resolve reference "docker.io/library/nginx:1.161": docker.io/library/nginx:1.161: not found`, image.ErrNotFound},
		{"ngimx", "pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed", image.ErrDenied},
		{"python:3.12", "the image is not part of this simulated cluster", image.ErrAbsent},
		{"registry.k8s.io/nosuch:1", "registry.k8s.io/nosuch:1: not found", image.ErrNotFound},
		{"invalid.registry.k8s.io/invalid/alpine:3.1", `Head "https://invalid.registry.k8s.io/v2/invalid/alpine/manifests/3.1": dial tcp: lookup invalid.registry.k8s.io: no such host`, image.ErrUnreachable},
		{"localhost:5000/a", `Head "http://localhost:5000/v2/a/manifests/latest": dial tcp 127.0.0.1:5000: connect: connection refused`, image.ErrUnreachable},
		{"192.168.1.5/a:1", `dial tcp 192.168.1.5:443: connect: connection refused`, image.ErrUnreachable},
		{"quay.io/nosuch/nosuch", "unexpected status from HEAD request to https://quay.io/v2/nosuch/nosuch/manifests/latest: 401 UNAUTHORIZED", image.ErrDenied},
		{"registry.lab:5000/team-a/nginx", "no basic auth credentials", image.ErrDenied},
		{"Nginx:Upper", "failed to parse image reference", image.ErrInvalid},
	} {
		_, err := c.Resolve(t.Context(), test.ref, nil)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", test.ref, err, test.want)
		}
		if !errors.Is(err, test.kind) {
			t.Errorf("%s: error %v is not of the kind %v", test.ref, err, test.kind)
		}
	}
}

func TestAccountsOpenThePrivateRegistry(t *testing.T) {
	t.Parallel()
	c := catalogue()
	const ref = "registry.lab:5000/team-a/nginx:1.27"
	pull := func(auth *image.Auth) error {
		_, err := c.Resolve(t.Context(), ref, auth)
		return err
	}
	if err := pull(&image.Auth{Username: "learner", Password: "lab-Pass1"}); err != nil {
		t.Error(err)
	}
	if err := pull(&image.Auth{Auth: "bGVhcm5lcjpsYWItUGFzczE="}); err != nil {
		t.Error(err)
	}
	if err := pull(&image.Auth{Username: "learner", Password: "wrong"}); err == nil || !strings.Contains(err.Error(), "401 Unauthorized") {
		t.Errorf("wrong password: %v", err)
	}
	if err := c.SetAccounts("registry.lab:5000", []image.Account{{Username: "admin", Password: "x", Token: "tok"}}); err != nil {
		t.Fatal(err)
	}
	if err := pull(&image.Auth{Username: "learner", Password: "lab-Pass1"}); err == nil {
		t.Error("an account that was taken away still opens")
	}
	if err := pull(&image.Auth{RegistryToken: "tok"}); err != nil {
		t.Error(err)
	}
	if err := c.SetTrusted("registry.lab:5000", false); err != nil {
		t.Fatal(err)
	}
	if err := pull(nil); err == nil || !strings.Contains(err.Error(), "x509: certificate signed by unknown authority") {
		t.Errorf("untrusted: %v", err)
	}
	c.Reset()
	if err := pull(&image.Auth{Username: "learner", Password: "lab-Pass1"}); err != nil {
		t.Errorf("after a reset: %v", err)
	}
}

// TestData looks for slips in the catalogue's data.
func TestData(t *testing.T) {
	t.Parallel()
	digests := map[string]string{}
	tags := map[string]bool{}
	for _, e := range catalogue().List() {
		for _, tag := range e.Tags {
			if name := e.Repository + ":" + tag; tags[name] {
				t.Errorf("%s stands there twice", name)
			} else {
				tags[name] = true
			}
		}
		if e.Size <= 0 || e.About["en"] == "" || e.About["zh"] == "" || len(e.Tags) == 0 {
			t.Errorf("%s: incomplete: %+v", e.Repository, e)
		}
		base := e.Repository[strings.LastIndexByte(e.Repository, '/')+1:]
		if other, ok := digests[e.Digest+base]; ok && other == e.Repository {
			t.Errorf("%s: two versions are one image: %v", e.Repository, e.Tags)
		}
		digests[e.Digest+base] = e.Repository
	}
	if len(digests) < 50 {
		t.Errorf("%d images only", len(digests))
	}
}

func TestDigestsStayAndNewCostsNothing(t *testing.T) {
	t.Parallel()
	a, b := catalogue().List(), catalogue().List()
	for i := range a {
		if a[i].Digest != b[i].Digest || !strings.HasPrefix(a[i].Digest, "sha256:") || len(a[i].Digest) != 71 {
			t.Fatalf("digests %s and %s", a[i].Digest, b[i].Digest)
		}
	}
	start := time.Now()
	image.New(nil, nil)
	if took := time.Since(start); took > 5*time.Millisecond {
		t.Errorf("New took %v", took)
	}
}

func BenchmarkFirstUse(b *testing.B) {
	for b.Loop() {
		catalogue().List()
	}
}
