// Package text holds the small programs that work on text.
package text

import (
	"bufio"
	"bytes"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"kubetutor/internal/engine/image/shell/tool"
)

// Commands are the programs by name.
func Commands() map[string]tool.Command {
	commands := map[string]tool.Command{
		"cat":   {Flags: "nbvteAETsu", Long: "number=n show-all=A squeeze-blank=s", Usage: "[-nbvteA] [FILE]...", Run: cat},
		"cut":   {Flags: "b:c:d:f:snF:O:D", Long: "fields=f delimiter=d characters=c bytes=b only-delimited=s output-delimiter=O", Usage: "[-b|c LIST | [-d SEP] -f LIST] [-s] [FILE]...", Run: cut},
		"fold":  {Flags: "bsw:", Usage: "[-bs] [-w WIDTH] [FILE]...", Run: fold},
		"head":  {Raw: true, Usage: "[OPTIONS] [FILE]...", Run: head},
		"less":  {Flags: "EFIMNmRXSnri~", Usage: "[-EFIMmNSRh~] [FILE]...", Run: pager},
		"more":  {Usage: "[FILE]...", Run: pager},
		"nl":    {Flags: "b:i:s:v:w:pd:n:", Usage: "[-b STYLE] [-i N] [-s STR] [-v N] [-w N] [FILE]...", Run: nl},
		"paste": {Flags: "d:sz", Usage: "[-d LIST] [-s] [FILE]...", Run: paste},
		"rev":   {Usage: "[FILE]...", Run: rev},
		"tac":   {Usage: "[FILE]...", Run: tac},
		"tail":  {Raw: true, Usage: "[OPTIONS] [FILE]...", Run: tail},
		"tee":   {Flags: "ai", Long: "append=a", Usage: "[-ai] [FILE]...", Run: tee},
		"tr":    {Flags: "+cCds", Usage: "[-cds] STRING1 [STRING2]", Min: 1, Run: tr},
		"wc":    {Flags: "cmlwL", Long: "lines=l words=w bytes=c chars=m max-line-length=L", Usage: "[-cmlwL] [FILE]...", Run: wc},
		"yes":   {Raw: true, Run: yes},
	}
	maps.Copy(commands, searchCommands())
	maps.Copy(commands, dataCommands())
	return commands
}

// grepFlags are those of grep; the letters D, I and X stand for long options.
const grepFlags = "HhnlLoqvsrRiwFEzxym:A:B:C:e:f:cPaD:I:X:"

func searchCommands() map[string]tool.Command {
	const (
		long  = "extended-regexp=E fixed-strings=F ignore-case=i invert-match=v word-regexp=w line-regexp=x count=c files-with-matches=l line-number=n only-matching=o quiet=q recursive=r no-messages=s after-context=A before-context=B context=C max-count=m regexp=e file=f include=I exclude=X exclude-dir=D color=a colour=a with-filename=H no-filename=h perl-regexp=P"
		usage = "[-HhnlLoqvsrRiwFE] [-m N] [-A|B|C N] { PATTERN | -e PATTERN... | -f FILE... } [FILE]..."
	)
	command := tool.Command{Flags: grepFlags, Long: long, Usage: usage, Run: grep}
	return map[string]tool.Command{
		"grep": command, "egrep": command, "fgrep": command,
		"sort":  {Flags: "nrughMcszbdfiVRo:k:t:T:S:m", Long: "numeric-sort=n reverse=r unique=u key=k field-separator=t output=o human-numeric-sort=h version-sort=V random-sort=R stable=s zero-terminated=z", Usage: "[-nrughMcszbdfiokt] [-o FILE] [-k START[.OFS][OPTS][,END[.OFS][OPTS]] [-t CHAR] [FILE]...", Run: sortLines},
		"uniq":  {Flags: "cduif:s:w:", Long: "count=c repeated=d unique=u ignore-case=i", Usage: "[-cdui] [-f,s,w N] [FILE [OUTFILE]]", Max: 2, Run: uniq},
		"comm":  {Flags: "123", Usage: "[-123] FILE1 FILE2", Min: 2, Max: 2, Run: comm},
		"cmp":   {Flags: "lsn:", Usage: "[-ls] [-n NUM] FILE1 [FILE2]", Min: 1, Max: 4, Run: cmpFiles},
		"diff":  {Flags: "abBdiL:NqrTstwU:uS:", Long: "unified=u recursive=r brief=q new-file=N ignore-all-space=w label=L", Usage: "[-abBdiNqrTstw] [-L LABEL] [-S FILE] [-U LINES] FILE1 FILE2", Min: 2, Max: 2, Run: diff},
		"xargs": {Flags: "+0trn:P:I:iL:d:a:s:pxE:e", Long: "null=0 no-run-if-empty=r max-args=n max-procs=P replace=I delimiter=d arg-file=a verbose=t", Usage: "[OPTIONS] [PROG ARGS]", Run: xargs},
		"expr":  {Raw: true, Usage: "EXPRESSION", Min: 1, Run: expr},
		"seq":   {Raw: true, Usage: "[-w] [-s SEP] [FIRST [INC]] LAST", Min: 1, Run: seq},
		"sed":   {Flags: "i:nrEe:f:sz", Long: "expression=e file=f quiet=n regexp-extended=E in-place=i", Usage: "[-i[SFX]] [-nrE] [-f FILE]... [-e CMD]... [FILE]...", Raw: true, Run: sed},
	}
}

