//go:build unix

package cli_test

import (
	"encoding/json"
	"strings"
	"testing"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

// shopExplanation lets nobody through but to a destination named open, and knows no
// port but numbers.
func shopExplanation(body []byte) (any, int) {
	var q protocol.Explain
	if err := json.Unmarshal(body, &q); err != nil || strings.Trim(q.Port, "0123456789") != "" {
		return protocol.Error{Code: protocol.CodeInvalid, Message: "no port", Said: course.Text{EN: "no port", ZH: "没有端口"}}, 400
	}
	e := protocol.Explanation{From: "shop/" + q.From, To: q.To, Port: 80, Network: "tcp", Outcome: protocol.OutcomeConnects}
	e.Steps = []protocol.ExplainStep{{Code: protocol.EgressOpen, About: map[string]string{"pod": e.From}}}
	if q.To != "open" {
		e.Outcome = protocol.OutcomeTimesOut
		e.Steps = append(e.Steps, protocol.ExplainStep{Code: protocol.NodeDown, About: map[string]string{"node": "node1"}, Stops: true})
		e.Advice = []protocol.ExplainStep{{Code: protocol.NodeStart, About: map[string]string{"node": "node1"}}}
	}
	return e, 200
}

// TestExplainConnection: the words, in both languages, JSON, and the exit status.
func TestExplainConnection(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		line    string
		code    int
		out     string // contained
		request string
	}{
		{"explain-connection client open 80", 0,
			"From shop/client to open, port 80/TCP:\n  1. No policy isolates shop/client for egress.\nIt connects.\n", `explain {"from":"client","to":"open","port":"80"}`},
		{"explain-connection client web 80", 1, "  2. node1 is down: nothing on it answers.\nIt times out: nothing answers.\n\nWhat stands in the way, and what would change it:\n" +
			"  - `kubetutor node start node1` starts it again.\n", ""},
		{"explain-connection client web 80 --lang zh", 1, "  2. node1 已停机：上面没有任何回应。\n超时：没有任何回应。\n", ""},
		{"explain-connection client web 80 --json", 1, `"outcome": "timesOut"`, ""},
		{"explain-connection -n other --udp client dns 53", 1, "", `explain {"from":"client","to":"dns","port":"53","namespace":"other","udp":true}`},
		{"explain-connection client web what", 2, "no port", ""},
		{"explain-connection client web what --lang zh", 2, "没有端口", ""},
		{"explain-connection client web", 2, "wrong number of arguments", ""},
	} {
		t.Run(c.line, func(t *testing.T) {
			t.Parallel()
			e := newFakeEngine(t)
			out, code := e.run(strings.Fields(c.line)...)
			if code != c.code || !strings.Contains(out, c.out) {
				t.Errorf("exit status %d\n%s", code, out)
			}
			if c.request != "" && !e.wasAsked(c.request) {
				t.Errorf("asked: %v", e.asked)
			}
		})
	}
}
