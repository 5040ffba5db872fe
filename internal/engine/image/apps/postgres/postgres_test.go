package postgres_test

import (
	"strings"
	"testing"

	"kubetutor/internal/engine/image/imagetest"
	"kubetutor/internal/engine/kernel"
)

func ready(c *imagetest.Container) {
	c.Eventually("ready to accept connections", func() bool { return strings.Contains(c.Logs(), "ready to accept connections") })
}

func TestNoPasswordNoStart(t *testing.T) {
	t.Parallel()
	c := imagetest.NewWorld(t).Run("postgres:17", imagetest.Options{})
	if code := c.Wait(); code != 1 || !strings.Contains(c.Logs(), "Error: Database is uninitialized and superuser password is not specified.") {
		t.Errorf("status %d:\n%s", code, c.Logs())
	}
}

func TestStatements(t *testing.T) {
	t.Parallel()
	c := imagetest.NewWorld(t).Run("postgres:17", imagetest.Options{Env: []string{"POSTGRES_PASSWORD=secret", "POSTGRES_DB=shop"}})
	ready(c)
	for _, test := range []struct {
		sql, want string
		code      int
	}{
		{"CREATE TABLE items (id SERIAL PRIMARY KEY, name VARCHAR(20) NOT NULL UNIQUE)", "CREATE TABLE\n", 0},
		{"INSERT INTO items (name) VALUES ('pen'), ('ink')", "INSERT 0 2\n", 0},
		{"SELECT * FROM items ORDER BY id", " id | name \n----+------\n  1 | pen\n  2 | ink\n(2 rows)\n\n", 0},
		{"SELECT count(*)::int FROM public.items", "2", 0},
		{"INSERT INTO items (name) VALUES ('pen')", "ERROR:  duplicate key value violates unique constraint \"items_name_key\"", 1},
		{"SELECT * FROM missing", "ERROR:  relation \"missing\" does not exist", 1},
		{"SELEC 1", "ERROR:  syntax error at or near \"SELEC\"", 1},
		{"SHOW server_version", "17.7", 0},
		{"SELECT version()", "PostgreSQL 17.7", 0},
		{`\dt`, "public | items | table | postgres", 0},
		{`\l`, "shop", 0},
		{"ATTACH DATABASE '/etc/passwd' AS x", "ATTACH is not supported", 1},
	} {
		out, code := c.Exec("psql", "-U", "postgres", "-d", "shop", "-c", test.sql)
		if code != test.code || !strings.Contains(out, test.want) {
			t.Errorf("%s: status %d, output\n%s\nwant %q", test.sql, code, out, test.want)
		}
	}
	if out, code := c.Exec("pg_isready", "-h", "127.0.0.1"); code != 0 || out != "127.0.0.1:5432 - accepting connections\n" {
		t.Errorf("pg_isready: %d %s", code, out)
	}
	if out, code := c.Exec("pg_isready", "-p", "1"); code != 2 || out != "/var/run/postgresql:1 - no response\n" {
		t.Errorf("pg_isready of a closed port: %d %s", code, out)
	}
}

func TestPasswordsFromElsewhere(t *testing.T) {
	t.Parallel()
	w := imagetest.NewWorld(t)
	c := w.Run("postgres:17", imagetest.Options{Env: []string{"POSTGRES_PASSWORD=secret"}})
	ready(c)
	for _, test := range []struct {
		password, want string
		code           int
	}{
		{"secret", "(1 row)", 0},
		{"wrong", `FATAL:  password authentication failed for user "postgres"`, 2},
	} {
		from := w.Run("postgres:17-alpine", imagetest.Options{Command: []string{"psql", "-h", c.IP.String(), "-U", "postgres", "-c", "SELECT 1"}, Env: []string{"PGPASSWORD=" + test.password}})
		if code := from.Wait(); code != test.code || !strings.Contains(from.Logs(), test.want) {
			t.Errorf("password %s: status %d\n%s", test.password, code, from.Logs())
		}
	}
}

