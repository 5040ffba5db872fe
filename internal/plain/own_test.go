package plain

import (
	"testing"

	"kubetutor/internal/course"
)

func TestOwnClusterWantsItsNameOnce(t *testing.T) {
	t.Parallel()
	l := sit(t, "start\nhom\nstart\nhome\nrestart\nyes\n\nq\n")
	l.cluster.foreign = "home"
	lesson := lesson()
	lesson.Labs[0].Scope, lesson.Labs[0].Namespace = course.ScopeNamespace, "shop"
	if err := l.Read(soon(t), lesson); err != errQuit {
		t.Fatal(err)
	}
	l.says(t, "your own cluster. It makes the namespace shop", "The context: home", "(home): ",
		`"hom" is not the context's name, home: nothing was begun`, "(home): ", "set-up 1.0 s", "set-up 1.0 s")
	if n := len(l.cluster.begun); n != 2 || l.cluster.begun[1].Confirmed != "home" {
		t.Errorf("begun %d times: %+v", n, l.cluster.begun)
	}
}

func TestLabsOfTheWholeClusterAreRefusedThere(t *testing.T) {
	t.Parallel()
	l := sit(t, "start\n\nq\n")
	l.cluster.foreign = "home"
	if err := l.Read(soon(t), lesson()); err != errQuit {
		t.Fatal(err)
	}
	l.says(t, "only on the cluster that the tutor brings along", "Enter passes over it", "leave --kubeconfig out")
	if len(l.cluster.begun) > 0 {
		t.Error("it was begun")
	}
}
