package console

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"
)

// plainTools are the rest of the small programs.
func plainTools() map[string]tool {
	return map[string]tool{
		"sleep":    {"SECONDS...", "wait", sleep},
		"seq":      {"[FIRST [STEP]] LAST", "print numbers", seq},
		"date":     {"[-u] [+FORMAT]", "print the date and the time", date},
		"env":      {"", "print the environment", env},
		"basename": {"PATH [SUFFIX]", "print the last part of a path", basename},
		"dirname":  {"PATH", "print a path without its last part", dirname},
		"yes":      {"[WORD]", "print a word over and over", yes},
	}
}

func indentJSON(text []byte) []byte {
	var b bytes.Buffer
	if json.Indent(&b, text, "", "  ") != nil {
		return text
	}
	return b.Bytes()
}

func sleep(i *invocation) error {
	args, err := i.parseExact(1, -1)
	if err != nil {
		return err
	}
	var sum time.Duration
	for _, a := range args {
		if _, err := strconv.ParseFloat(a, 64); err == nil {
			a += "s"
		}
		d, err := time.ParseDuration(a)
		if err != nil {
			return fmt.Errorf("invalid time: %q", a)
		}
		sum += d
	}
	select {
	case <-time.After(sum):
		return nil
	case <-i.Done():
		return i.Err()
	}
}

func seq(i *invocation) error {
	separator := "\n"
	args := i.args
	if len(args) > 1 && args[0] == "-s" {
		separator, args = args[1], args[2:]
	}
	if len(args) == 0 || len(args) > 3 {
		return errors.New("one to three numbers are needed")
	}
	bounds := []float64{1, 1, 0}
	var numbers []float64
	for _, a := range args {
		n, err := strconv.ParseFloat(a, 64)
		if err != nil {
			return fmt.Errorf("not a number: %q", a)
		}
		numbers = append(numbers, n)
	}
	bounds[2] = numbers[len(numbers)-1]
	if len(numbers) > 1 {
		bounds[0] = numbers[0]
	}
	if len(numbers) == 3 {
		bounds[1] = numbers[1]
	}
	return i.count(bounds[0], bounds[1], bounds[2], separator)
}

func (i *invocation) count(first, step, last float64, separator string) error {
	if step == 0 {
		return errors.New("the step must not be 0")
	}
	steps := int((last-first)/step + 1e-9)
	for k := 0; k <= steps && (last-first)/step >= 0; k++ {
		if k > 0 {
			if _, err := io.WriteString(i.out, separator); err != nil {
				return err
			}
		}
		if _, err := io.WriteString(i.out, strconv.FormatFloat(first+float64(k)*step, 'f', -1, 64)); err != nil {
			return err
		}
	}
	if (last-first)/step < 0 {
		return nil
	}
	_, err := io.WriteString(i.out, "\n")
	return err
}

func date(i *invocation) error {
	i.flags.BoolP("utc", "u", false, "")
	args, err := i.parseExact(0, 1)
	if err != nil {
		return err
	}
	format := "%a %b %e %H:%M:%S UTC %Y"
	if len(args) == 1 {
		if !strings.HasPrefix(args[0], "+") {
			return errors.New("a format begins with +")
		}
		format = args[0][1:]
	}
	_, err = fmt.Fprintln(i.out, strftime(time.Now().UTC(), format))
	return err
}

// strftime writes a time in the format of date(1).
func strftime(t time.Time, format string) string {
	layouts := map[byte]string{
		'Y': "2006", 'm': "01", 'd': "02", 'e': "_2", 'H': "15", 'M': "04", 'S': "05", 'y': "06",
		'a': "Mon", 'A': "Monday", 'b': "Jan", 'B': "January", 'p': "PM", 'I': "03", 'j': "002",
		'F': "2006-01-02", 'T': "15:04:05", 'D': "01/02/06", 'R': "15:04", 'Z': "MST", 'z': "-0700", 'N': "000000000",
	}
	var b strings.Builder
	for n := 0; n < len(format); n++ {
		if format[n] != '%' || n+1 == len(format) {
			b.WriteByte(format[n])
			continue
		}
		n++
		switch layout, ok := layouts[format[n]]; {
		case ok:
			b.WriteString(t.Format(layout))
		case format[n] == 's':
			b.WriteString(strconv.FormatInt(t.Unix(), 10))
		case format[n] == 'n':
			b.WriteByte('\n')
		case format[n] == '%':
			b.WriteByte('%')
		default:
			b.WriteString(format[n-1 : n+1])
		}
	}
	return b.String()
}

func env(i *invocation) error {
	if len(i.args) > 0 {
		return errors.New("it only prints here; to run a command in another environment write NAME=VALUE COMMAND")
	}
	exported := map[string]string{}
	for name, v := range i.env.Env.Each {
		if v.Exported && v.Kind == expand.String {
			exported[name] = v.Str
		}
	}
	for _, name := range sortedKeys(exported) {
		if _, err := fmt.Fprintf(i.out, "%s=%s\n", name, exported[name]); err != nil {
			return err
		}
	}
	return nil
}

// run runs another command.
func (i *invocation) run(args []string) error {
	if err := i.out.flush(); err != nil {
		return err
	}
	if interp.IsBuiltin(args[0]) {
		return interp.HandlerCtx(i.Context).Builtin(i.Context, args)
	}
	return i.shell.exec(i.Context, args)
}

func basename(i *invocation) error {
	args, err := i.parseExact(1, 2)
	if err != nil {
		return err
	}
	name := filepath.Base(args[0])
	if len(args) == 2 && name != args[1] {
		name = strings.TrimSuffix(name, args[1])
	}
	_, err = fmt.Fprintln(i.out, name)
	return err
}

func dirname(i *invocation) error {
	args, err := i.parseExact(1, 1)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(i.out, filepath.Dir(args[0]))
	return err
}

func yes(i *invocation) error {
	word := "y"
	if len(i.args) > 0 {
		word = strings.Join(i.args, " ")
	}
	for {
		if _, err := fmt.Fprintln(i.out, word); err != nil {
			return err
		}
	}
}
