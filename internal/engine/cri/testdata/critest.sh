#!/bin/sh
# Builds upstream's critest in a cache directory outside of the tree, runs it
# against a runtime of one node, and prints what did not pass. Flags are passed
# on, for example: critest.sh -ginkgo.focus 'Streaming'
set -eu

version=v1.36.0
cache=${XDG_CACHE_HOME:-$HOME/.cache}/kubetutor/critest-$version
dir=$(mktemp -d /tmp/critest.XXXXXX) # short: sockets lie in it
trap 'rm -rf "$dir"' EXIT
cd "$(dirname "$0")/../../../.."

if [ ! -x "$cache/critest" ]; then
	mkdir -p "$cache"
	source=$(go mod download -json "sigs.k8s.io/cri-tools@$version" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
	(cd "$source" && go test -c -mod=mod -modfile="$cache/go.mod" -o "$cache/critest" ./cmd/critest 2>/dev/null) || {
		rm -rf "$cache/source" && cp -r "$source" "$cache/source" && chmod -R u+w "$cache/source"
		(cd "$cache/source" && go test -c -o "$cache/critest" ./cmd/critest)
	}
fi
go build -o "$cache/driver" ./internal/engine/cri/testdata/critest
status=0
"$cache/driver" "$cache/critest" "$dir" "$@" || status=$?
[ "$status" = 0 ] || cp "$dir/critest.log" "$dir/runtime.log" "$cache/"
exit "$status"
