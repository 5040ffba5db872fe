package i18n

// SettingsWords are what the commands say of settings. SettingsSaved and
// SettingsGone are given a setting and the file, SettingsFaults how many faults
// there are and the first of them, SettingsMend the fault.
type SettingsWords struct {
	Settings, SettingsLong, SettingsSet, SettingsSetLong, SettingsUnset, SettingsPath, SettingsEdit string
	SettingsNone, SettingsSaved, SettingsGone, SettingsFaults, SettingsMend, SettingsWrong          string
	SettingsMenu, SettingsHow                                                                       string

	origins map[string]string
}

// Origin names where a setting comes from.
func (w *SettingsWords) Origin(id string) string { return named(w.origins, id) }

func settingsEnglish() SettingsWords {
	return SettingsWords{
		Settings:        "Show and change the settings",
		SettingsLong:    "The settings are a YAML file. Nothing writes it but this command and the settings page of the tutor, when you save there. Flags come before the environment (NO_COLOR, ACCESSIBLE), and that before the file; the language of the locale counts where nothing else is said.\n\nlang: en or zh. theme: auto and contrast (both follow the terminal's background), light, dark, contrast-light, contrast-dark, ansi (the terminal's own 16 colours), mono. mouse: the wheel scrolls and a click chooses; off by default, so that the terminal selects text. plain: line after line instead of a screen. ascii: no line drawing. packs: directories of further lessons. keys: other keys, by part of the interface and action.\n\nreview.new: at most so many new cards a day (10). review.limit: at most so many reviews a day, new cards and learning steps not counted (200). review.labs: at most so many labs a day that are done again (2). review.retention: how likely a card should be known when it is asked, 0.70 to 0.97; the higher, the more reviews (0.9). review.steps: times between the first ratings of a new card (1m 10m), and review.relearning of one that was forgotten (10m); none leaves them out. review.rollover: the hour at which a day ends (4). review.leech: a card that was forgotten so many times is suspended, 0 never (8). review.bury: whether the other cards of a page or paragraph wait till tomorrow once one was asked (true).\n\nWith --json: path, exists, faults (line, column, key, message) and settings, a list of name, value and from (flag, environment, file or default).",
		SettingsSet:     "Change a setting",
		SettingsSetLong: "Change a setting in the file, which is made if it is not there. Comments in it stay. Lists take several values, keys are called keys.PART.ACTION:\n\n  kubetutor settings set theme contrast\n  kubetutor settings set packs ~/team-lessons /srv/lessons\n  kubetutor settings set review.retention 0.92\n  kubetutor settings set review.steps 1m 10m\n  kubetutor settings set keys.reading.next space f2",
		SettingsUnset:   "Take a setting out of the file",
		SettingsPath:    "Print where the file is",
		SettingsEdit:    "Edit the file in your editor",
		SettingsNone:    "not there: every setting is the default",
		SettingsSaved:   "%s is set in %s.",
		SettingsGone:    "%s is no longer set in %s.",
		SettingsFaults:  "%[2]s (%[1]d faults in the settings; `kubetutor settings` lists them)",
		SettingsMend:    "the settings cannot be changed before this is mended: %s",
		SettingsWrong:   "%s: %s",
		SettingsMenu:    "language, colours, mouse, keys, packs, reviews",
		SettingsHow:     "To change one, type settings, its name and its value: settings theme contrast. Without a value it is taken out of the file. Some count at the next start.",
		origins:         map[string]string{"flag": "from a flag", "environment": "from the environment", "file": "from the file", "default": "default"},
	}
}

func settingsChinese() SettingsWords {
	return SettingsWords{
		Settings:        "查看和更改设置",
		SettingsLong:    "设置保存在一个 YAML 文件里。只有这个命令，以及在设置页中保存时，才会写这个文件。命令行参数优先于环境变量（NO_COLOR、ACCESSIBLE），环境变量优先于文件；没有另外指定语言时，使用区域设置的语言。\n\nlang：en 或 zh。theme：auto 和 contrast（都随终端的背景而定）、light、dark、contrast-light、contrast-dark、ansi（终端自己的 16 色）、mono。mouse：滚轮滚动，单击选择；默认关闭，便于用终端选取文字。plain：逐行输出，不绘制界面。ascii：不用制表符画线。packs：更多课程所在的目录。keys：更换按键，按界面的部分和动作书写。\n\nreview.new：每天新卡片的上限（10）。review.limit：每天复习的上限，不计新卡片和学习步骤（200）。review.labs：每天重做实验的上限（2）。review.retention：期望的记忆保留率，即安排复习时应当还记得的概率，0.70 到 0.97；越高，复习越多（0.9）。review.steps：新卡片的学习步骤（1m 10m）；review.relearning：忘记之后的重新学习步骤（10m）；写 none 表示没有步骤。review.rollover：一天在几点结束（4）。review.leech：忘记多少次之后作为记忆难点暂停，0 表示从不（8）。review.bury：复习过其中一张之后，同一页或同一段落的其他卡片是否搁置到明天（true）。\n\n使用 --json 时输出 path、exists、faults（line、column、key、message）和 settings，即 name、value、from（flag、environment、file 或 default）的列表。",
		SettingsSet:     "更改一项设置",
		SettingsSetLong: "更改文件中的一项设置；文件不存在时会创建。文件中的注释会保留。列表可以写多个值，按键写作 keys.部分.动作：\n\n  kubetutor settings set theme contrast\n  kubetutor settings set packs ~/team-lessons /srv/lessons\n  kubetutor settings set review.retention 0.92\n  kubetutor settings set review.steps 1m 10m\n  kubetutor settings set keys.reading.next space f2",
		SettingsUnset:   "从文件中去掉一项设置",
		SettingsPath:    "显示文件的位置",
		SettingsEdit:    "用编辑器编辑文件",
		SettingsNone:    "不存在：所有设置都是默认值",
		SettingsSaved:   "已在 %[2]s 中设置 %[1]s。",
		SettingsGone:    "%[2]s 中不再有 %[1]s。",
		SettingsFaults:  "%[2]s（设置中有 %[1]d 处错误；用 `kubetutor settings` 查看）",
		SettingsMend:    "改正这一处之前不能更改设置：%s",
		SettingsWrong:   "%s：%s",
		SettingsMenu:    "语言、配色、鼠标、按键、课程包、复习",
		SettingsHow:     "要更改其中一项，输入 settings、名称和值：settings theme contrast。不写值则从文件中去掉这一项。有些设置下次启动时生效。",
		origins:         map[string]string{"flag": "来自命令行参数", "environment": "来自环境变量", "file": "来自文件", "default": "默认"},
	}
}
