package anki

import (
	"encoding/json"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"
)

// schema11 makes the tables of schema 11, as rslib/src/storage/schema11.sql of
// ankitects/anki does.
const schema11 = `
CREATE TABLE col (id integer PRIMARY KEY, crt integer NOT NULL, mod integer NOT NULL, scm integer NOT NULL,
	ver integer NOT NULL, dty integer NOT NULL, usn integer NOT NULL, ls integer NOT NULL, conf text NOT NULL,
	models text NOT NULL, decks text NOT NULL, dconf text NOT NULL, tags text NOT NULL);
CREATE TABLE notes (id integer PRIMARY KEY, guid text NOT NULL, mid integer NOT NULL, mod integer NOT NULL,
	usn integer NOT NULL, tags text NOT NULL, flds text NOT NULL, sfld integer NOT NULL, csum integer NOT NULL,
	flags integer NOT NULL, data text NOT NULL);
CREATE TABLE cards (id integer PRIMARY KEY, nid integer NOT NULL, did integer NOT NULL, ord integer NOT NULL,
	mod integer NOT NULL, usn integer NOT NULL, type integer NOT NULL, queue integer NOT NULL, due integer NOT NULL,
	ivl integer NOT NULL, factor integer NOT NULL, reps integer NOT NULL, lapses integer NOT NULL,
	left integer NOT NULL, odue integer NOT NULL, odid integer NOT NULL, flags integer NOT NULL, data text NOT NULL);
CREATE TABLE revlog (id integer PRIMARY KEY, cid integer NOT NULL, usn integer NOT NULL, ease integer NOT NULL,
	ivl integer NOT NULL, lastIvl integer NOT NULL, factor integer NOT NULL, time integer NOT NULL, type integer NOT NULL);
CREATE TABLE graves (usn integer NOT NULL, oid integer NOT NULL, type integer NOT NULL);
CREATE INDEX ix_notes_usn ON notes (usn);
CREATE INDEX ix_cards_usn ON cards (usn);
CREATE INDEX ix_revlog_usn ON revlog (usn);
CREATE INDEX ix_cards_nid ON cards (nid);
CREATE INDEX ix_cards_sched ON cards (did, queue, due);
CREATE INDEX ix_revlog_cid ON revlog (cid);
CREATE INDEX ix_notes_csum ON notes (csum);`

// The ids of note types and of the decks' options: any will do, as long as they
// never change. A change of fields or templates needs a new modelChanged.
const (
	presetID     = 1764547200003
	modelChanged = 1764547200 // seconds
)

// modelIDs are those of the models, by model.
func modelIDs() [2]int64 { return [2]int64{1764547200001, 1764547200002} }

// object is a JSON object.
type object = map[string]any

// configuration is the column conf: what Anki writes to a new collection
// (rslib/src/config/schema11.rs), with the learner's zone and rollover.
func configuration(made time.Time, rollover int) object {
	_, east := made.Zone()
	return object{
		"activeDecks": []int{1}, "curDeck": 1, "newSpread": 0, "collapseTime": 1200, "timeLim": 0, "estTimes": true,
		"dueCounts": true, "curModel": nil, "nextPos": 1, "sortType": "noteFld", "sortBackwards": false, "addToCur": true,
		"dayLearnFirst": false, "schedVer": 2, "sched2021": true, "creationOffset": -east / 60, "rollover": rollover,
	}
}

// models is the column models.
func models() object {
	ids := modelIDs()
	return object{
		decimal(ids[Basic]): model(ids[Basic], "kubetutor", 0, [4]string{"Front", "Back", "Source", "ID"}, "{{Front}}",
			"{{FrontSide}}\n<hr id=answer>\n{{Back}}"+sourceLine),
		decimal(ids[Cloze]): model(ids[Cloze], "kubetutor cloze", 1, [4]string{"Text", "Back", "Source", "ID"}, "{{cloze:Text}}",
			"{{cloze:Text}}\n{{#Back}}<hr id=answer>\n{{Back}}{{/Back}}"+sourceLine),
	}
}

const sourceLine = "\n<div class=source>{{Source}}</div>"

