package controlplane_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"kubetutor/internal/engine/controlplane"
)

// victimDir is the environment variable that makes this binary a process with
// a control plane in the directory it names.
const victimDir = "KUBETUTOR_TEST_VICTIM"

// runVictim starts a control plane and waits for its end.
func runVictim(dir string) {
	log, err := os.Create(filepath.Join(dir, "victim.log"))
	if err == nil {
		_, err = controlplane.Start(context.Background(), controlplane.Options{
			Dir: filepath.Join(dir, "state"), Sockets: filepath.Join(dir, "s"), Log: log}, nil)
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("ready")
	time.Sleep(10 * time.Minute)
	os.Exit(1)
}
