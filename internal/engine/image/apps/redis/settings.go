package redis

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"kubetutor/internal/engine/image/apps/service"
	"kubetutor/internal/engine/kernel"
)

// settings are what a configuration file and the command line say.
type settings struct {
	given       bool   // a file or an option was
	file        string // the configuration
	port        int
	bind        string
	dir         string
	password    string
	appendOnly  bool
	save        []string // pairs of seconds and changes; empty: never
	others      map[string]string
	showVersion bool
}

func parseSettings(p *kernel.Process) (*settings, error) {
	s := &settings{port: 6379, bind: "0.0.0.0", dir: p.Dir(), save: []string{"3600", "1", "300", "100", "60", "10000"}, others: map[string]string{
		"maxmemory": "0", "maxmemory-policy": "noeviction", "appendfsync": "everysec", "timeout": "0", "databases": "16", "loglevel": "notice", "protected-mode": "yes", "tcp-backlog": "511", "daemonize": "no",
	}}
	args := p.Args()[1:]
	if len(args) > 0 && (args[0] == "-v" || args[0] == "--version") {
		s.showVersion = true
		return s, nil
	}
	if len(args) > 0 && !strings.HasPrefix(args[0], "--") {
		s.file = args[0]
		if err := s.read(p, s.file, 0); err != nil {
			return nil, err
		}
		args = args[1:]
	}
	return s, s.options(args)
}

// options reads "--name value ..." from the command line.
func (s *settings) options(args []string) error {
	for at := 0; at < len(args); {
		name, ok := strings.CutPrefix(args[at], "--")
		if !ok {
			return service.Words("Reading the configuration file, at line 2\n>>> '%s'\nBad directive or wrong number of arguments", args[at])
		}
		at++
		var values []string
		for ; at < len(args) && !strings.HasPrefix(args[at], "--"); at++ {
			values = append(values, strings.Fields(args[at])...)
			if args[at] == "" {
				values = append(values, "")
			}
		}
		if err := s.set(strings.ToLower(name), values); err != nil {
			return service.Words("Reading the configuration file, at line 2\n>>> '%s %s'\n%w", name, strings.Join(values, " "), err)
		}
		s.given = true
	}
	return nil
}

// read reads a configuration file.
func (s *settings) read(p *kernel.Process, name string, depth int) error {
	data, err := p.FS().ReadFile(name)
	if err != nil || depth > 8 {
		return service.Words("Fatal error, can't open config file '%s': No such file or directory", name)
	}
	s.given = true
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		words, err := splitInline(line)
		if err == nil && strings.EqualFold(words[0], "include") && len(words) == 2 {
			err = s.read(p, words[1], depth+1)
		} else if err == nil {
			err = s.set(strings.ToLower(words[0]), words[1:])
		}
		if err != nil {
			return service.Words("Reading the configuration file, at line %d\n>>> '%s'\n%w", number, line, err)
		}
	}
	return nil
}

// set sets one option.
func (s *settings) set(name string, values []string) error {
	value := strings.Join(values, " ")
	switch name {
	case "port":
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 || n > 65535 {
			return fmt.Errorf("argument must be between 0 and 65535 inclusive")
		}
		s.port = n
	case "bind":
		if len(values) > 0 && !strings.ContainsAny(values[0], "*:") && values[0] != "" {
			s.bind = strings.TrimPrefix(values[0], "-")
		}
	case "dir":
		s.dir = path.Clean(value)
	case "requirepass":
		s.password = value
	case "appendonly":
		if value != "yes" && value != "no" {
			return fmt.Errorf("argument must be 'yes' or 'no'")
		}
		s.appendOnly = value == "yes"
	case "save":
		s.setSave(values)
	case "replicaof", "slaveof", "cluster-enabled", "loadmodule":
		if value != "no" && value != "no one" {
			return fmt.Errorf("this simulated Redis has no %s", name)
		}
	default:
		if !strings.Contains(tunables, " "+name+" ") {
			return service.Words("Bad directive or wrong number of arguments")
		}
		s.others[name] = value
	}
	return nil
}

// setSave adds save points; "" takes all away.
func (s *settings) setSave(values []string) {
	if len(values) == 0 || values[0] == "" {
		s.save = nil
		return
	}
	s.save = values
}

// tunables are options that are kept and shown, and change nothing here.
const tunables = ` acl-pubsub-default activedefrag activerehashing aof-load-truncated aof-use-rdb-preamble appenddirname appendfilename appendfsync auto-aof-rewrite-min-size auto-aof-rewrite-percentage client-output-buffer-limit crash-log-enabled daemonize databases dbfilename dynamic-hz enable-debug-command hash-max-listpack-entries hash-max-listpack-value hz io-threads latency-monitor-threshold lazyfree-lazy-eviction lazyfree-lazy-expire lfu-log-factor list-compress-depth list-max-listpack-size logfile loglevel maxclients maxmemory maxmemory-policy maxmemory-samples min-replicas-to-write no-appendfsync-on-rewrite notify-keyspace-events pidfile protected-mode rdbchecksum rdbcompression rename-command repl-backlog-size repl-diskless-sync replica-announce-ip replica-read-only replica-serve-stale-data slowlog-log-slower-than slowlog-max-len stop-writes-on-bgsave-error supervised syslog-enabled tcp-backlog tcp-keepalive timeout unixsocket user zset-max-listpack-entries masterauth masteruser always-show-logo set-proc-title `

// values are all options as CONFIG GET shows them.
func (s *settings) values() map[string]string {
	all := maps.Clone(s.others)
	all["port"], all["bind"], all["dir"], all["requirepass"] = strconv.Itoa(s.port), s.bind, s.dir, s.password
	all["appendonly"] = map[bool]string{true: "yes", false: "no"}[s.appendOnly]
	all["save"] = strings.Join(s.save, " ")
	return all
}

func sortedNames(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
