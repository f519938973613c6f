# dns-account-01 (experimental), by hand and through a driver: the record's name has the account's
# label in it, so that two accounts do not get in each other's way. Needs a Pebble that knows it.
. "$(dirname "$0")/../lib.sh"
command -v named >/dev/null || give_up "no named: run sh tests/need.sh test"
pebble_start
curl -sf --cacert "$T/minica.pem" "$SERVER" | grep -q caaIdentities || {
	echo "1..0 # SKIP this Pebble has no dns-account-01 as it is now"
	exit 0
}
YES=--yes-I-know-dns-manual-mode-enough-go-ahead-please

exits 3 "by hand" acme --issue -d h.test -d '*.h.test' --dns-account $YES
account=$(sed -n "s/^ACCOUNT_URL='\(.*\)'$/\1/p" "$H"/ca/*/*/ca.conf)
label=$(printf %s "$account" | openssl dgst -sha256 -binary | head -c 10 | base32 |
	tr '[:upper:]' '[:lower:]')
is "$(printf '%s\n' "$out" | grep -c "Domain: '_$label\._acme-challenge\.h\.test'")" 2 "the label is the account's, by openssl"
printf '%s\n' "$out" | sed -n "s/.*TXT value: '\(.*\)'$/\1/p" >"$T/values"
while read -r value; do
	ct /set-txt "{\"host\":\"_$label._acme-challenge.h.test.\",\"value\":\"$value\"}"
done <"$T/values"
ok "second phase" acme --renew -d h.test $YES
chain_ok "its chain" "$H/h.test_ecc/fullchain.cer"
has "$H/h.test_ecc/h.test.conf" "^Le_Webroot='dns_account:'$" "what is kept"
stop "$PB_PID"

P=$(port)
mkdir "$T/ns"
printf '@ 60 SOA ns a 1 60 60 60 60\n@ 60 NS ns\nns 60 A 127.0.0.1\n' >"$T/ns/zone"
cat >"$T/ns/named.conf" <<-END
	options { directory "$T/ns"; pid-file none; session-keyfile none; dnssec-validation no; notify no;
	listen-on port $P { 127.0.0.1; }; listen-on-v6 { none; }; recursion no; };
	controls { };
	zone acc.test { type primary; file "zone"; allow-update { 127.0.0.1; }; };
END
spawn named named -g -n 1 -c "$T/ns/named.conf"
wait_for 20 listening "$P" || give_up "named did not start"
PB_DNS=127.0.0.1:$P
pebble_run
export NSUPDATE_SERVER=127.0.0.1 NSUPDATE_SERVER_PORT="$P"
ACME_ARGS="$ACME_ARGS --resolver 127.0.0.1:$P --dns-timeout 30"
ok "through a driver" acme --issue -d acc.test -d '*.acc.test' --dns-account dns_nsupdate
like "$out" "for domain: _[a-z2-7]{16}\._acme-challenge\.acc\.test" "at the account's label"
ok "renewed" acme --renew -d acc.test --force
fails "an unknown driver" acme --issue -d x.acc.test --dns-account dns_nsupdat
like "$err" "did you mean dns_nsupdate" "the nearest one is named"
done_testing
