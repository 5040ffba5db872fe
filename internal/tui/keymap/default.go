package keymap

// Default is the table of keys that the program comes with.
func Default() *Map { return New(defaults()) }

func defaults() []Binding {
	keys := func(k ...string) []string { return k }
	return []Binding{
		{Always, Interrupt, keys("ctrl+c"), "ctrl+c", false},
		{Always, Suspend, keys("ctrl+z"), "ctrl+z", false},

		{Global, Help, keys("?"), "?", true},
		{Global, Language, keys("L"), "L", true},
		{Global, Back, keys("esc"), "esc", false},
		{Global, Quit, keys("q"), "q", true},

		{Home, Up, keys("up", "k"), "↑", false},
		{Home, Down, keys("down", "j"), "↓", false},
		{Home, Open, keys("enter", "space"), "enter", true},

		{Course, Open, keys("enter"), "enter", true},
		{Course, Filtering, keys("/"), "/", true},
		{Course, Questions, keys("t"), "t", true},
		{Course, Up, keys("up", "k"), "↑", false},
		{Course, Down, keys("down", "j"), "↓", false},
		{Course, PageUp, keys("pgup"), "pgup", false},
		{Course, PageDown, keys("pgdown"), "pgdn", false},
		{Course, Top, keys("home", "g"), "g", false},
		{Course, Bottom, keys("end", "G"), "G", false},

		{Filter, Open, keys("enter"), "enter", true},
		{Filter, Up, keys("up"), "↑", false},
		{Filter, Down, keys("down"), "↓", false},
		{Filter, Back, keys("esc"), "esc", true},

		{Reading, Next, keys("space", "enter", "pgdown"), "space", true},
		{Reading, Previous, keys("b", "pgup"), "b", true},
		{Reading, Other, keys("tab"), "tab", true},
		{Reading, Contents, keys("o"), "o", true},
		{Reading, Up, keys("up", "k"), "↑", false},
		{Reading, Down, keys("down", "j"), "↓", false},
		{Reading, NextPage, keys("n"), "n", false},
		{Reading, PrevPage, keys("p"), "p", false},
		{Reading, Left, keys("left"), "←", false},
		{Reading, Right, keys("right"), "→", false},
		{Reading, Top, keys("home", "g"), "g", false},
		{Reading, Bottom, keys("end", "G"), "G", false},

		{Outline, Open, keys("enter", "space"), "enter", true},
		{Outline, Up, keys("up", "k"), "↑", false},
		{Outline, Down, keys("down", "j"), "↓", false},
		{Outline, Back, keys("esc", "o"), "esc", true},

		{Choice, Tick, keys("space", "x"), "space", true},
		{Choice, Pick, keys("1", "2", "3", "4", "5", "6", "7", "8", "9"), "1–9", false},
		{Choice, Submit, keys("enter"), "enter", true},
		{Choice, Up, keys("up", "k"), "↑", false},
		{Choice, Down, keys("down", "j"), "↓", false},
		{Choice, Other, keys("tab"), "tab", false},
		{Choice, Back, keys("esc"), "esc", true},

		{Sorting, MoveUp, keys("K", "shift+up", "ctrl+up"), "K", true},
		{Sorting, MoveDown, keys("J", "shift+down", "ctrl+down"), "J", true},
		{Sorting, Submit, keys("enter"), "enter", true},
		{Sorting, Up, keys("up", "k"), "↑", false},
		{Sorting, Down, keys("down", "j"), "↓", false},
		{Sorting, Back, keys("esc"), "esc", true},

		{Blank, Submit, keys("enter"), "enter", true},
		{Blank, NextBlank, keys("tab", "down"), "tab", false},
		{Blank, Up, keys("shift+tab", "up"), "↑", false},
		{Blank, Back, keys("esc"), "esc", true},

		{Writing, Submit, keys("ctrl+s"), "ctrl+s", true},
		{Writing, Editor, keys("ctrl+e"), "ctrl+e", true},
		{Writing, Back, keys("esc"), "esc", true},

		{Verdict, Continue, keys("enter", "space"), "enter", true},
		{Verdict, Retry, keys("t"), "t", true},
		{Verdict, Reread, keys("r"), "r", true},
		{Verdict, Up, keys("up", "k"), "↑", false},
		{Verdict, Down, keys("down", "j"), "↓", false},
		{Verdict, Back, keys("esc"), "esc", false},

		{LabIdle, Start, keys("enter"), "enter", true},

		{LabRuns, Other, keys("enter"), "enter", false},
		{LabRuns, Hint, keys("h"), "h", true},
		{LabRuns, Solution, keys("s"), "s", true},
		{LabRuns, Restart, keys("R"), "R", true},

		{Lab, Other, keys("tab"), "tab", true},
		{Lab, Up, keys("up", "k"), "↑", false},
		{Lab, Down, keys("down", "j"), "↓", false},
		{Lab, Back, keys("esc"), "esc", true},

		{Console, RunLine, keys("enter"), "enter", true},
		{Console, Complete, keys("tab"), "tab", true},
		{Console, Up, keys("up", "ctrl+p"), "↑", false},
		{Console, Down, keys("down", "ctrl+n"), "↓", false},
		{Console, PageUp, keys("pgup", "shift+up"), "pgup", false},
		{Console, PageDown, keys("pgdown", "shift+down"), "pgdn", false},
		{Console, EndInput, keys("ctrl+d"), "ctrl+d", false},
		{Console, Clear, keys("ctrl+l"), "ctrl+l", false},
		{Console, Other, keys("shift+tab"), "shift+tab", true},
		{Console, Back, keys("esc"), "esc", true},

		{Confirm, Yes, keys("y", "Y"), "y", true},
		{Confirm, No, keys("n", "N", "esc", "q"), "n", true},

		{Naming, Submit, keys("enter"), "enter", true},
		{Naming, Back, keys("esc"), "esc", true},
	}
}
