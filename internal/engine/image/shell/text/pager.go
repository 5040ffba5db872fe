package text

import (
	"strings"

	"kubetutor/internal/engine/image/shell/tool"
)

// pager is less and more. Without a terminal it copies.
func pager(c *tool.Call) int {
	tty := tool.Terminal(c.Stdout())
	if tty == nil {
		c.Each(c.Args, func(in *tool.Input) error { return c.Copy(c.Stdout(), in) })
		return 0
	}
	lines := held(c)
	keys := c.TTY()
	if keys == nil || len(lines) < tty.Size().Rows {
		line(c, strings.Join(lines, "\n"))
		return 0
	}
	defer keys.MakeRaw()()
	showPages(c, lines, func() int { return max(tty.Size().Rows-1, 1) }, tool.Keys(c))
	return 0
}

// showPages shows a window of lines and moves it by the keys of less.
func showPages(c *tool.Call, lines []string, height func() int, next func() (byte, bool)) {
	for top := 0; ; {
		last := max(len(lines)-height(), 0)
		top = min(max(top, 0), last)
		status := ":"
		if top == last {
			status = "\x1b[7m(END)\x1b[m"
		}
		window := lines[top:min(top+height(), len(lines))]
		_, _ = c.Out.WriteString("\x1b[H\x1b[J" + strings.Join(window, "\r\n") + "\r\n" + status)
		c.Out.Flush()
		key, ok := next()
		if !ok {
			return
		}
		switch key {
		case 'q', 'Q', 3:
			_, _ = c.Out.WriteString("\r\x1b[K")
			return
		case ' ', 'f', 6:
			top += height()
		case 'b', 2:
			top -= height()
		case 'd', 4:
			top += height() / 2
		case 'u', 21:
			top -= height() / 2
		case 'j', '\r', '\n', 'B': // B ends the arrow's sequence
			top++
		case 'k', 'A':
			top--
		case 'g', '<':
			top = 0
		case 'G', '>':
			top = last
		}
	}
}
