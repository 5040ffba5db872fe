package check

import (
	"strings"
	"testing"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

// claim returns a PersistentVolumeClaim as the API gives it.
func claim(class, phase string, more ...func(map[string]any)) map[string]any {
	o := map[string]any{
		"kind":     "PersistentVolumeClaim",
		"metadata": map[string]any{"name": "data", "generation": int64(1), "labels": map[string]any{"app.kubernetes.io/name": "x", "app": "web"}},
		"spec":     map[string]any{"storageClassName": class, "accessModes": []any{"ReadWriteOnce"}, "replicas": int64(2)},
		"status":   map[string]any{"phase": phase},
	}
	for _, f := range more {
		f(o)
	}
	return o
}

func bound(o map[string]any) { o["spec"].(map[string]any)["volumeName"] = "loft" }
func deleting(o map[string]any) {
	o["metadata"].(map[string]any)["deletionTimestamp"] = "2025-01-01T00:00:00Z"
}

func objectRef() *course.ObjectRef {
	return &course.ObjectRef{APIVersion: "v1", Kind: "PersistentVolumeClaim", Name: "data"}
}

func judged(t *testing.T, c course.Check, in input) protocol.Verdict {
	t.Helper()
	r := newCompiler(nil).rule(c)
	if r.broken != nil {
		t.Fatalf("broken: %v", r.broken)
	}
	if in.values == nil {
		in.values = map[string]any{}
	}
	if in.values["vars"] == nil {
		in.values["vars"] = map[string]string{"bird": "heron", "n": "3"}
	}
	v := r.judge(in)
	v.Check = ""
	return v
}

func failed(want, have, path string) protocol.Verdict {
	return protocol.Verdict{Result: protocol.Fail, Want: course.Same(want), Have: course.Same(have), Path: path}
}

func TestVerdictOnObject(t *testing.T) {
	t.Parallel()
	pass := protocol.Verdict{Result: protocol.Pass}
	waiting := func(want, have, path string) protocol.Verdict {
		v := failed(want, have, path)
		v.Result, v.Reason = protocol.Waiting, textNotYet()
		return v
	}
	texts := func(want, have course.Text, path string) protocol.Verdict {
		return protocol.Verdict{Result: protocol.Fail, Want: want, Have: have, Path: path}
	}
	pending, loft := claim("standard", "Pending"), claim("manual", "Bound", bound)
	for _, c := range []struct {
		name, expect string
		object       map[string]any
		want         protocol.Verdict
	}{
		{"equal", `object.spec.storageClassName == "standard"`, pending, pass},
		{"other text", `object.spec.storageClassName == "manual"`, pending, failed(`"manual"`, `"standard"`, "spec.storageClassName")},
		{"constant first", `"manual" == object.spec.storageClassName`, pending, failed(`"manual"`, `"standard"`, "spec.storageClassName")},
		{"number", `object.spec.replicas >= 3`, pending, failed(">= 3", "2", "spec.replicas")},
		{"number, constant first", `3 <= object.spec.replicas`, pending, failed(">= 3", "2", "spec.replicas")},
		{"negated comparison", `!(object.spec.replicas < 3)`, pending, failed(">= 3", "2", "spec.replicas")},
		{"not", `object.spec.storageClassName != "standard"`, pending, texts(course.Text{EN: `not "standard"`, ZH: `不是 "standard"`}, course.Same(`"standard"`), "spec.storageClassName")},
		{"second conjunct", `object.spec.replicas == 2 && object.spec.storageClassName == "manual"`, pending, failed(`"manual"`, `"standard"`, "spec.storageClassName")},
		{"status", `object.status.phase == "Bound"`, pending, waiting(`"Bound"`, `"Pending"`, "status.phase")},
		{"status, but the spec is wrong", `object.status.phase == "Bound" && object.spec.replicas == 1`, pending, failed(`"Bound"`, `"Pending"`, "status.phase")},
		{"chosen by a controller, not yet", `object.spec.volumeName == "shelf"`, pending, protocol.Verdict{Result: protocol.Waiting, Want: course.Same(`"shelf"`), Have: textNotSet(), Path: "spec.volumeName", Reason: textNotYet()}},
		{"chosen by a controller, wrongly", `object.spec.volumeName == "shelf"`, loft, failed(`"shelf"`, `"loft"`, "spec.volumeName")},
		{"missing field", `object.spec.selector == "x"`, pending, texts(course.Same(`"x"`), textNotSet(), "spec.selector")},
		{"label", `object.metadata.labels["app.kubernetes.io/name"] == "y"`, pending, failed(`"y"`, `"x"`, `metadata.labels["app.kubernetes.io/name"]`)},
		{"list index", `object.spec.accessModes[0] == "ReadWriteMany"`, pending, failed(`"ReadWriteMany"`, `"ReadWriteOnce"`, "spec.accessModes[0]")},
		{"in constants", `object.spec.storageClassName in ["a", "b"]`, pending, texts(course.Text{EN: `one of ["a", "b"]`, ZH: `["a", "b"] 之一`}, course.Same(`"standard"`), "spec.storageClassName")},
		{"contains key", `"tier" in object.metadata.labels`, pending, texts(course.Text{EN: `with "tier"`, ZH: `含有 "tier"`}, course.Same(`[app, app.kubernetes.io/name]`), "metadata.labels")},
		{"lacks key", `!("app" in object.metadata.labels)`, pending, texts(course.Text{EN: `without "app"`, ZH: `不含 "app"`}, course.Same(`[app, app.kubernetes.io/name]`), "metadata.labels")},
		{"has", `has(object.spec.selector)`, pending, protocol.Verdict{Result: protocol.Fail, Want: textSet(), Have: textNotSet(), Path: "spec.selector"}},
		{"has not", `!has(object.spec.volumeName)`, loft, protocol.Verdict{Result: protocol.Fail, Want: textNotSet(), Have: textSet(), Path: "spec.volumeName"}},
		{"size", `size(object.spec.accessModes) == 2`, pending, failed("2", "1", "size(spec.accessModes)")},
		{"function of a path", `object.spec.storageClassName.upperAscii() == "MANUAL"`, pending, failed(`"MANUAL"`, `"STANDARD"`, "spec.storageClassName")},
		{"variable", `object.metadata.labels.app == "pay-" + vars.bird`, pending, failed(`"pay-heron"`, `"web"`, "metadata.labels.app")},
		{"number variable", `object.spec.replicas == int(vars.n)`, pending, failed("3", "2", "spec.replicas")},
		{"not there", `object.status.phase == "Bound"`, nil, texts(course.Same(`"Bound"`), textNotFound(), "status.phase")},
		{"quantity", `quantity(object.spec.storageClassName).isGreaterThan(quantity("1Gi")) == true`, claim("2Gi", ""), pass},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			in := input{there: c.object != nil, values: map[string]any{"object": c.object}}
			if got := judged(t, course.Check{Object: objectRef(), Expect: c.expect}, in); got != c.want {
				t.Errorf("%s\n got %+v\nwant %+v", c.expect, got, c.want)
			}
		})
	}
}

