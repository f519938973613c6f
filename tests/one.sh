#!/bin/sh
# one.sh FOLDER TEST: what prove runs for each test program. Keeps what it prints in FOLDER, so that
# tests/all.sh can count and show it, ends it when it hangs, and says so in TAP when it ended early.
folder=$1
test=$2
name=$(basename "$test")
kept=$folder/$name.tap
mkdir -p "$folder"
case $test in
*.t | *.sh) timeout -k 10 "${TEST_TIMEOUT:-300}" sh "$test" ;;
*) timeout -k 10 "${TEST_TIMEOUT:-300}" "$test" ;;
esac >"$kept" 2>&1 </dev/null
code=$?

run=$(grep -c '^\(not \)\{0,1\}ok\b' "$kept")
plan=$(sed -n 's/^1\.\.\([0-9]*\).*/\1/p' "$kept")
if [ "$plan" != "$run" ] || { [ $code != 0 ] && ! grep -q '^not ok' "$kept"; }; then
	case $code in
	124) why="did not end within ${TEST_TIMEOUT:-300} s" ;;
	*) why="ended early: exit code $code, $run tests run, ${plan:-none} planned" ;;
	esac
	echo "not ok $((run + 1)) - $name $why" >>"$kept"
fi
cat "$kept"
exit $code
