package search_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"kubetutor/internal/course"
	"kubetutor/internal/search"
	"kubetutor/lessons"
)

// TestFirstHits says what somebody who types this should see first.
func TestFirstHits(t *testing.T) {
	t.Parallel()
	x := small(t)
	for _, tc := range []struct {
		lang         course.Lang
		query, where string
		marked       string // part of the snippet, with its marks
	}{
		// commands
		{"en", "kubectl get pvc", "page claims/0.2", "[kubectl] [get] [pvc] data"},
		{"zh", "kubectl get pvc", "page claims/0.2", "[kubectl] [get] [pvc] data"},
		{"en", "kubectl get pvc -n shop", "page claims/0.2", "-[n] [shop]"},
		{"en", "kubectl describe pod", "page crashes/0.2", "[kubectl] [describe] [pod] says"},
		{"en", "--field-selector", "page claims/1.5", "--[field]-[selector]"},
		{"zh", "--field-selector", "page claims/1.5", "--[field]-[selector]"},
		// errors
		{"en", "CrashLoopBackOff", "page crashes/0.2", "then [CrashLoopBackOff],"},
		{"zh", "CrashLoopBackOff", "page crashes/0.2", "原因是 [CrashLoopBackOff]，"},
		{"en", "crashloop", "page crashes/0.2", "[CrashLoopBackOff]"},
		{"en", "crash loop", "page crashes/0.2", "[CrashLoopBackOff]"},
		{"en", "forbidden: User", "page claims/1.2", `[forbidden]: [User] "kim"`},
		{"zh", "forbidden: User", "page claims/1.2", `[forbidden]: [User] "kim"`},
		{"en", `pods is forbidden: User "kim" cannot list resource`, "page claims/1.2", `[is] [forbidden]: [User] "[kim]" [cannot] [list] [resource]`},
		{"en", "Back-off restarting failed", "page crashes/0.2", "[Back]-[off] [restarting] [failed] container"},
		{"en", "ErrImage", "page crashes/1.1", "[ErrImagePull]"},
		{"en", "image pull", "page crashes/1.1", "[image] that"},
		// Chinese of one, two, four characters and more
		{"zh", "退", "term /0.0 backoff", ""},
		{"zh", "申领", "term claims/0.0 pvc", ""},
		{"zh", "申请", "page claims/0.0", ""},
		{"zh", "持久卷申领", "term claims/0.0 pvc", ""},
		{"zh", "存储类的名字", "page claims/0.3", "写的是[存储类的名字]。"},
		{"zh", "等待", "page claims/1.6", "卷可以[等待]。"},
		{"en", "控制器", "page claims/1.1", "有一个[控制器]负责找卷"},
		// mixed
		{"zh", "pod会显示", "page crashes/0.2", "describe [pod] [会显示] Back-off"},
		{"zh", "为什么容器一直CrashLoopBackOff", "page crashes/0.2", "[CrashLoopBackOff]"},
		// paths, camel case and its parts
		{"en", "/var/log/kubernetes", "page claims/1.1", "/[var]/[log]/[kubernetes]/audit.[log]"},
		{"en", "audit.log", "page claims/1.1", "[audit].[log]"},
		{"en", "storageclassname", "page claims/0.3", "[storageClassName]"},
		{"en", "storage class name", "page claims/0.3", "[storageClassName] [names] the [class]"},
		{"en", "kube-controller", "page claims/1.1", "[kube]-[controller]-manager"},
		// titles, names, the beginning of the last word
		{"en", "restarts", "page crashes/0.0", ""},
		{"en", "claims and volumes", "page claims/0.1", ""},
		{"en", "pvc", "term claims/0.0 pvc", "A request for storage."},
		{"en", "persistent volume claim", "term claims/0.0 pvc", ""},
		{"en", "persistentvol", "term claims/0.0 pvc", ""},
		{"en", "bind a claim", "lab claims/1.4 bind", ""},
		{"en", "crate avail", "question claims/0.4 which", "[crate] [Available]"},
		{"en", "bound to ____, says", "question claims/0.4 which", "claim is [bound] [to] ____, [says] the"},
		// the other number, and one slip of the finger
		{"en", "claims points", "page claims/1.3", "A [claim] [points] to"},
		{"en", "storageclasname", "page claims/0.3", "[storageClassName]"},
		{"en", "kubeclt get pvc", "page claims/0.2", "[kubectl] [get] [pvc]"},
		{"en", "forbiden", "page claims/1.2", "[Forbidden]"},
		{"en", "restrating", "page crashes/0.2", "[restarting]"},
		// some of the words, where all are nowhere
		{"en", "nobody expected crashloopbackoff today", "page crashes/0.2", "[CrashLoopBackOff]"},
		{"en", "why does a program wait longer and longer", "page crashes/0.1", "it [waits] [longer] each"},
		{"zh", "为什么程序总是结束", "page crashes/0.1", "有时[程序结束]了"},
		// what was put into quotes
		{"en", `"for a volume"`, "page claims/1.1", "looks [for a volume]"},
	} {
		hits := findIn(t, x, tc.query, tc.lang)
		if len(hits) == 0 {
			t.Errorf("%s %q finds nothing", tc.lang, tc.query)
			continue
		}
		if h := hits[0]; where(h) != tc.where || !strings.Contains(marked(h), tc.marked) {
			t.Errorf("%s %q finds first\n  %s  %s\nwant\n  %s  %s", tc.lang, tc.query, where(h), marked(h), tc.where, tc.marked)
		}
	}
}

