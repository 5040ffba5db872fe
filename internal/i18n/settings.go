package i18n

import "kubetutor/internal/course"

// SettingsFaults says what can be wrong in a file of settings, by the kind of
// fault; the arguments are those that package settings gives it.
func SettingsFaults(l course.Lang) map[string]string {
	if l == course.Chinese {
		return settingsFaultsChinese()
	}
	return settingsFaultsEnglish()
}

func settingsFaultsEnglish() map[string]string {
	return map[string]string{
		"unreadable":      "the settings cannot be read: %v",
		"not-yaml":        "this is not YAML: %s. No setting of the file counts",
		"second-document": "a second document begins here; a file of settings is one. No setting of the file counts",
		"not-mapping":     "there must be names with values here, such as theme: dark",
		"other-format":    "format %q is not known; this version reads format %d",
		"unknown-key":     "there is no setting %q; there are %s",
		"twice":           "%q is there twice; the first one counts",
		"not-one-of":      "%q is not known; use one of %s",
		"not-text":        "there must be a word here",
		"not-bool":        "this must be true or false",
		"not-list":        "there must be a list here, such as [a, b]",
		"not-number":      "this must be a number from %v to %v",
		"not-whole":       "%s must be a whole number",
		"out-of-range":    "%s is not between %v and %v",
		"not-step":        "%q is no step: write a time from 1s to less than 24h, such as 30s, 10m or 1h30m",
		"too-many":        "at most %d values can stand here",
		"unknown-scope":   "there is no part of the interface called %q; there are %s",
		"unknown-action":  "%[2]s has no action %[1]q; it has %[3]s",
		"unknown-name":    "there is no key %q; keys are written as a, G, space, enter, ctrl+s, alt+x or f2",
		"no-keys":         "an action must keep at least one key",
		"key-is-text":     "%q is text in this part of the interface; use a key such as ctrl+s or f2",
		"key-taken":       "%q is the key of %s already",
	}
}

func settingsFaultsChinese() map[string]string {
	return map[string]string{
		"unreadable":      "无法读取设置：%v",
		"not-yaml":        "这不是 YAML：%s。文件中的设置都不起作用",
		"second-document": "这里开始了第二个文档；设置文件只有一个文档。文件中的设置都不起作用",
		"not-mapping":     "这里应当是名称和值，例如 theme: dark",
		"other-format":    "不认识格式 %q；这个版本读取格式 %d",
		"unknown-key":     "没有名为 %q 的设置；可用的有 %s",
		"twice":           "%q 出现了两次；以第一次为准",
		"not-one-of":      "不认识 %q；请使用 %s 之一",
		"not-text":        "这里应当是一个词",
		"not-bool":        "这里应当是 true 或 false",
		"not-list":        "这里应当是列表，例如 [a, b]",
		"not-number":      "这里应当是 %v 到 %v 之间的数",
		"not-whole":       "%s 应当是整数",
		"out-of-range":    "%s 不在 %v 到 %v 之间",
		"not-step":        "%q 不能作为步骤：请写 1s 到 24h（不含）之间的时间，例如 30s、10m 或 1h30m",
		"too-many":        "这里最多写 %d 个值",
		"unknown-scope":   "界面没有名为 %q 的部分；可用的有 %s",
		"unknown-action":  "%[2]s 没有动作 %[1]q；可用的有 %[3]s",
		"unknown-name":    "没有名为 %q 的按键；按键写作 a、G、space、enter、ctrl+s、alt+x 或 f2",
		"no-keys":         "一个动作至少要保留一个按键",
		"key-is-text":     "在界面的这一部分，%q 用于输入文字；请使用 ctrl+s 或 f2 这样的按键",
		"key-taken":       "%q 已经是 %s 的按键",
	}
}
