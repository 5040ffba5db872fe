package redis

import (
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/alicebob/miniredis/v2/server"

	"kubetutor/internal/engine/image/apps/service"
	"kubetutor/internal/engine/kernel"
)

// session is one client.
type session struct {
	*instance
	peer   *server.Peer
	db     int
	authed bool
}

// do runs a command; it reports whether the connection lives on. A panic of the
// engine ends the connection, not the runtime.
func (s *session) do(args []string) (ok bool) {
	defer func() {
		if recovered := recover(); recovered != nil {
			s.note('#', "Internal error in command %q: %v", args[0], recovered)
			ok = false
		}
	}()
	name := strings.ToUpper(args[0])
	if own, known := s.own()[name]; known && s.allowed(name) {
		own(args)
		return true
	}
	if reason := refused(name, args); reason != "" {
		s.peer.WriteError(reason)
		return true
	}
	s.awake()
	s.before(name, args)
	s.commands.Dispatch(s.peer, args)
	return true
}

// allowed says whether the client may call a command that is answered here.
func (s *session) allowed(name string) bool {
	return s.settings.password == "" || s.authed || name == "AUTH"
}

// leave takes back what a client that is gone had asked to be told.
func (s *session) leave() {
	defer func() { _ = recover() }()
	for _, name := range []string{"UNSUBSCRIBE", "PUNSUBSCRIBE", "DISCARD"} {
		s.commands.Dispatch(s.peer, []string{name})
	}
}

// refused answers for what is left out, and for what would take the machine's
// memory at a stroke.
func refused(name string, args []string) string {
	const maxOffset = maxBulk
	switch name {
	case "EVAL", "EVALSHA", "EVAL_RO", "EVALSHA_RO", "SCRIPT", "FCALL", "FUNCTION":
		return "ERR this simulated Redis has no scripting"
	case "REPLICAOF", "SLAVEOF", "PSYNC", "CLUSTER", "MODULE", "MIGRATE", "FAILOVER":
		return fmt.Sprintf("ERR this simulated Redis has no %s", name)
	case "SETRANGE", "SETBIT":
		limit := maxOffset
		if name == "SETBIT" {
			limit *= 8
		}
		if len(args) > 2 {
			if n, err := strconv.Atoi(args[2]); err == nil && n > limit {
				return "ERR string exceeds maximum allowed size (proto-max-bulk-len)"
			}
		}
	}
	return ""
}

// own are the commands that concern the server rather than the data.
func (s *session) own() map[string]func(args []string) {
	return map[string]func([]string){
		"AUTH": s.auth, "INFO": s.info, "CONFIG": s.config, "SAVE": s.save, "BGSAVE": s.save, "BGREWRITEAOF": s.rewrite, "LASTSAVE": s.lastSave,
		"SHUTDOWN": s.shutdown, "ROLE": s.role, "DEBUG": s.debug, "COMMAND": s.command, "SELECT": s.selectDB, "SLOWLOG": s.empty, "LATENCY": s.empty, "ACL": s.acl,
	}
}

func (s *session) auth(args []string) {
	s.commands.Dispatch(s.peer, args)
	s.authed = s.settings.password != "" && args[len(args)-1] == s.settings.password
}

func (s *session) selectDB(args []string) {
	if len(args) == 2 {
		n, err := strconv.Atoi(args[1])
		if err != nil || n < 0 || n >= databases {
			s.peer.WriteError("ERR DB index is out of range")
			return
		}
		s.db = n
	}
	s.commands.Dispatch(s.peer, args)
}

// databases is how many there are.
const databases = 16

func (s *session) empty([]string) { s.peer.WriteLen(0) }

func (s *session) role([]string) {
	s.peer.WriteLen(3)
	s.peer.WriteBulk("master")
	s.peer.WriteInt(0)
	s.peer.WriteLen(0)
}

func (s *session) acl(args []string) {
	if len(args) == 2 && strings.EqualFold(args[1], "whoami") {
		s.peer.WriteBulk("default")
		return
	}
	s.peer.WriteError("ERR this simulated Redis has no ACL but the default user's")
}

func (s *session) command(args []string) {
	if len(args) > 1 && strings.EqualFold(args[1], "count") {
		s.peer.WriteInt(240)
		return
	}
	s.peer.WriteLen(0)
}

