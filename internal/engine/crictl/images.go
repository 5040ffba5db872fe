package crictl

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/docker/go-units"
	"github.com/spf13/cobra"
	internalapi "k8s.io/cri-api/pkg/apis"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// none stands for a name or a tag that an image has not.
const none = "<none>"

// imageView is what a list of images shows.
type imageView struct {
	quiet, verbose, digests, noTrunc, pinned bool
	format                                   string
}

func (o *options) images() *cobra.Command {
	var v imageView
	cmd := leaf("images [REPOSITORY[:TAG]]", "List images", cobra.MaximumNArgs(1), func(ctx context.Context, _ *cobra.Command, args []string) error {
		images, err := o.imageService(ctx)
		if err != nil {
			return err
		}
		list, err := listImages(ctx, images, strings.Join(args, ""))
		if err != nil {
			return fmt.Errorf("listing images: %w", err)
		}
		return o.showImages(list, v)
	})
	cmd.Aliases = []string{"image", "img"}
	p := cmd.Flags()
	p.BoolVarP(&v.quiet, "quiet", "q", false, "Only show image IDs")
	p.BoolVarP(&v.verbose, "verbose", "v", false, "Show verbose info for images")
	p.StringVarP(&v.format, "output", "o", formatTable, "Output format, One of: json|yaml|table")
	p.BoolVar(&v.digests, "digests", false, "Show digests")
	p.BoolVar(&v.noTrunc, "no-trunc", false, "Show output without truncating the ID")
	p.BoolVar(&v.pinned, "pinned", false, "Show whether the image is pinned or not")
	return cmd
}

// listImages lists images by their first tag, else digest, else id.
func listImages(ctx context.Context, images internalapi.ImageManagerService, name string) ([]*runtimeapi.Image, error) {
	list, err := images.ListImages(ctx, &runtimeapi.ImageFilter{Image: &runtimeapi.ImageSpec{Image: name}})
	if err != nil {
		return nil, err
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b *runtimeapi.Image) int {
		switch {
		case len(a.GetRepoTags()) > 0 && len(b.GetRepoTags()) > 0:
			return strings.Compare(a.GetRepoTags()[0], b.GetRepoTags()[0])
		case len(a.GetRepoDigests()) > 0 && len(b.GetRepoDigests()) > 0:
			return strings.Compare(a.GetRepoDigests()[0], b.GetRepoDigests()[0])
		}
		return strings.Compare(a.GetId(), b.GetId())
	})
	return list, nil
}

func (o *options) showImages(list []*runtimeapi.Image, v imageView) error {
	switch {
	case v.format == formatJSON || v.format == formatYAML:
		return o.message(&runtimeapi.ListImagesResponse{Images: list}, v.format)
	case v.quiet:
		for _, i := range list {
			o.printf("%s\n", i.GetId())
		}
		return nil
	case v.verbose:
		for _, i := range list {
			o.describeImage(i)
		}
		return nil
	}
	rows := [][]string{v.row("IMAGE", "TAG", "DIGEST", "IMAGE ID", "SIZE", "PINNED")}
	for _, i := range list {
		id := i.GetId()
		name, digest := nameAndDigest(i.GetRepoDigests())
		if !v.noTrunc {
			id, digest = truncated(id, "sha256:"), truncated(digest, "sha256:")
		}
		for _, tag := range namesAndTags(i.GetRepoTags(), name) {
			rows = append(rows, v.row(tag[0], tag[1], digest, id, size(i.GetSize()), strconv.FormatBool(i.GetPinned())))
		}
	}
	return o.table(rows)
}

func size(bytes uint64) string { return units.HumanSizeWithPrecision(float64(bytes), 3) }

// row leaves out what was not asked for.
func (v imageView) row(name, tag, digest, id, size, pinned string) []string {
	row := []string{name, tag}
	if v.digests {
		row = append(row, digest)
	}
	row = append(row, id, size)
	if v.pinned {
		row = append(row, pinned)
	}
	return row
}

// nameAndDigest takes the first digest of an image apart.
func nameAndDigest(digests []string) (name, digest string) {
	if len(digests) == 0 {
		return none, none
	}
	name, digest, ok := strings.Cut(digests[0], "@")
	if !ok || strings.Contains(digest, "@") {
		return "errorName", "errorRepoDigest"
	}
	return name, digest
}

