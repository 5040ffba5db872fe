package console

import (
	"context"
	"strings"
	"testing"

	"kubetutor/internal/lab/protocol"
)

// TestExplainConnection: what is meant for the screen goes to the client as codes,
// what is meant for a pipe is JSON, and the exit code tells the outcome.
func TestExplainConnection(t *testing.T) {
	t.Parallel()
	b := newBench(t, "")
	var asked protocol.Explain
	b.manager.config.Explain = func(_ context.Context, q protocol.Explain) (protocol.Explanation, error) {
		asked = q
		if q.To == "nowhere" {
			return protocol.Explanation{}, &protocol.Error{Code: protocol.CodeNotFound, Message: "there is no Pod nowhere"}
		}
		outcome := protocol.OutcomeConnects
		if q.To == "closed" {
			outcome = protocol.OutcomeTimesOut
		}
		return protocol.Explanation{From: q.From, To: q.To, Outcome: outcome}, nil
	}
	var shown []protocol.Outcome
	watch := func(o protocol.Output) {
		if o.Explanation != nil {
			shown = append(shown, o.Explanation.Outcome)
		}
	}
	for _, c := range []struct {
		line string
		code int
		out  string // part of what is written
		err  string
		seen protocol.Outcome
	}{
		{"explain-connection client web 80", 0, "", "", protocol.OutcomeConnects},
		{"explain-connection client closed 80", 1, "", "", protocol.OutcomeTimesOut},
		{"explain-connection client closed 80 | grep outcome", 0, `"outcome": "timesOut"`, "", ""},
		{"explain-connection client web 80 > said; cat said", 0, `"to": "web"`, "", ""},
		{"explain-connection client nowhere 80", 1, "", "there is no Pod nowhere", ""},
		{"explain-connection client web", 1, "", "an argument is missing", ""},
		{"explain-connection -n shop --udp client dns 53", 0, "", "", protocol.OutcomeConnects},
	} {
		shown = nil
		r := b.runWith(t.Context(), c.line, watch)
		if r.exit.Code != c.code || !strings.Contains(r.out, c.out) || !strings.Contains(r.err, c.err) {
			t.Errorf("%s: exit code %d\n%s%s", c.line, r.exit.Code, r.out, r.err)
		}
		if (c.seen == "") != (len(shown) == 0) || len(shown) > 0 && shown[0] != c.seen {
			t.Errorf("%s: shown %v, want %q", c.line, shown, c.seen)
		}
	}
	if asked != (protocol.Explain{From: "client", To: "dns", Port: "53", Namespace: "shop", UDP: true}) {
		t.Errorf("asked for %+v", asked)
	}
}

// TestExplainConnectionWithoutNetwork: the learner's own cluster has no network of
// ours.
func TestExplainConnectionWithoutNetwork(t *testing.T) {
	t.Parallel()
	b := newBench(t, "")
	if r := b.run("explain-connection client web 80"); r.exit.Code != 1 || !strings.Contains(r.err, "no network of ours") {
		t.Errorf("%+v", r)
	}
}
