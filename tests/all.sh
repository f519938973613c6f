#!/bin/sh
# Everything that is tested: installs what is missing, builds, then unit tests, tests against real
# servers, style. MODE=asan (or debug) tests that flavour; style is checked in the release flavour
# only. The last line is "N passed, N failed"; the exit code is not 0 when anything failed.
set -u
cd "$(dirname "$0")/.." || exit 1
MODE=${MODE:-release}
CI=${CI:-true}
export MODE CI
unset MAKEFLAGS MFLAGS MAKELEVEL

start=$(date +%s)
passed=0
failed=0

stage() { echo "=== $1 ($(($(date +%s) - start)) s)"; }

verdict() {
	stage "the end"
	echo "$passed passed, $failed failed"
	[ $failed = 0 ] && [ $passed != 0 ]
	exit
}

# stop WHY: what cannot even be started counts as one failure
stop() {
	echo "not ok - $1"
	failed=$((failed + 1))
	verdict
}

# tests NAME COMMAND...: run prove by COMMAND, show what failed, and count. Each test's own output is
# in build/MODE/tap/NAME (see one.sh). A skipped test counts as neither, and is named.
tests() {
	tap=build/$MODE/tap/$1
	rm -rf "$tap"
	mkdir -p "$tap"
	shift
	code=0
	"$@" || code=$?
	cat "$tap"/*.tap >"$tap.all" 2>/dev/null
	for one in "$tap"/*.tap; do
		grep -q '^not ok' "$one" 2>/dev/null || continue
		echo "--- $(basename "$one" .tap)"
		awk '/^not ok/ { show = 1 } /^(ok|1\.\.)/ { show = 0 } show' "$one"
	done
	bad=$(grep '^not ok' "$tap.all" | grep -vc '# TODO')
	skipped=$(grep -c '^ok.*# SKIP' "$tap.all")
	good=$(($(grep -c '^ok' "$tap.all") - skipped))
	[ "$skipped" = 0 ] || echo "$skipped skipped:"
	sed -n 's/^ok [0-9]* - \(.*# SKIP.*\)/  \1/p' "$tap.all"
	if [ $code != 0 ] && [ "$bad" = 0 ]; then
		echo "not ok - $* failed with code $code"
		bad=1
	fi
	passed=$((passed + good))
	failed=$((failed + bad))
}

sh tests/need.sh test || stop "what the tests need could not be installed"
if [ "$MODE" = release ]; then
	sh tests/need.sh lint || stop "what the style checks need could not be installed"
fi
stage "build, $MODE"
make || stop "the build failed"
[ -x "build/$MODE/acme" ] || stop "the build made no build/$MODE/acme"
stage "unit tests"
tests check make check
stage "tests against real servers"
tests e2e make e2e
if [ "$MODE" = release ]; then
	stage "style"
	tests lint make lint
fi
verdict
