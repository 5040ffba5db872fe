-- Projections of reviews, in tables of their own: there may be 100,000 cards,
-- and the few that are due must be found among them at once. Times are Unix
-- milliseconds, 0 for none. Both tables can be rebuilt from the events.

-- One row for each card that an event named.
CREATE TABLE card (
	id         TEXT PRIMARY KEY,   -- KIND:LESSON/ITEM
	kind       TEXT NOT NULL,      -- from the id
	lesson     TEXT NOT NULL,      -- from the id
	stage      TEXT NOT NULL,
	step       INTEGER NOT NULL,
	stability  REAL NOT NULL,
	difficulty REAL NOT NULL,
	due        INTEGER NOT NULL,
	last       INTEGER NOT NULL,
	reps       INTEGER NOT NULL,
	lapses     INTEGER NOT NULL,
	suspended  INTEGER NOT NULL,   -- 0 or 1
	leech      INTEGER NOT NULL,   -- 0 or 1
	buried     INTEGER NOT NULL,   -- until when
	review     TEXT NOT NULL,      -- event of the rating that the state comes from
	missed     INTEGER NOT NULL DEFAULT 0 -- when a mistake was made outside of reviews, if no rating followed
) STRICT, WITHOUT ROWID;

-- It answers by itself which cards are due, whatever their order and lesson.
CREATE INDEX card_due ON card (stage, kind, suspended, due, last, stability, buried, lesson);
CREATE INDEX card_lesson ON card (lesson, stage);
CREATE INDEX card_missed ON card (id) WHERE missed > 0;

-- The log of ratings, those that were taken back left out.
CREATE TABLE review (
	id     TEXT PRIMARY KEY,       -- of the event
	card   TEXT NOT NULL,
	at     INTEGER NOT NULL,
	data   TEXT NOT NULL           -- JSON: a progress.Review
) STRICT, WITHOUT ROWID;

CREATE INDEX review_at ON review (at, id);
