package network

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"kubetutor/internal/engine/image/shell/tool"
)

// curlVersion is the version that is shown and sent.
const curlVersion = "8.11.1"

// curlCall is one call of curl.
type curlCall struct {
	*tool.Call
	silent, showError, fail, failBody, include, head, verbose, remoteName, insecure, location, get bool
	output, method, agent, user, writeOut, cacert, cert, key, dump, referer, cookie                string
	data                                                                                           []string
	form                                                                                           [][2]string
	upload                                                                                         string
	hasData, isJSON                                                                                bool
	headers                                                                                        []string
	maxTime, connectTime                                                                           time.Duration
	retry, maxRedirects                                                                            int
	retryDelay                                                                                     time.Duration
	retryAll, createDirs                                                                           bool
	resolve, connectTo                                                                             []string
	urls                                                                                           []string
	outputs                                                                                        []string

	out      io.Writer
	announce func() // shows the request, once there is a connection
	stats    curlStats
}

// curlStats is what --write-out shows of the last transfer.
type curlStats struct {
	began                                                time.Time
	lookup, connect, appConnect, firstByte, total        time.Duration
	code, redirects                                      int
	size, uploaded, headerSize                           int64
	remoteIP, remotePort, localIP, localPort, url, ctype string
	scheme, version, redirectURL, method                 string
	verify                                               int
}

// The exit codes of curl.
const (
	curlBadURL        = 3
	curlNoHost        = 6
	curlNoConnect     = 7
	curlHTTPError     = 22
	curlWriteError    = 23
	curlTimeout       = 28
	curlTLS           = 35
	curlTooMany       = 47
	curlEmpty         = 52
	curlReceive       = 56
	curlCertificate   = 60
	curlBadProtocol   = 1
	curlBadCACertFile = 77
)

// curlError is a failure of a transfer.
type curlError struct {
	code int
	text string
}

func (e curlError) Error() string { return fmt.Sprintf("(%d) %s", e.code, e.text) }

func curl(c *tool.Call) int {
	k := &curlCall{Call: c, agent: "curl/" + curlVersion, maxRedirects: 50}
	k.options(c.Args)
	if len(k.urls) == 0 {
		fmt.Fprintln(c.Stderr(), "curl: (2) no URL specified\ncurl: try 'curl --help' or 'curl --manual' for more information")
		return 2
	}
	code := 0
	for i, u := range k.urls {
		k.output = ""
		if i < len(k.outputs) {
			k.output = k.outputs[i]
		}
		code = k.transfer(u)
	}
	return code
}

// transfer fetches a URL, with retries.
func (k *curlCall) transfer(address string) int {
	code := 0
	for try := 0; ; try++ {
		err := k.once(address)
		k.Out.Flush()
		code = k.report(err)
		if try >= k.retry || !k.transient(code) {
			return code
		}
		delay := k.retryDelay
		if delay == 0 {
			delay = min(time.Second<<min(try, 10), 10*time.Minute)
		}
		if !k.silent || k.showError {
			fmt.Fprintf(k.Stderr(), "Warning: Problem: %s. Will retry in %d second%s. %d retr%s left.\n", retryReason(code), int(delay.Seconds()), map[bool]string{true: "", false: "s"}[int(delay.Seconds()) == 1], k.retry-try, map[bool]string{true: "y", false: "ies"}[k.retry-try == 1])
		}
		if !k.Sleep(delay) {
			return 137
		}
	}
}

func retryReason(code int) string {
	if code == curlTimeout {
		return "timeout"
	}
	return "connection refused"
}

func (k *curlCall) transient(code int) bool {
	return code == curlTimeout || k.retryAll && code != 0 || slices.Contains([]int{408, 429, 500, 502, 503, 504}, k.stats.code) && code != 0
}

// report prints an error, and what --write-out asks for.
func (k *curlCall) report(err error) int {
	code, text := 0, ""
	if failure, ok := err.(curlError); ok {
		code, text = failure.code, failure.Error()
	} else if err != nil {
		code, text = curlReceive, fmt.Sprintf("(%d) %s", curlReceive, tool.Reason(err))
	}
	if code != 0 && (!k.silent || k.showError) {
		fmt.Fprintf(k.Stderr(), "curl: %s\n", text)
		if code == curlCertificate {
			fmt.Fprintln(k.Stderr(), certificateHelp)
		}
	}
	if k.writeOut != "" {
		_, _ = k.Out.WriteString(k.written(code))
		k.Out.Flush()
	}
	return code
}

const certificateHelp = "More details here: https://curl.se/docs/sslcerts.html\n\ncurl failed to verify the legitimacy of the server and therefore could not\nestablish a secure connection to it. To learn more about this situation and\nhow to fix it, please visit the webpage mentioned above."

