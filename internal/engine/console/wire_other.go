//go:build !unix

package console

import (
	"errors"
	"os"
)

var errNoPassing = errors.New("the console cannot hand files to another process on this system yet")

func newPair() (*wire, *os.File, error) { return nil, nil, errNoPassing }
func newWire(*os.File) (*wire, error)   { return nil, errNoPassing }
func (w *wire) file() (*os.File, error) { return nil, errNoPassing }
func interruptSelf()                    { os.Exit(130) }
func beStandard([]*os.File) error       { return errNoPassing }
