//go:build linux

// Command room runs the long form of the room that judges a class (see package
// roomtest): `room serve ARGS` is kubetutor itself with a hook, which no product
// has, for looking into the process; `room` alone starts that, lets scripted
// learners in, and writes down what came of it.
package main

import (
	"fmt"
	"os"

	"kubetutor/internal/cli"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		os.Args = append([]string{"kubetutor"}, os.Args[2:]...)
		probe(os.Getenv("ROOM_PROBE"))
		os.Exit(cli.Main(cli.Build{}))
	}
	if err := judge(); err != nil {
		fmt.Fprintln(os.Stderr, "room:", err)
		os.Exit(1)
	}
}
