# dns-01 with real name servers: BIND with TSIG updates, one secondary that follows at once and one
# that follows late. Pebble asks the late one, so that a certificate comes only when all name
# servers were waited for.
. "$(dirname "$0")/../lib.sh"
command -v named >/dev/null || give_up "no named: run sh tests/need.sh test"

P=$(port)
KEY=acme-key
SECRET=$(printf 'a secret of thirty-two characters' | openssl base64 -A)
ZONES="example.test auth.test"

zone_file() {
	cat <<-END
		\$TTL 60
		@ SOA ns1.example.test. admin.example.test. 1 2 1 86400 60
		@ NS ns1.example.test.
		@ NS ns2.example.test.
		@ NS ns3.example.test.
	END
	[ "$1" != example.test ] || cat <<-END
		ns1 A 127.0.0.1
		ns2 A 127.0.0.2
		ns3 A 127.0.0.3
		*.txt TXT "in the way"
		_acme-challenge.far CNAME _acme-challenge.far.auth.test.
		_acme-challenge.near CNAME target.near
		_acme-challenge.loop CNAME a.loop
		a.loop CNAME _acme-challenge.loop
		*.wild CNAME elsewhere
	END
}

# server N: the configuration of the server on 127.0.0.N
server() {
	mkdir -p "$T/ns$1"
	cat <<-END
		key $KEY { algorithm hmac-sha256; secret "$SECRET"; };
		options { directory "$T/ns$1"; pid-file none; session-keyfile none; dnssec-validation no;
		listen-on port $P { 127.0.0.$1; }; listen-on-v6 { none; }; allow-transfer { any; };
		recursion $([ "$1" = 3 ] && echo yes || echo no); notify explicit; min-refresh-time 1;
		max-refresh-time $([ "$1" = 3 ] && echo 4 || echo 60); query-source address 127.0.0.$1; };
		controls { };
	END
	for z in $ZONES; do
		if [ "$1" = 1 ]; then
			zone_file $z >"$T/ns1/$z"
			echo "zone $z { type primary; file \"$z\"; allow-update { key $KEY; };" \
				"also-notify { 127.0.0.2 port $P; }; };"
		else
			echo "zone $z { type secondary; file \"$z\"; primaries { 127.0.0.1 port $P; }; };"
		fi
	done
	[ "$1" != 1 ] || {
		# Served here alone, although ns2 is named too: a lame delegation.
		printf '@ 60 SOA ns1.example.test. a. 1 2 1 60 60\n@ 60 NS ns1.example.test.\n@ 60 NS ns2.example.test.\n' >"$T/ns1/lame.test"
		echo "zone lame.test { type primary; file \"lame.test\"; allow-update { key $KEY; }; };"
	}
}
for n in 1 2 3; do
	server $n >"$T/ns$n.conf"
	spawn ns$n named -g -n 1 -c "$T/ns$n.conf"
done
ask() { dig +short +norecurse +tries=1 +time=2 -p "$P" "@127.0.0.$1" "$2" "${3:-TXT}"; }
serves() { [ -n "$(ask "$1" example.test SOA)" ]; }
for n in 1 2 3; do
	wait_for 20 serves $n || give_up "named $n did not start"
done
PB_DNS=127.0.0.3:$P
pebble_start

printf 'key "%s" { algorithm hmac-sha256; secret "%s"; };\n' $KEY "$SECRET" >"$T/key"
export NSUPDATE_SERVER=127.0.0.1 NSUPDATE_SERVER_PORT="$P" NSUPDATE_KEY="$T/key"
ACME_ARGS="$ACME_ARGS --resolver 127.0.0.1:$P --dns-timeout 40"
nothing_at() { is "$(ask 1 "$1")" "" "nothing stays at $1"; }

