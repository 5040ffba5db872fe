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
	rm -rf "$cache"
	mkdir -p "$cache"
	source=$(go mod download -json "sigs.k8s.io/cri-tools@$version" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
	cp -r "$source" "$cache/source" # the module's own go.mod holds, and its directory may not be written
	chmod -R u+w "$cache/source"
	(cd "$cache/source" && go test -c -o "$cache/critest" ./cmd/critest)
	rm -rf "$cache/source"
fi
go build -o "$cache/driver" ./internal/engine/cri/testdata/critest
status=0
"$cache/driver" "$cache/critest" "$dir" "$@" || status=$?
[ "$status" = 0 ] || cp "$dir/critest.log" "$dir/runtime.log" "$cache/"
exit "$status"
