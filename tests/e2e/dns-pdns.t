# dns_pdns with a real PowerDNS and its HTTP API; Pebble asks it too.
. "$(dirname "$0")/../lib.sh"
command -v pdns_server >/dev/null || give_up "no pdns_server: run sh tests/need.sh test"

P=$(port) API=$(port)
mkdir "$T/pdns"
modules=$(find "$TOP/build/tools/pdns" -name liblmdbbackend.so)
cat >"$T/pdns/pdns.conf" <<-END
	launch=lmdb
	lmdb-filename=$T/pdns/db
	${modules:+module-dir=$(dirname "$modules")}
	local-address=127.0.0.1
	local-port=$P
	socket-dir=$T/pdns
	api=yes
	api-key=a-secret-key
	webserver=yes
	webserver-address=127.0.0.1
	webserver-port=$API
	receiver-threads=1
	distributor-threads=1
	cache-ttl=0
	query-cache-ttl=0
	negquery-cache-ttl=0
	zone-cache-refresh-interval=0
	daemon=no
	guardian=no
END
spawn pdns pdns_server --config-dir="$T/pdns"
api() { curl -sf -m 10 -H 'X-API-Key: a-secret-key' "$@"; }
wait_for 20 api "http://127.0.0.1:$API/api/v1/servers" || give_up "pdns_server did not start"
zone() {
	api -o /dev/null -d "{\"name\":\"$1.\",\"kind\":\"Native\",\"nameservers\":[\"ns.pdns.test.\"]}" \
		"http://127.0.0.1:$API/api/v1/servers/localhost/zones"
}
set_records() {
	api -o /dev/null -X PATCH -d "{\"rrsets\":[{\"name\":\"$1.\",\"type\":\"$2\",\"ttl\":60,\"changetype\":\"REPLACE\",\"records\":[{\"content\":\"$3\",\"disabled\":false}]}]}" \
		"http://127.0.0.1:$API/api/v1/servers/localhost/zones/$4"
}
for name in pdns.test sub.pdns.test; do
	zone $name || give_up "the zone $name could not be made"
done
set_records ns.pdns.test A 127.0.0.1 pdns.test
set_records _acme-challenge.pdns.test TXT '\"of somebody else\"' pdns.test
txt() { dig +short +tries=1 +time=2 -p "$P" @127.0.0.1 "$1" TXT; }
wait_for 10 txt _acme-challenge.pdns.test
is "$(txt _acme-challenge.pdns.test)" '"of somebody else"' "there is another value at the name"

PB_DNS=127.0.0.1:$P
pebble_start
ACME_ARGS="$ACME_ARGS --resolver 127.0.0.1:$P --dns-timeout 30"
export PDNS_Url="http://127.0.0.1:$API" PDNS_ServerId=localhost PDNS_Token=a-secret-key PDNS_Ttl=60

ok "apex and wildcard" acme --issue -d pdns.test -d '*.pdns.test' --dns dns_pdns
like "$out" "name servers of pdns\.test: ns\.pdns\.test" "its name server is asked"
unlike "$out$err" a-secret-key "the token is not told"
chain_ok "its chain" "$H/pdns.test_ecc/fullchain.cer"
is "$(txt _acme-challenge.pdns.test)" '"of somebody else"' "what was there stays, ours is gone"
ok "a zone below" acme --issue -d www.sub.pdns.test -d sub.pdns.test --dns dns_pdns
is "$(txt _acme-challenge.www.sub.pdns.test)" "" "nothing stays"
ok "--dns-check" acme --dns-check dns_pdns -d www.pdns.test
like "$out" "The provider has the zone pdns\.test, which holds _acme-challenge\.www\.pdns\.test" "tells the zone"
has "$H/account.conf" "^SAVED_PDNS_Token='a-secret-key'" "credentials are saved"
unset PDNS_Url PDNS_ServerId PDNS_Token PDNS_Ttl
ok "and serve the renewal" acme --renew -d pdns.test --force

export PDNS_Token=wrong
fails "a wrong token" acme --dns-check --dns dns_pdns -d www.pdns.test
like "$err" "PowerDNS: zone lookup for .*: 401 Unauthorized" "is told as the API tells it"
unset PDNS_Token
fails "a name in no zone" acme --dns-check --dns dns_pdns -d www.other.test
like "$err" "PowerDNS: zone lookup for _acme-challenge\.www\.other\.test: no zone" "is told"
done_testing
