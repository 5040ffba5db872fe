package tui

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"kubetutor/internal/class"
	"kubetutor/internal/course"
	"kubetutor/internal/lab"
	"kubetutor/internal/lab/protocol"
)

func TestWaitingForALabNamesThePlace(t *testing.T) {
	t.Parallel()
	for place, want := range map[string]string{"1": "1st", "2": "2nd", "3": "3rd", "4": "4th", "11": "11th", "12": "12th", "21": "21st", "113": "113th"} {
		c, err := newCommon(t.Context(), Options{Lab: idleLabs{}})
		if err != nil {
			t.Fatal(err)
		}
		p := newLabPanel(c, &course.Lab{ID: "x"})
		p.SetSize(80, 20)
		p.phase = labStarting
		p.stage(labStageMsg{stage: protocol.Stage{ID: class.StageQueue, Detail: place}})
		if text := ansi.Strip(strings.Join(p.progress(), "\n")); !strings.Contains(text, "You are "+want+" in the queue") {
			t.Errorf("place %s:\n%s", place, text)
		}
		p.stage(labStageMsg{stage: protocol.Stage{ID: class.StageQueue, Detail: place, Done: true}})
		if text := ansi.Strip(strings.Join(p.progress(), "\n")); strings.Contains(text, "queue") {
			t.Errorf("after its turn:\n%s", text)
		}
	}
}

// idleLabs have an engine that does nothing.
type idleLabs struct{ lab.Service }

func (idleLabs) Engine() lab.Engine { return lab.Engine{State: lab.EngineReady} }
