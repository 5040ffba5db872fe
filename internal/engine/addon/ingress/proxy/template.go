package proxy

import (
	"slices"
	"strings"
)

// value is one of nginx's variables.
type value func(*exchange) string

// template is a text with variables, such as the format of the log. Captures of
// the location's regular expression are $1 to $9.
type template []part

// part is a piece of a template: a fixed text, a variable, or a capture.
type part struct {
	fixed   string
	value   value
	capture int  // from 1; 0: none
	always  bool // it is there even if it is empty: the log has no dash for it
}

// newTemplate reads a text with $name and ${name}. Names that nobody knows are empty.
func newTemplate(text string) template {
	var t template
	for {
		before, rest, ok := strings.Cut(text, "$")
		if before != "" {
			t = append(t, part{fixed: before})
		}
		if !ok {
			return t
		}
		name, after := variableName(rest)
		switch {
		case name == "":
			t = append(t, part{fixed: "$"})
		case '0' <= name[0] && name[0] <= '9':
			t = append(t, part{capture: int(name[0] - '0')})
		default:
			t = append(t, part{value: variable(name), always: alwaysThere(name)})
		}
		text = after
	}
}

// variableName is the name that stands after a dollar, and what follows it. A
// number is one digit long.
func variableName(text string) (name, rest string) {
	if inner, ok := strings.CutPrefix(text, "{"); ok {
		if name, rest, ok = strings.Cut(inner, "}"); ok {
			return name, rest
		}
		return "", text
	}
	if text != "" && '0' <= text[0] && text[0] <= '9' {
		return text[:1], text[1:]
	}
	end := 0
	for end < len(text) && (text[end] == '_' || isAlphanumeric(text[end])) {
		end++
	}
	return text[:end], text[end:]
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// alwaysThere says of a variable that the configuration sets it for every request.
func alwaysThere(name string) bool {
	return slices.Contains([]string{"proxy_alternative_upstream_name", "namespace", "ingress_name", "service_name", "service_port", "location_path"}, name)
}

// of is the text for a request. change is done to what variables say; nil leaves it.
func (t template) of(x *exchange, captures []string, change func(string) string) string {
	var out strings.Builder
	for i := range t {
		p := &t[i]
		text := p.fixed
		switch {
		case p.value != nil:
			text = p.value(x)
		case p.capture > 0 && p.capture < len(captures):
			text = captures[p.capture]
		}
		if p.fixed == "" && change != nil && !(p.always && text == "") {
			text = change(text)
		}
		out.WriteString(text)
	}
	return out.String()
}