# --- the wait ---
ok "apex and wildcard" acme --issue -d example.test -d '*.example.test' --dns dns_nsupdate
chain_ok "its chain" "$H/example.test_ecc/fullchain.cer"
like "$(names "$H/example.test_ecc/example.test.cer")" '^\*\.example\.test$' "both names"
like "$out" "name servers of example\.test: ns1\.example\.test, ns2\.example\.test, ns3\.example\.test" "all are asked"
is "$(printf '%s\n' "$out" | grep -c 'Adding TXT value: .* for domain: _acme-challenge.example.test')" 2 "two values"
nothing_at _acme-challenge.example.test
[ ! -e "$H/example.test_ecc/dns.pending" ]
is $? 0 "nothing is written down any more"
has "$H/account.conf" "SAVED_NSUPDATE_KEY='$T/key'" "credentials are saved"
ok "renewed with what was saved" env -u NSUPDATE_SERVER -u NSUPDATE_SERVER_PORT -u NSUPDATE_KEY \
	HOME="$H" "$ACME_BIN" --home "$H" $ACME_ARGS --renew -d example.test --force

# --- a stale secondary ---
stop "$(pgrep -f "$T/ns2.conf")"
sed 's/zone example.test .*/zone example.test { type primary; file "stale"; };/' "$T/ns2.conf" >"$T/ns2b.conf"
zone_file example.test >"$T/ns2/stale"
spawn ns2b named -g -n 1 -c "$T/ns2b.conf"
stale=$pid
wait_for 20 serves 2
fails "a secondary that never follows" acme --issue -d stale.example.test --dns dns_nsupdate --dns-timeout 5
like "$err" "_acme-challenge.stale.example.test: the TXT record does not appear: after [5-9] seconds it is missing at ns2\.example\.test \(127\.0\.0\.2:$P\) \(it has serial 1 of the zone where ns1\.example\.test has [0-9]+: it is not up to date\)" "is named, with both serials"
nothing_at _acme-challenge.stale.example.test
stop "$stale"

# --- a name server that is not there, and one that does not know the zone ---
ok "one does not answer" acme --issue -d gone.example.test --dns dns_nsupdate
like "$err" "ns2\.example\.test \(127\.0\.0\.2:$P\) does not answer; going on without it" "which is told"
spawn ns2c named -g -n 1 -c "$T/ns2.conf"
wait_for 20 serves 2
fails "a lame delegation, and a CA that cannot see the zone" acme --issue -d lame.test --dns dns_nsupdate
like "$err" "ns2\.example\.test .* answers REFUSED for lame\.test \(a lame delegation" "is told"
nothing_at _acme-challenge.lame.test

# --- CNAME ---
ok "CNAME into another zone" acme --issue -d far.example.test --dns dns_nsupdate
like "$out" "_acme-challenge\.far\.example\.test is a CNAME: the TXT record goes to _acme-challenge\.far\.auth\.test" "followed"
nothing_at _acme-challenge.far.auth.test
ok "CNAME in the zone" acme --issue -d near.example.test --dns dns_nsupdate
like "$out" "for domain: target\.near\.example\.test" "followed"
fails "CNAMEs in a circle" acme --issue -d loop.example.test --dns dns_nsupdate
like "$err" "leads in a circle" "are told"
ok "a wildcard CNAME" acme --issue -d a.wild.example.test --dns dns_nsupdate
like "$out" "comes from a wildcard record" "is not followed"
ok "a wildcard TXT" acme --issue -d b.txt.example.test --dns dns_nsupdate
ok "an alias" acme --issue -d far.example.test -d near.example.test --dns dns_nsupdate --force \
	--challenge-alias far.auth.test --domain-alias target.near.example.test
unlike "$err" "has no CNAME" "both are where CNAMEs lead"
fails "an alias that no CNAME leads to" acme --issue -d away.example.test --dns dns_nsupdate \
	--challenge-alias far.auth.test
like "$err" "_acme-challenge\.away\.example\.test has no CNAME to _acme-challenge\.far\.auth\.test" "is told"