func TestDataSurviveARestart(t *testing.T) {
	t.Parallel()
	w := imagetest.NewWorld(t)
	mount := []kernel.Mount{{Target: "/var/lib/postgresql/data", Source: t.TempDir(), Type: "ext4"}}
	first := w.Run("postgres:17", imagetest.Options{Env: []string{"POSTGRES_PASSWORD=x"}, Mounts: mount})
	ready(first)
	if out, code := first.Exec("psql", "-U", "postgres", "-c", "CREATE TABLE t (a INT)", "-c", "INSERT INTO t VALUES (42)"); code != 0 {
		t.Fatal(out)
	}
	if err := first.Main.Signal(kernel.SIGINT); err != nil {
		t.Fatal(err)
	}
	if code := first.Wait(); code != 0 {
		t.Errorf("status %d after SIGINT", code)
	}
	second := w.Run("postgres:17", imagetest.Options{Mounts: mount})
	ready(second)
	if out, code := second.Exec("psql", "-U", "postgres", "-At", "-c", "SELECT a FROM t"); code != 0 || out != "42\n" {
		t.Errorf("after the restart: %d %s", code, out)
	}
}

func TestEntrypoint(t *testing.T) {
	t.Parallel()
	const script = "/usr/local/bin/docker-entrypoint.sh"
	w := imagetest.NewWorld(t)
	c := w.Run("postgres:17", imagetest.Options{Env: []string{"POSTGRES_PASSWORD_FILE=/run/secret"}, Files: map[string]string{
		"/run/secret": "pw\n", "/docker-entrypoint-initdb.d/1.sql": "CREATE TABLE t (a INT); INSERT INTO t VALUES (7)", "/docker-entrypoint-initdb.d/2.txt": "",
	}})
	ready(c)
	if want := script + ": running /docker-entrypoint-initdb.d/1.sql\n" + script + ": ignoring /docker-entrypoint-initdb.d/2.txt\n"; !strings.Contains(c.Logs(), want) {
		t.Errorf("logs lack %q:\n%s", want, c.Logs())
	}
	from := w.Run("postgres:17", imagetest.Options{Command: []string{"psql", "-h", c.IP.String(), "-U", "postgres", "-Atc", "SELECT a FROM t"}, Env: []string{"PGPASSWORD=pw"}})
	if code := from.Wait(); code != 0 || from.Logs() != "7\n" {
		t.Errorf("the table: %d %s", code, from.Logs())
	}
	for file, want := range map[string]string{"": "/run/secret: No such file or directory\n", "SELEC 1": "psql:/docker-entrypoint-initdb.d/1.sql:1: ERROR:  syntax error at or near \"SELEC\""} {
		o := imagetest.Options{Env: []string{"POSTGRES_PASSWORD_FILE=/run/secret"}}
		if file != "" {
			o.Files = map[string]string{"/run/secret": "pw", "/docker-entrypoint-initdb.d/1.sql": file}
		}
		if c := w.Run("postgres:17", o); c.Wait() != 1 || !strings.Contains(c.Logs(), want) {
			t.Errorf("logs lack %q:\n%s", want, c.Logs())
		}
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	c := imagetest.NewWorld(t).Run("postgres:17", imagetest.Options{Command: []string{"sleep", "1000"}})
	for host, want := range map[string]string{
		"nowhere":   `could not translate host name "nowhere" to address: Name or service not known`,
		"localhost": `connection to server at "localhost", port 5432 failed: Connection refused`,
		"/tmp":      `connection to server on socket "/var/run/postgresql/.s.PGSQL.5432" failed: No such file or directory`,
	} {
		if out, code := c.Exec("psql", "-h", host); code != 2 || !strings.Contains(out, want) {
			t.Errorf("%s: %d %s", host, code, out)
		}
	}
}
