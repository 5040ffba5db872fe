//go:build !unix

package console

import (
	"errors"
	"os"
)

var errNoTerminal = errors.New("programs cannot have a terminal on this system yet")

func openTerminal(int, int) (master, slave *os.File, err error) { return nil, nil, errNoTerminal }
func setSize(*os.File, int, int) error                          { return errNoTerminal }
func control(*os.File) error                                    { return errNoTerminal }
