package network

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

func (k *curlCall) options(args []string) {
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		switch {
		case strings.HasPrefix(arg, "--") && len(arg) > 2:
			args = k.longOption(arg[2:], args)
		case len(arg) > 1 && arg[0] == '-':
			args = k.cluster(arg[1:], args)
		default:
			k.urls = append(k.urls, arg)
		}
	}
}

// curlLong are the long names of options with a letter.
func curlLong() map[string]string {
	return map[string]string{
		"silent": "s", "show-error": "S", "fail": "f", "include": "i", "show-headers": "i", "head": "I", "verbose": "v", "output": "o",
		"remote-name": "O", "write-out": "w", "request": "X", "header": "H", "data": "d", "data-ascii": "d", "insecure": "k", "cert": "E",
		"max-time": "m", "location": "L", "user": "u", "form": "F", "get": "G", "user-agent": "A", "upload-file": "T", "dump-header": "D",
		"referer": "e", "cookie": "b", "ipv4": "4", "ipv6": "6", "progress-bar": "#", "version": "V", "no-buffer": "N", "http1.1": "", "http1.0": "0",
		"globoff": "g", "disable": "q", "help": "h", "cookie-jar": "c", "proxy": "x",
	}
}

func (k *curlCall) longOption(arg string, rest []string) []string {
	name, value, has := strings.Cut(arg, "=")
	if letter, ok := curlLong()[name]; ok {
		if letter == "" {
			return rest
		}
		if has {
			rest = append([]string{value}, rest...)
		}
		return k.cluster(letter, rest)
	}
	if k.flag(name) {
		return rest
	}
	if !has {
		value, rest = k.optionValue("--"+name, rest)
	}
	if !k.longValue(name, value) {
		k.badOption("--" + name)
	}
	return rest
}

func (k *curlCall) badOption(name string) {
	fmt.Fprintf(k.Stderr(), "curl: option %s: is unknown\ncurl: try 'curl --help' or 'curl --manual' for more information\n", name)
	k.Exit(2)
}

func (k *curlCall) optionValue(name string, rest []string) (string, []string) {
	if len(rest) == 0 {
		fmt.Fprintf(k.Stderr(), "curl: option %s: requires parameter\ncurl: try 'curl --help' or 'curl --manual' for more information\n", name)
		k.Exit(2)
	}
	return rest[0], rest[1:]
}

// flag takes the options that have neither a letter nor a value.
func (k *curlCall) flag(name string) bool {
	switch name {
	case "fail-with-body":
		k.failBody = true
	case "retry-all-errors", "retry-connrefused":
		k.retryAll = true
	case "create-dirs":
		k.createDirs = true
	case "compressed", "http2", "http2-prior-knowledge", "no-progress-meter", "no-keepalive", "tcp-nodelay", "tlsv1.2", "tlsv1.3", "path-as-is", "location-trusted", "styled-output", "no-styled-output", "disable-epsv", "raw":
		k.location = k.location || name == "location-trusted"
	default:
		return false
	}
	return true
}

func (k *curlCall) longValue(name, value string) bool {
	switch name {
	case "data-raw":
		k.addData(value)
	case "data-binary":
		k.addFileData(value, false)
	case "data-urlencode":
		k.addEncoded(value)
	case "json":
		k.isJSON = true
		k.addFileData(value, false)
	case "cacert":
		k.cacert = value
	case "key":
		k.key = value
	case "connect-timeout":
		k.connectTime = k.seconds(name, value)
	case "resolve":
		k.resolve = append(k.resolve, value)
	case "connect-to":
		k.connectTo = append(k.connectTo, value)
	case "retry":
		k.retry, _ = strconv.Atoi(value)
	case "retry-delay":
		k.retryDelay = k.seconds(name, value)
	case "max-redirs":
		k.maxRedirects, _ = strconv.Atoi(value)
	case "url":
		k.urls = append(k.urls, value)
	case "oauth2-bearer":
		k.headers = append(k.headers, "Authorization: Bearer "+value)
	case "form-string":
		name, text, _ := strings.Cut(value, "=")
		k.form = append(k.form, [2]string{name, text})
	case "noproxy", "capath", "tls-max", "limit-rate", "retry-max-time", "keepalive-time", "interface", "ciphers", "cert-type", "key-type", "expect100-timeout", "dns-servers", "proto":
	default:
		return false
	}
	return true
}

