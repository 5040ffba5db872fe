package apps_test

import (
	"strings"
	"testing"

	"kubetutor/internal/engine/image/imagetest"
)

func TestPi(t *testing.T) {
	t.Parallel()
	w := imagetest.NewWorld(t)
	for program, want := range map[string]string{
		"print bpi(40)":   "3.141592653589793238462643383279502884197\n",
		"print bpi(1)":    "3\n",
		"print 'hello'":   "perl: this simulated perl knows one program",
		"print bpi(2000)": "8658326459958133904780275901\n", // as the documentation of Jobs prints it
	} {
		c := w.Run("perl:5.34", imagetest.Options{Args: []string{"perl", "-Mbignum=bpi", "-wle", program}})
		c.Wait()
		if !strings.Contains(c.Logs(), want) {
			t.Errorf("%s: %s", program, c.Logs())
		}
	}
}

func TestEnvsubst(t *testing.T) {
	t.Parallel()
	c := imagetest.NewWorld(t).Run("nginx", imagetest.Options{Env: []string{"A=1", "B=2"}, Command: []string{"sh", "-c", `printf '$A ${B} $C $host\n' | envsubst; printf '$A ${B} $C\n' | envsubst '$B'`}})
	if code := c.Wait(); code != 0 || c.Logs() != "1 2  \n$A 2 $C\n" {
		t.Errorf("%d %q", code, c.Logs())
	}
}