func dataCommands() map[string]tool.Command {
	commands := map[string]tool.Command{
		"base64":  {Flags: "dw:i", Long: "decode=d wrap=w", Usage: "[-d] [-w COL] [FILE]", Max: 1, Run: encode64},
		"dd":      {Raw: true, Usage: "[if=FILE] [of=FILE] [ibs=N] [obs=N] [bs=N] [count=N] [skip=N] [seek=N] [conv=notrunc|noerror|sync|fsync] [iflag=skip_bytes|count_bytes|fullblock|direct] [oflag=seek_bytes|append|direct]", Run: dd},
		"hexdump": {Flags: "bcdoxCvn:s:e:f:", Usage: "[-bcdoxCv] [-e FMT_STRING] [-f FMT_FILE] [-n LEN] [-s OFS] [FILE]...", Run: hexdump},
		"hd":      {Flags: "vn:s:", Usage: "[-v] [-n LEN] [-s OFS] [FILE]...", Run: hexdump},
		"od":      {Flags: "A:t:N:j:cxbdvw:aefFhHiIlLoOsX", Long: "address-radix=A format=t", Usage: "[-abcdfhilovxs] [-t TYPE] [-A RADIX] [-N SIZE] [-j SKIP] [FILE]...", Run: od},
		"split":   {Flags: "b:l:a:", Usage: "[OPTIONS] [INPUT [PREFIX]]", Max: 2, Run: split},
		"strings": {Flags: "fon:at:", Usage: "[-fo] [-t o|d|x] [-n LEN] [FILE]...", Run: stringsOf},
		"xxd":     {Flags: "pg:c:l:s:ru", Usage: "[-pr] [-g N] [-c N] [-l LEN] [-s OFS] [FILE]", Max: 1, Run: xxd},
	}
	for name, make := range hashes() {
		commands[name] = tool.Command{Flags: "cswq", Long: "check=c status=s warn=w quiet=q", Usage: "[-c[sw]] [FILE]...", Run: sum(make)}
	}
	return commands
}

func line(c *tool.Call, text string) { _, _ = c.Out.WriteString(text + "\n") }

func cat(c *tool.Call) int {
	decorate := c.Has("n") || c.Has("b") || c.Has("v") || c.Has("t") || c.Has("e") || c.Has("A") || c.Has("E") || c.Has("T") || c.Has("s")
	if !decorate {
		c.Each(c.Args, func(in *tool.Input) error {
			if err := c.Copy(c.Stdout(), in); err != nil {
				c.Warnf("read error: %s", tool.Reason(err))
			}
			return nil
		})
		return 0
	}
	d := decorator{c: c}
	c.Each(c.Args, func(in *tool.Input) error {
		return c.Lines(in, d.line)
	})
	return 0
}

// decorator prints lines as the options of cat ask.
type decorator struct {
	c     *tool.Call
	n     int
	blank bool
}

func (d *decorator) line(text []byte) bool {
	c := d.c
	if len(text) == 0 && d.blank && c.Has("s") {
		return true
	}
	d.blank = len(text) == 0
	if c.Has("b") && len(text) > 0 || c.Has("n") && !c.Has("b") {
		d.n++
		fmt.Fprintf(c.Out, "%6d\t", d.n)
	}
	tabs := c.Has("t") || c.Has("T") || c.Has("A")
	if c.Has("v") || c.Has("t") || c.Has("e") || c.Has("A") {
		text = []byte(visible(text, tabs))
	} else if tabs {
		text = bytes.ReplaceAll(text, []byte("\t"), []byte("^I"))
	}
	_, _ = c.Out.Write(text)
	if c.Has("e") || c.Has("E") || c.Has("A") {
		_ = c.Out.WriteByte('$')
	}
	_ = c.Out.WriteByte('\n')
	return true
}

// visible writes control characters as ^X and bytes above 127 as M-x.
func visible(text []byte, tabs bool) string {
	var b strings.Builder
	for _, ch := range text {
		if ch >= 128 {
			b.WriteString("M-")
			ch -= 128
		}
		switch {
		case ch == '\t' && !tabs:
			b.WriteByte(ch)
		case ch < 32:
			b.WriteByte('^')
			b.WriteByte(ch + 64)
		case ch == 127:
			b.WriteString("^?")
		default:
			b.WriteByte(ch)
		}
	}
	return b.String()
}

