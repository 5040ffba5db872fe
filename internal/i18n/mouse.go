package i18n

// MouseWords say what the mouse does.
type MouseWords struct {
	MouseOn, MouseOff, MouseHelp string
}

func mouseEnglish() MouseWords {
	return MouseWords{
		MouseOn:   "The mouse scrolls and chooses. To select text hold shift, or press {global/mouse}.",
		MouseOff:  "The mouse is the terminal's again: it selects text.",
		MouseHelp: "With the mouse on ({global/mouse}) the wheel scrolls, a click chooses, and another click opens what is chosen; text is selected with shift held, in some terminals option or fn. With the mouse off, which is how it begins unless the settings say otherwise, the terminal selects text as ever.",
	}
}

func mouseChinese() MouseWords {
	return MouseWords{
		MouseOn:   "滚轮滚动，单击选择。要选取文字，请按住 shift，或按 {global/mouse}。",
		MouseOff:  "鼠标已交还终端，可以选取文字。",
		MouseHelp: "鼠标开启（{global/mouse}）时，滚轮滚动，单击选择，再次单击打开选中的一项；选取文字时按住 shift，有的终端用 option 或 fn。鼠标关闭时，由终端照常选取文字；除非设置里另有指定，一开始是关闭的。",
	}
}
