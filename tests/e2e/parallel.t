#!/bin/sh
# Many renewals at a time: fifty certificates of which two are poisoned, two runs at the same time on one
# home, Ctrl-C in the middle, certificates that must not run side by side, a CA that is not there.
. "$(dirname "$0")/../lib.sh"
PB_BLOCK='blocked.test'
pebble_start
ok "account" acme --register-account

b64() { printf "'__ACME_BASE64__START_%s__ACME_BASE64__END_'" "$(printf %s "$1" | base64 -w0)"; }
issued() { find "$H" -name fullchain.cer | wc -l; }

n=0
while [ $n -lt 48 ]; do
	n=$((n + 1))
	due "c$n.test"
done
due blocked.test
# its reload kills the worker that is its parent
# shellcheck disable=SC2016 # for the reload's shell
due crash.test "Le_ReloadCmd=$(b64 'kill -9 $PPID')" "Le_RealFullChainPath='$T/crash.pem'"

exits 1 "fifty certificates, two poisoned" acme --cron --parallel 6
like "$out" "48 renewed, 0 skipped, 2 failed" "two fail, and they alone"
like "$err" "Error renewing blocked.test_ecc: .*rejectedIdentifier" "one by the CA"
like "$err" "Error renewing crash.test_ecc: its process was ended by signal 9" "one by a crash"
is "$(issued)" 49 "the crash came after its certificate was stored"
has "$H/blocked.test_ecc/blocked.test.conf" "^Acme_Failures='1'" "the failure is noted"
has "$H/crash.test_ecc/crash.test.conf" "^Acme_Owed='install" "what the crash left undone too"
is "$(printf '%s\n' "$out" | grep -c "Renewed c[0-9]*.test_ecc$")" 48 "a line for each"
# The lines of one certificate stand together, each behind its first one.
# shellcheck disable=SC2015 # pass() does not fail
printf '%s\n' "$out" | awk -F"'" '
	/ Renewing: / { who = $2; n++ }
	/ (Single domain|Getting webroot for domain)=/ && $2 != who { bad = 1 }
	/ cert is in: / && !index($0, "/" who "_ecc/") { bad = 1 }
	END { exit bad || n != 50 }' && pass "output is not mixed" || flunk "output is not mixed" "$out"
chain_ok "the chain of one is good" "$H/c17.test_ecc/fullchain.cer"
is "$(ls "$H/ca/localhost/dir")" "$(printf 'account.json\naccount.key\nca.conf')" "one account serves all"
fails "nothing listens any more" listening "$HTTP_PORT"

sed -i '/^Le_ReloadCmd/d' "$H/crash.test_ecc/crash.test.conf"
ok "what is owed is done by the next run" acme --cron
has "$T/crash.pem" "BEGIN CERTIFICATE" "the files are installed"
like "$out" "Skipped c17.test_ecc: the next renewal is at 20" "one line for what is not due"
like "$out" "Skipped blocked.test_ecc: .*a failure before" "the one that failed waits"
rm -rf "$H/blocked.test_ecc" "$H/crash.test_ecc"

# --- what is not for a worker -----------------------------------------------------------------------
# Parent and worker have no socket in common: not the keeper's, not a connection (here to a release
# server that has no release).
sockets() { find "/proc/$1/fd" -lname 'socket:*' -printf '%l\n' | sort; }
due w.test "Le_PreHook=$(b64 "echo \$PPID >$T/worker; sleep 3")" "Le_HTTPPort='$HTTP_PORT'"
openssl x509 -in "$T/minica.pem" -noout -pubkey >"$T/sign.pub"
spawn walls env AUTO_UPGRADE=1 ACME_RELEASE_URL="$PB_URL/none" ACME_RELEASE_KEY="$T/sign.pub" CA_BUNDLE="$T/minica.pem" HOME="$H" "$ACME_BIN" --home "$H" --cron
walls=$pid
ok "a worker is at work" wait_for 10 test -s "$T/worker"
sockets "$(cat "$T/worker")" >"$T/worker.sockets"
sockets "$walls" >"$T/parent.sockets"
ok "it has a keeper" test -s "$T/worker.sockets"
is "$(($(wc -l <"$T/parent.sockets") >= 3))" 1 "its parent has keeper, responder and a connection"
is "$(comm -12 "$T/worker.sockets" "$T/parent.sockets")" "" "they share none"
wait "$walls"
is "$?" 0 "the run goes well"
rm -rf "$H/w.test_ecc"

# --- JSON -----------------------------------------------------------------------------------------
due j1.test
due j2.test
ok "--json" acme --cron --json --parallel 2
# shellcheck disable=SC2015,SC2016
printf '%s\n' "$out" | perl -MJSON::PP -ne '$n++ if decode_json($_)->{event}; END { exit !$n }' 2>"$T/why" &&
	pass "each line of stdout is an object" || flunk "each line of stdout is an object" "$out" "$(cat "$T/why")"
like "$out" '"event":"renew.done".*"renewed":2,"skipped":48,"failed":0' "the sum"
like "$err" "j1.test" "the text is on stderr"

