package classtest_test

import (
	"testing"

	"kubetutor/internal/class"
	"kubetutor/internal/class/classtest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	classtest.TestStore(t, func(t *testing.T) func() class.Store {
		s := classtest.NewStore(t)
		return func() class.Store { return s }
	})
}
