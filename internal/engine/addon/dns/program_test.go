package dns_test

import (
	"testing"

	mdns "github.com/miekg/dns"
)

func TestStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.run("10.244.1.10", ".:53 {\n    errors\n    log\n    whoami\n    reload\n}\n").up()
	t.Log(answers(c.ask("example.org", mdns.TypeA)))
	t.Log(c.out.String())
}