func TestHasOfFilledInFieldWaits(t *testing.T) {
	t.Parallel()
	in := input{there: true, values: map[string]any{"object": claim("manual", "Pending")}}
	v := judged(t, course.Check{Object: objectRef(), Expect: `has(object.spec.volumeName)`}, in)
	if v.Result != protocol.Waiting || v.Have != textNotSet() {
		t.Errorf("got %+v", v)
	}
}

func TestVerdictWithoutCondition(t *testing.T) {
	t.Parallel()
	list := &course.ListRef{APIVersion: "v1", Kind: "Pod"}
	for _, c := range []struct {
		name  string
		check course.Check
		in    input
		want  protocol.Result
		have  course.Text
	}{
		{"object", course.Check{Object: objectRef()}, input{there: true}, protocol.Pass, course.Text{}},
		{"no object", course.Check{Object: objectRef()}, input{}, protocol.Fail, textNotFound()},
		{"absent", course.Check{Absent: objectRef()}, input{}, protocol.Pass, course.Text{}},
		{"not absent", course.Check{Absent: objectRef()}, input{there: true, values: map[string]any{"object": claim("", "")}}, protocol.Fail, textExists()},
		{"not yet absent", course.Check{Absent: objectRef()}, input{there: true, values: map[string]any{"object": claim("", "", deleting)}}, protocol.Waiting, textExists()},
		{"empty list", course.Check{List: list}, input{there: true, values: map[string]any{"items": []any{}}}, protocol.Fail, textNotFound()},
		{"list", course.Check{List: list}, input{there: true, values: map[string]any{"items": []any{claim("", "")}}}, protocol.Pass, course.Text{}},
		{"denied", course.Check{Access: access()}, input{there: true, values: map[string]any{"allowed": false}}, protocol.Fail, textDenied()},
		{"allowed", course.Check{Access: access()}, input{there: true, values: map[string]any{"allowed": true}}, protocol.Pass, course.Text{}},
		{"allowed too much", course.Check{Access: access(), Expect: "!allowed"}, input{there: true, values: map[string]any{"allowed": true}}, protocol.Fail, textAllowed()},
		{"denied as it should be", course.Check{Access: access(), Expect: "allowed == false"}, input{there: true, values: map[string]any{"allowed": false}}, protocol.Pass, course.Text{}},
		{"no request", course.Check{Audit: &course.AuditRef{}}, input{there: true, values: map[string]any{"requests": []any{}}}, protocol.Fail, textNone()},
		{"unjudged", course.Check{Object: objectRef()}, input{there: true, unjudged: textGap()}, protocol.Unjudged, course.Text{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := judged(t, c.check, c.in)
			if v.Result != c.want || v.Have != c.have {
				t.Errorf("got %+v", v)
			}
		})
	}
}