// namesAndTags takes an image's tags apart. One that was pulled by its digest has
// none, and the name of that.
func namesAndTags(tags []string, name string) (pairs [][2]string) {
	if len(tags) == 0 {
		return [][2]string{{name, none}}
	}
	for _, tag := range tags {
		i := strings.LastIndex(tag, ":")
		switch {
		case i < 0:
			pairs = append(pairs, [2]string{"errorRepoTag", "errorRepoTag"})
		case tag[:i] == none:
			pairs = append(pairs, [2]string{name, tag[i+1:]})
		default:
			pairs = append(pairs, [2]string{tag[:i], tag[i+1:]})
		}
	}
	return pairs
}

func (o *options) describeImage(i *runtimeapi.Image) {
	o.printf("ID: %s\n", i.GetId())
	for _, tag := range i.GetRepoTags() {
		o.printf("RepoTags: %s\n", tag)
	}
	for _, digest := range i.GetRepoDigests() {
		o.printf("RepoDigests: %s\n", digest)
	}
	if i.GetSize() != 0 {
		o.printf("Size: %d\n", i.GetSize())
	}
	if i.GetUid() != nil {
		o.printf("Uid: %v\n", i.GetUid())
	}
	if i.GetUsername() != "" {
		o.printf("Username: %v\n", i.GetUsername())
	}
	if i.GetPinned() {
		o.printf("Pinned: %v\n", i.GetPinned())
	}
	o.printf("\n")
}

func (o *options) inspecti() *cobra.Command {
	var i inspection
	var name string
	cmd := leaf("inspecti IMAGE-ID [IMAGE-ID...]", "Return the status of one or more images", cobra.ArbitraryArgs, func(ctx context.Context, cmd *cobra.Command, ids []string) error {
		images, err := o.imageService(ctx)
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			list, err := listImages(ctx, images, name)
			if err != nil {
				return fmt.Errorf("listing images: %w", err)
			}
			for _, one := range list {
				ids = append(ids, one.GetId())
			}
		}
		if len(ids) == 0 {
			return o.unfiltered(cmd)
		}
		return o.inspectImages(ctx, images, ids, i)
	})
	i.flags(cmd)
	cmd.Flags().StringVar(&name, "name", "", "Filter by image name")
	return cmd
}

func (o *options) inspectImages(ctx context.Context, images internalapi.ImageManagerService, ids []string, i inspection) error {
	var all []status
	for _, id := range ids {
		r, err := images.ImageStatus(ctx, &runtimeapi.ImageSpec{Image: id}, !i.quiet)
		if err != nil {
			return fmt.Errorf("image status for %q request: %w", id, err)
		}
		if r.GetImage() == nil {
			return fmt.Errorf("no such image %q present", id)
		}
		if i.format == formatTable {
			o.imageStatus(r, !i.quiet)
			continue
		}
		text, err := jsonOf(r.GetImage())
		if err != nil {
			return fmt.Errorf("marshal status to JSON for %q: %w", id, err)
		}
		all = append(all, status{json: text, info: r.GetInfo()})
	}
	return o.statuses(all, i.format, i.template)
}

func (o *options) imageStatus(r *runtimeapi.ImageStatusResponse, verbose bool) {
	o.printf("ID: %s\n", r.GetImage().GetId())
	for _, tag := range r.GetImage().GetRepoTags() {
		o.printf("Tag: %s\n", tag)
	}
	for _, digest := range r.GetImage().GetRepoDigests() {
		o.printf("Digest: %s\n", digest)
	}
	o.printf("Size: %s\n", size(r.GetImage().GetSize()))
	if verbose {
		o.printf("Info: %v\n", r.GetInfo())
	}
}

func (o *options) pull() *cobra.Command {
	var creds, auth string
	var limit time.Duration
	cmd := leaf("pull NAME[:TAG|@DIGEST]", "Pull an image from a registry", cobra.ExactArgs(1), func(ctx context.Context, _ *cobra.Command, args []string) error {
		images, err := o.imageService(ctx)
		if err != nil {
			return err
		}
		account, err := accountOf(creds, auth)
		if err != nil {
			return err
		}
		if limit > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, limit)
			defer cancel()
		}
		ref, err := images.PullImage(ctx, &runtimeapi.ImageSpec{Image: args[0]}, account, nil)
		if err != nil {
			return fmt.Errorf("pulling image: %w", err)
		}
		o.printf("Image is up to date for %s\n", ref)
		return nil
	})
	cmd.Flags().StringVar(&creds, "creds", "", "Use `USERNAME[:PASSWORD]` for accessing the registry")
	cmd.Flags().StringVar(&auth, "auth", "", "Use `AUTH_STRING` for accessing the registry. AUTH_STRING is a base64 encoded 'USERNAME[:PASSWORD]'")
	cmd.Flags().DurationVar(&limit, "pull-timeout", 0, "Maximum time to be used for pulling the image, disabled if set to 0s")
	return cmd
}

