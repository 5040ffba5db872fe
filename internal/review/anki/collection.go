package anki

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// dsn names a database file, with parameters.
func dsn(file, parameters string) string {
	return (&url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(file), RawQuery: parameters}).String()
}

// guarded is how a foreign database is opened: nothing writes, nothing in its
// schema may call what is not harmless, and each cell is looked at before it is
// believed.
const guarded = "mode=ro&immutable=1&_dqs=0&_pragma=trusted_schema(off)&_pragma=query_only(on)&_pragma=cell_size_check(on)&_pragma=mmap_size(0)" +
	"&_pragma=temp_store(memory)"

// limits bound what one statement may do; by the numbers of SQLite's C API.
func limits() map[int]int {
	return map[int]int{
		sqlite3.SQLITE_LIMIT_LENGTH:              16 << 20, // bytes of a value or a row
		sqlite3.SQLITE_LIMIT_SQL_LENGTH:          64 << 10,
		sqlite3.SQLITE_LIMIT_COLUMN:              64,
		sqlite3.SQLITE_LIMIT_EXPR_DEPTH:          32,
		sqlite3.SQLITE_LIMIT_COMPOUND_SELECT:     4,
		sqlite3.SQLITE_LIMIT_FUNCTION_ARG:        8,
		sqlite3.SQLITE_LIMIT_ATTACHED:            0,
		sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 64,
		sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH:       0,
		sqlite3.SQLITE_LIMIT_WORKER_THREADS:      0,
	}
}

// collection is a foreign database that was found harmless.
type collection struct {
	*sql.Conn
	Options
	schema int
	days   calendar
}

func readCollection(ctx context.Context, file string, o Options) (*Found, error) {
	db, err := sql.Open("sqlite", dsn(file, guarded))
	if err != nil {
		return nil, err
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, damaged(err)
	}
	defer conn.Close()
	for id, most := range limits() {
		if _, err := sqlite.Limit(conn, id, most); err != nil {
			return nil, err
		}
	}
	c := collection{Conn: conn, Options: o}
	if err := c.inspect(ctx); err != nil {
		return nil, err
	}
	if err := c.begin(ctx); err != nil {
		return nil, err
	}
	found, err := c.find(ctx)
	return found, damaged(err)
}

// damaged says of an error that SQLite found that the package is no good.
func damaged(err error) error {
	var fault *sqlite.Error
	if errors.As(err, &fault) {
		return fmt.Errorf("%w: its database: %w", ErrNoPackage, err)
	}
	return err
}

// inspect refuses what no Anki writes, before anything else is read.
func (c *collection) inspect(ctx context.Context) error {
	var strange int
	err := c.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema WHERE type NOT IN ('table', 'index')
		OR type = 'table' AND (sql IS NULL OR sql NOT LIKE 'CREATE TABLE%')`).Scan(&strange)
	if err != nil {
		return damaged(err)
	}
	if strange > 0 {
		return fmt.Errorf("%w: its database has views, triggers or virtual tables", ErrRefused)
	}
	for table, columns := range wanted() {
		if err := c.inspectTable(ctx, table, columns); err != nil {
			return err
		}
	}
	return nil
}

// wanted lists the tables with the columns that are read.
func wanted() map[string][]string {
	return map[string][]string{
		"col":    {"crt", "ver", "conf"},
		"notes":  {"id", "guid"},
		"cards":  {"id", "nid", "ord", "type", "queue", "due", "ivl", "reps", "lapses", "left", "odue", "odid", "data"},
		"revlog": {"id", "cid", "ease", "ivl", "lastIvl", "factor", "time", "type"},
	}
}

// inspectTable finds each column plain, not computed from others, and the table
// undamaged.
func (c *collection) inspectTable(ctx context.Context, table string, columns []string) error {
	list := "'" + strings.Join(columns, "', '") + "'"
	var plain, computed int
	err := c.QueryRowContext(ctx, `SELECT count(*) FILTER (WHERE name IN (`+list+`)), count(*) FILTER (WHERE hidden <> 0)
		FROM pragma_table_xinfo(?)`, table).Scan(&plain, &computed)
	switch {
	case err != nil:
		return damaged(err)
	case computed > 0:
		return fmt.Errorf("%w: its table %s has computed columns", ErrRefused, table)
	case plain < len(columns):
		return fmt.Errorf("%w: its table %s has not the columns of Anki's", ErrNoPackage, table)
	}
	return c.check(ctx, table)
}

// check finds a table undamaged. Other tables of schema 18 cannot be checked:
// their names are sorted by rules that only Anki has.
func (c *collection) check(ctx context.Context, table string) error {
	var verdict string
	if err := c.QueryRowContext(ctx, `PRAGMA quick_check(`+table+`)`).Scan(&verdict); err != nil {
		return damaged(err)
	}
	if verdict != "ok" {
		return fmt.Errorf("%w: its table %s is damaged", ErrNoPackage, table)
	}
	return nil
}

// begin learns when the collection began and what zone it counts days in.
func (c *collection) begin(ctx context.Context) error {
	var created int64
	var conf string
	err := c.QueryRowContext(ctx, `SELECT CAST(ver AS INTEGER), CAST(crt AS INTEGER), CAST(conf AS TEXT) FROM col LIMIT 1`).
		Scan(&c.schema, &created, &conf)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("%w: it says nothing of its collection", ErrNoPackage)
	case err != nil:
		return damaged(err)
	case c.schema != 11 && c.schema != 18:
		return fmt.Errorf("%w: its schema is %d, not 11 or 18", ErrTooNew, c.schema)
	}
	zone, rollover := c.settings(ctx, conf)
	at := time.Unix(min(max(created, earliest.Unix()), c.Now.Unix()), 0)
	c.days = newCalendar(at, rollover, zone)
	c.days.zone = c.Zone // the date is of the zone of the beginning, days go by the learner's
	return nil
}

// settings are the zone in which the collection began, and the hour at which
// days end. Anki's own exports leave the latter out, and 4 is what Anki takes
// then.
func (c *collection) settings(ctx context.Context, conf string) (*time.Location, int) {
	var s struct {
		Offset   *float64 `json:"creationOffset"` // minutes west
		Rollover *float64 `json:"rollover"`
	}
	if c.schema == 11 {
		_ = json.Unmarshal([]byte(conf), &s) // without them the defaults hold
	} else {
		s.Offset, s.Rollover = c.setting(ctx, "creationOffset"), c.setting(ctx, "rollover")
	}
	zone, rollover := c.Zone, 4
	if s.Offset != nil && math.Abs(*s.Offset) <= 24*60 {
		zone = time.FixedZone("", -int(*s.Offset)*60)
	}
	if s.Rollover != nil && between(*s.Rollover, 0, 23) {
		rollover = int(*s.Rollover)
	}
	return zone, rollover
}

// setting is a number of the table config, which schema 18 has; nil for none.
func (c *collection) setting(ctx context.Context, key string) *float64 {
	var val string
	var n float64
	err := c.QueryRowContext(ctx, `SELECT CAST(val AS TEXT) FROM config WHERE KEY = ?`, key).Scan(&val)
	if err != nil || json.Unmarshal([]byte(val), &n) != nil {
		return nil
	}
	return &n
}