func access() *course.AccessRef {
	return &course.AccessRef{User: "jane", Verb: "get", Resource: "pods"}
}

func TestOwnWords(t *testing.T) {
	t.Parallel()
	check := course.Check{
		Object: objectRef(),
		With:   map[string]course.ObjectRef{"loft": {APIVersion: "v1", Kind: "PersistentVolume", Name: "loft"}},
		Expect: `object.spec.volumeName == "shelf" && loft.status.phase == "Available"`,
		Want:   course.Text{EN: "volume shelf, loft Available", ZH: "卷 shelf"},
		Have:   `object.spec.volumeName + ", loft " + loft.status.phase`,
	}
	volume := map[string]any{"status": map[string]any{"phase": "Bound"}}
	v := judged(t, check, input{there: true, values: map[string]any{"object": claim("manual", "Bound", bound), "loft": volume}})
	if v.Result != protocol.Fail || v.Want != check.Want || v.Have.EN != "loft, loft Bound" {
		t.Errorf("got %+v", v)
	}
	// An error in have leaves what was derived.
	v = judged(t, check, input{there: true, values: map[string]any{"object": claim("manual", "Pending"), "loft": volume}})
	if v.Result != protocol.Waiting || v.Have != textNotSet() || v.Path != "spec.volumeName" {
		t.Errorf("got %+v", v)
	}
	// So does an object that is not there.
	v = judged(t, check, input{there: true, values: map[string]any{"object": claim("manual", "Bound", func(o map[string]any) {
		o["spec"].(map[string]any)["volumeName"] = "shelf"
	}), "loft": nil}})
	if v.Result != protocol.Fail || v.Have != textNotFound() || v.Path != "loft.status.phase" {
		t.Errorf("got %+v", v)
	}
}

func TestMapsAreWalkedInOrder(t *testing.T) {
	t.Parallel()
	data := map[string]any{}
	for _, k := range strings.Split("q w e r t y u i o p a s d f", " ") {
		data[k] = k
	}
	check := course.Check{Object: objectRef(), Expect: `size(object.data) == 0`, Have: `object.data.map(k, k).join(" ")`}
	for range 20 {
		v := judged(t, check, input{there: true, values: map[string]any{"object": map[string]any{"data": data}}})
		if v.Have.EN != "a d e f i o p q r s t u w y" {
			t.Fatalf("got %q", v.Have.EN)
		}
	}
}

func TestNever(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		object map[string]any
		want   protocol.Result
		have   course.Text
	}{
		{"holds not", claim("", "", func(o map[string]any) { o["status"].(map[string]any)["available"] = int64(2) }), protocol.Pass, course.Text{}},
		{"holds", claim("", "", func(o map[string]any) { o["status"].(map[string]any)["available"] = int64(1) }), protocol.Fail, course.Same("1")},
		{"zero is left out by the API", claim("", ""), protocol.Fail, textNotSet()},
		{"not there", nil, protocol.Pass, course.Text{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := judged(t, course.Check{Object: objectRef(), Never: "object.status.available < 2"},
				input{there: c.object != nil, values: map[string]any{"object": c.object}})
			if v.Result != c.want || v.Have != c.have {
				t.Errorf("got %+v", v)
			}
		})
	}
}