// TestTheLearnersLanguageComesFirst also wants no place twice.
func TestTheLearnersLanguageComesFirst(t *testing.T) {
	t.Parallel()
	x := small(t)
	for _, lang := range course.Langs {
		places, other := map[string]bool{}, false
		for _, h := range findIn(t, x, "kubectl", lang) {
			other = other || h.Lang != lang
			if h.Lang == lang && other {
				t.Errorf("%s after one of the other language", where(h))
			}
			if at := string(h.Kind) + h.Lesson + h.Question + h.Lab + string(rune(h.Page)); places[at] {
				t.Errorf("%s twice", where(h))
			} else {
				places[at] = true
			}
		}
	}
	if hits := find(t, x, "每失败一次"); len(hits) != 1 || hits[0].Lang != course.Chinese {
		t.Errorf("what stands in the other language only: %+v", hits)
	}
}

func TestLimit(t *testing.T) {
	t.Parallel()
	hits, err := small(t).Search(t.Context(), "claim", search.Options{Limit: 2})
	if err != nil || len(hits) != 2 {
		t.Errorf("%d hits, %v", len(hits), err)
	}
}

func TestNothingIsFound(t *testing.T) {
	t.Parallel()
	x := small(t)
	for _, query := range []string{"", " ", `"`, `""`, "，。", "zzzz", "魑魅魍魉", "*", "()"} {
		if hits := find(t, x, query); len(hits) != 0 {
			t.Errorf("%q finds %d, first %s", query, len(hits), where(hits[0]))
		}
	}
}

// TestAnswersAreNotFound says that a search tells nobody what to answer.
func TestAnswersAreNotFound(t *testing.T) {
	t.Parallel()
	if hits := find(t, small(t), "shelf"); len(hits) != 0 {
		t.Errorf("the answer: %s", marked(hits[0]))
	}
}

// FuzzSearch says that any text is a query, and that snippets are texts with
// marks in them.
func FuzzSearch(f *testing.F) {
	for _, s := range []string{
		"kubectl get pvc", `"`, `a" OR "b`, "title : x", "NEAR(a b)", "a AND NOT b", "{en} : a", "^claim", "a*", "(", "- -", "a+b", "持久卷*",
		"\x00", "\xff\xfe", "claim\u202e", "Å ß ǅ", strings.Repeat("claim ", 200), "'; DROP TABLE doc; --", "x:y:z", "CrashLoopBackOff\n",
	} {
		f.Add(s)
	}
	x := small(f)
	f.Fuzz(func(t *testing.T, query string) {
		for _, h := range find(t, x, query) {
			if !utf8.ValidString(h.Snippet) || strings.ContainsAny(h.Snippet, "\n\t\x1e") {
				t.Errorf("%q: the snippet %q", query, h.Snippet)
			}
			end := 0
			for _, m := range h.Marks {
				if m[0] < end || m[1] <= m[0] || m[1] > len(h.Snippet) || !utf8.ValidString(h.Snippet[m[0]:m[1]]) {
					t.Fatalf("%q: marks %v in %q", query, h.Marks, h.Snippet)
				}
				end = m[1]
			}
		}
	})
}

// TestTheBuiltInCourse asks the course that kubetutor ships.
func TestTheBuiltInCourse(t *testing.T) {
	t.Parallel()
	c, err := course.Open(lessons.FS)
	if err != nil {
		t.Fatal(err)
	}
	x := index(t, "", c)
	for _, tc := range []struct {
		lang          course.Lang
		query, lesson string
	}{
		{"en", "CrashLoopBackOff", "pod-failures"},
		{"zh", "CrashLoopBackOff", "pod-failures"},
		{"zh", "存储类", "pv-pvc-matching"},
		{"en", "ClusterRoleBinding", "rbac-scope"},
		{"zh", "集群角色绑定", "rbac-scope"},
		{"en", "aggregate-to-view", "rbac-default-roles"},
		{"en", "create configmap from file", "configmap-create"},
		{"en", "label columns", "labels"},
		{"zh", "选择算符", "labels"},
	} {
		hits := findIn(t, x, tc.query, tc.lang)
		if len(hits) == 0 || hits[0].Lesson != tc.lesson || hits[0].Lang != tc.lang {
			t.Errorf("%s %q: want %s, have %+v", tc.lang, tc.query, tc.lesson, hits[:min(len(hits), 1)])
		}
	}
}