// debug knows SLEEP, with which a lesson makes a server hang.
func (s *session) debug(args []string) {
	if len(args) == 3 && strings.EqualFold(args[1], "sleep") {
		if seconds, err := strconv.ParseFloat(args[2], 64); err == nil && seconds >= 0 && seconds < 3600 {
			timer := time.NewTimer(time.Duration(seconds * float64(time.Second)))
			defer timer.Stop()
			woken := make(chan struct{})
			s.asleep.Store(&woken)
			defer close(woken)
			defer s.asleep.Store(nil)
			select {
			case <-timer.C:
			case <-s.p.Context().Done():
			}
			s.peer.WriteOK()
			return
		}
	}
	s.peer.WriteError("ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you can run it from a local connection")
}

// awake waits while the server sleeps: it has but one thread in life.
func (s *session) awake() {
	if woken := s.asleep.Load(); woken != nil {
		select {
		case <-*woken:
		case <-s.p.Context().Done():
		}
	}
}

func (s *session) shutdown(args []string) {
	code := 0
	if len(args) > 1 && strings.EqualFold(args[1], "nosave") {
		code = 1
	}
	s.peer.Close()
	select {
	case s.quit <- code:
	default:
	}
}

func (s *session) save(args []string) {
	if err := s.snapshot(); err != nil {
		s.note('#', "Failed opening the temp RDB file (in server root dir %s) for saving: %v", s.settings.dir, err)
		s.peer.WriteError("ERR")
		return
	}
	if strings.EqualFold(args[0], "bgsave") {
		s.peer.WriteInline("Background saving started")
		return
	}
	s.note('*', "DB saved on disk")
	s.peer.WriteOK()
}

func (s *session) rewrite([]string) {
	if err := s.rewriteLog(); err != nil {
		s.peer.WriteError("ERR " + err.Error())
		return
	}
	s.peer.WriteInline("Background append only file rewriting started")
}

func (s *session) lastSave([]string) { s.peer.WriteInt(int(s.saved.Load())) }

func (s *session) config(args []string) {
	switch {
	case len(args) >= 3 && strings.EqualFold(args[1], "get"):
		var found []string
		for _, name := range sortedNames(s.settings.values()) {
			if ok, err := path.Match(strings.ToLower(args[2]), name); ok && err == nil {
				found = append(found, name, s.settings.values()[name])
			}
		}
		s.peer.WriteStrings(found)
	case len(args) >= 4 && strings.EqualFold(args[1], "set"):
		if err := s.change(strings.ToLower(args[2]), args[3]); err != nil {
			s.peer.WriteError("ERR CONFIG SET failed (possibly related to argument '" + args[2] + "') - " + err.Error())
			return
		}
		s.peer.WriteOK()
	case len(args) == 2 && strings.EqualFold(args[1], "resetstat"):
		s.peer.WriteOK()
	default:
		s.peer.WriteError("ERR unknown subcommand or wrong number of arguments for 'config'. Try CONFIG HELP.")
	}
}

// change applies CONFIG SET for what can change while the server runs.
func (s *session) change(name, value string) error {
	switch name {
	case "requirepass":
		s.settings.password = value
		s.instance.db.RequireAuth(value)
	case "maxmemory", "maxmemory-policy", "save", "appendfsync", "timeout", "loglevel", "notify-keyspace-events":
		return s.settings.set(name, strings.Fields(value))
	default:
		return service.Words("Unknown option or number of arguments for CONFIG SET - '%s'", name)
	}
	return nil
}

// before notes what a write will change: for saving, for the append-only file
// and for the memory that the process holds.
func (s *session) before(name string, args []string) {
	if s.settings.password != "" && !s.authed {
		return
	}
	if !writes(name) {
		return
	}
	s.changes.Add(1)
	size := int64(0)
	for _, arg := range args[1:] {
		size += int64(len(arg)) + 32
	}
	switch name {
	case "FLUSHALL", "FLUSHDB":
		s.p.Grow(-s.held.Swap(0))
	case "DEL", "UNLINK", "EXPIRE", "PEXPIRE", "PERSIST":
	default:
		s.held.Add(size)
		if s.p.Grow(size) != nil {
			return
		}
	}
	s.append(s.db, args)
}

// writes says whether a command changes data.
func writes(name string) bool {
	return strings.Contains(writeCommands, " "+name+" ")
}

