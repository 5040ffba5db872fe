package keymap

// Default is the table of keys that the program comes with.
func Default() *Map { return New(defaults()) }

func defaults() []Binding {
	keys := func(k ...string) []string { return k }
	return []Binding{
		{Always, Interrupt, keys("ctrl+c"), false},
		{Always, Suspend, keys("ctrl+z"), false},

		{Global, Help, keys("?"), true},
		{Global, Language, keys("L"), true},
		{Global, Back, keys("esc"), false},
		{Global, Mouse, keys("M"), false},
		{Global, Quit, keys("q"), true},

		{Home, Up, keys("up", "k"), false},
		{Home, Down, keys("down", "j"), false},
		{Home, Open, keys("enter", "space"), true},
		{Home, Stats, keys("S"), false},
		{Home, Settings, keys(","), false},

		{Course, Open, keys("enter"), true},
		{Course, Filtering, keys("/"), true},
		{Course, Questions, keys("t"), true},
		{Course, Up, keys("up", "k"), false},
		{Course, Down, keys("down", "j"), false},
		{Course, PageUp, keys("pgup"), false},
		{Course, PageDown, keys("pgdown"), false},
		{Course, Top, keys("g", "home"), false},
		{Course, Bottom, keys("G", "end"), false},

		{StatsPage, Open, keys("enter", "space"), true},
		{StatsPage, Right, keys("right", "l"), true},
		{StatsPage, Left, keys("left", "h"), true},
		{StatsPage, Up, keys("up", "k"), false},
		{StatsPage, Down, keys("down", "j"), false},
		{StatsPage, PageUp, keys("pgup"), false},
		{StatsPage, PageDown, keys("pgdown"), false},
		{StatsPage, Top, keys("g", "home"), false},
		{StatsPage, Bottom, keys("G", "end"), false},

		{SettingsPage, Open, keys("enter", "space"), true},
		{SettingsPage, Save, keys("s", "ctrl+s"), true},
		{SettingsPage, Right, keys("right", "l"), false},
		{SettingsPage, Left, keys("left", "h"), false},
		{SettingsPage, Add, keys("a"), true},
		{SettingsPage, Reset, keys("backspace", "delete"), true},
		{SettingsPage, Up, keys("up", "k"), false},
		{SettingsPage, Down, keys("down", "j"), false},
		{SettingsPage, PageUp, keys("pgup"), false},
		{SettingsPage, PageDown, keys("pgdown"), false},

		{Filter, Open, keys("enter"), true},
		{Filter, Up, keys("up"), false},
		{Filter, Down, keys("down"), false},
		{Filter, Back, keys("esc"), true},

		{Reading, Next, keys("space", "enter", "pgdown"), true},
		{Reading, Previous, keys("b", "pgup"), true},
		{Reading, Other, keys("tab"), true},
		{Reading, Contents, keys("o"), true},
		{Reading, Up, keys("up", "k"), false},
		{Reading, Down, keys("down", "j"), false},
		{Reading, NextPage, keys("n"), false},
		{Reading, PrevPage, keys("p"), false},
		{Reading, Left, keys("left"), false},
		{Reading, Right, keys("right"), false},
		{Reading, Top, keys("g", "home"), false},
		{Reading, Bottom, keys("G", "end"), false},

		{Outline, Open, keys("enter", "space"), true},
		{Outline, Up, keys("up", "k"), false},
		{Outline, Down, keys("down", "j"), false},
		{Outline, Back, keys("esc", "o"), true},

		{Choice, Tick, keys("space", "x"), true},
		{Choice, Pick, keys("1", "2", "3", "4", "5", "6", "7", "8", "9"), false},
		{Choice, Submit, keys("enter"), true},
		{Choice, Up, keys("up", "k"), false},
		{Choice, Down, keys("down", "j"), false},
		{Choice, Other, keys("tab"), false},
		{Choice, Back, keys("esc"), true},

		{Sorting, MoveUp, keys("K", "shift+up", "ctrl+up"), true},
		{Sorting, MoveDown, keys("J", "shift+down", "ctrl+down"), true},
		{Sorting, Submit, keys("enter"), true},
		{Sorting, Up, keys("up", "k"), false},
		{Sorting, Down, keys("down", "j"), false},
		{Sorting, Back, keys("esc"), true},

		{Blank, Submit, keys("enter"), true},
		{Blank, NextBlank, keys("tab", "down"), false},
		{Blank, Up, keys("up", "shift+tab"), false},
		{Blank, Back, keys("esc"), true},

		{Writing, Submit, keys("ctrl+s"), true},
		{Writing, Editor, keys("ctrl+e"), true},
		{Writing, Back, keys("esc"), true},

		{Verdict, Continue, keys("enter", "space"), true},
		{Verdict, Retry, keys("t"), true},
		{Verdict, Reread, keys("r"), true},
		{Verdict, Up, keys("up", "k"), false},
		{Verdict, Down, keys("down", "j"), false},
		{Verdict, Back, keys("esc"), false},

		{LabIdle, Start, keys("enter"), true},
		{LabIdle, Jump, keys("J"), false},
		{LabIdle, Solution, keys("s"), false},

		{LabRuns, Other, keys("enter"), false},
		{LabRuns, Hint, keys("h"), true},
		{LabRuns, Solution, keys("s"), true},
		{LabRuns, Restart, keys("R"), true},

		{Lab, Other, keys("tab"), true},
		{Lab, Up, keys("up", "k"), false},
		{Lab, Down, keys("down", "j"), false},
		{Lab, Back, keys("esc"), true},

		{Console, RunLine, keys("enter"), true},
		{Console, Complete, keys("tab"), true},
		{Console, Up, keys("up", "ctrl+p"), false},
		{Console, Down, keys("down", "ctrl+n"), false},
		{Console, PageUp, keys("pgup", "shift+up"), false},
		{Console, PageDown, keys("pgdown", "shift+down"), false},
		{Console, EndInput, keys("ctrl+d"), false},
		{Console, Clear, keys("ctrl+l"), false},
		{Console, Other, keys("shift+tab"), true},
		{Console, Back, keys("esc"), true},

		{Confirm, Yes, keys("y", "Y"), true},
		{Confirm, No, keys("n", "N", "esc", "q"), true},

		{Naming, Submit, keys("enter"), true},
		{Naming, Back, keys("esc"), true},

		{Helping, Up, keys("up", "k", "pgup"), false},
		{Helping, Down, keys("down", "j", "pgdown", "space"), false},
	}
}
