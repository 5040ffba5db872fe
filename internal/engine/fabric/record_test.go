package fabric

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// kinds are the steps of a record in short: kind, subject and verdict.
func kinds(r Record) string {
	var words []string
	for _, s := range r.Steps {
		word := s.Kind + " " + s.Subject
		if s.Verdict != "" {
			word += " " + string(s.Verdict)
		}
		words = append(words, word)
	}
	return strings.Join(words, "; ")
}

// TestSteps is what is told of connections of several kinds.
func TestSteps(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.rules(Forwarding{[]Service{c.every("tcp", false, "a2")}})
	c.isolate("a2", PodPolicy{Ingress: &Isolation{By: []string{"shop/deny", "shop/some"}, Rules: []Rule{
		{Policy: "shop/some", Index: 2, Peers: []Peer{{Pods: map[string]bool{"shop/a1": true}}}}}}})
	for _, test := range []struct{ from, to, want string }{
		{"a1", "10.96.0.10:80", "service shop/web:tcp; endpoint shop/a2; egress ; ingress shop/some rule 3; listener shop/a2 connected"},
		{"b1", "10.96.0.10:80", "service shop/web:tcp; endpoint shop/a2; egress ; ingress shop/deny, shop/some dropped"},
		{"a2", "10.96.0.10:80", "service shop/web:tcp; endpoint shop/a2; masquerade n2; egress ; ingress ; listener shop/a2 connected"},
		{"a1", "172.30.0.12:30080", "egress ; masquerade n1; node n2; service shop/web:tcp; endpoint shop/a2; masquerade n2; ingress ; listener shop/a2 connected"},
		{"a1", "10.244.1.3:81", "egress ; ingress ; listener shop/b1 refused"},
		{"a1", "10.244.1.99:80", "egress ; route  unreachable"},
		{"a1", "192.0.2.1:80", "egress ; route  dropped"},
		{"n1", "172.30.0.11:81", "listener n1 refused"},
	} {
		got := c.Explain(c.spaces[test.from].IP(), "tcp", addrport(test.to))
		want := strings.ReplaceAll(test.want, " connected", "")
		if got := kinds(got); got != want {
			t.Errorf("from %s to %s:\n%s, want\n%s", test.from, test.to, got, want)
		}
		last := test.want[strings.LastIndex(test.want, " ")+1:]
		if got.Verdict != Verdict(last) {
			t.Errorf("from %s to %s: %s", test.from, test.to, got.Verdict)
		}
	}
}

// TestExplanationIsWhatHappens asks for explanations in random clusters, then does
// what was explained.
func TestExplanationIsWhatHappens(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 6))
		c := newCluster(t)
		c.random(r)
		for range 20 {
			c.compare(r, seed)
		}
	}
}

// random gives the cluster rules and policies that nobody has thought of.
func (c *cluster) random(r *rand.Rand) {
	pick := func() Target {
		names := []string{"a1", "b1", "a2", "b2", "a3", "n1", "n2"}
		r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		t := c.to("tcp", r.IntN(2) == 0, names[:r.IntN(4)]...)
		t.Otherwise = []Verdict{"", Rejected, Dropped}[r.IntN(3)]
		return t
	}
	for _, node := range []string{"n1", "n2", "n3"} {
		s := c.every("tcp", false)
		s.Affinity = time.Duration(r.IntN(2)) * time.Hour
		for i := range s.Fronts {
			s.Fronts[i].Inside, s.Fronts[i].Outside = pick(), pick()
		}
		if r.IntN(5) > 0 {
			c.rules(Forwarding{[]Service{s}}, node)
		}
	}
	c.SetAnnouncements(map[netip.Addr][]string{ip("172.30.200.1"): {"n1", "n3"}})
	isolation := func() *Isolation {
		if r.IntN(2) == 0 {
			return nil
		}
		i := &Isolation{By: []string{"shop/p"}}
		for n := range r.IntN(3) {
			i.Rules = append(i.Rules, Rule{Policy: "shop/p", Index: n, Peers: []Peer{{CIDR: netip.PrefixFrom(ip("10.244.1.2"), 16+r.IntN(17))}}})
		}
		return i
	}
	policies := Policies{}
	for _, pod := range []string{"a1", "b1", "a2", "b2", "a3"} {
		policies[c.spaces[pod].Name()] = PodPolicy{isolation(), isolation()}
	}
	c.SetPolicies(policies)
}