const writeCommands = ` APPEND BITOP BLMOVE BLPOP BRPOP BRPOPLPUSH COPY DECR DECRBY DEL EXPIRE EXPIREAT FLUSHALL FLUSHDB GEOADD GETDEL GETEX GETSET HDEL HEXPIRE HINCRBY HINCRBYFLOAT HMSET HSET HSETNX INCR INCRBY INCRBYFLOAT LINSERT LMOVE LPOP LPUSH LPUSHX LREM LSET LTRIM MOVE MSET MSETNX PERSIST PEXPIRE PEXPIREAT PFADD PFMERGE PSETEX RENAME RENAMENX RESTORE RPOP RPOPLPUSH RPUSH RPUSHX SADD SDIFFSTORE SET SETBIT SETEX SETNX SETRANGE SINTERSTORE SMOVE SPOP SREM SUNIONSTORE SWAPDB UNLINK XACK XADD XDEL XGROUP XTRIM ZADD ZINCRBY ZINTERSTORE ZPOPMAX ZPOPMIN ZRANGESTORE ZREM ZREMRANGEBYLEX ZREMRANGEBYRANK ZREMRANGEBYSCORE ZUNIONSTORE `

// info is the report of the server about itself.
func (s *session) info(args []string) {
	wanted := ""
	if len(args) > 1 {
		wanted = strings.ToLower(args[1])
	}
	var out strings.Builder
	for _, section := range []struct {
		name string
		show func(io.Writer)
	}{
		{"Server", s.infoServer}, {"Clients", s.infoClients}, {"Memory", s.infoMemory}, {"Persistence", s.infoPersistence},
		{"Stats", s.infoStats}, {"Replication", s.infoReplication}, {"Keyspace", s.infoKeyspace},
	} {
		if wanted == "" || wanted == "all" || wanted == "everything" || wanted == "default" || wanted == strings.ToLower(section.name) {
			fmt.Fprintf(&out, "# %s\r\n", section.name)
			section.show(&out)
			out.WriteString("\r\n")
		}
	}
	s.peer.WriteBulk(strings.TrimSuffix(out.String(), "\r\n"))
}

func (s *session) infoServer(w io.Writer) {
	up := time.Since(s.started)
	fmt.Fprintf(w, "redis_version:%s\r\nredis_mode:standalone\r\nos:Linux %s x86_64\r\narch_bits:64\r\nprocess_id:%d\r\ntcp_port:%d\r\nuptime_in_seconds:%d\r\nuptime_in_days:%d\r\nexecutable:/usr/local/bin/redis-server\r\nconfig_file:%s\r\n",
		s.version, kernel.Release, s.p.PID(), s.settings.port, int(up.Seconds()), int(up.Hours())/24, s.settings.file)
}

func (s *session) infoClients(w io.Writer) {
	fmt.Fprintf(w, "connected_clients:%d\r\nmaxclients:10000\r\nblocked_clients:0\r\n", 1)
}

func (s *session) infoMemory(w io.Writer) {
	used := memory/8 + s.held.Load()
	fmt.Fprintf(w, "used_memory:%d\r\nused_memory_human:%.2fM\r\nused_memory_rss:%d\r\nmaxmemory:%s\r\nmaxmemory_policy:noeviction\r\nmem_fragmentation_ratio:1.00\r\nmem_allocator:jemalloc-5.3.0\r\n",
		used, float64(used)/(1<<20), memory+s.held.Load(), s.settings.values()["maxmemory"])
}

func (s *session) infoPersistence(w io.Writer) {
	aof := 0
	if s.settings.appendOnly {
		aof = 1
	}
	fmt.Fprintf(w, "loading:0\r\nrdb_changes_since_last_save:%d\r\nrdb_bgsave_in_progress:0\r\nrdb_last_save_time:%d\r\nrdb_last_bgsave_status:ok\r\naof_enabled:%d\r\naof_rewrite_in_progress:0\r\n", s.changes.Load(), s.saved.Load(), aof)
}

func (s *session) infoStats(w io.Writer) {
	fmt.Fprintf(w, "total_connections_received:%d\r\ntotal_commands_processed:%d\r\n", s.commands.TotalConnections(), s.commands.TotalCommands())
}

func (s *session) infoReplication(w io.Writer) {
	fmt.Fprint(w, "role:master\r\nconnected_slaves:0\r\nmaster_failover_state:no-failover\r\n")
}

func (s *session) infoKeyspace(w io.Writer) {
	for n := range databases {
		db := s.instance.db.DB(n)
		keys := db.Keys()
		expiring := 0
		for _, key := range keys {
			if db.TTL(key) > 0 {
				expiring++
			}
		}
		if len(keys) > 0 {
			fmt.Fprintf(w, "db%d:keys=%d,expires=%d,avg_ttl=0,subexpiry=0\r\n", n, len(keys), expiring)
		}
	}
}
