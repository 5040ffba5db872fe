package cri

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"kubetutor/internal/engine/image"
)

// PullImage fetches an image from where the catalogue's registries have it.
func (r *imageService) PullImage(ctx context.Context, req *runtimeapi.PullImageRequest) (*runtimeapi.PullImageResponse, error) {
	id, err := r.node.images.pull(ctx, req.GetImage().GetImage(), auth(req.GetAuth()))
	switch {
	case err == nil:
		return &runtimeapi.PullImageResponse{ImageRef: id}, nil
	case errors.Is(err, image.ErrNotFound):
		return nil, status.Error(codes.NotFound, err.Error())
	}
	return nil, err
}

func auth(a *runtimeapi.AuthConfig) *image.Auth {
	if a == nil {
		return nil
	}
	return &image.Auth{Username: a.GetUsername(), Password: a.GetPassword(), Auth: a.GetAuth(),
		IdentityToken: a.GetIdentityToken(), RegistryToken: a.GetRegistryToken()}
}

// ImageStatus tells of an image; one that is not there is no error.
func (r *imageService) ImageStatus(_ context.Context, req *runtimeapi.ImageStatusRequest) (*runtimeapi.ImageStatusResponse, error) {
	s, err := r.node.images.lookup(req.GetImage().GetImage())
	if errors.Is(err, errNotFound) {
		return &runtimeapi.ImageStatusResponse{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("can not resolve %q locally: %w", req.GetImage().GetImage(), err)
	}
	resp := &runtimeapi.ImageStatusResponse{Image: s.item()}
	if req.GetVerbose() {
		resp.Info, err = s.info()
	}
	return resp, err
}

// ListImages lists the images on the node, or the one that a filter names.
func (r *imageService) ListImages(_ context.Context, req *runtimeapi.ListImagesRequest) (*runtimeapi.ListImagesResponse, error) {
	list, err := r.node.listImages(req.GetFilter())
	return &runtimeapi.ListImagesResponse{Images: list}, err
}

func (n *node) listImages(f *runtimeapi.ImageFilter) ([]*runtimeapi.Image, error) {
	var list []*runtimeapi.Image
	if name := f.GetImage().GetImage(); name != "" {
		s, err := n.images.lookup(name)
		if err == nil {
			list = append(list, s.item())
		}
		return list, nil
	}
	all, err := n.images.all()
	for _, s := range all {
		list = append(list, s.item())
	}
	return list, err
}

// RemoveImage forgets an image; one that is not there is no error.
func (r *imageService) RemoveImage(_ context.Context, req *runtimeapi.RemoveImageRequest) (*runtimeapi.RemoveImageResponse, error) {
	if err := r.node.images.remove(req.GetImage().GetImage()); err != nil && !errors.Is(err, errNotFound) {
		return nil, fmt.Errorf("can not resolve %q locally: %w", req.GetImage().GetImage(), err)
	}
	return &runtimeapi.RemoveImageResponse{}, nil
}

// ImageFsInfo tells how much room images and writable layers take.
func (r *imageService) ImageFsInfo(context.Context, *runtimeapi.ImageFsInfoRequest) (*runtimeapi.ImageFsInfoResponse, error) {
	all, err := r.node.images.all()
	if err != nil {
		return nil, err
	}
	used := r.node.accounting.Usage()
	return &runtimeapi.ImageFsInfoResponse{
		ImageFilesystems:     []*runtimeapi.FilesystemUsage{r.node.filesystem(r.node.images.size()+used.Disk, len(all)*inodesPerImage+used.Inodes)},
		ContainerFilesystems: []*runtimeapi.FilesystemUsage{r.node.filesystem(r.node.images.size()+used.Disk, len(all)*inodesPerImage+used.Inodes)},
	}, nil
}

// inodesPerImage is a guess at the files of an image as large as those that the
// catalogue's ones stand for.
const inodesPerImage = 1500

func (n *node) filesystem(bytes int64, inodes int) *runtimeapi.FilesystemUsage {
	return &runtimeapi.FilesystemUsage{Timestamp: n.now().UnixNano(), FsId: &runtimeapi.FilesystemIdentifier{Mountpoint: n.dir},
		UsedBytes: value(bytes), InodesUsed: value(int64(inodes))}
}

func value(v int64) *runtimeapi.UInt64Value { return &runtimeapi.UInt64Value{Value: uint64(max(v, 0))} }

// item is the image in the words of CRI.
func (s *stored) item() *runtimeapi.Image {
	i := &runtimeapi.Image{Id: s.ID, RepoTags: s.tags, RepoDigests: s.digests, Size: uint64(max(s.Size, 1)),
		Spec: &runtimeapi.ImageSpec{}, Pinned: s.pinned}
	user, _, _ := strings.Cut(s.Config.User, ":")
	if uid, err := strconv.ParseInt(user, 10, 64); err == nil {
		i.Uid = &runtimeapi.Int64Value{Value: uid}
	} else if user != "" {
		i.Username = user
	} else {
		i.Uid = &runtimeapi.Int64Value{}
	}
	return i
}

// imageInfo is what crictl inspecti shows beside the status.
type imageInfo struct {
	ChainID   string    `json:"chainID"`
	ImageSpec imageSpec `json:"imageSpec"`
}

// imageSpec is the part of an OCI image configuration that there is.
type imageSpec struct {
	Created      string       `json:"created"`
	Architecture string       `json:"architecture"`
	OS           string       `json:"os"`
	Config       imageRunSpec `json:"config"`
}

type imageRunSpec struct {
	User         string              `json:"User,omitempty"`
	ExposedPorts map[string]struct{} `json:"ExposedPorts,omitempty"`
	Env          []string            `json:"Env,omitempty"`
	Entrypoint   []string            `json:"Entrypoint,omitempty"`
	Cmd          []string            `json:"Cmd,omitempty"`
	Volumes      map[string]struct{} `json:"Volumes,omitempty"`
	WorkingDir   string              `json:"WorkingDir,omitempty"`
	Labels       map[string]string   `json:"Labels,omitempty"`
	StopSignal   string              `json:"StopSignal,omitempty"`
}

func (s *stored) info() (map[string]string, error) {
	c := s.Config
	return verbose(imageInfo{ChainID: s.Digest, ImageSpec: imageSpec{
		Created: s.Created.UTC().Format("2006-01-02T15:04:05.999999999Z07:00"), Architecture: "amd64", OS: "linux",
		Config: imageRunSpec{User: c.User, ExposedPorts: set(c.ExposedPorts), Env: c.Env, Entrypoint: c.Entrypoint, Cmd: c.Cmd,
			Volumes: set(c.Volumes), WorkingDir: c.WorkingDir, Labels: c.Labels, StopSignal: c.StopSignal}}})
}

// set is a list as Docker's configurations have it.
func set(list []string) map[string]struct{} {
	if len(list) == 0 {
		return nil
	}
	m := make(map[string]struct{}, len(list))
	for _, v := range list {
		m[v] = struct{}{}
	}
	return m
}