func yes(c *tool.Call) int {
	word := "y"
	if len(c.Args) > 0 {
		word = strings.Join(c.Args, " ")
	}
	for {
		line(c, word)
	}
}

func tee(c *tool.Call) int {
	outs := []interface{ Write([]byte) (int, error) }{c.Stdout()}
	for _, name := range c.Args {
		f, err := c.Create(name, c.Has("a"))
		if err != nil {
			c.Warnf("%s: %s", name, tool.Reason(err))
			continue
		}
		defer f.Close()
		outs = append(outs, f)
	}
	in, part := c.Input(), make([]byte, 4096)
	for {
		n, err := in.Read(part)
		for i, out := range outs {
			if _, werr := out.Write(part[:n]); werr != nil {
				if i == 0 {
					return 141
				}
				c.Warnf("%s: %s", c.Args[min(i-1, len(c.Args)-1)], tool.Reason(werr))
			}
		}
		if err != nil {
			return 0
		}
	}
}

func rev(c *tool.Call) int {
	c.Each(c.Args, func(in *tool.Input) error {
		return c.Lines(in, func(text []byte) bool {
			runes := []rune(string(text))
			for i, j := 0, len(runes)-1; i < j; i, j = i+1, j-1 {
				runes[i], runes[j] = runes[j], runes[i]
			}
			line(c, string(runes))
			return true
		})
	})
	return 0
}

// held is all lines of the input, which count as the program's memory.
func held(c *tool.Call) (lines []string) {
	c.Each(c.Args, func(in *tool.Input) error {
		return c.Lines(in, func(text []byte) bool {
			c.Hold(len(text) + 16)
			lines = append(lines, string(text))
			return true
		})
	})
	return lines
}

func tac(c *tool.Call) int {
	lines := held(c)
	for i := len(lines) - 1; i >= 0; i-- {
		line(c, lines[i])
	}
	return 0
}

func nl(c *tool.Call) int {
	n, step, width := c.Int("v", 1), c.Int("i", 1), c.Int("w", 6)
	all, separator := c.Value("b", "t") == "a", c.Value("s", "\t")
	c.Each(c.Args, func(in *tool.Input) error {
		return c.Lines(in, func(text []byte) bool {
			if len(text) == 0 && !all {
				line(c, strings.Repeat(" ", width+len(separator)))
				return true
			}
			fmt.Fprintf(c.Out, "%*d%s%s\n", width, n, separator, text)
			n += step
			return true
		})
	})
	return 0
}

func fold(c *tool.Call) int {
	width := c.Int("w", 80)
	if width < 1 {
		c.Fatalf("invalid number '%s'", c.Value("w", ""))
	}
	c.Each(c.Args, func(in *tool.Input) error {
		return c.Lines(in, func(text []byte) bool {
			rest := []rune(string(text))
			for len(rest) > width {
				cutAt := width
				if c.Has("s") {
					if i := strings.LastIndexAny(string(rest[:width]), " \t"); i > 0 {
						cutAt = len([]rune(string(rest[:width])[:i+1]))
					}
				}
				line(c, string(rest[:cutAt]))
				rest = rest[cutAt:]
			}
			line(c, string(rest))
			return true
		})
	})
	return 0
}

func paste(c *tool.Call) int {
	delimiters, _ := strconv.Unquote(`"` + strings.ReplaceAll(c.Value("d", "\t"), `"`, `\"`) + `"`)
	if delimiters == "" {
		delimiters = "\t"
	}
	var readers []*bufio.Scanner
	names := c.Args
	if len(names) == 0 {
		names = []string{"-"}
	}
	stdin := bufio.NewScanner(c.Input())
	for _, name := range names {
		if name == "-" {
			readers = append(readers, stdin)
			continue
		}
		in, err := c.Open(name)
		if err != nil {
			c.Fatalf("can't open '%s': %s", name, tool.Reason(err))
		}
		defer in.Close()
		readers = append(readers, bufio.NewScanner(in))
	}
	if c.Has("s") {
		for _, r := range readers {
			pasteSerial(c, r, delimiters)
		}
		return 0
	}
	for pasteRow(c, readers, delimiters) {
	}
	return 0
}

func pasteSerial(c *tool.Call, r *bufio.Scanner, delimiters string) {
	for i := 0; r.Scan(); i++ {
		if i > 0 {
			_ = c.Out.WriteByte(delimiters[(i-1)%len(delimiters)])
		}
		_, _ = c.Out.Write(r.Bytes())
	}
	_ = c.Out.WriteByte('\n')
}

func pasteRow(c *tool.Call, readers []*bufio.Scanner, delimiters string) bool {
	var b strings.Builder
	some := false
	for i, r := range readers {
		if i > 0 {
			b.WriteByte(delimiters[(i-1)%len(delimiters)])
		}
		if r.Scan() {
			some = true
			b.Write(r.Bytes())
		}
	}
	if some {
		line(c, b.String())
	}
	return some
}

// wait is how often "tail -f" looks.
const wait = 250 * time.Millisecond
