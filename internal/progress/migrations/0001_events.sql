-- The truth: what happened, in the order of its ULIDs. Nothing here is ever
-- changed or removed. sum is the CRC-32C of the other columns: it tells intact
-- events from damaged ones when a broken file is read page by page.
CREATE TABLE event (
	id     TEXT PRIMARY KEY,
	device TEXT NOT NULL,
	at     INTEGER NOT NULL, -- Unix milliseconds
	kind   TEXT NOT NULL,
	data   TEXT NOT NULL,    -- JSON
	sum    INTEGER NOT NULL
) STRICT;

CREATE TRIGGER event_is_kept BEFORE DELETE ON event
BEGIN SELECT RAISE(ABORT, 'events are never removed'); END;

CREATE TRIGGER event_is_final BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;

-- What is known about the installation and the projections: device, fold.
CREATE TABLE meta (
	name  TEXT PRIMARY KEY,
	value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The projections, one row for each thing that events are about; data is JSON.
-- All of it can be rebuilt from the events.
CREATE TABLE projection (
	kind TEXT NOT NULL,
	id   TEXT NOT NULL,
	data TEXT NOT NULL,
	PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
