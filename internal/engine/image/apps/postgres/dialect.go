package postgres

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"kubetutor/internal/engine/image/apps/sqldb"
)

// session is one client.
type session struct {
	n    *instance
	user string
	sql  *sqldb.Session
}

// message answers one message; it reports whether the connection lives on.
func (s *session) message(ctx context.Context, w *wire, kind byte, body string) bool {
	switch kind {
	case 'X':
		return false
	case 'Q':
		s.simple(ctx, w, body)
	case 'S', 'H':
		if kind == 'S' {
			w.ready(s.sql.InTransaction())
		}
	default:
		w.fail(fail("0A000", "this simulated PostgreSQL speaks the simple query protocol only"))
	}
	return true
}

// simple runs a query of one or more statements.
func (s *session) simple(ctx context.Context, w *wire, body string) {
	statements := sqldb.Statements(body)
	if len(statements) == 0 {
		w.write('I', nil)
	}
	for _, statement := range statements {
		if s.n.p.Use(ctx, query) != nil {
			return
		}
		result, tag, err := s.execute(ctx, statement)
		if err != nil {
			s.n.note("%v", err)
			s.n.note("STATEMENT:  %s", statement)
			w.fail(err)
			break
		}
		if len(result.Columns) > 0 {
			w.result(result)
		}
		w.write('C', text(nil, tag))
	}
	w.ready(s.sql.InTransaction())
}

func row(name string, value any) *sqldb.Result {
	return &sqldb.Result{Columns: []string{name}, Rows: [][]any{{value}}}
}

// execute runs one statement and returns its command tag too.
func (s *session) execute(ctx context.Context, statement string) (*sqldb.Result, string, error) {
	words := sqldb.Words(statement)
	upper := make([]string, len(words)+4)
	for i, word := range words {
		upper[i] = strings.ToUpper(word)
	}
	if result, tag, known, err := s.own(ctx, statement, words, upper); known {
		return result, tag, err
	}
	result, err := s.sql.Run(ctx, s.translate(statement))
	if err != nil {
		return nil, "", explain(err, statement)
	}
	return result, tag(upper, result), nil
}

// tag is the command tag that clients print.
func tag(upper []string, r *sqldb.Result) string {
	switch upper[0] {
	case "SELECT", "VALUES", "WITH", "TABLE":
		return fmt.Sprintf("SELECT %d", len(r.Rows))
	case "INSERT":
		return fmt.Sprintf("INSERT 0 %d", r.Affected)
	case "UPDATE", "DELETE":
		return fmt.Sprintf("%s %d", upper[0], r.Affected)
	case "CREATE", "DROP", "ALTER":
		second := upper[1]
		if second == "UNIQUE" || second == "TEMP" || second == "TEMPORARY" || second == "OR" {
			second = upper[2]
		}
		return upper[0] + " " + second
	case "TRUNCATE":
		return "TRUNCATE TABLE"
	case "START":
		return "START TRANSACTION"
	case "END":
		return "COMMIT"
	}
	return upper[0]
}

// own answers statements that are not SQLite's business.
func (s *session) own(ctx context.Context, statement string, words, upper []string) (r *sqldb.Result, tag string, known bool, err error) {
	if result := s.constant(ctx, statement); result != nil {
		return result, "SELECT 1", true, nil
	}
	switch upper[0] + " " + upper[1] {
	case "CREATE DATABASE":
		name := strings.ToLower(sqldb.Name(words[2]))
		err := s.n.store.Create(ctx, name)
		if errors.Is(err, sqldb.ErrExists) {
			err = fail("42P04", "database %q already exists", name)
		}
		return &sqldb.Result{}, "CREATE DATABASE", true, err
	case "DROP DATABASE":
		return s.dropDatabase(words, upper)
	case "CREATE USER", "CREATE ROLE", "ALTER USER", "ALTER ROLE":
		return s.role(words, upper)
	case "DROP USER", "DROP ROLE":
		s.n.mu.Lock()
		delete(s.n.roles, sqldb.Name(words[len(words)-1]))
		s.n.mu.Unlock()
		return &sqldb.Result{}, "DROP ROLE", true, s.n.saveRoles()
	}
	switch upper[0] {
	case "SHOW":
		value, ok := map[string]string{"server_version": s.n.version, "data_directory": s.n.dir, "max_connections": "100", "port": strconv.Itoa(port), "timezone": "Etc/UTC", "search_path": `"$user", public`, "shared_buffers": "128MB", "config_file": s.n.dir + "/postgresql.conf"}[strings.ToLower(words[min(1, len(words)-1)])]
		if !ok {
			return nil, "", true, fail("42704", "unrecognized configuration parameter %q", words[min(1, len(words)-1)])
		}
		return row(strings.ToLower(words[1]), value), "SHOW", true, nil
	case "SET", "RESET", "GRANT", "REVOKE", "COMMENT", "CHECKPOINT", "DISCARD":
		return &sqldb.Result{}, upper[0], true, nil
	case "VACUUM", "ANALYZE":
		return &sqldb.Result{}, upper[0], true, nil
	}
	return nil, "", false, nil
}

