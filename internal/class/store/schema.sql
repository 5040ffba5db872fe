-- The truth: what happened in the class, in the order of its ULIDs. Nothing here is
-- ever changed or removed.
CREATE TABLE event (
	id   TEXT PRIMARY KEY,
	at   INTEGER NOT NULL, -- Unix milliseconds
	kind TEXT NOT NULL,
	who  TEXT NOT NULL,    -- the learner, or empty
	data TEXT NOT NULL     -- JSON
) STRICT, WITHOUT ROWID;

CREATE TRIGGER event_is_kept BEFORE DELETE ON event
BEGIN SELECT RAISE(ABORT, 'events are never removed'); END;

CREATE TRIGGER event_is_final BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;

-- What is made once: host keys and codes.
CREATE TABLE secret (
	name TEXT PRIMARY KEY,
	data BLOB NOT NULL
) STRICT, WITHOUT ROWID;
