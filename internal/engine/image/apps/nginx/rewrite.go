package nginx

import (
	"regexp"
	"strconv"
	"strings"
)

// rewrite is a step of the rewrite module: return, rewrite, set, break or if.
type rewrite struct {
	name   string
	args   []string
	regexp *regexp.Regexp
	test   *condition
	then   *scope // of if
}

// condition is what stands in the parentheses of an if.
type condition struct {
	left, operator, right string
	regexp                *regexp.Regexp
}

func addRewrite(s *scope, d *directive) error {
	r := rewrite{name: d.name, args: d.args}
	switch d.name {
	case "rewrite":
		re, err := compile(d, d.args[0])
		if err != nil {
			return err
		}
		r.regexp = re
		if len(d.args) == 3 && !strings.Contains(" last break redirect permanent ", " "+d.args[2]+" ") {
			return d.wrong("invalid parameter %q", d.args[2])
		}
	case "set":
		if !strings.HasPrefix(d.args[0], "$") {
			return d.wrong("invalid variable name %q", d.args[0])
		}
	case "return":
		if err := checkReturn(d); err != nil {
			return err
		}
	}
	s.rewrites = append(s.rewrites, r)
	return nil
}

func checkReturn(d *directive) error {
	if len(d.args) == 1 && (strings.HasPrefix(d.args[0], "http") || strings.HasPrefix(d.args[0], "$")) {
		return nil
	}
	code, err := strconv.Atoi(d.args[0])
	if err != nil || code < 0 || code > 999 {
		return d.wrong("invalid return code %q", d.args[0])
	}
	return nil
}

// condition reads an if block.
func (b *builder) condition(s *scope, d *directive) error {
	text := strings.TrimSpace(strings.Join(d.args, " "))
	if !strings.HasPrefix(text, "(") || !strings.HasSuffix(text, ")") {
		return d.wrong("invalid condition %q", text)
	}
	words := splitCondition(strings.TrimSpace(text[1 : len(text)-1]))
	test, err := parseCondition(d, words)
	if err != nil {
		return err
	}
	then := s.child()
	then.alias, then.aliased, then.tryFiles = s.alias, s.aliased, s.tryFiles
	then.proxy = s.proxy
	if err := b.applyAll(then, d.block); err != nil {
		return err
	}
	s.rewrites = append(s.rewrites, rewrite{name: "if", test: test, then: then})
	return nil
}

// splitCondition cuts "$a = b c" into at most three words.
func splitCondition(text string) []string {
	words := strings.SplitN(text, " ", 3)
	for i := range words {
		words[i] = strings.TrimSpace(words[i])
	}
	return words
}

func parseCondition(d *directive, words []string) (*condition, error) {
	c := &condition{left: words[0]}
	switch {
	case len(words) == 1 && strings.HasPrefix(words[0], "$"):
		return c, nil
	case len(words) == 2 && strings.Contains(" -f -d -e -x !-f !-d !-e !-x ", " "+words[0]+" "):
		return &condition{operator: words[0], right: words[1]}, nil
	case len(words) != 3:
		return nil, d.wrong("invalid condition %q", strings.Join(words, " "))
	}
	c.operator, c.right = words[1], strings.Trim(words[2], `"'`)
	switch c.operator {
	case "=", "!=":
		return c, nil
	case "~", "!~", "~*", "!~*":
		expression := c.right
		if strings.HasSuffix(c.operator, "*") {
			expression = "(?i)" + expression
		}
		re, err := compile(d, expression)
		c.regexp = re
		return c, err
	}
	return nil, d.wrong("unexpected %q in condition", c.operator)
}

// holds evaluates a condition for a request.
func (c *condition) holds(r *request) bool {
	switch {
	case c.operator == "":
		value := r.expand(c.left)
		return value != "" && value != "0"
	case c.regexp != nil:
		matched := r.match(c.regexp, r.expand(c.left))
		return matched != strings.HasPrefix(c.operator, "!")
	case c.operator == "=":
		return r.expand(c.left) == r.expand(c.right)
	case c.operator == "!=":
		return r.expand(c.left) != r.expand(c.right)
	}
	return c.file(r) != strings.HasPrefix(c.operator, "!")
}

func (c *condition) file(r *request) bool {
	info, err := r.files().Stat(r.expand(c.right))
	if err != nil {
		return false
	}
	switch strings.TrimPrefix(c.operator, "!") {
	case "-f":
		return info.Mode().IsRegular()
	case "-d":
		return info.IsDir()
	case "-x":
		return info.Mode()&0o111 != 0
	}
	return true
}

// outcome of the rewrite phase.
type outcome int

const (
	goOn     outcome = iota
	finished         // answered
	again            // the URI changed: look for a location again
)

// rewritten runs the rewrite steps of a scope. An if that holds makes its scope
// the request's.
func (r *request) rewritten(steps []rewrite) outcome {
	for _, step := range steps {
		switch step.name {
		case "break":
			return goOn
		case "set":
			r.set[strings.TrimPrefix(step.args[0], "$")] = r.expand(step.args[1])
		case "return":
			r.answer(step.args)
			return finished
		case "if":
			if !step.test.holds(r) {
				continue
			}
			r.scope = step.then
			if o := r.rewritten(step.then.rewrites); o != goOn {
				return o
			}
		case "rewrite":
			o, stop := r.rewrite(step)
			if o != goOn || stop {
				return o
			}
		}
	}
	return goOn
}

// rewrite applies one rewrite directive; stop ends the phase.
func (r *request) rewrite(step rewrite) (o outcome, stop bool) {
	if !r.match(step.regexp, r.uri) {
		return goOn, false
	}
	flag := ""
	if len(step.args) == 3 {
		flag = step.args[2]
	}
	target := r.expand(step.args[1])
	if strings.HasPrefix(target, "http://") || strings.HasPrefix(target, "https://") || flag == "redirect" || flag == "permanent" {
		code := 302
		if flag == "permanent" {
			code = 301
		}
		r.redirect(code, r.withArgs(target))
		return finished, true
	}
	uri, args, has := strings.Cut(target, "?")
	r.uri = uri
	switch {
	case has && strings.HasSuffix(target, "?"):
		r.args = args
	case has && r.args != "":
		r.args = args + "&" + r.args
	case has:
		r.args = args
	}
	switch flag {
	case "last":
		return again, true
	case "break":
		return goOn, true
	}
	r.moved = true
	return goOn, false
}

// withArgs appends the request's arguments to a redirect's target, unless it
// ends with "?".
func (r *request) withArgs(target string) string {
	if cut, ok := strings.CutSuffix(target, "?"); ok {
		return cut
	}
	if r.args == "" {
		return target
	}
	if strings.Contains(target, "?") {
		return target + "&" + r.args
	}
	return target + "?" + r.args
}

// answer is the directive return.
func (r *request) answer(args []string) {
	code, err := strconv.Atoi(args[0])
	if err != nil {
		r.redirect(302, r.expand(args[0]))
		return
	}
	switch {
	case len(args) == 1:
		r.fail(code, "")
	case code == 301 || code == 302 || code == 303 || code == 307 || code == 308:
		r.redirect(code, r.expand(args[1]))
	default:
		r.text(code, r.expand(args[1]))
	}
}