func (k *curlCall) seconds(name, value string) time.Duration {
	n, err := strconv.ParseFloat(value, 64)
	if err != nil || n < 0 {
		fmt.Fprintf(k.Stderr(), "curl: option --%s: expected a proper numerical parameter\n", name)
		k.Exit(2)
	}
	return time.Duration(n * float64(time.Second))
}

// cluster takes options of one letter.
func (k *curlCall) cluster(letters string, rest []string) []string {
	for i, letter := range letters {
		if k.letter(letter) {
			continue
		}
		value := letters[i+len(string(letter)):]
		if value == "" {
			value, rest = k.optionValue("-"+string(letter), rest)
		}
		k.letterValue(letter, value)
		return rest
	}
	return rest
}

func (k *curlCall) letter(letter rune) bool {
	switch letter {
	case 's':
		k.silent = true
	case 'S':
		k.showError = true
	case 'f':
		k.fail = true
	case 'i':
		k.include = true
	case 'I':
		k.head, k.include = true, true
	case 'v':
		k.verbose = true
	case 'O':
		k.remoteName = true
	case 'k':
		k.insecure = true
	case 'L':
		k.location = true
	case 'G':
		k.get = true
	case '4', '6', '#', 'N', '0', 'g', 'q', 'n', 'a', 'R', 'j', 'l', 'p':
	case 'V', 'h':
		k.help(letter)
	default:
		return false
	}
	return true
}

func (k *curlCall) help(letter rune) {
	if letter == 'V' {
		line(k.Call, "curl "+curlVersion+" (x86_64-pc-linux-musl) libcurl/"+curlVersion+"\nProtocols: http https\nFeatures: alt-svc AsynchDNS IPv6 SSL")
	} else {
		line(k.Call, "Usage: curl [options...] <url>\n -d, --data <data>           HTTP POST data\n -f, --fail                  Fail fast with no output on HTTP errors\n -h, --help <subject>        Get help for commands\n -o, --output <file>         Write to file instead of stdout\n -O, --remote-name           Write output to file named as remote file\n -i, --show-headers          Show response headers in output\n -s, --silent                Silent mode\n -T, --upload-file <file>    Transfer local FILE to destination\n -u, --user <user:password>  Server user and password\n -A, --user-agent <name>     Send User-Agent <name> to server\n -v, --verbose               Make the operation more talkative\n -V, --version               Show version number and quit")
	}
	k.Exit(0)
}

func (k *curlCall) letterValue(letter rune, value string) {
	switch letter {
	case 'o':
		k.outputs = append(k.outputs, value)
	case 'w':
		k.writeOut = value
		if name, ok := strings.CutPrefix(value, "@"); ok {
			k.writeOut = k.file(name)
		}
	case 'X':
		k.method = value
	case 'H':
		k.headers = append(k.headers, value)
	case 'd':
		k.addFileData(value, true)
	case 'E':
		k.cert = value
	case 'm':
		k.maxTime = k.seconds("max-time", value)
	case 'u':
		k.user = value
	case 'F':
		name, text, _ := strings.Cut(value, "=")
		k.form = append(k.form, [2]string{name, text})
	case 'A':
		k.agent = value
	case 'T':
		k.upload = value
	case 'D':
		k.dump = value
	case 'e':
		k.referer = value
	case 'b':
		k.cookie = value
	case 'c', 'x', 'r', 'y', 'Y', 'z', 'C', 'K', 'P', 'Q', 't', 'U':
	default:
		k.badOption("-" + string(letter))
	}
}

func (k *curlCall) addData(text string) {
	k.hasData = true
	k.data = append(k.data, text)
}

// addFileData adds data, or what a file has after "@"; -d takes line ends away.
func (k *curlCall) addFileData(text string, strip bool) {
	if name, ok := strings.CutPrefix(text, "@"); ok {
		text = k.file(name)
		if strip {
			text = strings.NewReplacer("\r", "", "\n", "").Replace(text)
		}
	}
	k.addData(text)
}

func (k *curlCall) addEncoded(text string) {
	name, value, ok := strings.Cut(text, "=")
	switch {
	case !ok:
		k.addData(url.QueryEscape(text))
	case name == "":
		k.addData(url.QueryEscape(value))
	default:
		k.addData(name + "=" + url.QueryEscape(value))
	}
}
