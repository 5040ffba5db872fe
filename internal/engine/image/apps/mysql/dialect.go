package mysql

import (
	"context"
	"errors"
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
	host string
	sql  *sqldb.Session
}

func (n *instance) session(user string) *session {
	return &session{n: n, user: user, host: "localhost", sql: &sqldb.Session{Store: n.store}}
}

// Commands of the protocol.
const (
	comQuit    = 1
	comInitDB  = 2
	comQuery   = 3
	comFields  = 4
	comPing    = 14
	comPrepare = 22
)

// command answers one packet; it reports whether the connection lives on.
func (s *session) command(ctx context.Context, w *wire, packet []byte) bool {
	text := string(packet[1:])
	switch packet[0] {
	case comQuit:
		return false
	case comInitDB:
		if err := s.use(text); err != nil {
			w.fail(err)
			return true
		}
		w.ok(0, 0)
	case comQuery:
		if s.n.p.Use(ctx, query) != nil {
			return false
		}
		result, err := s.execute(ctx, text)
		switch {
		case err != nil:
			w.fail(err)
		case len(result.Columns) > 0:
			w.result(result)
		default:
			w.ok(result.Affected, result.LastID)
		}
	case comFields:
		w.eof()
	case comPing:
		w.ok(0, 0)
	case comPrepare:
		w.fail(fail(1295, "HY000", "This command is not supported in the prepared statement protocol yet"))
	default:
		w.fail(fail(1047, "08S01", "Unknown command"))
	}
	return true
}

func (s *session) may(database string) bool {
	s.n.mu.Lock()
	defer s.n.mu.Unlock()
	u := s.n.users[s.user]
	return u != nil && (slices.Contains(u.Databases, "*") || slices.Contains(u.Databases, database))
}

// system are databases that every server has; they hold nothing here.
func system(name string) bool {
	return slices.Contains([]string{"information_schema", "mysql", "performance_schema", "sys"}, name)
}

func (s *session) use(name string) error {
	if !s.may(name) {
		return fail(1044, "42000", "Access denied for user '%s'@'%s' to database '%s'", s.user, s.host, name)
	}
	if err := s.sql.Use(name); err != nil {
		return fail(1049, "42000", "Unknown database '%s'", name)
	}
	return nil
}

// table makes a result of one column.
func column(name string, values ...string) *sqldb.Result {
	r := &sqldb.Result{Columns: []string{name}}
	for _, value := range values {
		r.Rows = append(r.Rows, []any{value})
	}
	return r
}

// execute runs one statement.
func (s *session) execute(ctx context.Context, text string) (*sqldb.Result, error) {
	text = strings.TrimRight(strings.TrimSpace(text), "; \n\t")
	words := sqldb.Words(text)
	if len(words) == 0 {
		return nil, fail(1065, "42000", "Query was empty")
	}
	upper := make([]string, len(words)+3)
	for i, word := range words {
		upper[i] = strings.ToUpper(word)
	}
	if own := s.statements()[upper[0]]; own != nil {
		if result, known, err := own(ctx, words, upper); known {
			return result, err
		}
	}
	if result := s.constant(text); result != nil {
		return result, nil
	}
	return s.translated(ctx, text, words)
}

type statement func(ctx context.Context, words, upper []string) (result *sqldb.Result, known bool, err error)

// statements are those that are not SQLite's business.
func (s *session) statements() map[string]statement {
	done := func(context.Context, []string, []string) (*sqldb.Result, bool, error) {
		return &sqldb.Result{}, true, nil
	}
	return map[string]statement{
		"USE": func(_ context.Context, words, _ []string) (*sqldb.Result, bool, error) {
			if len(words) < 2 {
				return nil, false, nil
			}
			return &sqldb.Result{}, true, s.use(sqldb.Name(words[1]))
		},
		"SET": done, "FLUSH": done, "LOCK": done, "UNLOCK": done, "ANALYZE": done, "OPTIMIZE": done,
		"SHOW": s.show, "DESCRIBE": s.describe, "DESC": s.describe, "CREATE": s.create, "DROP": s.drop, "ALTER": s.alter, "GRANT": s.grant, "REVOKE": done,
	}
}