func (s *session) dropDatabase(words, upper []string) (*sqldb.Result, string, bool, error) {
	name := strings.ToLower(sqldb.Name(words[len(words)-1]))
	if name == s.sql.Database() {
		return nil, "", true, fail("55006", "cannot drop the currently open database")
	}
	if err := s.n.store.Drop(name); err != nil && upper[2] != "IF" {
		return nil, "", true, fail("3D000", "database %q does not exist", name)
	}
	return &sqldb.Result{}, "DROP DATABASE", true, nil
}

// role makes a role or changes its password.
func (s *session) role(words, upper []string) (*sqldb.Result, string, bool, error) {
	if len(words) < 3 {
		return nil, "", false, nil
	}
	name := strings.ToLower(sqldb.Name(words[2]))
	s.n.mu.Lock()
	_, exists := s.n.roles[name]
	switch {
	case upper[0] == "CREATE" && exists:
		s.n.mu.Unlock()
		return nil, "", true, fail("42710", "role %q already exists", name)
	case upper[0] == "ALTER" && !exists:
		s.n.mu.Unlock()
		return nil, "", true, fail("42704", "role %q does not exist", name)
	}
	if i := slices.Index(upper, "PASSWORD"); i >= 0 && i+1 < len(words) {
		s.n.roles[name] = hashed(name, sqldb.Name(words[i+1]))
	} else if !exists {
		s.n.roles[name] = hashed(name, "")
	}
	s.n.mu.Unlock()
	return &sqldb.Result{}, upper[0] + " ROLE", true, s.n.saveRoles()
}

// constant answers SELECTs of functions that describe the server, and pg_sleep.
func (s *session) constant(ctx context.Context, statement string) *sqldb.Result {
	expression, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(statement)), "select ")
	if !ok {
		return nil
	}
	expression = strings.TrimSpace(expression)
	if seconds, ok := strings.CutPrefix(expression, "pg_sleep("); ok {
		n, err := strconv.ParseFloat(strings.TrimSuffix(seconds, ")"), 64)
		if err != nil || n < 0 || n > 86400 {
			return nil
		}
		timer := time.NewTimer(time.Duration(n * float64(time.Second)))
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
		return row("pg_sleep", "")
	}
	value, ok := map[string]string{
		"version()":          fmt.Sprintf("PostgreSQL %s (Debian %s-1.pgdg13+1) on x86_64-pc-linux-gnu, compiled by gcc (Debian 14.2.0-19) 14.2.0, 64-bit", s.n.version, s.n.version),
		"current_database()": s.sql.Database(), "current_user": s.user, "user": s.user, "session_user": s.user, "current_schema()": "public", "current_schema": "public",
		"now()": time.Now().UTC().Format("2006-01-02 15:04:05.000000+00"), "inet_server_addr()": s.n.p.Net().IP().String(), "pg_is_in_recovery()": "f",
	}[expression]
	if !ok {
		return nil
	}
	name, _, _ := strings.Cut(expression, "(")
	return row(name, value)
}

// catalogues are PostgreSQL's own tables, as subqueries of SQLite's.
func (s *session) catalogues() map[string]string {
	tables := `(SELECT 'public' AS schemaname, 'public' AS table_schema, name AS tablename, name AS table_name, 'BASE TABLE' AS table_type, '` + s.user + `' AS tableowner FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%')`
	var databases []string
	for _, name := range append(s.n.store.Names(), "template0", "template1") {
		databases = append(databases, "SELECT '"+strings.ReplaceAll(name, "'", "''")+"' AS datname, 'UTF8' AS encoding")
	}
	var roles []string
	s.n.mu.Lock()
	for name := range s.n.roles {
		roles = append(roles, "SELECT '"+strings.ReplaceAll(name, "'", "''")+"' AS rolname, '"+strings.ReplaceAll(name, "'", "''")+"' AS usename")
	}
	s.n.mu.Unlock()
	slices.Sort(roles)
	return map[string]string{
		"pg_tables": tables, "pg_catalog.pg_tables": tables, "information_schema.tables": tables,
		"pg_database": "(" + strings.Join(databases, " UNION ALL ") + ")", "pg_roles": "(" + strings.Join(roles, " UNION ALL ") + ")", "pg_user": "(" + strings.Join(roles, " UNION ALL ") + ")",
	}
}

