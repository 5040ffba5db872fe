package httpd

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"kubetutor/internal/engine/image/apps/service"
	"kubetutor/internal/engine/kernel"
)

// config is what the configuration files say.
type config struct {
	root      string // ServerRoot
	listens   []string
	document  string
	name      string // ServerName
	index     []string
	types     map[string]string
	formats   map[string]string
	access    []accessLog
	errorLog  string
	aliases   [][2]string
	redirects []redirect
	listing   bool // Options Indexes
	pidFile   string
}

type accessLog struct{ file, format string }

type redirect struct {
	code     int
	from, to string
}

// syntaxError is a mistake in the configuration, in Apache's words.
type syntaxError struct {
	file   string
	line   int
	reason string
}

func (e *syntaxError) Error() string {
	return fmt.Sprintf("AH00526: Syntax error on line %d of %s:\n%s", e.line, e.file, e.reason)
}

const defaultConfig = "/usr/local/apache2/conf/httpd.conf"

// includeDepth stops files that include themselves.
const includeDepth = 16

func read(p *kernel.Process, file string) (*config, error) {
	c := &config{
		root: "/usr/local/apache2", document: "/usr/local/apache2/htdocs", index: []string{"index.html"}, errorLog: "/proc/self/fd/2", pidFile: "logs/httpd.pid",
		types:   map[string]string{"html": "text/html", "txt": "text/plain", "css": "text/css", "js": "text/javascript", "json": "application/json", "png": "image/png", "jpg": "image/jpeg", "gif": "image/gif", "svg": "image/svg+xml", "xml": "application/xml"},
		formats: map[string]string{"common": `%h %l %u %t "%r" %>s %b`, "combined": `%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"`},
	}
	if err := c.file(p, file, 0); err != nil {
		return nil, err
	}
	if len(c.listens) == 0 {
		return nil, &syntaxError{file, 1, "no listening sockets available, shutting down"}
	}
	return c, nil
}

func (c *config) file(p *kernel.Process, name string, depth int) error {
	data, err := p.FS().ReadFile(name)
	if err != nil || depth > includeDepth {
		return fmt.Errorf("httpd: Could not open configuration file %s: No such file or directory", name)
	}
	var open []string
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		words := split(strings.TrimSpace(line))
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if err := c.line(p, words, &open, depth); err != nil {
			if _, ok := err.(*syntaxError); ok { //nolint:errorlint // made right here
				return err
			}
			return &syntaxError{name, number, err.Error()}
		}
	}
	if len(open) > 0 {
		return &syntaxError{name, number, fmt.Sprintf("Expected </%s> before end of configuration", open[len(open)-1])}
	}
	return nil
}

// split splits a line into words, which may be quoted.
func split(line string) []string {
	var words []string
	for line != "" {
		if line[0] == '"' {
			end := strings.IndexByte(strings.ReplaceAll(line[1:], `\"`, "\x00\x00"), '"')
			if end < 0 {
				return append(words, line[1:])
			}
			words = append(words, strings.ReplaceAll(line[1:end+1], `\"`, `"`))
			line = strings.TrimSpace(line[end+2:])
			continue
		}
		word, rest, _ := strings.Cut(strings.ReplaceAll(line, "\t", " "), " ")
		words = append(words, word)
		line = strings.TrimSpace(rest)
	}
	return words
}

// line takes one directive, or one end of a section.
func (c *config) line(p *kernel.Process, words []string, open *[]string, depth int) error {
	name := words[0]
	if strings.HasPrefix(name, "</") {
		if len(*open) == 0 || !strings.EqualFold((*open)[len(*open)-1], strings.Trim(name, "</>")) {
			return fmt.Errorf("%s without matching <%s> section", name, strings.Trim(name, "</>"))
		}
		*open = (*open)[:len(*open)-1]
		return nil
	}
	if section, ok := strings.CutPrefix(name, "<"); ok {
		section = strings.TrimSuffix(section, ">")
		if !strings.Contains(sections, " "+strings.ToLower(section)+" ") {
			return invalid(name)
		}
		*open = append(*open, section)
		return nil
	}
	for _, section := range *open {
		if strings.EqualFold(section, "files") || strings.EqualFold(section, "filesmatch") {
			return nil // rights of single files are not modelled: there are none to keep
		}
	}
	return c.directive(p, strings.ToLower(name), words, depth)
}

func invalid(name string) error {
	return service.Words("Invalid command '%s', perhaps misspelled or defined by a module not included in the server configuration", name)
}

const sections = ` directory directorymatch files filesmatch ifmodule ifdefine location locationmatch virtualhost limit requireany requireall if else `