// accountOf is whom a registry shall take us for; nil is nobody.
func accountOf(creds, auth string) (*runtimeapi.AuthConfig, error) {
	name, password, _ := strings.Cut(creds, ":")
	switch {
	case creds != "" && auth != "":
		return nil, errors.New("both `--creds` and `--auth` are specified")
	case auth != "":
		return &runtimeapi.AuthConfig{Auth: auth}, nil
	case creds == "":
		return nil, nil
	case name == "":
		return nil, errors.New("username can't be empty")
	}
	return &runtimeapi.AuthConfig{Username: name, Password: password}, nil
}

func (o *options) rmi() *cobra.Command {
	var all, prune bool
	cmd := leaf("rmi IMAGE-ID [IMAGE-ID...]", "Remove one or more images", cobra.ArbitraryArgs, func(ctx context.Context, cmd *cobra.Command, ids []string) error {
		images, err := o.imageService(ctx)
		if err != nil {
			return err
		}
		if all || prune {
			if ids, err = o.removable(ctx, images, prune); err != nil {
				return err
			}
		}
		if len(ids) == 0 && !all && !prune {
			return cmd.Help()
		}
		return eachOf(ids, func(id string) error { return o.removeImage(ctx, images, id) })
	})
	cmd.Flags().BoolVarP(&all, "all", "a", false, "Remove all images")
	cmd.Flags().BoolVarP(&prune, "prune", "q", false, "Remove all unused images")
	return cmd
}

// removable lists all images, or those that are neither pinned nor in use.
func (o *options) removable(ctx context.Context, images internalapi.ImageManagerService, unused bool) (ids []string, err error) {
	keep := map[string]bool{}
	if unused {
		runtime, err := o.runtime(ctx)
		if err != nil {
			return nil, err
		}
		containers, err := runtime.ListContainers(ctx, nil)
		if err != nil {
			return nil, err
		}
		for _, c := range containers {
			r, err := images.ImageStatus(ctx, c.GetImage(), false)
			if err != nil {
				return nil, err
			}
			keep[r.GetImage().GetId()] = true
		}
	}
	list, err := images.ListImages(ctx, nil)
	for _, i := range list {
		if !keep[i.GetId()] && !(unused && i.GetPinned()) {
			ids = append(ids, i.GetId())
		}
	}
	return ids, err
}

func (o *options) removeImage(ctx context.Context, images internalapi.ImageManagerService, id string) error {
	r, err := images.ImageStatus(ctx, &runtimeapi.ImageSpec{Image: id}, false)
	if err != nil {
		return fmt.Errorf("image status request for %q failed: %w", id, err)
	}
	if r.GetImage() == nil {
		return fmt.Errorf("no such image %s", id)
	}
	if err := images.RemoveImage(ctx, &runtimeapi.ImageSpec{Image: id}); err != nil {
		return fmt.Errorf("error of removing image %q: %w", id, err)
	}
	names := r.GetImage().GetRepoTags()
	if len(names) == 0 {
		names = r.GetImage().GetRepoDigests()
	}
	for _, name := range names {
		o.printf("Deleted: %s\n", name)
	}
	return nil
}

func (o *options) imagefsinfo() *cobra.Command {
	var i inspection
	cmd := leaf("imagefsinfo", "Return image filesystem info", cobra.NoArgs, func(ctx context.Context, _ *cobra.Command, _ []string) error {
		images, err := o.imageService(ctx)
		if err != nil {
			return err
		}
		r, err := images.ImageFsInfo(ctx)
		if err != nil {
			return fmt.Errorf("image filesystem info request: %w", err)
		}
		if i.format == formatTable {
			o.filesystems("Container", r.GetContainerFilesystems())
			o.filesystems("Image", r.GetImageFilesystems())
			return nil
		}
		text, err := jsonOf(r)
		if err != nil {
			return fmt.Errorf("marshal filesystem info to json: %w", err)
		}
		return o.statuses([]status{{json: text}}, i.format, i.template)
	})
	i.flags(cmd)
	return cmd
}

func (o *options) filesystems(label string, list []*runtimeapi.FilesystemUsage) {
	o.printf("%s Filesystem \n", label)
	for i, fs := range list {
		o.printf("TimeStamp[%d]: %d\n", i, fs.GetTimestamp())
		o.printf("Disk[%d]: %s\n", i, units.HumanSize(float64(fs.GetUsedBytes().GetValue())))
		o.printf("Inodes[%d]: %d\n", i, fs.GetInodesUsed().GetValue())
		o.printf("Mountpoint[%d]: %s\n", i, fs.GetFsId().GetMountpoint())
	}
}
