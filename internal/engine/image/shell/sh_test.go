package shell

import "testing"

func TestScripts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		script, out, err string
		code             int
	}{
		{script: "echo hello", out: "hello\n"},
		{script: "foo", err: "sh: foo: not found\n", code: 127},
		{script: "/tmp", err: "sh: /tmp: Permission denied\n", code: 126},
		{script: "echo a | cat | wc -c", out: "2\n"},
		{script: "false || echo no; true && echo yes", out: "no\nyes\n"},
		{script: "for i in 1 2 3; do echo $i; done", out: "1\n2\n3\n"},
		{script: "i=0; while [ $i -lt 3 ]; do i=$((i+1)); echo $i; done", out: "1\n2\n3\n"},
		{script: "echo one > /tmp/f; echo two >> /tmp/f; cat < /tmp/f; cat /tmp/f | wc -l", out: "one\ntwo\n2\n"},
		{script: "cat <<EOF\na $((1+1))\nEOF", out: "a 2\n"},
		{script: "x=$(echo hi); echo \"[$x]\"", out: "[hi]\n"},
		{script: "f() { echo \"f $1\"; return 3; }; f x; echo $?", out: "f x\n3\n"},
		{script: "set -e; false; echo never", code: 1},
		{script: "set -e; false || true; if false; then :; fi; echo ok", out: "ok\n"},
		{script: "trap 'echo bye' EXIT; echo hi", out: "hi\nbye\n"},
		{script: "(exit 3); echo $?", out: "3\n"},
		{script: "exec echo replaced; echo never", out: "replaced\n"},
		{script: "exec nothere; echo never", err: "sh: exec: line 0: nothere: not found\n", code: 127},
		{script: "sleep 0.01 & wait $!; echo $?", out: "0\n"},
		{script: "sh -c 'exit 5' & wait $!; echo $?", out: "5\n"},
		{script: "sleep 100 & kill $!; wait $!; echo $?", out: "143\n", err: ""},
		{script: "yes | head -n 2", out: "y\ny\n"},
		{script: "echo a b c | { read x y; echo \"$y,$x\"; }", out: "b c,a\n"},
		{script: "printf '%s-%03d\\n' a 7 b 8", out: "a-007\nb-008\n"},
		{script: "case abc in a*) echo yes;; *) echo no;; esac", out: "yes\n"},
		{script: "echo $1 $# $0", out: "0 sh\n"},
		{script: "ls /nonexistent", err: "ls: /nonexistent: No such file or directory\n", code: 1},
		{script: "echo x > /nodir/x", err: "sh: can't create /nodir/x: nonexistent directory\n", code: 1},
		{script: "cat < /nofile", err: "sh: can't open /nofile: no such file\n", code: 1},
		{script: "cd /x; echo $?", out: "2\n", err: "sh: cd: line 0: can't cd to /x: No such file or directory\n"},
		{script: "set -u; echo $y", err: "sh: y: parameter not set\n", code: 2},
		{script: "echo ${x:?no}", err: "sh: x: no\n", code: 2},
		{script: "echo ${x:-default} ${x:=set} $x", out: "default set set\n"},
		{script: "echo \"a", err: "sh: syntax error: unterminated quoted string\n", code: 2},
		{script: "done", err: "sh: syntax error: unexpected \"done\"\n", code: 2},
		{script: "echo $((1/0))", err: "sh: divide by zero\n", code: 2},
		{script: "echo $$", out: "1\n"},
		{script: "(echo $$)", out: "1\n"},
		{script: "A=1 printenv A", out: "1\n"},
		{script: "export B=2; sh -c 'echo $B'", out: "2\n"},
		{script: "env a-b=1 2.x=2 sh -c '(printenv a-b 2.x); C=3 sh -c \"printenv a-b\"; exec printenv 2.x'", out: "1\n2\n1\n2\n"},
		{script: "local_test() { local a=1; echo $a; }; a=0; local_test; echo $a", out: "1\n0\n"},
		{script: "sysctl kernel.ostype; sysctl -n kernel/ostype; sysctl -e no.key; sysctl no.key", out: "kernel.ostype = Linux\nLinux\n", err: "sysctl: error: 'no.key' is an unknown key\n", code: 1},
		{script: "printf '#!/bin/sh\\nsleep 100; :\\n' >/tmp/serve; chmod +x /tmp/serve; /tmp/serve & until pidof serve >/dev/null; do :; done; ps -o comm | grep serve; pidof nothing || killall serve", out: "serve\n", code: 0},
		{script: "sysctl -w kernel.ostype=x || sysctl -a | grep -c '^kernel.ostype = Linux$'", out: "1\n", err: "sysctl: error setting key 'kernel.ostype': Read-only file system\n"},
		{script: "echo err >&2; echo out", out: "out\n", err: "err\n"},
		{script: "{ echo err >&2; echo out; } 2>&1 | sort", out: "err\nout\n"},
		{script: "echo /bin/ech*", out: "/bin/echo\n"},
		{script: "umask", out: "0022\n"},
		{script: "while :; do break; done; echo done", out: "done\n"},
		{script: "for i in 1 2; do for j in 1 2; do [ $j = 2 ] && continue 2; echo $i$j; done; done", out: "11\n21\n"},
		{script: "f() { f; }; f", err: "sh: nested too deeply\n", code: 2},
		{script: "true | false; echo $?; set -o pipefail; false | true; echo $?", out: "1\n1\n"},
		{script: "! true; echo $?", out: "1\n"},
		{script: "[[ abc == a* ]] && echo yes", out: "yes\n"},
		{script: "shift 2 2>/dev/null; set -- a b c; shift; echo $*; echo $@; echo $#", out: "b c\nb c\n2\n"},
		{script: "kill -0 $$ && echo alive", out: "alive\n"},
		{script: "echo 中文 | cat", out: "中文\n"},
	} {
		t.Run(c.script, func(t *testing.T) {
			t.Parallel()
			got := run(t, "", "sh", "-c", c.script)
			if want := (result{c.out, c.err, c.code}); got != want {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}
