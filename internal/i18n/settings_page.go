package i18n

// SettingsPageWords are those of the settings page. The formats name their
// arguments beside them.
type SettingsPageWords struct {
	SettingsTitle, SettingsAbout            string
	SettingLang, SettingTheme, SettingMouse string
	SettingOn, SettingOff, SettingOwn       string
	SettingYes, SettingNo                   string
	SettingsKeys, SettingPress              string
	SettingsSaved, SettingsNotSaved         string // %s, the file; ""
	SettingsSession, SettingsNoFile         string
	SettingsNoColor, SettingsSample         string
	SettingsLeft                            string // said on leaving without saving
	ThemeAbout                              map[string]string
}

func settingsPageEnglish() SettingsPageWords {
	return SettingsPageWords{
		SettingsTitle: "Settings", SettingsAbout: "language, colours, mouse, reviews, keys",
		SettingLang: "Language", SettingTheme: "Colours", SettingMouse: "Mouse",
		SettingOn: "on: the wheel scrolls, a click chooses", SettingOff: "off: the terminal selects text", SettingOwn: "changed", SettingYes: "yes", SettingNo: "no",
		SettingsKeys: "Keys", SettingPress: "press the new key (esc leaves it)",
		SettingsSaved: "Saved in %s.", SettingsNotSaved: "not saved",
		SettingsSession: "Everything counts at once. {settings/save} writes it to the file; nothing else does. {settings/reset} gives the default again, {settings/add} adds one more key.",
		SettingsNoFile:  "Settings cannot be saved here.",
		SettingsNoColor: "NO_COLOR is set, so no colours are drawn.",
		SettingsSample:  "A text with `code`, **strong** and *emphasis*, a [link](https://kubernetes.io) and a manifest:\n\n```yaml\nkind: PersistentVolumeClaim # a request\nmetadata: {name: data}\n```\n\n> [!WARNING]\n> What must not be overlooked.",
		SettingsLeft:    "Not saved: the changes last until you quit.",
		ThemeAbout: map[string]string{
			"auto": "light or dark, as the terminal is", "contrast": "high contrast, as the terminal is", "ansi": "the terminal's own 16 colours",
			"mono": "no colours", "light": "for light terminals", "dark": "for dark terminals", "contrast-light": "high contrast, light", "contrast-dark": "high contrast, dark",
		},
	}
}

func settingsPageChinese() SettingsPageWords {
	return SettingsPageWords{
		SettingsTitle: "设置", SettingsAbout: "语言、配色、鼠标、复习、按键",
		SettingLang: "语言", SettingTheme: "配色", SettingMouse: "鼠标",
		SettingOn: "开：滚轮滚动，单击选择", SettingOff: "关：由终端选取文字", SettingOwn: "已更改", SettingYes: "是", SettingNo: "否",
		SettingsKeys: "按键", SettingPress: "请按新的按键（esc 保持不变）",
		SettingsSaved: "已保存到 %s。", SettingsNotSaved: "尚未保存",
		SettingsSession: "更改立即生效。按 {settings/save} 写入文件；除此之外不会写文件。{settings/reset} 恢复默认，{settings/add} 增加一个按键。",
		SettingsNoFile:  "这里不能保存设置。",
		SettingsNoColor: "设置了 NO_COLOR，所以不显示颜色。",
		SettingsSample:  "一段文字，含有 `代码`、**重点**、*强调* 和[链接](https://kubernetes.io)，还有一份清单：\n\n```yaml\nkind: PersistentVolumeClaim # 一份申请\nmetadata: {name: data}\n```\n\n> [!WARNING]\n> 不可忽略的内容。",
		SettingsLeft:    "尚未保存：这些更改在退出前有效。",
		ThemeAbout: map[string]string{
			"auto": "随终端背景取浅色或深色", "contrast": "高对比度，随终端背景而定", "ansi": "终端自己的 16 色",
			"mono": "无颜色", "light": "用于浅色终端", "dark": "用于深色终端", "contrast-light": "高对比度，浅色", "contrast-dark": "高对比度，深色",
		},
	}
}