// translate rewrites what SQLite writes differently.
func (s *session) translate(statement string) string {
	tokens := sqldb.Tokens(statement)
	catalogues := s.catalogues()
	var out strings.Builder
	for i := 0; i < len(tokens); i++ {
		t := tokens[i]
		upper := strings.ToUpper(t.Text)
		following := func(n int) string {
			if i+n < len(tokens) {
				return strings.ToUpper(tokens[i+n].Text)
			}
			return ""
		}
		switch {
		case t.Quote != 0 || t.Space:
			out.WriteString(t.Text)
		case upper == "SERIAL", upper == "BIGSERIAL", upper == "SMALLSERIAL", upper == "INT", upper == "BIGINT", upper == "INT4", upper == "INT8":
			out.WriteString("INTEGER")
		case upper == "GENERATED":
			for i+1 < len(tokens) && strings.ToUpper(tokens[i].Text) != "IDENTITY" {
				i++
			}
		case t.Text == ":" && following(1) == ":":
			i += 2
			for i+1 < len(tokens) && (tokens[i+1].Text == "[" || tokens[i+1].Text == "]") {
				i++
			}
		case upper == "ILIKE":
			out.WriteString("LIKE")
		case upper == "NOW" && following(1) == "(":
			out.WriteString("datetime('now')")
			i += 2
		case upper == "TRUNCATE":
			out.WriteString("DELETE FROM")
			if following(2) == "TABLE" {
				i += 2
			}
		case upper == "START" && following(2) == "TRANSACTION":
			return "BEGIN"
		case upper == "CASCADE" && !strings.Contains(strings.ToUpper(statement), "ON DELETE"):
		case catalogues[strings.ToLower(t.Text)] != "":
			out.WriteString(catalogues[strings.ToLower(t.Text)])
		case strings.HasPrefix(strings.ToLower(t.Text), "public."):
			out.WriteString(t.Text[len("public."):])
		default:
			out.WriteString(t.Text)
		}
	}
	return out.String()
}

// explain tells an error of SQLite's in PostgreSQL's words.
func explain(err error, statement string) error {
	message := err.Error()
	rules := []struct {
		pattern *regexp.Regexp
		make    func(m []string) error
	}{
		{regexp.MustCompile(`no such table: (?:main\.)?(\S+)`), func(m []string) error { return fail("42P01", "relation %q does not exist", m[1]) }},
		{regexp.MustCompile(`no such column: (\S+)`), func(m []string) error { return fail("42703", "column %q does not exist", m[1]) }},
		{regexp.MustCompile(`table (\w+) has no column named (\S+)`), func(m []string) error {
			return fail("42703", "column %q of relation %q does not exist", m[2], m[1])
		}},
		{regexp.MustCompile(`table [\x60"]?(\w+)[\x60"]? already exists`), func(m []string) error { return fail("42P07", "relation %q already exists", m[1]) }},
		{regexp.MustCompile(`UNIQUE constraint failed: (\w+)\.(\w+)`), func(m []string) error {
			return fail("23505", "duplicate key value violates unique constraint \"%s_%s_key\"", m[1], m[2])
		}},
		{regexp.MustCompile(`NOT NULL constraint failed: (\w+)\.(\w+)`), func(m []string) error {
			return fail("23502", "null value in column %q of relation %q violates not-null constraint", m[2], m[1])
		}},
		{regexp.MustCompile(`FOREIGN KEY constraint failed`), func([]string) error {
			return fail("23503", "insert or update violates foreign key constraint")
		}},
		{regexp.MustCompile(`no such function: (\w+)`), func(m []string) error { return fail("42883", "function %s() does not exist", m[1]) }},
		{regexp.MustCompile(`has (\d+) columns but (\d+) values`), func([]string) error { return fail("42601", "INSERT has more expressions than target columns") }},
		{regexp.MustCompile(`near "([^"]*)": syntax error`), func(m []string) error { return fail("42601", "syntax error at or near %q", m[1]) }},
		{regexp.MustCompile(`incomplete input`), func([]string) error { return fail("42601", "syntax error at end of input") }},
		{regexp.MustCompile(`database or disk is full`), func([]string) error { return fail("53100", "could not extend file: No space left on device") }},
	}
	for _, rule := range rules {
		if m := rule.pattern.FindStringSubmatch(message); m != nil {
			return rule.make(m)
		}
	}
	if errors.Is(err, sqldb.ErrRefused) {
		return fail("0A000", "%s is not supported by this simulated PostgreSQL", sqldb.FirstWord(statement))
	}
	return fail("XX000", "%s", message)
}
