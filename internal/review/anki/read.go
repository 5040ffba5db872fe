package anki

import (
	"archive/zip"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/klauspost/compress/zstd"
	"google.golang.org/protobuf/encoding/protowire"
)

// Options say what [Read] takes from a package.
type Options struct {
	Prefix string         // of the GUIDs of the notes that are read
	Zone   *time.Location // the learner's, for the days on which cards are due
	Now    time.Time      // ratings after it are skipped

	most bounds // smaller ones, for tests
}

// bounds are the largest numbers that are read, 0 for the usual ones.
type bounds struct {
	collection     int64
	notes, ratings int
}

// Read reads the cards of some notes with their ratings from a package, or from
// a whole collection (.colpkg).
//
// The package is untrusted, so:
//   - the archive is only asked for its few known names; nothing is unpacked
//     under a name from it, and what is no plain file is refused;
//   - sizes are counted while unpacking, whatever the archive says they are;
//   - the database is written to a private directory and opened there read-only
//     and immutable, with limits for what SQL may do, and a deadline;
//   - a database with views, triggers, virtual tables or computed columns is
//     refused before anything is selected from it, and so is a damaged one;
//   - what is read are numbers, names that begin with the prefix, and the JSON of
//     FSRS; numbers without a sense are as if they were not there.
func Read(ctx context.Context, r io.ReaderAt, size int64, o Options) (*Found, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, MaxTime, fmt.Errorf("%w: reading it took longer than %s", ErrTooLarge, MaxTime))
	defer cancel()
	found, err := readPackage(ctx, r, size, o)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return nil, fmt.Errorf("reading a deck of Anki: %w", err)
	}
	return found, nil
}

func readPackage(ctx context.Context, r io.ReaderAt, size int64, o Options) (*Found, error) {
	files, err := openArchive(r, size)
	if err != nil {
		return nil, err
	}
	name, err := collectionName(files)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "kubetutor-deck-") // for its owner only
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "collection")
	if err := unpack(ctx, files, name, file, cmp.Or(o.most.collection, MaxCollection)); err != nil {
		return nil, err
	}
	return readCollection(ctx, file, o)
}

// openArchive reads the directory of a zip file.
func openArchive(r io.ReaderAt, size int64) (*zip.Reader, error) {
	m := &meter{r: r, left: MaxDirectory}
	files, err := zip.NewReader(m, size)
	if m.left < 0 {
		return nil, fmt.Errorf("%w: the directory of the archive has more than %d bytes", ErrTooLarge, MaxDirectory)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoPackage, err)
	}
	m.off = true
	return files, nil
}

// meter reads no more than some bytes, until it is turned off: a directory is
// read into memory whole.
type meter struct {
	r    io.ReaderAt
	left int64
	off  bool
}

func (m *meter) ReadAt(p []byte, at int64) (int, error) {
	if m.off {
		return m.r.ReadAt(p, at)
	}
	if m.left -= int64(len(p)); m.left < 0 {
		return 0, ErrTooLarge
	}
	return m.r.ReadAt(p, at)
}

// The versions of packages; see PackageMetadata in proto/anki/import_export.proto
// of ankitects/anki.
const (
	legacy1 = 1 + iota
	legacy2
	latest
)

// collectionName is the name of the database that counts.
func collectionName(files *zip.Reader) (string, error) {
	version, err := packageVersion(files)
	if err != nil {
		return "", err
	}
	switch version {
	case legacy1:
		return "collection.anki2", nil
	case legacy2:
		return "collection.anki21", nil
	case latest:
		return "collection.anki21b", nil
	}
	return "", fmt.Errorf("%w: its version is %d", ErrTooNew, version)
}

func packageVersion(files *zip.Reader) (uint64, error) {
	meta, err := entry(files, "meta")
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := entry(files, "collection.anki21"); errors.Is(err, fs.ErrNotExist) {
			return legacy1, nil
		}
		return legacy2, nil
	}
	if err != nil {
		return 0, err
	}
	in, err := meta.Open()
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrNoPackage, err)
	}
	defer in.Close()
	b, err := io.ReadAll(io.LimitReader(in, 1<<10))
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrNoPackage, err)
	}
	return metaVersion(b)
}

// metaVersion is the first field of the message in `meta`.
func metaVersion(b []byte) (uint64, error) {
	var version uint64
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return 0, fmt.Errorf("%w: meta: %w", ErrNoPackage, protowire.ParseError(n))
		}
		b = b[n:]
		if num == 1 && typ == protowire.VarintType {
			version, n = protowire.ConsumeVarint(b)
		} else {
			n = protowire.ConsumeFieldValue(num, typ, b)
		}
		if n < 0 {
			return 0, fmt.Errorf("%w: meta: %w", ErrNoPackage, protowire.ParseError(n))
		}
		b = b[n:]
	}
	return version, nil
}

// entry finds a plain file in the archive.
func entry(files *zip.Reader, name string) (*zip.File, error) {
	for _, f := range files.File {
		if f.Name != name {
			continue
		}
		if !f.Mode().IsRegular() {
			return nil, fmt.Errorf("%w: %s in it is no plain file", ErrRefused, name)
		}
		return f, nil
	}
	return nil, fmt.Errorf("%w: it has no %s: %w", ErrNoPackage, name, fs.ErrNotExist)
}

// unpack writes the database to a new file.
func unpack(ctx context.Context, files *zip.Reader, name, file string, most int64) error {
	f, err := entry(files, name)
	if err != nil {
		return err
	}
	in, err := f.Open()
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrNoPackage, name, err)
	}
	defer in.Close()
	var r io.Reader = in
	if name == "collection.anki21b" {
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(64<<20))
		if err != nil {
			return err
		}
		defer z.Close()
		r = z
	}
	if err := spill(file, patient{ctx, r}, most); err != nil {
		return fmt.Errorf("%w (%s)", err, name)
	}
	return nil
}

// spill writes what can be read to a new file, up to the largest size.
func spill(file string, r io.Reader, most int64) error {
	out, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	n, err := io.Copy(out, io.LimitReader(r, most+1))
	if n > most {
		return fmt.Errorf("%w: its database has more than %d bytes", ErrTooLarge, most)
	}
	var disk *fs.PathError
	if errors.As(err, &disk) {
		return err
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoPackage, err)
	}
	return out.Close()
}

// patient reads until the context is done.
type patient struct {
	ctx context.Context
	r   io.Reader
}

func (p patient) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	return p.r.Read(b)
}
