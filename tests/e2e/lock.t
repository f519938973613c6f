#!/bin/sh
# Runs at the same time on one home, one account, one certificate; and runs that are killed at any
# moment: the next one goes on, and nothing is ever half-written.
. "$(dirname "$0")/../lib.sh"
PB_PROFILES='default=7776000'
pebble_start
D=$H/l.test_ecc
# start NAME ARGUMENTS...: in the background; ended NAME: waits for it, its exit code in $code
start() {
	name=$1
	shift
	# shellcheck disable=SC2086 # words
	spawn "$name" env HOME="$H" "$ACME_BIN" --home "$H" $ACME_ARGS "$@"
	eval "pid_$name=$pid"
}
ended() { # killed ones are no news
	code=0
	eval "wait \$pid_$1" 2>/dev/null || code=$?
}
pair() { openssl pkey -in "$1" -pubout >"$T/p1" && openssl x509 -in "$2" -noout -pubkey >"$T/p2" && cmp "$T/p1" "$T/p2"; }

# --- two first runs: one account ---------------------------------------------------------------------
mkdir "$T/meet"
# shellcheck disable=SC2016 # for the hook's shell: each comes, and waits for the other one
meet='touch '$T'/meet/$Le_Domain; n=0; while [ $(ls '$T'/meet | wc -l) -lt 2 ] && [ $n -lt 100 ]; do sleep 0.1; n=$((n+1)); done
	[ $n -lt 100 ]'
mkdir "$T/www"
spawn web perl -MIO::Socket::INET -e '
	my $s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => $ARGV[0], Listen => 50, ReuseAddr => 1) or die;
	while (my $c = $s->accept) {
		my ($path) = <$c> =~ m{^GET (/[\w./-]+)};
		while (<$c>) { last if /^\r?$/ }
		my $body = ""; if (open my $f, "<", "$ARGV[1]$path") { local $/; $body = <$f> }
		print $c "HTTP/1.0 200 OK\r\nContent-Length: ", length $body, "\r\n\r\n$body"; close $c;
	}' "$HTTP_PORT" "$T/www"
web=$pid
ok "a web server" wait_for 5 listening "$HTTP_PORT"
start one --issue -d one.test -w "$T/www" --pre-hook "$meet"
start two --issue -d two.test -w "$T/www" --pre-hook "$meet"
ended one
is "$code" 0 "two certificates of one home"
ended two
is "$code" 0 "are issued at the same time"
is "$(grep -c 'There are now [0-9]* accounts' "$T/pebble.log")" 1 "by one account"
is "$(stat -c %a "$H/ca/localhost/dir/account.key")" 600 "whose key is there"

# --- settings that several runs write -------------------------------------------------------------------
for n in 1 2 3 4 5 6 7 8; do
	case $((n % 4)) in
	0) start s$n --set-notify --notify-level 1 ;;
	1) start s$n --set-notify --notify-source here ;;
	2) start s$n --set-default-ca --server letsencrypt ;;
	3) start s$n --set-notify --notify-mode 1 --useragent mine ;;
	esac
done
bad=
for n in 1 2 3 4 5 6 7 8; do
	ended s$n
	[ "$code" = 0 ] || bad="$bad $n:$code"
done
is "$bad" "" "eight runs set something in account.conf at the same time"
for one in NOTIFY_LEVEL='1' NOTIFY_SOURCE='here' NOTIFY_MODE='1' USER_AGENT='mine' DEFAULT_ACME_SERVER CA_BUNDLE; do
	is "$(grep -c "^${one%%=*}='" "$H/account.conf")" 1 "$one is there once"
done
ok "a shell reads it" sh -c ". '$H/account.conf'"

