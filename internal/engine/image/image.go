// Package image is the catalogue of images that the simulated nodes can pull.
//
// An image is data: a configuration as a registry would hand out, a tree of
// small real files, and executables that name programs written in Go (packages
// image/shell and image/apps). The data stand in assets/images; see the head of
// catalogue.yaml there for the format. Nothing is ever fetched: what a registry
// would answer, its refusals included, is decided here.
package image

import (
	"time"

	"kubetutor/internal/engine/kernel"
)

// Image is one image, as it lies on a node after a pull. Callers must not
// change it: trees and configurations are shared.
type Image struct {
	// ID and Digest are "sha256:…": the digest of the configuration, which
	// runtimes use as the image's id, and of the manifest, by which it can be
	// pulled. Both depend on the content alone, so copies in several
	// repositories are one image.
	ID, Digest string
	// Repository is the normalised name that was asked for, for example
	// docker.io/library/nginx.
	Repository string
	// Tags are the tags by which the repository knows this image.
	Tags []string
	// Size is what a pull transfers (compressed), in bytes.
	Size    int64
	Created time.Time
	Config  Config
	// Tree holds the files. It is shared and read-only.
	Tree *kernel.Tree
	// Programs are those of the whole catalogue: an executable copied from one
	// container to another keeps working.
	Programs kernel.Programs
}

// Config says how a container of the image runs. The meaning of each field is
// that of the OCI image specification.
type Config struct {
	Entrypoint   []string          `yaml:"entrypoint"`
	Cmd          []string          `yaml:"cmd"`
	Env          []string          `yaml:"env"`
	User         string            `yaml:"user"`
	WorkingDir   string            `yaml:"workdir"`
	ExposedPorts []string          `yaml:"ports"` // "80/tcp"
	StopSignal   string            `yaml:"stop"`  // "SIGQUIT"; empty: SIGTERM
	Volumes      []string          `yaml:"volumes"`
	Labels       map[string]string `yaml:"labels"`
}

// Auth is what a pull secret says about one registry. The fields are those of
// the CRI's AuthConfig.
type Auth struct {
	Username, Password string
	Auth               string // base64 of username:password, used when Username is empty
	IdentityToken      string
	RegistryToken      string
}

// Entry is a line of the catalogue, for people who look for an image.
type Entry struct {
	Repository string            `json:"repository"`
	Tags       []string          `json:"tags"`
	Version    string            `json:"version,omitempty"`
	Size       int64             `json:"size"`
	Digest     string            `json:"digest"`
	About      map[string]string `json:"about"` // by language: "en", "zh"
	Ports      []string          `json:"ports,omitempty"`
	User       string            `json:"user,omitempty"`
	Private    bool              `json:"private,omitempty"` // needs an account
}