# --- failure, Ctrl-C, crash ---
fails "too early for the CA" acme --issue -d early.example.test --dns dns_nsupdate --dnssleep 0
nothing_at _acme-challenge.early.example.test
begin() {
	rm -f "$T/bg.log"
	HOME=$H spawn bg "$ACME_BIN" --home "$H" $ACME_ARGS --issue -d "$1" --dns dns_nsupdate --dnssleep 50
	BG=$pid
	wait_for 20 grep -q Sleeping "$T/bg.log"
}
begin int.example.test
isnt "$(ask 1 _acme-challenge.int.example.test)" "" "while it waits"
kill -INT "$BG"
wait_for 10 gone "$BG"
nothing_at _acme-challenge.int.example.test
begin crash.example.test
kill -9 "$BG"
wait_for 10 gone "$BG"
isnt "$(ask 1 _acme-challenge.crash.example.test)" "" "a killed run leaves its record"
has "$H/crash.example.test_ecc/dns.pending" "dns_nsupdate _acme-challenge.crash.example.test " "but has written it down"
ok "the next run" acme --issue -d crash.example.test --dns dns_nsupdate
like "$out" "earlier run has left a TXT record at _acme-challenge\.crash\.example\.test" "removes it"
nothing_at _acme-challenge.crash.example.test
# The daily run does it too, for a certificate that is not due.
acme --dns-add --dns dns_nsupdate --dns-name _acme-challenge.crash.example.test --dns-value left >/dev/null 2>&1
echo "$(date +%s) dns_nsupdate _acme-challenge.crash.example.test left" >"$H/crash.example.test_ecc/dns.pending"
ok "the daily run" acme --cron
nothing_at _acme-challenge.crash.example.test
[ ! -e "$H/crash.example.test_ecc/dns.pending" ]
is $? 0 "and forgets it"

# --- credentials ---
ok "--dns-check" acme --dns-check --dns dns_nsupdate -d example.test -d far.example.test
like "$out" "dns_nsupdate works" "says so"
nothing_at _acme-challenge.example.test
nothing_at _acme-challenge.far.auth.test
cat >"$T/env" <<-END
	# for one certificate
	NSUPDATE_SERVER=127.0.0.1
	export NSUPDATE_SERVER_PORT='$P'
	NSUPDATE_KEY="$T/key2"
END
cp "$T/key" "$T/key2"
chmod 600 "$T/env"
ok "--dns-env" env -u NSUPDATE_SERVER -u NSUPDATE_SERVER_PORT -u NSUPDATE_KEY HOME="$H" \
	"$ACME_BIN" --home "$H" $ACME_ARGS --issue -d env.example.test --dns dns_nsupdate --dns-env "$T/env"
has "$H/env.example.test_ecc/env.example.test.conf" "Acme_DnsEnv='$T/env'" "its place is kept"
hasnt "$H/account.conf" key2 "its values are not"
rm "$T/key"
ok "and serves the renewal" env -u NSUPDATE_SERVER -u NSUPDATE_SERVER_PORT -u NSUPDATE_KEY HOME="$H" \
	"$ACME_BIN" --home "$H" $ACME_ARGS --renew -d env.example.test --force
fails "another certificate has not got them" acme --issue -d env2.example.test --dns dns_nsupdate
ok "a profile" env NSUPDATE_KEY__work="$T/key2" HOME="$H" "$ACME_BIN" --home "$H" $ACME_ARGS \
	--issue -d work.example.test --dns dns_nsupdate:work
has "$H/account.conf" "SAVED_NSUPDATE_KEY__work='$T/key2'" "has its own set"
ok "which the renewal finds" env -u NSUPDATE_SERVER -u NSUPDATE_SERVER_PORT -u NSUPDATE_KEY HOME="$H" \
	"$ACME_BIN" --home "$H" $ACME_ARGS --renew -d work.example.test --force
fails "an unknown driver" acme --issue -d u.example.test --dns dns_nsupdat
like "$err" "did you mean dns_nsupdate" "the nearest one is named"
done_testing
