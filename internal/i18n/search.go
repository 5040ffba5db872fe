package i18n

// SearchWords are what the commands and plain mode say of searching, of the
// glossary and of packs.
type SearchWords struct {
	Search, SearchLong, Glossary, GlossaryLong, FlagLimit, FlagPack string

	HitPage     string // track %s, lesson %s, page %d, its title %s
	HitQuestion string // the same
	HitLab      string // track %s, lesson %s, the lab's title %s, its path %s
	HitTerm     string // the term %s
	NothingFor  string // %s is what was looked for
	OpenHit     string // %d hits, one of which is opened by its number
	WhatToFind  string

	Taught       string // lesson %s and its title %s
	UnknownTerm  string // %s, and the nearest %s
	NoTerms      string
	MenuSearch   string
	MenuGlossary string
	WhichTerm    string

	PackLeftOut string // directory %s, why %s
	PackFaults  string // the first fault %s, how many more %d, directory %s
}

func searchEnglish() SearchWords {
	return SearchWords{
		Search:       "Search the lessons and the glossary",
		SearchLong:   "Search all lessons, in both languages, and the glossary: words, commands, error messages. What is found in your language comes first. All words must be there; where that finds nothing, some of them. The last word may be the beginning of one. Text in double quotes is found as it stands.\n\nWith --json: a list of objects with kind (page, question, lab, term), lesson (id), lang, page (1 is the first), block, question, lab and term (ids), title, snippet, and marks (pairs of bytes of snippet: what matches). Fields may be added, none is taken away.",
		Glossary:     "Explain a word",
		GlossaryLong: "Explain a word, or list all that the glossary explains.\n\nWith --json: a list of objects with id, term, also (other names), text and lesson (id of the lesson that teaches it).",
		FlagLimit:    "at most so many",
		FlagPack:     "add the lessons in this directory to the others (can be given several times)",
		HitPage:      "%s › %s, page %d: %s",
		HitQuestion:  "Question in %s › %s, page %d: %s",
		HitLab:       "Lab in %s › %s: %s (%s)",
		HitTerm:      "Glossary: %s",
		NothingFor:   "Nothing is found for %s.",
		OpenHit:      "Which of the %d shall be opened? Its number, or Enter for none: ",
		WhatToFind:   "What are you looking for? ",
		Taught:       "Lesson: %s  %s",
		UnknownTerm:  "the glossary does not explain %q; the nearest terms are: %s",
		NoTerms:      "These lessons have no glossary.",
		MenuSearch:   "find words, commands, error messages",
		MenuGlossary: "explain a word",
		WhichTerm:    "Which word? Enter lists all: ",
		PackLeftOut:  "The pack %s is left out: %s",
		PackFaults:   "%s (and %d more; `kubetutor --lessons %s author lint` lists them)",
	}
}
