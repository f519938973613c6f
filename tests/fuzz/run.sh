#!/bin/sh
# run.sh SECONDS TARGET...: let libFuzzer work on each target, from its corpus in tests/fuzz/corpus/;
# what it learns and what crashes the target is left in build/fuzz/. Ends at the first crash.
set -eu
cd "$(dirname "$0")/../.."
seconds=$1
shift
for target; do
	name=$(basename "$target")
	own=build/fuzz/corpus/${name#f_}
	given=tests/fuzz/corpus/${name#f_}
	[ -d "$given" ] || given=
	mkdir -p "$own"
	echo "== $name"
	# shellcheck disable=SC2086 # $given may be no word
	"$target" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=1024 -print_final_stats=1 \
		-artifact_prefix="build/fuzz/$name-" "$own" $given 2>"build/fuzz/$name.log" || {
		tail -n 40 "build/fuzz/$name.log"
		exit 1
	}
	grep -E 'number_of_executed_units|new_units_added' "build/fuzz/$name.log"
done
