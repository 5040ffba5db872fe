package controlplane

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"
	"go.etcd.io/etcd/server/v3/etcdserver/api/v3client"
)

// store is etcd, embedded. Its client and peer endpoints are unix sockets;
// nothing of it listens on a network.
type store struct {
	etcd   *embed.Etcd
	client *clientv3.Client // in process, past the sockets
	dir    string
	boot   *bootMark
}

// openStore starts etcd on dir. A store that cannot be trusted (the machine
// went down while it ran) or opened is replaced by an empty one; replaced then
// says why.
func openStore(dir, sockets string, log io.Writer) (s *store, replaced string, err error) {
	boot := newBootMark(dir + ".running")
	if boot.lost() {
		replaced = "the machine went down while the cluster ran, so its state is not trustworthy"
		if err := os.RemoveAll(dir); err != nil {
			return nil, "", fmt.Errorf("removing the untrustworthy store: %w", err)
		}
	}
	if err := boot.set(); err != nil {
		return nil, "", fmt.Errorf("marking the store as running: %w", err)
	}
	etcd, err := startEtcd(dir, sockets, log, boot.known())
	if err != nil && exists(dir) && !isBusy(err) {
		replaced = fmt.Sprintf("the state on disk cannot be read (%v)", err)
		if err := os.RemoveAll(dir); err != nil {
			return nil, "", fmt.Errorf("removing the damaged store: %w", err)
		}
		etcd, err = startEtcd(dir, sockets, log, boot.known())
	}
	if err != nil {
		return nil, "", err
	}
	return &store{etcd: etcd, client: v3client.New(etcd.Server), dir: dir, boot: boot}, replaced, nil
}

// errBusy: sockets or files cannot be had, which no empty store would cure.
var errBusy = errors.New("the store cannot be opened")

func isBusy(err error) bool { return errors.Is(err, errBusy) }

// startEtcd starts etcd and waits until it serves. Without fsync a write takes
// 0.1 instead of 2 to 10 ms; what the kernel has taken over survives the
// process, and [bootMark] notices when the kernel itself was lost.
func startEtcd(dir, sockets string, log io.Writer, noFsync bool) (e *embed.Etcd, err error) {
	defer func() { // etcd panics on files that it cannot read
		if p := recover(); p != nil {
			err = fmt.Errorf("starting etcd: %v", p)
		}
	}()
	cfg, err := etcdConfig(dir, sockets, log)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errBusy, err)
	}
	cfg.UnsafeNoFsync = noFsync
	if err := checkStore(dir); err != nil {
		return nil, err
	}
	if e, err = embed.StartEtcd(cfg); err != nil {
		return nil, fmt.Errorf("starting etcd: %w", err)
	}
	select {
	case <-e.Server.ReadyNotify():
		// etcd leaves its socket as the process' mask has it.
		if err = os.Chmod(cfg.ListenClientUrls[0].Path, 0o600); err == nil {
			return e, nil
		}
	case err = <-e.Err():
	case <-time.After(30 * time.Second):
		err = errors.New("not ready after 30 s")
	}
	e.Close()
	return nil, fmt.Errorf("starting etcd: %w", err)
}

func etcdConfig(dir, sockets string, log io.Writer) (*embed.Config, error) {
	client, err := etcdSocket(sockets, "etcd.sock")
	if err != nil {
		return nil, err
	}
	peer, err := etcdSocket(sockets, "etcd-peer.sock")
	if err != nil {
		return nil, err
	}
	cfg := embed.NewConfig()
	cfg.Dir = dir
	cfg.ListenClientUrls, cfg.AdvertiseClientUrls = []url.URL{client}, []url.URL{client}
	cfg.ListenPeerUrls, cfg.AdvertisePeerUrls = []url.URL{peer}, []url.URL{peer}
	cfg.InitialCluster = cfg.Name + "=" + peer.String()
	cfg.ZapLoggerBuilder = embed.NewZapLoggerBuilder(storeLogger(log))
	cfg.EnableGRPCGateway = false
	// A lone member elects itself after up to one election timeout: with the
	// default second that would be most of the cluster's start. Shorter ticks
	// cost an idle cluster processor time.
	cfg.TickMs, cfg.ElectionMs = 25, 125
	return cfg, nil
}

// etcdSocket returns the URL of a socket, after removing what a killed process
// has left there.
func etcdSocket(dir, name string) (url.URL, error) {
	path, err := socketPath(dir, name)
	if err != nil {
		return url.URL{}, err
	}
	return url.URL{Scheme: "unix", Path: path}, removeIfThere(path)
}

// endpoint is where kube-apiserver finds etcd.
func (s *store) endpoint() string { return s.etcd.Config().ListenClientUrls[0].String() }

// close stops etcd, writes its files through to the disk, and notes that it
// has ended well.
func (s *store) close(ctx context.Context) error {
	err := s.client.Close()
	if errors.Is(err, context.Canceled) {
		err = nil // an in-process client has no connection to close
	}
	s.etcd.Close()
	for _, u := range append(s.etcd.Config().ListenClientUrls, s.etcd.Config().ListenPeerUrls...) {
		err = errors.Join(err, removeIfThere(u.Path))
	}
	if syncErr := syncTree(s.dir); syncErr != nil {
		return errors.Join(err, fmt.Errorf("writing the store to the disk: %w", syncErr))
	}
	return errors.Join(err, s.boot.clear())
}

// syncTree asks the kernel to write every file below dir to the disk.
func syncTree(dir string) error {
	return filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		return errors.Join(f.Sync(), f.Close())
	})
}