// written is the text of --write-out.
func (k *curlCall) written(code int) string {
	format := strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\r`, "\r").Replace(k.writeOut)
	s := &k.stats
	seconds := func(d time.Duration) string { return fmt.Sprintf("%.6f", d.Seconds()) }
	speed := 0.0
	if s.total > 0 {
		speed = float64(s.size) / s.total.Seconds()
	}
	values := []string{
		"http_code", fmt.Sprintf("%03d", s.code), "response_code", fmt.Sprintf("%03d", s.code), "exitcode", fmt.Sprint(code),
		"time_total", seconds(s.total), "time_namelookup", seconds(s.lookup), "time_connect", seconds(s.connect), "time_appconnect", seconds(s.appConnect),
		"time_pretransfer", seconds(max(s.connect, s.appConnect)), "time_starttransfer", seconds(s.firstByte), "time_redirect", seconds(0),
		"size_download", fmt.Sprint(s.size), "size_upload", fmt.Sprint(s.uploaded), "size_header", fmt.Sprint(s.headerSize), "speed_download", fmt.Sprintf("%.0f", speed),
		"remote_ip", s.remoteIP, "remote_port", s.remotePort, "local_ip", s.localIP, "local_port", s.localPort, "url", s.url, "url_effective", s.url,
		"content_type", s.ctype, "num_redirects", fmt.Sprint(s.redirects), "redirect_url", s.redirectURL, "scheme", s.scheme, "http_version", s.version,
		"ssl_verify_result", fmt.Sprint(s.verify), "method", s.method, "num_connects", "1", "errormsg", "",
	}
	for i := 0; i < len(values); i += 2 {
		format = strings.ReplaceAll(format, "%{"+values[i]+"}", values[i+1])
	}
	return strings.ReplaceAll(format, "%%", "%")
}

// once fetches a URL and follows redirections if that is wanted.
func (k *curlCall) once(address string) error {
	target, err := parseURL(address)
	if err != nil {
		return err
	}
	ctx, cancel := k.Ctx, context.CancelFunc(func() {})
	if k.maxTime > 0 {
		ctx, cancel = context.WithTimeout(ctx, k.maxTime)
	}
	defer cancel()
	k.stats = curlStats{began: time.Now(), url: target.String(), scheme: strings.ToUpper(target.Scheme)}
	defer func() { k.stats.total = time.Since(k.stats.began) }()
	if err := k.open(target); err != nil {
		return err
	}
	defer k.closeOut()
	method, body := k.request(target)
	for {
		response, err := k.send(ctx, target, method, body)
		if err != nil {
			return k.explain(ctx, err)
		}
		next, err := k.redirection(response, target)
		if err != nil {
			return err
		}
		err = k.answer(ctx, response, next != nil)
		response.Body.Close()
		if err != nil || next == nil {
			return err
		}
		if k.stats.redirects++; k.stats.redirects > k.maxRedirects {
			return curlError{curlTooMany, fmt.Sprintf("Maximum (%d) redirects followed", k.maxRedirects)}
		}
		if response.StatusCode == http.StatusSeeOther || response.StatusCode < 303 && method == http.MethodPost && k.method == "" {
			method, body = http.MethodGet, ""
		}
		target = next
		k.stats.url = target.String()
	}
}

func parseURL(address string) (*url.URL, error) {
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	target, err := url.Parse(address)
	if err != nil || target.Host == "" {
		return nil, curlError{curlBadURL, "URL rejected: Malformed input to a URL function"}
	}
	if target.Scheme != "http" && target.Scheme != "https" {
		return nil, curlError{curlBadProtocol, fmt.Sprintf("Protocol \"%s\" not supported", target.Scheme)}
	}
	return target, nil
}

// redirection is where the answer leads to, nil if it is not to be followed.
func (k *curlCall) redirection(response *http.Response, target *url.URL) (*url.URL, error) {
	location := response.Header.Get("Location")
	if response.StatusCode < 300 || response.StatusCode >= 400 || location == "" {
		return nil, nil
	}
	next, err := target.Parse(location)
	if err != nil {
		return nil, curlError{curlBadURL, "URL rejected: " + location}
	}
	k.stats.redirectURL = next.String()
	if !k.location {
		return nil, nil
	}
	return next, nil
}

// request is the method and the body that the options ask for.
func (k *curlCall) request(target *url.URL) (method, body string) {
	method = http.MethodGet
	switch {
	case k.get && k.hasData:
		query := strings.Join(k.data, "&")
		if target.RawQuery != "" {
			query = target.RawQuery + "&" + query
		}
		target.RawQuery = query
		k.stats.url = target.String()
	case len(k.form) > 0:
		method, body = http.MethodPost, k.multipart()
	case k.hasData:
		separator := "&"
		if k.isJSON {
			separator = ""
		}
		method, body = http.MethodPost, strings.Join(k.data, separator)
	case k.upload != "":
		method, body = http.MethodPut, k.file(k.upload)
		if strings.HasSuffix(target.Path, "/") {
			target.Path += path.Base(k.upload)
		}
	case k.head:
		method = http.MethodHead
	}
	if k.method != "" {
		method = k.method
	}
	k.stats.method = method
	return method, body
}

const boundary = "------------------------d74496d66958873e"

func (k *curlCall) multipart() string {
	var b strings.Builder
	for _, part := range k.form {
		fmt.Fprintf(&b, "--%s\r\nContent-Disposition: form-data; name=\"%s\"", boundary, part[0])
		value := part[1]
		if name, ok := strings.CutPrefix(value, "@"); ok {
			fmt.Fprintf(&b, "; filename=\"%s\"\r\nContent-Type: application/octet-stream", path.Base(name))
			value = k.file(name)
		} else if name, ok := strings.CutPrefix(value, "<"); ok {
			value = k.file(name)
		}
		b.WriteString("\r\n\r\n" + value + "\r\n")
	}
	fmt.Fprintf(&b, "--%s--\r\n", boundary)
	return b.String()
}

// file is the content of a file that an option names, "-" for standard input.
func (k *curlCall) file(name string) string {
	in, err := k.Open(name)
	if err != nil {
		fmt.Fprintf(k.Stderr(), "curl: (26) Failed to open/read local data from file/application\n")
		k.Exit(26)
	}
	defer in.Close()
	text, err := k.ReadAll(in)
	if err != nil {
		k.Exit(26)
	}
	return string(text)
}

// open opens the output.
func (k *curlCall) open(target *url.URL) error {
	name := k.output
	if k.remoteName && name == "" {
		if name = path.Base(target.Path); name == "/" || name == "." || strings.HasSuffix(target.Path, "/") {
			return curlError{curlWriteError, "Remote file name has no length"}
		}
	}
	if name == "" || name == "-" {
		k.out = k.Out
		return nil
	}
	if k.createDirs {
		_ = k.FS().MkdirAll(path.Dir(name), 0o755) // what is wrong with it shows below
	}
	f, err := k.Create(name, false)
	if err != nil {
		fmt.Fprintf(k.Stderr(), "Warning: Failed to open the file %s: %s\n", name, tool.Reason(err))
		return curlError{curlWriteError, "Failure writing output to destination"}
	}
	k.out = f
	return nil
}

func (k *curlCall) closeOut() {
	if f, ok := k.out.(io.Closer); ok {
		_ = f.Close()
	}
}

// fields are the fields of the request in the order curl sends them.
func (k *curlCall) fields(target *url.URL, body string) [][2]string {
	list := [][2]string{{"Host", target.Host}}
	if k.user != "" {
		list = append(list, [2]string{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte(k.user))})
	}
	list = append(list, [2]string{"User-Agent", k.agent}, [2]string{"Accept", "*/*"})
	if k.referer != "" {
		list = append(list, [2]string{"Referer", k.referer})
	}
	if k.cookie != "" {
		list = append(list, [2]string{"Cookie", k.cookie})
	}
	switch {
	case len(k.form) > 0:
		list = append(list, [2]string{"Content-Length", fmt.Sprint(len(body))}, [2]string{"Content-Type", "multipart/form-data; boundary=" + boundary})
	case k.isJSON:
		list = append(list, [2]string{"Content-Type", "application/json"}, [2]string{"Content-Length", fmt.Sprint(len(body))})
		set(&list, "Accept", "application/json")
	case k.hasData && !k.get:
		list = append(list, [2]string{"Content-Length", fmt.Sprint(len(body))}, [2]string{"Content-Type", "application/x-www-form-urlencoded"})
	case k.upload != "":
		list = append(list, [2]string{"Content-Length", fmt.Sprint(len(body))})
	}
	for _, field := range k.headers {
		key, value, ok := strings.Cut(field, ":")
		switch {
		case !ok:
			key = strings.TrimSuffix(field, ";")
			set(&list, key, "")
		case strings.TrimSpace(value) == "":
			list = slices.DeleteFunc(list, func(f [2]string) bool { return strings.EqualFold(f[0], key) })
		default:
			set(&list, key, strings.TrimSpace(value))
		}
	}
	return list
}

// set replaces a field of the request's own, or adds another one.
func set(list *[][2]string, key, value string) {
	for i, f := range *list {
		if strings.EqualFold(f[0], key) {
			(*list)[i] = [2]string{key, value}
			return
		}
	}
	*list = append(*list, [2]string{key, value})
}
