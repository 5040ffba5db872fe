package redis

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"

	"kubetutor/internal/engine/image/apps/service"
)

// saveEvery is how often the save points are looked at.
const saveEvery = time.Second

// Files in the data directory. Both hold commands, in the form in which clients
// send them: that is the format of Redis' append-only file; its own format of
// snapshots is not written.
func (i *instance) dumpFile() string { return path.Join(i.settings.dir, "dump.rdb") }

func (i *instance) logFile() string {
	return path.Join(i.settings.dir, "appendonlydir", "appendonly.aof.1.incr.aof")
}

// load replays what is on disk: the append-only file if that is on, else the
// last snapshot.
func (i *instance) load() error {
	name := i.dumpFile()
	if i.settings.appendOnly {
		name = i.logFile()
	}
	if i.exists(name) {
		start := time.Now()
		n, err := i.replay(name)
		if err != nil {
			return err
		}
		if i.settings.appendOnly {
			i.note('*', "DB loaded from append only file: %.3f seconds", time.Since(start).Seconds())
		} else {
			i.note('*', "Done loading RDB, keys loaded: %d, keys expired: 0.", n)
			i.note('*', "DB loaded from disk: %.3f seconds", time.Since(start).Seconds())
		}
	}
	i.saved.Store(time.Now().Unix())
	if !i.settings.appendOnly {
		return nil
	}
	if err := i.p.FS().MkdirAll(path.Dir(i.logFile()), 0o755); err != nil {
		return service.Words("Can't open or create append-only dir appendonlydir: %w", err)
	}
	f, err := i.p.FS().OpenFile(i.logFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return service.Words("Can't open the append-only file: %w", err)
	}
	i.log = f
	return nil
}

// replay runs the commands of a file and returns how many keys there then are.
func (i *instance) replay(name string) (int, error) {
	data, err := i.p.FS().ReadFile(name)
	if err != nil {
		return 0, err
	}
	peer := server.NewPeer(bufio.NewWriter(io.Discard))
	if i.settings.password != "" {
		i.commands.Dispatch(peer, []string{"AUTH", i.settings.password})
	}
	r := bufio.NewReader(bytes.NewReader(data))
	size := int64(0)
	for {
		args, err := readCommand(r)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break // the last command of a log may be cut short
		}
		if err != nil {
			return 0, service.Words("Bad file format reading the append only file: %w", err)
		}
		if len(args) > 0 {
			i.commands.Dispatch(peer, args)
			peer.Flush()
			for _, arg := range args {
				size += int64(len(arg)) + 32
			}
		}
	}
	i.held.Add(size)
	if err := i.p.Grow(size); err != nil {
		return 0, err
	}
	keys := 0
	for n := range databases {
		keys += len(i.db.DB(n).Keys())
	}
	return keys, nil
}

// append writes a command to the append-only file.
func (i *instance) append(db int, args []string) {
	if i.log == nil {
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	var out bytes.Buffer
	encode(&out, "SELECT", strconv.Itoa(db))
	encode(&out, args...)
	if _, err := i.log.Write(out.Bytes()); err != nil {
		i.note('#', "Error writing to the AOF file: %v", err)
	}
}

func encode(w *bytes.Buffer, args ...string) {
	fmt.Fprintf(w, "*%d\r\n", len(args))
	for _, arg := range args {
		fmt.Fprintf(w, "$%d\r\n%s\r\n", len(arg), arg)
	}
}

// rewriteLog replaces the append-only file by the shortest that gives the same
// data.
func (i *instance) rewriteLog() error {
	if !i.settings.appendOnly {
		return i.snapshot()
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if err := i.p.FS().WriteFile(i.logFile(), i.contents(), 0o644); err != nil {
		return err
	}
	i.note('*', "Background AOF rewrite finished successfully")
	return nil
}

// snapshot writes all data to the dump file, by way of a temporary one.
func (i *instance) snapshot() error {
	temporary := path.Join(i.settings.dir, fmt.Sprintf("temp-%d.rdb", i.p.PID()))
	if err := i.p.FS().WriteFile(temporary, i.contents(), 0o644); err != nil {
		return err
	}
	if err := i.p.FS().Rename(temporary, i.dumpFile()); err != nil {
		return err
	}
	i.changes.Store(0)
	i.saved.Store(time.Now().Unix())
	return nil
}

// saveIfDue saves when a save point is reached.
func (i *instance) saveIfDue() {
	since, changes := time.Now().Unix()-i.saved.Load(), i.changes.Load()
	for pair := range slices.Chunk(i.settings.save, 2) {
		seconds, err := strconv.Atoi(pair[0])
		if err != nil || len(pair) < 2 {
			continue
		}
		if wanted, err := strconv.Atoi(pair[1]); err == nil && changes >= int64(wanted) && since >= int64(seconds) {
			i.note('*', "%d changes in %d seconds. Saving...", wanted, seconds)
			if err := i.snapshot(); err != nil {
				i.note('#', "Background saving error: %v", err)
				i.saved.Store(time.Now().Unix())
				return
			}
			i.note('*', "Background saving terminated with success")
			return
		}
	}
}

// contents are the commands that make all data.
func (i *instance) contents() []byte {
	var out bytes.Buffer
	for n := range databases {
		db := i.db.DB(n)
		keys := db.Keys()
		if len(keys) == 0 {
			continue
		}
		encode(&out, "SELECT", strconv.Itoa(n))
		for _, key := range keys {
			if args := recipe(db, key); args != nil {
				encode(&out, args...)
			}
			if ttl := db.TTL(key); ttl > 0 {
				encode(&out, "PEXPIREAT", key, strconv.FormatInt(time.Now().Add(ttl).UnixMilli(), 10))
			}
		}
	}
	return out.Bytes()
}

// recipe is the command that makes a key. Errors of the engine mean that the key
// is gone.
func recipe(db *miniredis.RedisDB, key string) []string {
	switch db.Type(key) {
	case "string":
		value, err := db.Get(key)
		return ifKnown(err, "SET", key, value)
	case "list":
		items, err := db.List(key)
		return ifKnown(err, append([]string{"RPUSH", key}, items...)...)
	case "set":
		items, err := db.Members(key)
		return ifKnown(err, append([]string{"SADD", key}, items...)...)
	case "hash":
		fields, err := db.HKeys(key)
		args := []string{"HSET", key}
		for _, field := range fields {
			args = append(args, field, db.HGet(key, field))
		}
		return ifKnown(err, args...)
	case "zset":
		scores, err := db.SortedSet(key)
		args := []string{"ZADD", key}
		for member, score := range scores {
			args = append(args, strconv.FormatFloat(score, 'g', -1, 64), member)
		}
		return ifKnown(err, args...)
	}
	return nil
}

func ifKnown(err error, args ...string) []string {
	if err != nil || strings.TrimSpace(args[0]) == "" {
		return nil
	}
	return args
}
