# dns-01 with real name servers: BIND with TSIG updates, a secondary that follows at once (Knot) and
# one that follows late (BIND, over IPv6). Pebble asks the late one, so that a certificate comes
# only when all name servers were waited for.
. "$(dirname "$0")/../lib.sh"
for tool in named knotd dig; do
	command -v $tool >/dev/null || give_up "no $tool: run sh tests/need.sh test"
done
grep -q '^0*1 ' /proc/net/if_inet6 2>/dev/null || {
	echo "1..0 # SKIP this machine has no IPv6"
	exit 0
}

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
		ns2 AAAA ::1
		ns3 A 127.0.0.3
		*.txt TXT "in the way"
		_acme-challenge.far CNAME _acme-challenge.far.auth.test.
		_acme-challenge.near CNAME target.near
		_acme-challenge.loop CNAME a.loop
		a.loop CNAME _acme-challenge.loop
		*.wild CNAME elsewhere
	END
}

bind_options() {
	mkdir -p "$T/$1"
	cat <<-END
		key $KEY { algorithm hmac-sha256; secret "$SECRET"; };
		options { directory "$T/$1"; pid-file none; session-keyfile none; dnssec-validation no;
		allow-transfer { any; }; notify explicit; min-refresh-time 1; max-refresh-time 4;
	END
}
primary() {
	bind_options ns1
	echo "listen-on port $P { 127.0.0.1; }; listen-on-v6 { none; }; recursion no; }; controls { };"
	for z in $ZONES; do
		zone_file "$z" >"$T/ns1/$z"
		echo "zone $z { type primary; file \"$z\"; allow-update { key $KEY; };" \
			"also-notify { 127.0.0.3 port $P; }; };"
	done
	# Served here alone, although ns2 is named too: a lame delegation.
	printf '@ 60 SOA ns1.example.test. a. 1 2 1 60 60\n%s\n%s\n' '@ 60 NS ns1.example.test.' \
		'@ 60 NS ns2.example.test.' >"$T/ns1/lame.test"
	echo "zone lame.test { type primary; file \"lame.test\"; allow-update { key $KEY; }; };"
}
# The late one follows CNAMEs, as a CA's resolver does.
late() {
	bind_options ns2
	echo "listen-on { none; }; listen-on-v6 port $P { ::1; }; recursion yes; }; controls { };"
	for z in $ZONES; do
		echo "zone $z { type secondary; file \"$z\"; primaries { 127.0.0.1 port $P; }; };"
	done
}
prompt() {
	mkdir -p "$T/ns3"
	cat <<-END
		server:
		    listen: [ 127.0.0.3@$P ]
		    rundir: "$T/ns3"
		    udp-workers: 1
		    tcp-workers: 1
		    background-workers: 1
		log:
		  - target: stderr
		    any: info
		database:
		    storage: "$T/ns3"
		remote:
		  - id: primary
		    address: 127.0.0.1@$P
		acl:
		  - id: notify
		    address: 127.0.0.1
		    action: notify
		template:
		  - id: default
		    storage: "$T/ns3"
		    master: primary
		    acl: notify
		zone:
	END
	for z in $ZONES; do
		echo "  - domain: $z"
	done
}
primary >"$T/ns1.conf"
late >"$T/ns2.conf"
prompt >"$T/ns3.conf"
spawn ns1 named -g -n 1 -c "$T/ns1.conf"
address() { case $1 in 2) echo ::1 ;; *) echo "127.0.0.$1" ;; esac; }
ask() { dig +short +norecurse +tries=1 +time=2 -p "$P" "@$(address "$1")" "$2" "${3:-TXT}"; }
serves() { ask "$1" "${2:-example.test}" SOA | grep -q '^ns1'; }
wait_for 20 serves 1 || give_up "named did not start"
spawn ns2 named -g -n 1 -c "$T/ns2.conf"
NS2=$pid
spawn ns3 knotd -c "$T/ns3.conf"
for z in $ZONES; do
	wait_for 20 serves 2 "$z" || give_up "the second named did not start"
	wait_for 20 serves 3 "$z" || give_up "knotd did not start"
done
PB_DNS="[::1]:$P"
pebble_start

printf 'key "%s" { algorithm hmac-sha256; secret "%s"; };\n' $KEY "$SECRET" >"$T/key"
export NSUPDATE_SERVER=127.0.0.1 NSUPDATE_SERVER_PORT="$P" NSUPDATE_KEY="$T/key"
ACME_ARGS="$ACME_ARGS --resolver 127.0.0.1:$P --dns-timeout 40"
# Without credentials in the environment.
bare() { (
	unset NSUPDATE_SERVER NSUPDATE_SERVER_PORT NSUPDATE_KEY
	acme "$@"
); }
nothing_at() { is "$(ask 1 "$1")" "" "nothing stays at $1"; }

