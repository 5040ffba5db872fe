package annotation

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/api/validation"
)

// The sets of characters that values may be made of.
const (
	plain      = `\-\.\_\~a-zA-Z0-9\/:`
	regexChars = `\^\$\[\]\(\)\{\}\*\+\?\|&=\\`
	urlChars   = `,:\?&=`
)

// The expressions that values must match.
const (
	basic        = "^[/" + plain + "]*$"
	basicSpace   = "^[/" + plain + " ]*$"
	extended     = "^[/" + plain + ", " + "]*$"
	regexValue   = "^[/" + plain + regexChars + "]*$"
	urlValue     = "^[" + plain + urlChars + "]*$"
	urlWithVars  = "^[" + plain + ", " + urlChars + "$]*$"
	pathCapture  = `^/?[` + plain + `\/\$]*$`
	headerList   = `^[A-Za-z0-9-_, ]*$`
	variable     = `^[A-Za-z0-9\-\_\$\{\}]*$`
	size         = `^(?i)\d+[bkmg]?$`
	onOff        = `^(on|off)$`
	seconds      = `(^0|-?[1-9]\d*$)`
	methods      = `^(GET|HEAD|POST|PUT|PATCH|DELETE|CONNECT|OPTIONS|TRACE)$`
	errorCodes   = `^(?:[4,5]\d{2},?)*$`
	nextUpstream = `^((error|timeout|invalid_header|http_500|http_502|http_503|http_504|http_403|http_404|http_429|non_idempotent|off)\s?)+$`
	cookieDomain = `^(off|[` + plain + `]+\s+[` + plain + `]+)$`
	corsOrigins  = `^((((([a-z]+://)?(\*\.)?[A-Za-z0-9\-.]*(:\d+)?,?)|null)+)|\*)?$`
	corsMethods  = `^([A-Za-z]+,?\s?)+$`
	corsExpose   = `^(([A-Za-z0-9\-\_]+|\*),?\s?)+$`
	verifyClient = `^(on|off|optional|optional_no_ca)$`
	tlsErrorPage = `^(@[A-Za-z0-9_-]+|((https?://)?[A-Za-z0-9\-.]+(:\d+)?)?(/[A-Za-z0-9\-_.]+)*/?)$`
	sslCiphers   = `^(?:(?:[A-Za-z0-9!:+\-_])*(?:@STRENGTH)*(?:@SECLEVEL=[0-5])*(?:@STRENGTH)*)*$`
)

// matches makes a check of an expression, compiled when it is first needed.
// Spaces do not count where spaceless is set.
func matches(expression string, spaceless bool) func(string) bool {
	compiled := sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
	return func(value string) bool {
		if spaceless {
			value = strings.ReplaceAll(value, " ", "")
		}
		return compiled().MatchString(value) && !strings.ContainsAny(value, "\r\n")
	}
}

func tight(expression string) func(string) bool { return matches(expression, true) }

func loose(expression string) func(string) bool { return matches(expression, false) }

func anything(string) bool { return true }

func isBool(value string) bool {
	_, err := strconv.ParseBool(value)
	return err == nil
}

func isInt(value string) bool {
	_, err := strconv.Atoi(value)
	return err == nil
}

// oneOf checks for one of several words, in any case if folded.
func oneOf(folded bool, options ...string) func(string) bool {
	return func(value string) bool {
		value = strings.TrimSpace(value)
		if folded {
			value = strings.ToLower(value)
		}
		return slices.Contains(options, value)
	}
}

func serverName() func(string) bool {
	valid := loose(regexValue)
	return func(value string) bool { return valid(strings.TrimSpace(value)) }
}

func serverNames() func(string) bool {
	valid := serverName()
	return func(value string) bool {
		return !slices.ContainsFunc(strings.Split(value, ","), func(name string) bool { return !valid(name) })
	}
}

func serviceName(value string) bool { return len(validation.NameIsDNS1035Label(value, false)) == 0 }

func commonName(value string) bool {
	expression, ok := strings.CutPrefix(value, "CN=")
	if !ok {
		return false
	}
	_, err := regexp.Compile(expression)
	return err == nil
}

func networks(value string) bool {
	_, err := Networks(value)
	return err == nil
}

// Networks reads a list of networks and addresses, with commas between them, and
// returns it sorted, as text.
func Networks(value string) ([]string, error) {
	var list []string
	for part := range strings.SplitSeq(value, ",") {
		text, err := network(strings.TrimSpace(part))
		if err != nil {
			return nil, err
		}
		list = append(list, text)
	}
	slices.Sort(list)
	return slices.Compact(list), nil
}

func network(text string) (string, error) {
	if prefix, err := netip.ParsePrefix(text); err == nil {
		return prefix.Masked().String(), nil
	}
	address, err := netip.ParseAddr(text)
	if err != nil {
		return "", contentError{"", text}
	}
	return address.String(), nil
}