# --- reloads and hooks have their turn -----------------------------------------------------------------
due t1.test "Le_ReloadCmd=$(b64 "echo t1 >>$T/turns")" "Le_RealFullChainPath='$T/t1.pem'"
due t2.test "Le_ReloadCmd=$(b64 "echo t2 >>$T/turns")" "Le_RealFullChainPath='$T/t2.pem'"
spawn turn perl -MFcntl=:flock -e 'open my $f, ">>", shift or die; flock $f, LOCK_EX; $| = 1; print "held\n"; sleep 60' "$H/.hooks.lock"
turn=$pid
ok "another one's hooks run" wait_for 5 grep -q held "$T/turn.log"
spawn turns env HOME="$H" "$ACME_BIN" --home "$H" --ca-bundle "$T/minica.pem" --cron --parallel 2
turns=$pid
ok "two are renewed meanwhile" wait_for 20 test -s "$H/t1.test_ecc/fullchain.cer" -a -s "$H/t2.test_ecc/fullchain.cer"
kill -TERM "$turns"
code=0
wait "$turns" || code=$?
isnt "$code" 0 "told to end before their turn came"
is "$(cat "$T/turns" 2>/dev/null)" "" "they have run nothing"
is "$(cat "$H"/t[12].test_ecc/*.conf | grep -c "^Acme_Owed='install")" 2 "it is owed"
stop "$turn"
sed -i '/^Acme_Fail/d;/^Acme_Retry/d' "$H"/t[12].test_ecc/*.conf
ok "the next run" acme --cron --parallel 2
is "$(sort "$T/turns" | tr '\n' ' ')" "t1 t2 " "does it"
rm -rf "$H"/t[12].test_ecc

# --- two runs -------------------------------------------------------------------------------------
for one in d1 d2 d3 d4 d5 d6; do
	due $one.test
done
before=$(grep -c "order-plz" "$T/pebble.log")
spawn one env HOME="$H" "$ACME_BIN" --home "$H" --ca-bundle "$T/minica.pem" --cron --parallel 2
first=$pid
ok "a second run at the same time" acme --cron --parallel 2
wait "$first"
is $? 0 "both end well"
is "$(grep -c "order-plz" "$T/pebble.log")" $((before + 6)) "each certificate is ordered once"
like "$out$(cat "$T/one.log")" "6 renewed, 50 skipped" "by one of them"

# --- certificates that need the place for themselves --------------------------------------------
rm -rf "$H"/*.test_ecc
# shellcheck disable=SC2016 # for the hooks' shell
hook='test ! -e "$LE_WORKING_DIR/busy" && touch "$LE_WORKING_DIR/busy"'
# shellcheck disable=SC2016
for one in e1 e2 e3 e4; do
	due $one.test "Le_PreHook=$(b64 "$hook")" "Le_PostHook=$(b64 'rm "$LE_WORKING_DIR/busy"')"
done
# shellcheck disable=SC2016 # for the reload's shell
reload='mkdir "$LE_WORKING_DIR/turn" && sleep 0.2 && rmdir "$LE_WORKING_DIR/turn"'
# shellcheck disable=SC2016
for one in f1 f2 f3 f4; do
	due $one.test "Le_ReloadCmd=$(b64 "$reload")" "Le_RealFullChainPath='$T/$one.pem'"
done
ok "pre- and post-hooks and reloads run one at a time" acme --cron --parallel 4
like "$out" "8 renewed, 0 skipped, 0 failed" "all are renewed"

# the same name by tls-alpn-01 in two certificates
rm -rf "$H"/*.test_ecc
due g.test
sed "s/^Le_HTTPPort.*/Le_TLSPort='$TLS_PORT'/; s/^Le_Webroot.*/Le_Webroot='alpn'/" "$conf" >"$T/alpn.conf"
cp "$T/alpn.conf" "$conf"
mkdir "$H/g.test"
sed 's/ec-256/2048/' "$T/alpn.conf" >"$H/g.test/g.test.conf"
ok "one name by tls-alpn-01 in two certificates" acme --cron --parallel 2
like "$out" "2 renewed" "both are renewed"

# --- the end from outside -------------------------------------------------------------------------
rm -rf "$H"/g.test "$H"/*.test_ecc
for one in h1 h2 h3 h4 h5 h6; do
	due $one.test "Le_PreHook=''"
done
PB_SLEEP=15
for signal in INT TERM; do
	stop "$PB_PID" # it can hang when validations are abandoned
	pebble_run
	# shellcheck disable=SC2016 # the shell has its background jobs ignore SIGINT
	spawn ended perl -e '$SIG{INT} = "DEFAULT"; exec @ARGV' env HOME="$H" "$ACME_BIN" --home "$H" --ca-bundle "$T/minica.pem" --cron --parallel 3
	ok "a run is under way" wait_for 20 listening "$HTTP_PORT"
	sleep 1
	begin=$(date +%s)
	kill -$signal "$pid"
	wait "$pid"
	isnt $? 0 "SIG$signal ends it"
	ok "at once" test $(($(date +%s) - begin)) -lt 10
	fails "and its responder" listening "$HTTP_PORT"
	hasnt "$H/h1.test_ecc/h1.test.conf" Acme_Failures "that is no failure of the certificate"
	has "$T/ended.log" "were not tried" "it says what is left"
done
is "$(pgrep -f -c -- "$H")" 0 "no process is left"

# --- a CA that is not there -----------------------------------------------------------------------
stop "$PB_PID"
exits 1 "the CA is down" acme --cron --parallel 2
like "$out" "0 renewed, 0 skipped, 6 failed" "nothing is renewed"
has "$H/h1.test_ecc/h1.test.conf" "^Acme_LastError" "the certificates that were tried know why"
exits 1 "--parallel x" acme --cron --parallel x
like "$err" "no number from 1 to 64" "is refused"
done_testing