// compare explains a connection, makes it, and compares what is said of it.
func (c *cluster) compare(r *rand.Rand, seed uint64) {
	c.t.Helper()
	from := []string{"a1", "b1", "b2", "a3", "n1", "n2", Outside, ""}[r.IntN(8)]
	to := []string{"10.96.0.10:80", "172.30.0.11:30080", "172.30.0.12:30080", "172.30.200.1:80", "172.30.0.13:880", "10.244.2.2:80", "10.96.9.9:80"}[r.IntN(7)]
	var addr netip.Addr
	switch {
	case c.spaces[from] != nil:
		addr = c.spaces[from].IP()
	case from == "":
		addr = outerIP
	}
	explained := c.Explain(addr, "tcp", addrport(to))
	last := c.journal.last
	_, _, changed := c.journal.after(last)
	ctx, cancel := context.WithTimeout(c.t.Context(), patient)
	defer cancel()
	go func() { // once it is known what happens, nobody waits for it
		select {
		case <-changed:
			cancel()
		case <-ctx.Done():
		}
	}()
	conn, err := c.dial(ctx, from, "tcp", to)
	if (err == nil) != (explained.Verdict == Connected) {
		c.t.Errorf("seed %d: from %s to %s: %v, explained %+v", seed, from, to, err, explained)
	}
	if err == nil {
		_ = conn.Close()
	}
	batch, _, _ := c.journal.after(last)
	if len(batch) != 1 {
		c.t.Fatalf("seed %d: from %s to %s: %d records", seed, from, to, len(batch))
	}
	if got := batch[0]; got.Verdict != explained.Verdict || !reflect.DeepEqual(got.Steps, explained.Steps) {
		c.t.Errorf("seed %d: from %s to %s:\nexplained %s\nrecorded  %s", seed, from, to, kinds(explained), kinds(got))
	}
}

// TestRecords are kept, the failed ones longer, and read from anywhere on.
func TestRecords(t *testing.T) {
	t.Parallel()
	var j journal
	for n := range 3*remembered + 7 {
		v := Connected
		if n%1000 == 5 {
			v = Dropped
		}
		j.add(Record{Verdict: v})
	}
	all, last, _ := j.after(0)
	if len(all) != remembered+4 || last != 3*remembered+7 || all[0].ID != 6 || all[0].Verdict != Dropped {
		t.Errorf("%d records, the last %d, the first %+v", len(all), last, all[0])
	}
	if !slices.IsSortedFunc(all, func(a, b Record) int { return int(a.ID) - int(b.ID) }) {
		t.Error("they are not in order")
	}
	if some, _, _ := j.after(last - 3); len(some) != 3 || some[0].ID != last-2 {
		t.Errorf("the last three: %+v", some)
	}
	if again, _, _ := j.after(last + 1); len(again) != len(all) {
		t.Errorf("%d records for who comes from another life", len(again))
	}
}

// TestRecordsStream: a reader gets what comes, and one who is slow misses some but
// holds nobody up.
func TestRecordsStream(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	ctx, cancel := context.WithCancel(t.Context())
	first, slow, done := make(chan struct{}), make(chan struct{}), make(chan uint64)
	go func() {
		var last uint64
		for r := range c.Records(ctx, 0) {
			if last == 0 {
				close(first)
				<-slow
			}
			if last = r.ID; r.Verdict == Refused {
				break
			}
		}
		done <- last
	}()
	c.journal.add(Record{})
	<-first
	for range 3 * remembered {
		c.journal.add(Record{Verdict: Connected})
	}
	c.journal.add(Record{Verdict: Refused})
	close(slow)
	if last := <-done; last != 3*remembered+2 {
		t.Errorf("the last record that came was %d", last)
	}
	go func() {
		for range c.Records(ctx, 0) {
		}
		close(done)
	}()
	cancel()
	<-done
}

// TestThin: of many that connected some are told, of those that failed all.
func TestThin(t *testing.T) {
	t.Parallel()
	for made := range 3 * crowd {
		var batch []Record
		for n := range made {
			batch = append(batch, Record{Verdict: Connected}, Record{ID: uint64(n), Verdict: Refused})
		}
		left := map[Verdict]int{}
		for _, r := range thin(batch) {
			left[r.Verdict]++
		}
		if left[Refused] != made || left[Connected] > crowd || left[Connected] < min(made, crowd/2) {
			t.Errorf("of %d each, %v are left", made, left)
		}
	}
}

// TestRecordOverTheWire: a record reads as it was written, and says what a learner
// is shown.
func TestRecordOverTheWire(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.rules(Forwarding{[]Service{c.every("tcp", false, "a2")}})
	c.ask("a1", "tcp", "10.96.0.10:80")
	want := slices.Collect(c.recorded())[0]
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got Record
	if err := json.Unmarshal(data, &got); err != nil || !got.At.Equal(want.At) {
		t.Fatalf("%s: %v", data, err)
	}
	got.At = want.At
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n%+v, want\n%+v", data, got, want)
	}
	if want.FromName != "shop/a1" || want.From.Port() == 0 || want.To != addrport("10.96.0.10:80") || want.Took <= 0 {
		t.Errorf("%+v", want)
	}
}

// TestNoRecordsOfOneself: what stays in a namespace is no traffic.
func TestNoRecordsOfOneself(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.ask("a1", "tcp", "127.0.0.1:80")
	c.ask("a1", "udp", "10.244.1.2:53")
	c.ask("n1", "tcp", "127.0.0.1:80")
	if got := slices.Collect(c.recorded()); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}
