#!/bin/sh
# Our own scheduler: a round at once, at SIGHUP, and when a certificate is due; its end; its memory.
. "$(dirname "$0")/../lib.sh"
pebble_start
ok "account" acme --register-account

there() { test -s "$H/$1_ecc/fullchain.cer"; }
told() { grep -c "The next round is at" "$T/daemon.log"; }
rounds() { [ "$(told)" -ge "$1" ]; }
memory() { awk '/^VmRSS/ { print $2 }' "/proc/$daemon/status"; }

due first.test
due later.test "Le_NextRenewTime='$(($(date +%s) + 63))'"
spawn daemon env HOME="$H" "$ACME_BIN" daemon --home "$H" --ca-bundle "$T/minica.pem" --log "$T/file.log"
daemon=$pid
ok "what is due is renewed at once" wait_for 20 there first.test
ok "then it waits" wait_for 20 rounds 1
next=$(sed -n 's/.*The next round is at \(.*\)\.$/\1/p' "$T/daemon.log")
is "$(date -d "$next" +%s)" "$(sed -n "s/^Le_NextRenewTime='\(.*\)'/\1/p" "$H/later.test_ecc/later.test.conf")" \
	"for the next certificate that is due"
fails "which is not renewed yet" there later.test
size=$(memory)
is "$(cat "/proc/$daemon/task/$daemon/children")" "" "with no other process"

due second.test
mv "$T/file.log" "$T/file.log.1"
echo "DEFAULT_RENEW='20'" >>"$H/account.conf"
kill -HUP "$daemon"
ok "SIGHUP: a round at once" wait_for 20 there second.test
ok "which ends" wait_for 20 rounds 2
has "$T/file.log" "second.test" "it writes a new log file"
has "$H/account.conf" "^DEFAULT_RENEW='20'" "account.conf is read again, and not overwritten"
plan=$(sed -n "s/^Le_NextRenewTime='\(.*\)'/\1/p" "$H/second.test_ecc/second.test.conf")
ok "its setting is used" test "$plan" -lt $(($(date +%s) + 21 * 86400))
n=2
while [ $n -lt 8 ]; do
	n=$((n + 1))
	kill -HUP "$daemon"
	wait_for 20 rounds $n || flunk "round $n"
done
slack=64
! grep -q __asan_init "$ACME_BIN" || slack=4096 # which keeps what was freed for a while
ok "six rounds later its memory is the same" test "$(memory)" -le $((size + slack))

ok "a certificate is renewed when it is due" wait_for 90 there later.test
ok "and the daemon waits again" wait_for 20 rounds 9
begin=$(date +%s)
kill "$daemon"
wait "$daemon"
is $? 0 "SIGTERM ends it well"
ok "at once" test $(($(date +%s) - begin)) -lt 3

# in the middle of a round
stop "$PB_PID"
PB_SLEEP=15
pebble_run
due third.test
spawn busy env HOME="$H" "$ACME_BIN" --home "$H" --ca-bundle "$T/minica.pem" --daemon
ok "a round is under way" wait_for 20 listening "$HTTP_PORT"
sleep 0.5
begin=$(date +%s)
kill "$pid"
wait "$pid"
is $? 0 "SIGTERM ends it in a round too"
ok "at once, when it has cleaned up" test $(($(date +%s) - begin)) -lt 10
fails "nothing listens" listening "$HTTP_PORT"
is "$(pgrep -f -c -- "$H")" 0 "no process is left"
hasnt "$H/third.test_ecc/third.test.conf" Acme_Failures "that is no failure"
done_testing