# --- one certificate -----------------------------------------------------------------------------------------
start first --issue -d l.test -w "$T/www" --pre-hook "touch $T/in; sleep 2"
ok "a run has begun" wait_for 10 test -e "$T/in"
start second --issue -d l.test -w "$T/www"
start third --renew -d l.test
ended first
is "$code" 0 "it issues"
ended second
is "$code" 2 "another one on the same certificate waits, and finds nothing to do"
like "$(cat "$T/second.log")" "[Ww]aiting for another run" "says what it waits for"
ended third
is "$code" 2 "so does a renewal"
is "$(grep -c 'Cert success' "$T/first.log" "$T/second.log" "$T/third.log" | grep -c ':1')" 1 "it was issued once"
rm "$T/in"
start first --renew -d l.test --force --pre-hook "touch $T/in; sleep 1"
ok "a renewal has begun" wait_for 10 test -e "$T/in"
start second --renew -d l.test --force --pre-hook ""
start third --install-cert -d l.test --fullchain-file "$T/full.pem"
for one in first second third; do
	ended $one
	is "$code" 0 "$one of three that do not skip"
done
ok "key and certificate belong together" pair "$D/l.test.key" "$D/l.test.cer"
has "$D/l.test.conf" "^Le_RealFullChainPath='$T/full.pem'$" "no setting is lost"

# --- killed at any moment ------------------------------------------------------------------------------------------
# clean: what stands in the folder is whole
clean() {
	[ -e "$D/l.test.cer" ] && [ -e "$D/l.test.key" ] && pair "$D/l.test.key" "$D/l.test.cer" &&
		cat "$D/l.test.cer" "$D/ca.cer" | cmp - "$D/fullchain.cer" && sh -c ". '$D/l.test.conf'" &&
		grep -q "^Le_Domain='l.test'$" "$D/l.test.conf"
}
ok "length of a run" acme --renew -d l.test --force --always-force-new-domain-key --pre-hook ""
begin=$(date +%s%N)
acme --renew -d l.test --force >/dev/null 2>&1
span=$((($(date +%s%N) - begin) / 1000000))
rounds=${KILLS:-30} broken=0 stuck=0 n=0
while [ $n -lt "$rounds" ]; do
	n=$((n + 1))
	start killed --renew -d l.test --force
	perl -e 'select undef, undef, undef, $ARGV[0] / 1000' $((span * n / rounds))
	kill -9 "$pid" 2>/dev/null
	ended killed
	acme --info -d l.test >"$T/o" 2>&1 || stuck=$((stuck + 1))
	clean >"$T/why" 2>&1 || {
		broken=$((broken + 1))
		diag "killed after $((span * n / rounds)) ms:" "$(cat "$T/why")" "$(ls -lA "$D")"
	}
done
is $broken 0 "killed at $rounds moments of a renewal: key, certificate, chain and conf are whole each time"
is $stuck 0 "and every time the next command works"
ok "no process of theirs is left" wait_for 10 sh -c "! pgrep -f '[h]ome $H ' >/dev/null"
ok "the next renewal" acme --renew -d l.test --force
is "$(find "$H" -name '.new.*' -o -name '.commit' -o -name '.acme-*.tmp')" "" "takes away what they left"


# the first issue of all, with account and key
D=$H/k.test_ecc
broken=0 n=0
while [ $n -lt 12 ]; do
	n=$((n + 1))
	rm -rf "$H/ca" "$D"
	start killed --issue -d k.test -w "$T/www"
	perl -e 'select undef, undef, undef, $ARGV[0] / 1000' $((span * n / 10))
	kill -9 "$pid" 2>/dev/null
	ended killed
	run acme --issue -d k.test -w "$T/www"
	case $status in 0 | 2) ;; *)
		broken=$((broken + 1))
		diag "$out" "$err"
		;;
	esac
	pair "$D/k.test.key" "$D/k.test.cer" >/dev/null || broken=$((broken + 1))
done
is $broken 0 "a first issue that was killed is done by the next one"
stop "$web"

# a stale lock file says nothing
echo 99999 >"$D/.lock"
ok "a lock file of a process that is gone" acme --issue -d k.test --force --standalone --httpport "$HTTP_PORT"
done_testing