func (c *config) directive(p *kernel.Process, name string, words []string, depth int) error {
	args := words[1:]
	if len(args) == 0 && strings.Contains(needsArgument, " "+name+" ") {
		return fmt.Errorf("%s takes one argument", words[0])
	}
	switch name {
	case "serverroot":
		c.root = args[0]
	case "listen":
		return c.listen(args[0])
	case "documentroot":
		if info, err := p.FS().Stat(args[0]); err != nil || !info.IsDir() {
			return fmt.Errorf("DocumentRoot '%s' is not a directory, or is not readable", args[0])
		}
		c.document = strings.TrimSuffix(args[0], "/")
	case "servername":
		c.name = args[0]
	case "directoryindex":
		c.index = args
	case "errorlog":
		c.errorLog = args[0]
	case "pidfile":
		c.pidFile = args[0]
	case "logformat":
		if len(args) == 2 {
			c.formats[args[1]] = args[0]
		}
	case "customlog":
		if len(args) < 2 {
			return fmt.Errorf("CustomLog takes two or three arguments, a file name, a custom log format string or format name, and an optional \"env=\" or \"expr=\" clause (see docs)")
		}
		c.access = append(c.access, accessLog{args[0], args[1]})
	case "include", "includeoptional":
		return c.include(p, args[0], name == "includeoptional", depth)
	case "addtype":
		for _, extension := range args[1:] {
			c.types[strings.TrimPrefix(extension, ".")] = args[0]
		}
	case "alias":
		if len(args) == 2 {
			c.aliases = append(c.aliases, [2]string{args[0], args[1]})
		}
	case "redirect":
		return c.redirect(args)
	case "options":
		c.options(args)
	default:
		if !strings.Contains(accepted, " "+name+" ") {
			return invalid(words[0])
		}
	}
	return nil
}

const needsArgument = ` serverroot listen documentroot servername directoryindex errorlog pidfile include includeoptional addtype `

// accepted are directives that change nothing that is modelled.
const accepted = ` loadmodule user group serveradmin allowoverride require order allow deny loglevel typesconfig mimemagicfile enablemmap enablesendfile traceenable servertokens serversignature
 timeout keepalive maxkeepaliverequests keepalivetimeout startservers minsparethreads maxsparethreads threadsperchild maxrequestworkers maxconnectionsperchild threadlimit mutex hostnamelookups
 scriptalias scriptsock requestheader header errordocument adddefaultcharset addencoding addhandler accessfilename usecanonicalname define unsetenv setenv setenvif browsermatch sslrandomseed sslengine serveralias options addicon defaulticon indexoptions readmename headername indexignore minspareservers maxspareservers serverlimit extendedstatus `

func (c *config) options(args []string) {
	for _, option := range args {
		switch strings.ToLower(strings.TrimPrefix(option, "+")) {
		case "indexes", "all":
			c.listing = true
		case "-indexes", "none":
			c.listing = false
		}
	}
}

func (c *config) redirect(args []string) error {
	r := redirect{code: 302}
	codes := map[string]int{"permanent": 301, "temp": 302, "seeother": 303, "gone": 410}
	if len(args) > 0 {
		if code, ok := codes[args[0]]; ok {
			r.code, args = code, args[1:]
		} else if n, err := strconv.Atoi(args[0]); err == nil {
			r.code, args = n, args[1:]
		}
	}
	if len(args) != 2 {
		return service.Words("Redirect takes one to three arguments")
	}
	r.from, r.to = args[0], args[1]
	c.redirects = append(c.redirects, r)
	return nil
}

func (c *config) listen(text string) error {
	if n, err := strconv.Atoi(text); err == nil {
		if n < 1 || n > 65535 {
			return service.Words("Port must be specified")
		}
		c.listens = append(c.listens, "0.0.0.0:"+text)
		return nil
	}
	if !strings.Contains(text, ":") {
		return service.Words("Port must be specified")
	}
	c.listens = append(c.listens, text)
	return nil
}

func (c *config) include(p *kernel.Process, name string, optional bool, depth int) error {
	name = c.absolute(name)
	if !strings.Contains(name, "*") {
		err := c.file(p, name, depth+1)
		if _, mistake := err.(*syntaxError); err != nil && !mistake && optional { //nolint:errorlint // made right here
			return nil
		}
		return err
	}
	entries, err := p.FS().ReadDir(path.Dir(name))
	if err != nil {
		return nil // no directory: no files
	}
	for _, e := range entries {
		if ok, err := path.Match(path.Base(name), e.Name()); ok && err == nil {
			if err := c.file(p, path.Join(path.Dir(name), e.Name()), depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *config) absolute(name string) string {
	if path.IsAbs(name) {
		return name
	}
	return path.Join(c.root, name)
}