func (s *session) show(ctx context.Context, words, upper []string) (*sqldb.Result, bool, error) {
	switch upper[1] {
	case "DATABASES", "SCHEMAS":
		names := []string{"information_schema"}
		for _, name := range append(s.n.store.Names(), "mysql", "performance_schema", "sys") {
			if s.may(name) || (system(name) && name == "performance_schema") {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		return column("Database", names...), true, nil
	case "TABLES":
		if s.sql.Database() == "" {
			return nil, true, fail(1046, "3D000", "No database selected")
		}
		r, err := s.sql.Run(ctx, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
		if err == nil {
			r.Columns = []string{"Tables_in_" + s.sql.Database()}
		}
		return r, true, err
	case "COLUMNS", "FIELDS":
		return s.describe(ctx, append([]string{"DESC"}, words[3:]...), upper)
	case "GRANTS":
		return column("Grants for "+s.user+"@%", "GRANT ALL PRIVILEGES ON *.* TO `"+s.user+"`@`%`"), true, nil
	case "PROCESSLIST":
		return &sqldb.Result{Columns: []string{"Id", "User", "Host", "db", "Command", "Time", "State", "Info"}, Rows: [][]any{{int64(8), s.user, s.host, s.sql.Database(), "Query", int64(0), "init", "show processlist"}}}, true, nil
	case "WARNINGS", "ERRORS":
		return &sqldb.Result{Columns: []string{"Level", "Code", "Message"}}, true, nil
	case "VARIABLES", "STATUS", "GLOBAL", "SESSION":
		return s.variables(words), true, nil
	}
	return nil, false, nil
}

// variables answers SHOW VARIABLES and SHOW STATUS, with LIKE.
func (s *session) variables(words []string) *sqldb.Result {
	all := map[string]string{
		"version": s.n.version, "version_comment": "MySQL Community Server - GPL", "port": strconv.Itoa(s.n.port), "datadir": dataDir + "/", "hostname": s.n.p.Hostname(),
		"max_connections": "151", "character_set_server": "utf8mb4", "collation_server": "utf8mb4_0900_ai_ci", "read_only": "OFF", "server_id": "1", "log_bin": "ON",
		"Uptime": strconv.Itoa(int(time.Since(s.n.started).Seconds())), "Threads_connected": "1",
	}
	like := regexp.MustCompile("")
	if i := slices.IndexFunc(words, func(w string) bool { return strings.EqualFold(w, "like") }); i >= 0 && i+1 < len(words) {
		pattern := regexp.QuoteMeta(sqldb.Name(words[i+1]))
		like = regexp.MustCompile("(?i)^" + strings.NewReplacer("%", ".*", "_", ".").Replace(pattern) + "$")
	}
	r := &sqldb.Result{Columns: []string{"Variable_name", "Value"}}
	for name, value := range all {
		if like.MatchString(name) {
			r.Rows = append(r.Rows, []any{name, value})
		}
	}
	slices.SortFunc(r.Rows, func(a, b []any) int { return strings.Compare(a[0].(string), b[0].(string)) })
	return r
}

func (s *session) describe(ctx context.Context, words, _ []string) (*sqldb.Result, bool, error) {
	if len(words) < 2 || s.sql.Database() == "" {
		return nil, false, nil
	}
	table := strings.ReplaceAll(sqldb.Name(words[1]), "'", "''")
	r, err := s.sql.Run(ctx, "SELECT name, lower(type), CASE \"notnull\" WHEN 1 THEN 'NO' ELSE CASE pk WHEN 0 THEN 'YES' ELSE 'NO' END END, CASE pk WHEN 0 THEN '' ELSE 'PRI' END, dflt_value, '' FROM pragma_table_info('"+table+"')")
	if err != nil {
		return nil, true, err
	}
	if len(r.Rows) == 0 {
		return nil, true, fail(1146, "42S02", "Table '%s.%s' doesn't exist", s.sql.Database(), table)
	}
	r.Columns = []string{"Field", "Type", "Null", "Key", "Default", "Extra"}
	return r, true, nil
}

// account reads 'name'@'host'.
func account(word string) string {
	name, _, _ := strings.Cut(strings.ReplaceAll(word, "`", "'"), "'@")
	return strings.Trim(strings.Split(name, "@")[0], "'\"")
}

func (s *session) create(ctx context.Context, words, upper []string) (*sqldb.Result, bool, error) {
	at := 2
	if upper[2] == "IF" {
		at = 5
	}
	if at >= len(words) {
		return nil, false, nil
	}
	switch upper[1] {
	case "DATABASE", "SCHEMA":
		err := s.n.store.Create(ctx, sqldb.Name(words[at]))
		if errors.Is(err, sqldb.ErrExists) {
			if at == 5 {
				return &sqldb.Result{Affected: 1}, true, nil
			}
			return nil, true, fail(1007, "HY000", "Can't create database '%s'; database exists", sqldb.Name(words[at]))
		}
		return &sqldb.Result{Affected: 1}, true, err
	case "USER":
		s.n.setUser(account(words[at]), password(words, upper))
		return &sqldb.Result{}, true, s.n.saveUsers()
	}
	return nil, false, nil
}

// password finds the text after BY.
func password(words, upper []string) string {
	if i := slices.Index(upper, "BY"); i >= 0 && i+1 < len(words) {
		return sqldb.Name(words[i+1])
	}
	return ""
}

func (s *session) drop(_ context.Context, words, upper []string) (*sqldb.Result, bool, error) {
	if len(words) < 3 {
		return nil, false, nil
	}
	name := sqldb.Name(words[len(words)-1])
	switch upper[1] {
	case "DATABASE", "SCHEMA":
		if s.sql.Database() == name {
			s.sql.Leave()
			s.sql = &sqldb.Session{Store: s.n.store}
		}
		if err := s.n.store.Drop(name); err != nil && upper[2] != "IF" {
			return nil, true, fail(1008, "HY000", "Can't drop database '%s'; database doesn't exist", name)
		}
		return &sqldb.Result{}, true, nil
	case "USER":
		s.n.mu.Lock()
		delete(s.n.users, account(words[len(words)-1]))
		s.n.mu.Unlock()
		return &sqldb.Result{}, true, s.n.saveUsers()
	}
	return nil, false, nil
}

func (s *session) alter(_ context.Context, words, upper []string) (*sqldb.Result, bool, error) {
	if upper[1] != "USER" || len(words) < 3 {
		return nil, false, nil
	}
	name := account(words[2])
	s.n.mu.Lock()
	u := s.n.users[name]
	if u != nil {
		secret := password(words, upper)
		u.Native, u.SHA2 = hashed(pluginNative, secret), hashed(pluginSHA2, secret)
	}
	s.n.mu.Unlock()
	if u == nil {
		return nil, true, fail(1396, "HY000", "Operation ALTER USER failed for '%s'@'%%'", name)
	}
	return &sqldb.Result{}, true, s.n.saveUsers()
}

func (s *session) grant(_ context.Context, words, upper []string) (*sqldb.Result, bool, error) {
	on, to := slices.Index(upper, "ON"), slices.Index(upper, "TO")
	if on < 0 || to < 0 || to+1 >= len(words) {
		return nil, false, nil
	}
	database, _, _ := strings.Cut(strings.ReplaceAll(strings.Join(words[on+1:to], ""), "`", ""), ".")
	name := account(words[to+1])
	s.n.mu.Lock()
	u := s.n.users[name]
	if u != nil {
		u.Databases = append(u.Databases, database)
	}
	s.n.mu.Unlock()
	if u == nil {
		return nil, true, fail(1410, "42000", "You are not allowed to create a user with GRANT")
	}
	return &sqldb.Result{}, true, s.n.saveUsers()
}

// constant answers SELECTs of functions that describe the server.
func (s *session) constant(text string) *sqldb.Result {
	expression, ok := strings.CutPrefix(strings.ToLower(text), "select ")
	if !ok {
		return nil
	}
	expression = strings.TrimSpace(strings.TrimSuffix(expression, " limit 1"))
	values := map[string]any{
		"version()": s.n.version, "@@version": s.n.version, "database()": s.sql.Database(), "user()": s.user + "@" + s.host, "current_user()": s.user + "@%", "@@hostname": s.n.p.Hostname(),
		"@@version_comment": "MySQL Community Server - GPL", "now()": time.Now().Format("2006-01-02 15:04:05"), "connection_id()": int64(8), "@@server_id": int64(1), "@@port": int64(s.n.port), "@@datadir": dataDir + "/",
	}
	value, ok := values[expression]
	if !ok {
		return nil
	}
	if value == "" {
		value = nil
	}
	return &sqldb.Result{Columns: []string{strings.TrimSpace(text[len("select "):])}, Rows: [][]any{{value}}}
}

// translated turns MySQL's dialect into SQLite's and runs it.
func (s *session) translated(ctx context.Context, text string, words []string) (*sqldb.Result, error) {
	target := s.sql
	if other := s.elsewhere(words); other != "" {
		target = &sqldb.Session{Store: s.n.store}
		if err := target.Use(other); err != nil {
			return nil, err
		}
		if !s.may(other) {
			return nil, fail(1142, "42000", "%s command denied to user '%s'@'%s' for table '%s'", sqldb.FirstWord(text), s.user, s.host, other)
		}
	}
	database := target.Database()
	switch {
	case database == "" && needsDatabase(text):
		return nil, fail(1046, "3D000", "No database selected")
	case database == "":
		return s.scratch(ctx, text)
	}
	result, err := target.Run(ctx, translate(text, database))
	if err != nil {
		return nil, explain(err, text, database)
	}
	return result, nil
}

// elsewhere is the database that a statement's tables name, if it is another
// than the session's.
func (s *session) elsewhere(words []string) string {
	for _, word := range words {
		name, _, qualified := strings.Cut(strings.ReplaceAll(word, "`", ""), ".")
		if !qualified || name == s.sql.Database() {
			continue
		}
		if _, err := s.n.store.Get(name); err == nil {
			return name
		}
	}
	return ""
}

// needsDatabase says whether a statement names tables.
func needsDatabase(text string) bool {
	upper := strings.ToUpper(text)
	return !strings.HasPrefix(upper, "SELECT") || strings.Contains(upper, "FROM")
}

// scratch evaluates an expression outside of any database.
func (s *session) scratch(ctx context.Context, text string) (*sqldb.Result, error) {
	result, err := sqldb.Evaluate(ctx, translate(text, ""))
	if err != nil {
		return nil, explain(err, text, "")
	}
	return result, nil
}

// translate rewrites what SQLite writes differently.
func translate(text, database string) string {
	var out strings.Builder
	tokens := sqldb.Tokens(text)
	depth, table := 0, strings.HasPrefix(strings.ToUpper(strings.Join(strings.Fields(text), " ")), "CREATE TABLE")
	for i := 0; i < len(tokens); i++ {
		t := tokens[i]
		upper := strings.ToUpper(t.Text)
		switch {
		case t.Quote == '\'':
			out.WriteString(unescape(t.Text))
			continue
		case t.Text == "(":
			depth++
		case t.Text == ")":
			depth--
			if depth == 0 && table { // options of a table: ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
				out.WriteString(")")
				return out.String()
			}
		case table && upper == "AUTO_INCREMENT", table && upper == "UNSIGNED":
			continue
		case table && (upper == "INT" || upper == "BIGINT" || upper == "SMALLINT" || upper == "TINYINT" || upper == "MEDIUMINT"):
			out.WriteString("INTEGER") // only that makes a row id of a primary key
			if i+1 < len(tokens) && tokens[i+1].Text == "(" {
				for i < len(tokens) && tokens[i].Text != ")" {
					i++
				}
			}
			continue
		case upper == "NOW" && i+2 < len(tokens) && tokens[i+1].Text == "(":
			out.WriteString("datetime('now')")
			i += 2
			continue
		case upper == "TRUNCATE":
			out.WriteString("DELETE FROM")
			for i+1 < len(tokens) && (tokens[i+1].Space || strings.EqualFold(tokens[i+1].Text, "TABLE")) {
				i++
			}
			out.WriteString(" ")
			continue
		case upper == "START" && strings.HasPrefix(strings.ToUpper(text), "START TRANSACTION"):
			return "BEGIN"
		case upper == "IGNORE" && strings.HasPrefix(strings.ToUpper(text), "INSERT"):
			out.WriteString("OR IGNORE")
			continue
		case database != "" && strings.HasPrefix(t.Text, database+"."):
			out.WriteString(strings.TrimPrefix(t.Text, database+"."))
			continue
		}
		out.WriteString(t.Text)
	}
	return out.String()
}

// unescape turns backslash escapes of a string into what they stand for.
func unescape(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	return strings.NewReplacer(`\'`, `''`, `\"`, `"`, `\n`, "\n", `\t`, "\t", `\r`, "\r", `\0`, "", `\\`, `\`).Replace(text)
}

// explain tells an error of SQLite's in MySQL's words.
func explain(err error, text, database string) error {
	message := err.Error()
	rules := []struct {
		pattern *regexp.Regexp
		make    func(m []string) error
	}{
		{regexp.MustCompile(`no such table: (?:main\.)?(\S+)`), func(m []string) error {
			return fail(1146, "42S02", "Table '%s.%s' doesn't exist", database, m[1])
		}},
		{regexp.MustCompile(`no such column: (\S+)`), func(m []string) error { return fail(1054, "42S22", "Unknown column '%s' in 'field list'", m[1]) }},
		{regexp.MustCompile(`has no column named (\S+)`), func(m []string) error { return fail(1054, "42S22", "Unknown column '%s' in 'field list'", m[1]) }},
		{regexp.MustCompile(`table [\x60"]?(\w+)[\x60"]? already exists`), func(m []string) error { return fail(1050, "42S01", "Table '%s' already exists", m[1]) }},
		{regexp.MustCompile(`UNIQUE constraint failed: (\S+)`), func(m []string) error { return fail(1062, "23000", "Duplicate entry for key '%s'", m[1]) }},
		{regexp.MustCompile(`NOT NULL constraint failed: \w+\.(\w+)`), func(m []string) error { return fail(1048, "23000", "Column '%s' cannot be null", m[1]) }},
		{regexp.MustCompile(`FOREIGN KEY constraint failed`), func([]string) error {
			return fail(1452, "23000", "Cannot add or update a child row: a foreign key constraint fails")
		}},
		{regexp.MustCompile(`no such function: (\w+)`), func(m []string) error { return fail(1305, "42000", "FUNCTION %s.%s does not exist", database, m[1]) }},
		{regexp.MustCompile(`(\d+) values for (\d+) columns|has (\d+) columns but (\d+) values`), func([]string) error {
			return fail(1136, "21S01", "Column count doesn't match value count at row 1")
		}},
		{regexp.MustCompile(`database or disk is full`), func([]string) error { return fail(1114, "HY000", "The table is full") }},
		{regexp.MustCompile(`near "([^"]*)": syntax error|incomplete input|unrecognized token`), func(m []string) error {
			near := text
			if len(m) > 1 && m[1] != "" && strings.Contains(text, m[1]) {
				near = text[strings.Index(text, m[1]):]
			}
			return fail(1064, "42000", "You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version for the right syntax to use near '%.80s' at line 1", near)
		}},
	}
	for _, rule := range rules {
		if m := rule.pattern.FindStringSubmatch(message); m != nil {
			return rule.make(m)
		}
	}
	if errors.Is(err, sqldb.ErrRefused) {
		return fail(1235, "42000", "This simulated MySQL doesn't support '%s'", sqldb.FirstWord(text))
	}
	return fail(1105, "HY000", "%s", message)
}