# --- the wait ---
ok "apex and wildcard" acme --issue -d example.test -d '*.example.test' --dns dns_nsupdate
like "$out" "name servers of example\.test: ns1\.example\.test, ns2\.example\.test, ns3\.example\.test" "all are asked"
is "$(printf '%s\n' "$out" | grep -c 'Adding TXT value: .* for domain: _acme-challenge.example.test')" 2 "two values"
chain_ok "its chain" "$H/example.test_ecc/fullchain.cer"
like "$(names "$H/example.test_ecc/example.test.cer")" '^\*\.example\.test$' "both names"
nothing_at _acme-challenge.example.test
[ ! -e "$H/example.test_ecc/dns.pending" ]
is $? 0 "nothing is written down any more"
has "$H/account.conf" "SAVED_NSUPDATE_KEY='$T/key'" "credentials are saved"
has "$H/example.test_ecc/example.test.conf" "^Acme_Resolver='127.0.0.1:$P'" "so are the resolver"
has "$H/example.test_ecc/example.test.conf" "^Acme_DnsTimeout='40'" "and the time limit, for the daily run"
ok "renewed with what was saved" bare --renew -d example.test --force

# --- a stale secondary ---
stop "$NS2"
sed 's/zone example.test .*/zone example.test { type primary; file "stale"; };/' "$T/ns2.conf" >"$T/ns2b.conf"
zone_file example.test >"$T/ns2/stale"
spawn ns2b named -g -n 1 -c "$T/ns2b.conf"
stale=$pid
wait_for 20 serves 2
fails "a secondary that never follows" acme --issue -d stale.example.test --dns dns_nsupdate --dns-timeout 5
like "$err" "_acme-challenge.stale.example.test: the TXT record does not appear: after [5-9] seconds it is missing at ns2\.example\.test \(\[::1\]:$P\) \(it has serial 1 of the zone where ns1\.example\.test has [0-9]+: it is not up to date\)" "is named, with both serials"
nothing_at _acme-challenge.stale.example.test
stop "$stale"

# --- a name server that is not there, and one that does not know the zone ---
fails "one does not answer (which the CA asks)" acme --issue -d gone.example.test --dns dns_nsupdate
like "$err" "ns2\.example\.test \(\[::1\]:$P\) does not answer; going on without it" "which is told"
rm "$T"/ns2/*.test # else it would be long before it looks for news
spawn ns2c named -g -n 1 -c "$T/ns2.conf"
for z in $ZONES; do
	wait_for 20 serves 2 "$z"
done
fails "a lame delegation, and a CA that cannot see the zone" acme --issue -d lame.test --dns dns_nsupdate
like "$err" "ns2\.example\.test .* is no authority for lame\.test \(a lame delegation" "is told"
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

# --- failure, a run told to end, a crash ---
fails "too early for the CA" acme --issue -d early.example.test --dns dns_nsupdate --dnssleep 0
nothing_at _acme-challenge.early.example.test
begin() {
	rm -f "$T/bg.log"
	# shellcheck disable=SC2086 # a list of words
	HOME=$H spawn bg "$ACME_BIN" --home "$H" $ACME_ARGS --issue -d "$1" --dns dns_nsupdate --dnssleep 50
	BG=$pid
	wait_for 20 grep -q Sleeping "$T/bg.log"
}
begin end.example.test
isnt "$(ask 1 _acme-challenge.end.example.test)" "" "while it waits"
kill -TERM "$BG"
wait_for 10 gone "$BG"
nothing_at _acme-challenge.end.example.test
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

# --- one record by hand ---
hand() { acme "$1" --dns dns_nsupdate --dns-name _acme-challenge.hand.example.test --dns-value "$2"; }
ok "--dns-add" hand --dns-add one
ok "and another" hand --dns-add two
is "$(ask 1 _acme-challenge.hand.example.test | sort | tr -d '"\n')" "onetwo" "both are there"
ok "--dns-rm" hand --dns-rm one
is "$(ask 1 _acme-challenge.hand.example.test | tr -d '"\n')" "two" "removes the one of this value"
ok "the last one" hand --dns-rm two
nothing_at _acme-challenge.hand.example.test

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
ok "--dns-env" bare --issue -d env.example.test --dns dns_nsupdate --dns-env "$T/env"
has "$H/env.example.test_ecc/env.example.test.conf" "Acme_DnsEnv='$T/env'" "its place is kept"
hasnt "$H/account.conf" key2 "its values are not"
rm "$T/key"
ok "and serves the renewal" bare --renew -d env.example.test --force
fails "another certificate has not got them" acme --issue -d env2.example.test --dns dns_nsupdate
export NSUPDATE_KEY__work="$T/key2"
ok "a profile" acme --issue -d work.example.test --dns dns_nsupdate:work
unset NSUPDATE_KEY__work
has "$H/account.conf" "SAVED_NSUPDATE_KEY__work='$T/key2'" "has its own set"
ok "which the renewal finds" bare --renew -d work.example.test --force
fails "an unknown driver" acme --issue -d u.example.test --dns dns_nsupdat
like "$err" "did you mean dns_nsupdate" "the nearest one is named"
done_testing
