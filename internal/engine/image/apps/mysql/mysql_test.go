package mysql_test

import (
	"strings"
	"testing"

	"kubetutor/internal/engine/image/imagetest"
	"kubetutor/internal/engine/kernel"
)

func ready(c *imagetest.Container) {
	c.Eventually("ready for connections", func() bool { return strings.Contains(c.Logs(), "ready for connections") })
}

func TestNoPasswordNoStart(t *testing.T) {
	t.Parallel()
	c := imagetest.NewWorld(t).Run("mysql:8.4", imagetest.Options{})
	if code := c.Wait(); code != 1 {
		t.Errorf("status %d", code)
	}
	for _, want := range []string{"[ERROR] [Entrypoint]: Database is uninitialized and password option is not specified", "    - MYSQL_ROOT_PASSWORD\n"} {
		if !strings.Contains(c.Logs(), want) {
			t.Errorf("logs lack %q:\n%s", want, c.Logs())
		}
	}
}

func TestStatements(t *testing.T) {
	t.Parallel()
	c := imagetest.NewWorld(t).Run("mysql:8.4", imagetest.Options{Env: []string{"MYSQL_ROOT_PASSWORD=secret", "MYSQL_DATABASE=shop", "MYSQL_USER=app", "MYSQL_PASSWORD=app-pw"}})
	ready(c)
	for _, test := range []struct {
		args string // separated by |
		want string
		code int
	}{
		{"-uroot|-psecret|-e|SELECT 1", "1\n1\n", 0},
		{"-uroot|-psecret|-N|-e|SHOW DATABASES", "information_schema\nmysql\nperformance_schema\nshop\nsys\n", 0},
		{"-uroot|-psecret|shop|-e|CREATE TABLE items (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(20) NOT NULL) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4; INSERT INTO items (name) VALUES ('pen'), ('it\\'s'); SELECT * FROM items", "id\tname\n1\tpen\n2\tit's\n", 0},
		{"-uroot|-psecret|-e|SELECT count(*) AS n FROM shop.items", "n\n2\n", 0},
		{"-uapp|-papp-pw|shop|-t|-e|SELECT name FROM items WHERE id = 1", "+------+\n| name |\n+------+\n| pen  |\n+------+\n", 0},
		{"-uapp|-papp-pw|shop|-e|SHOW TABLES", "Tables_in_shop\nitems\n", 0},
		{"-uapp|-papp-pw|mysql", "ERROR 1044 (42000): Access denied for user 'app'@'localhost' to database 'mysql'", 1},
		{"-uroot|-pwrong|-e|SELECT 1", "ERROR 1045 (28000): Access denied for user 'root'@'localhost' (using password: YES)", 1},
		{"-uroot|-psecret|shop|-e|SELECT * FROM missing", "ERROR 1146 (42S02) at line 1: Table 'shop.missing' doesn't exist", 1},
		{"-uroot|-psecret|shop|-e|SELEC 1", "ERROR 1064 (42000) at line 1: You have an error in your SQL syntax", 1},
		{"-uroot|-psecret|-e|USE nowhere", "ERROR 1049 (42000) at line 1: Unknown database 'nowhere'", 1},
		{"-uroot|-psecret|shop|-e|ATTACH DATABASE '/etc/passwd' AS x", "doesn't support 'ATTACH'", 1},
		{"-h|10.9.9.9|-P|1|--version", "mysql  Ver 8.4.7", 0},
	} {
		out, code := c.Exec(append([]string{"mysql"}, strings.Split(test.args, "|")...)...)
		out = strings.TrimPrefix(out, "mysql: [Warning] Using a password on the command line interface can be insecure.\n")
		if code != test.code || !strings.Contains(out, test.want) {
			t.Errorf("mysql %s: status %d, output\n%s\nwant %q", test.args, code, out, test.want)
		}
	}
	if out, code := c.Exec("mysqladmin", "ping", "-uroot", "-pwrong"); code != 0 || !strings.Contains(out, "mysqld is alive") {
		t.Errorf("mysqladmin ping: %d %s", code, out)
	}
}

