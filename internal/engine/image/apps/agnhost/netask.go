package agnhost

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"kubetutor/internal/engine/image/apps/service"
	"kubetutor/internal/engine/kernel"
)

// answerLimit is how much of an answer is kept, in bytes.
const answerLimit = 1 << 20

// get fetches a URL from the process' network.
func (c *call) get(ctx context.Context, url string, patience time.Duration) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	client := &http.Client{Transport: service.Transport(c.Process, nil)}
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := service.ReadAll(resp.Body, answerLimit)
	return string(body), err
}

const askPatience = 5 * time.Second

func (e *executor) askHTTP(ctx context.Context, address, what string) (string, error) {
	return e.get(ctx, fmt.Sprintf("http://%s/%s", address, what), askPatience)
}

func (e *executor) askUDP(ctx context.Context, address, what string) (string, error) {
	conn, err := service.Dial(ctx, e.Process, "udp", address)
	if err != nil {
		return "", fmt.Errorf("udp dial failed. err:%w", err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, what); err != nil {
		return "", fmt.Errorf("udp connection write failed. err:%w", err)
	}
	answer := make([]byte, 2048)
	if err := conn.SetReadDeadline(time.Now().Add(askPatience)); err != nil {
		return "", err
	}
	n, err := conn.Read(answer)
	if err != nil || n == 0 {
		return "", fmt.Errorf("reading from udp connection failed. err:'%v'", err)
	}
	return string(answer[:n]), nil
}

// serveUDP answers the small commands that tests send.
func (e *executor) serveUDP(ctx context.Context, address string, failed chan<- string) {
	conn, err := e.packet(ctx, net.JoinHostPort(address, strconv.Itoa(e.udpPort)))
	if err != nil {
		failed <- fmt.Sprintf("Error occurred: failed to create listener for UDP address %s:%v", address, err)
		return
	}
	defer conn.Close()
	e.log.Printf("Started UDP server on port %s %d", address, e.udpPort)
	e.ready.Store(true)
	defer e.ready.Store(false)
	buffer := make([]byte, 2048)
	for {
		n, from, err := conn.ReadFrom(buffer)
		if err != nil {
			return
		}
		if answer, known := e.datagram(strings.TrimSpace(string(buffer[:n])), from); known {
			conn.WriteTo([]byte(answer), from)
		}
	}
}

func (e *executor) datagram(text string, from net.Addr) (answer string, known bool) {
	command, rest, _ := strings.Cut(text, " ")
	switch strings.ToLower(command) {
	case "hostname":
		e.log.Println("Sending udp hostName response")
		return e.Hostname(), true
	case "echo":
		e.log.Printf("Echoing %v to UDP client %s\n", rest, from)
		return strings.ToLower(rest), true
	case "envvar":
		e.log.Printf("Sending UDP envvar response for %s", rest)
		value, _ := e.environment(strings.TrimSpace(rest))
		return value, true
	case "clientip":
		e.log.Printf("Sending clientip back to UDP client %s\n", from)
		return from.String(), true
	case "serverport":
		e.log.Printf("Sending server port to UDP client %d\n", e.udpPort)
		return strconv.Itoa(e.udpPort), true
	case "":
	default:
		e.log.Printf("Unknown UDP command received from %s: %v\n", from, text)
	}
	return "", false
}

func (e *executor) shell(w http.ResponseWriter, r *http.Request) {
	command := r.FormValue("shellCommand")
	if command == "" {
		command = r.FormValue("cmd")
	}
	e.log.Printf("GET /shell?cmd=%s", command)
	printed, err := e.combined(r.Context(), "/bin/sh", "-c", command)
	output := map[string]string{}
	if printed != "" {
		output["output"] = printed
	}
	if err != nil {
		output["error"] = err.Error()
	}
	e.log.Printf("Output: %s", output)
	writeJSON(w, output)
}

// combined runs a command and returns what it prints.
func (c *call) combined(ctx context.Context, args ...string) (string, error) {
	var out bytes.Buffer
	child, err := c.Start(kernel.Spec{Args: args, Stdout: &out, Stderr: &out})
	if err != nil {
		return "", err
	}
	end, err := child.Wait(ctx)
	if err != nil {
		child.Signal(kernel.SIGKILL)
		return "", err
	}
	if code := end.ExitCode(); code != 0 {
		return out.String(), fmt.Errorf("exit status %d", code)
	}
	return out.String(), nil
}

func (e *executor) upload(w http.ResponseWriter, r *http.Request) {
	e.log.Printf("GET /upload")
	file, _, err := r.FormFile("file")
	if err != nil {
		e.log.Printf("Unable to upload file: %s", err)
		writeJSON(w, map[string]string{"error": "Unable to upload file."})
		return
	}
	defer file.Close()
	name := fmt.Sprintf("/uploads/upload%09d", time.Now().UnixNano()%1_000_000_000)
	to, err := e.FS().Create(name)
	if err == nil {
		_, err = io.Copy(to, file)
		to.Close()
	}
	if err != nil {
		e.log.Printf("Unable to write file: %s", err)
		writeJSON(w, map[string]string{"error": "Unable to open file for write"})
		return
	}
	e.FS().Chmod(name, 0o700)
	e.log.Printf("Wrote upload to %s", name)
	w.WriteHeader(http.StatusCreated)
	writeJSON(w, map[string]string{"output": name})
}
