package redis_test

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"kubetutor/internal/engine/image/imagetest"
	"kubetutor/internal/engine/kernel"
)

func ready(c *imagetest.Container) {
	c.Eventually("ready", func() bool { return strings.Contains(c.Logs(), "Ready to accept connections tcp") })
}

func TestCommands(t *testing.T) {
	t.Parallel()
	c := imagetest.NewWorld(t).Run("redis:7", imagetest.Options{Command: []string{"redis-server"}})
	ready(c)
	for _, test := range []struct {
		command, want string
		code          int
	}{
		{"ping", "PONG\n", 0}, {"set a 1", "OK\n", 0}, {"incr a", "(integer) 2\n", 0}, {"get a", "\"2\"\n", 0}, {"get b", "(nil)\n", 0},
		{"rpush l x y", "(integer) 2\n", 0}, {"lrange l 0 -1", "1) \"x\"\n2) \"y\"\n", 0}, {"lrange none 0 -1", "(empty array)\n", 0},
		{"hset h f 1", "(integer) 1\n", 0}, {"zadd z 1 m", "(integer) 1\n", 0}, {"sadd s m", "(integer) 1\n", 0},
		{"nonsense x", "(error) ERR unknown command `nonsense`, with args beginning with: `x`, \n", 1},
		{"config get appendonly", "1) \"appendonly\"\n2) \"no\"\n", 0}, {"eval 1 0", "(error) ERR this simulated Redis has no scripting\n", 1},
		{"setbit big 40000000000 1", "(error) ERR string exceeds maximum allowed size (proto-max-bulk-len)\n", 1},
	} {
		out, code := c.Exec(append([]string{"redis-cli", "--no-raw"}, strings.Fields(test.command)...)...)
		if out != test.want || code != test.code {
			t.Errorf("%s: %d %q, want %d %q", test.command, code, out, test.code, test.want)
		}
	}
	if out, _ := c.Exec("redis-cli", "info", "keyspace"); !strings.Contains(out, "db0:keys=5,expires=0") {
		t.Errorf("info: %s", out)
	}
	if out, code := c.Exec("redis-cli", "-p", "1", "ping"); code != 1 || out != "Could not connect to Redis at 127.0.0.1:1: Connection refused\n" {
		t.Errorf("closed port: %d %s", code, out)
	}
}

func TestPassword(t *testing.T) {
	t.Parallel()
	c := imagetest.NewWorld(t).Run("redis:7", imagetest.Options{Command: []string{"redis-server", "--requirepass", "lab"}})
	ready(c)
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"get", "a"}, "NOAUTH Authentication required."}, {[]string{"info"}, "NOAUTH Authentication required."},
		{[]string{"--no-auth-warning", "-a", "lab", "set", "a", "b"}, "OK\n"}, {[]string{"--no-auth-warning", "-a", "bad", "ping"}, "AUTH failed: WRONGPASS"},
	} {
		if out, _ := c.Exec(append([]string{"redis-cli"}, test.args...)...); !strings.Contains(out, test.want) {
			t.Errorf("%v: %q, want %q", test.args, out, test.want)
		}
	}
}

// TestDataSurvive ends a server in several ways and starts another over the same
// directory.
func TestDataSurvive(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		args  []string
		end   kernel.Signal
		keeps bool
	}{
		{"snapshot at the end", nil, kernel.SIGTERM, true},
		{"killed without a log", nil, kernel.SIGKILL, false},
		{"killed with a log", []string{"--appendonly", "yes"}, kernel.SIGKILL, true},
		{"without saving", []string{"--save", ""}, kernel.SIGTERM, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := imagetest.NewWorld(t)
			o := imagetest.Options{Command: append([]string{"redis-server", "--dir", "/data"}, test.args...), Mounts: []kernel.Mount{{Target: "/data", Source: t.TempDir(), Type: "ext4"}}}
			first := w.Run("redis:7", o)
			ready(first)
			if out, code := first.Exec("redis-cli", "set", "kept", "value"); code != 0 {
				t.Fatal(out)
			}
			if err := first.Main.Signal(test.end); err != nil {
				t.Fatal(err)
			}
			first.Wait()
			second := w.Run("redis:7", o)
			ready(second)
			out, _ := second.Exec("redis-cli", "get", "kept")
			if kept := out == "value\n"; kept != test.keeps {
				t.Errorf("kept: %v, want %v\n%s", kept, test.keeps, second.Logs())
			}
		})
	}
}

func TestExpiry(t *testing.T) {
	t.Parallel()
	c := imagetest.NewWorld(t).Run("redis:8", imagetest.Options{Command: []string{"redis-server"}})
	ready(c)
	c.Exec("redis-cli", "set", "short", "x", "px", "50")
	c.Eventually("the key is gone", func() bool {
		out, _ := c.Exec("redis-cli", "exists", "short")
		return out == "0\n"
	})
}

// TestHostileClient sends what would break a server that believes lengths.
func TestHostileClient(t *testing.T) {
	t.Parallel()
	c := imagetest.NewWorld(t).Run("redis:7", imagetest.Options{Command: []string{"redis-server"}})
	ready(c)
	for sent, want := range map[string]string{
		"PING\r\n": "+PONG\r\n", "*1\r\n$99999999999\r\n": "-ERR Protocol error: invalid bulk length\r\n", "*999999999\r\n": "-ERR Protocol error: invalid multibulk length\r\n",
		"SET a \"b\r\n": "-ERR Protocol error: unbalanced quotes in request\r\n", "*1\r\n+x\r\n": "-ERR Protocol error: expected '$', got '+'\r\n",
	} {
		conn, err := c.Dial(t.Context(), 6379)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(conn, sent)
		conn.SetReadDeadline(time.Now().Add(imagetest.Patience))
		got := make([]byte, len(want))
		if _, err := io.ReadFull(conn, got); err != nil || string(got) != want {
			t.Errorf("%q: %q (%v), want %q", sent, got, err, want)
		}
		conn.Close()
	}
	if out, _ := c.Exec("redis-cli", "ping"); out != "PONG\n" {
		t.Errorf("afterwards: %s", out)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	w := imagetest.NewWorld(t)
	for conf, want := range map[string]string{
		"port 7000\nrequirepass x # c\n": "", "nonsense yes\n": "Reading the configuration file, at line 1\n>>> 'nonsense yes'\nBad directive or wrong number of arguments", "replicaof a 1\n": "this simulated Redis has no replicaof",
	} {
		c := w.Run("redis:7", imagetest.Options{Command: []string{"redis-server", "/etc/redis.conf"}, Files: map[string]string{"/etc/redis.conf": conf}})
		if want == "" {
			ready(c)
			continue
		}
		if code := c.Wait(); code != 1 || !strings.Contains(c.Logs(), want) {
			t.Errorf("%q: %d\n%s\nwant %q", conf, code, c.Logs(), want)
		}
	}
}