func TestDataSurviveARestart(t *testing.T) {
	t.Parallel()
	w := imagetest.NewWorld(t)
	mount := []kernel.Mount{{Target: "/var/lib/mysql", Source: t.TempDir(), Type: "ext4"}}
	first := w.Run("mysql:8.4", imagetest.Options{Env: []string{"MYSQL_ROOT_PASSWORD=one", "MYSQL_DATABASE=shop"}, Mounts: mount})
	ready(first)
	if out, code := first.Exec("mysql", "-uroot", "-pone", "shop", "-e", "CREATE TABLE t (a INT); INSERT INTO t VALUES (42)"); code != 0 {
		t.Fatal(out)
	}
	if err := first.Main.Signal(kernel.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := first.Wait(); code != 0 {
		t.Errorf("status %d after SIGTERM", code)
	}
	second := w.Run("mysql:8.4", imagetest.Options{Mounts: mount}) // no password: the data are there
	ready(second)
	out, code := second.Exec("mysql", "-uroot", "-pone", "-N", "shop", "-e", "SELECT a FROM t")
	if code != 0 || !strings.Contains(out, "42") {
		t.Errorf("after the restart: %d %s", code, out)
	}
}

func TestEntrypoint(t *testing.T) {
	t.Parallel()
	const script = "/usr/local/bin/docker-entrypoint.sh"
	w := imagetest.NewWorld(t)
	c := w.Run("mysql:8.4", imagetest.Options{Env: []string{"MYSQL_ROOT_PASSWORD_FILE=/run/secret", "MYSQL_DATABASE=shop"}, Files: map[string]string{
		"/run/secret": "pw\n", "/docker-entrypoint-initdb.d/1.sql": "CREATE TABLE t (a INT); INSERT INTO t VALUES (7)", "/docker-entrypoint-initdb.d/2.txt": "",
	}})
	ready(c)
	for _, want := range []string{"[Note] [Entrypoint]: " + script + ": running /docker-entrypoint-initdb.d/1.sql\n", "[Warn] [Entrypoint]: " + script + ": ignoring /docker-entrypoint-initdb.d/2.txt\n"} {
		if !strings.Contains(c.Logs(), want) {
			t.Errorf("logs lack %q:\n%s", want, c.Logs())
		}
	}
	if out, code := c.Exec("mysql", "-uroot", "-ppw", "-N", "shop", "-e", "SELECT a FROM t"); code != 0 || !strings.HasSuffix(out, "\n7\n") {
		t.Errorf("the table: %d %s", code, out)
	}
	for file, want := range map[string]string{"": "MYSQL_ROOT_PASSWORD_FILE: /run/secret: No such file or directory\n", "SELEC 1": "[ERROR] [Entrypoint]: /docker-entrypoint-initdb.d/1.sql: "} {
		o := imagetest.Options{Env: []string{"MYSQL_ROOT_PASSWORD_FILE=/run/secret"}}
		if file != "" {
			o.Files = map[string]string{"/run/secret": "pw", "/docker-entrypoint-initdb.d/1.sql": file}
		}
		if c := w.Run("mysql:8.4", o); c.Wait() != 1 || !strings.Contains(c.Logs(), want) {
			t.Errorf("logs lack %q:\n%s", want, c.Logs())
		}
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	c := imagetest.NewWorld(t).Run("mysql:8.4", imagetest.Options{Command: []string{"sleep", "1000"}})
	for host, want := range map[string]string{
		"nowhere":   "ERROR 2005 (HY000): Unknown MySQL server host 'nowhere' (-2)\n",
		"localhost": "ERROR 2003 (HY000): Can't connect to MySQL server on 'localhost:3306' (111)\n",
	} {
		if out, code := c.Exec("mysql", "-h", host); code != 1 || out != want {
			t.Errorf("%s: %d %q, want %q", host, code, out, want)
		}
	}
}