func TestReadsOnlyStatus(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		`object.status.phase == "x"`: true,
		`object.status.conditions.exists(c, c.type == "Ready" && c.status == "True")`:    true,
		`object.status.ready == object.spec.replicas`:                                    false,
		`items.all(p, p.status.phase == "Running")`:                                      true,
		`items.filter(p, p.status.phase == "Running").size() == 3`:                       true,
		`items.filter(p, p.metadata.name == "x").all(p, p.status.phase == "Running")`:    false,
		`items.all(p, p.status.containerStatuses.all(s, s.ready))`:                       true,
		`items.all(p, p.metadata.labels.tier == "front" && p.status.phase == "Running")`: false,
		`items.size() == 3`:                                  false,
		`items[0].status.phase == "x"`:                       true,
		`object.spec.containers.all(c, c.status == "x")`:     false,
		`has(object.status.loadBalancer.ingress)`:            true,
		`object.status.phase in ["Bound", vars.bird]`:        true,
		`["a", "b"].all(k, k in object.status.capacity)`:     true,
		`["a", "b"].all(k, k in object.data)`:                false,
		`vars.bird == "x"`:                                   false,
		`object.status.conditions.map(c, c.type).size() > 1`: true,
	} {
		env, err := newCompiler(nil).env(variablesOf(course.Check{}))
		if err != nil {
			t.Fatal(err)
		}
		leaves, err := split(env, text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if leaves[0].onlyStatus != want {
			t.Errorf("%s: got %v", text, !want)
		}
	}
}

func TestCompileFindsFaults(t *testing.T) {
	t.Parallel()
	object := objectRef()
	for _, c := range []struct {
		name  string
		check course.Check
		want  string // part of the reason; empty: no fault
	}{
		{"fine", course.Check{Object: object, Expect: `object.a == 1`}, ""},
		{"syntax", course.Check{Object: object, Expect: `object.a ==`}, "Syntax error"},
		{"other subject's variable", course.Check{Object: object, Expect: `items.size() == 1`}, "undeclared reference to 'items'"},
		{"no condition", course.Check{Object: object, Expect: `"text"`}, "wanted bool"},
		{"have is no text", course.Check{Object: object, Have: `1`}, "have: expression gives int"},
		{"wrong type", course.Check{File: &course.FileRef{Path: "answer"}, Expect: `file == 12`}, "no matching overload"},
		{"no want", course.Check{Object: object, Expect: `["a"].all(k, k in object.data)`}, "say it in want"},
		{"want", course.Check{Object: object, Expect: `["a"].all(k, k in object.data)`, Want: course.Same("a")}, ""},
		{"two modes", course.Check{Object: object, Expect: `true`, Never: `false`}, "at most one"},
		{"two subjects", course.Check{Object: object, Absent: object}, "one subject"},
		{"condition on absent", course.Check{Absent: object, Expect: "true"}, "takes no condition"},
		{"unknown variable", course.Check{Object: object, Expect: `object.a == vars.fish`}, `no variable "fish"`},
		{"known variable", course.Check{Object: object, Expect: `object.a == vars.bird`}, ""},
		{"selector", course.Check{List: &course.ListRef{APIVersion: "v1", Kind: "Pod", LabelSelector: "a==b==c"}}, "labelSelector"},
		{"with", course.Check{Object: object, With: map[string]course.ObjectRef{"items": *object}}, "cannot be a name"},
		{"file kind", course.Check{File: &course.FileRef{Path: "a", As: "xml"}}, "xml"},
		{"access", course.Check{Access: &course.AccessRef{User: "a", Verb: "get"}}, "access needs"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.check.ID = "it"
			faults := Compile([]course.Check{c.check}, []string{"bird"})
			switch {
			case c.want == "" && len(faults) > 0:
				t.Errorf("got %v", faults)
			case c.want != "" && (len(faults) != 1 || faults[0].Check != "it" || !strings.Contains(faults[0].Reason.EN, c.want)):
				t.Errorf("got %v, wanted %q", faults, c.want)
			}
		})
	}
}

func TestCostlyExpressionIsUnjudged(t *testing.T) {
	t.Parallel()
	list := make([]any, 2000)
	for i := range list {
		list[i] = int64(i)
	}
	check := course.Check{Object: objectRef(), Expect: `object.l.all(a, object.l.all(b, a + b >= 0))`, Want: course.Same("x")}
	v := judged(t, check, input{there: true, values: map[string]any{"object": map[string]any{"l": list}}})
	if v.Result != protocol.Unjudged {
		t.Errorf("got %+v", v)
	}
}
