package enginetest

import (
	"encoding/json"
	"fmt"
	"testing"
)

// helped jumps past a lab, comes back to do it, with hints for what went wrong,
// and compares what was done with the solution.
func helped(t *testing.T, l *learner) {
	const lab = "configmap-create/from-literals"
	s := l.opens(160, 50, "lesson", "open", "configmap-create")
	s.sees("1/4").presses("n").sees("2/4", "Press enter to start the lab.")
	s.presses("tab").presses("J").sees("Run the solution and begin after it?").presses("y")
	s.sees("You are after the solution.", "How it could have been done", "4 of 4")
	first := l.values(lab)
	s.sees("port is " + first["port"])

	s.presses("R").sees("Start the lab again").presses("y").sees("attempt 2", "0 of 4", "h hint (3)")
	now := l.values(lab)
	if now["port"] == first["port"] {
		t.Errorf("the next attempt has the values of the last one: %v", now)
	}
	s.sees("port is "+now["port"]).prompted().presses("shift+tab", "h").sees("Hint 1.", "h hint (2)")
	s.presses("tab")
	s.enters("kubectl create configmap settings --from-literal=host=a,port=b").sees("1 of 4", "h hint (4)")
	s.presses("shift+tab", "h").sees("Hint 2. A value of yours contains a comma.")
	s.presses("tab").enters("kubectl delete configmap settings").sees("0 of 4", "h hint (2)")
	s.enters(fmt.Sprintf("kubectl create configmap settings --from-literal=host=%s --from-literal=port=%s", now["host"], now["port"]))
	s.sees("✓ Passed", "How it could have been done")
	s.presses("shift+tab", "h").sees("Nothing to hint at: all checks hold.")
	s.quits()

	var status struct {
		Passed, Solution, Jumped bool
		Attempts, Hints, Jumps   int
	}
	if err := json.Unmarshal([]byte(l.runs("lab", "status", lab, "--json")), &status); err != nil {
		t.Fatal(err)
	}
	if !status.Passed || status.Solution || status.Jumped || status.Attempts != 2 || status.Hints != 2 || status.Jumps != 1 {
		t.Errorf("lab status --json says %+v", status)
	}
}

// values are those of the running attempt.
func (l *learner) values(lab string) map[string]string {
	l.t.Helper()
	var status struct {
		Active struct{ Vars map[string]string }
	}
	if err := json.Unmarshal([]byte(l.runs("lab", "status", lab, "--json")), &status); err != nil {
		l.t.Fatal(err)
	}
	return status.Active.Vars
}