func model(id int64, name string, kind int, fields [4]string, front, back string) object {
	flds := make([]object, len(fields))
	for i, f := range fields {
		flds[i] = object{"name": f, "ord": i, "sticky": false, "rtl": false, "font": "Arial", "size": 20, "media": []any{}}
	}
	return object{
		"id": id, "name": name, "type": kind, "mod": modelChanged, "usn": -1, "sortf": 0, "did": nil, "flds": flds, "css": style,
		"latexPre": "", "latexPost": "", "latexsvg": false, "req": []any{[]any{0, "any", []int{0}}}, "tags": []any{}, "vers": []any{},
		"tmpls": []object{{
			"name": name, "ord": 0, "qfmt": front, "afmt": back, "bqfmt": "", "bafmt": "", "did": nil, "bfont": "", "bsize": 0,
		}},
	}
}

// style is legible in Anki's light and dark modes: it names no colour of text or
// background but those that Anki has.
const style = `.card { font-family: sans-serif; font-size: 18px; line-height: 1.5; text-align: left; max-width: 46em; margin: 1em auto; }
pre { padding: .6em .8em; border: 1px solid #8886; border-radius: 4px; overflow-x: auto; font-size: 15px; line-height: 1.35; }
code { font-size: .9em; }
table { border-collapse: collapse; }
th, td { border: 1px solid #8886; padding: .2em .6em; }
li { margin: .3em 0; }
.cloze { font-weight: bold; }
.source { margin-top: 1.5em; font-size: 14px; opacity: .7; }
`

// decks is the column decks: Anki's own deck, and each deck of the notes with
// those above it.
func decks(notes []Note, made time.Time) object {
	all := object{"1": deck(1, "Default", 1, made)}
	for _, n := range notes {
		for name := n.Deck; name != ""; name = parent(name) {
			id := deckID(name)
			all[decimal(id)] = deck(id, name, presetID, made)
		}
	}
	return all
}

func parent(deck string) string {
	return deck[:max(strings.LastIndex(deck, "::"), 0)]
}

func deck(id int64, name string, conf int64, made time.Time) object {
	today := []int{0, 0}
	return object{
		"id": id, "name": name, "mod": made.Unix(), "usn": -1, "lrnToday": today, "revToday": today, "newToday": today,
		"timeToday": today, "collapsed": false, "browserCollapsed": false, "desc": "", "dyn": 0, "conf": conf, "extendNew": 0, "extendRev": 0,
	}
}

// deckID is a number from a deck's name, in the range of Anki's own ids, which
// are times in milliseconds.
func deckID(name string) int64 {
	h := fnv.New64a()
	h.Write([]byte(name))
	return 1_500_000_000_000 + int64(h.Sum64()%200_000_000_000)
}

// presets is the column dconf.
func presets(p Preset, made time.Time) object {
	ours := preset(presetID, p, made)
	return object{"1": preset(1, Preset{
		Name: "Default", Retention: 0.9, Steps: []time.Duration{time.Minute, 10 * time.Minute}, Relearning: []time.Duration{10 * time.Minute},
		NewPerDay: 20, PerDay: 200, Leech: 8,
	}, time.Unix(0, 0)), decimal(presetID): ours}
}

func preset(id int64, p Preset, made time.Time) object {
	return object{
		"id": id, "name": p.Name, "mod": made.Unix(), "usn": -1, "maxTaken": 60, "autoplay": true, "timer": 0, "replayq": true, "dyn": false,
		"new": object{
			"bury": true, "delays": minutes(p.Steps), "initialFactor": ease, "ints": []int{1, 4, 0}, "order": 1, "perDay": p.NewPerDay, "separate": true,
		},
		"rev": object{"bury": true, "ease4": 1.3, "ivlFct": 1, "maxIvl": 36500, "perDay": p.PerDay, "hardFactor": 1.2, "fuzz": 0.05, "minSpace": 1},
		"lapse": object{
			"delays": minutes(p.Relearning), "leechAction": 0, "leechFails": p.Leech, "minInt": 1, "mult": 0,
		},
		"fsrsParams6": append([]float64{}, p.Weights...), "desiredRetention": p.Retention,
	}
}

// ease is the factor of a card that SM-2 has not judged yet, in thousandths.
const ease = 2500

func minutes(steps []time.Duration) []float64 {
	list := make([]float64, len(steps))
	for i, s := range steps {
		list[i] = s.Minutes()
	}
	return list
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// text is v as JSON.
func text(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

// tagList is a list of tags as Anki keeps it: between spaces.
func tagList(tags []string) string {
	var list []string
	for _, t := range tags {
		if t = strings.Join(strings.Fields(t), "_"); t != "" && !slices.Contains(list, t) {
			list = append(list, t)
		}
	}
	if len(list) == 0 {
		return ""
	}
	return " " + strings.Join(list, " ") + " "
}
