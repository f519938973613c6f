# dns-persist-01 (experimental): a record that stays lets the account get certificates. Needs a
# Pebble that knows it (2.10).
. "$(dirname "$0")/../lib.sh"
pebble_start
curl -sf --cacert "$T/minica.pem" "$SERVER" | grep -q caaIdentities || {
	echo "1..0 # SKIP this Pebble has no dns-persist-01"
	exit 0
}
records() { printf '%s\n' "$out" | sed -n "s/.*Domain: '\(.*\)'$/\1/p; s/.*TXT value: '\(.*\)'$/\1/p" | paste - -; }
set_txt() { ct /set-txt "{\"host\":\"$1.\",\"value\":\"$2\"}"; }

ok "the record, with an account that is made for it" acme --make-dns-persist-value -d p.test
like "$(records)" '^_validation-persist\.p\.test	pebble\.test; accounturi=https://localhost:[0-9]+/my-account/[0-9a-z]+$' "its name and value"
account=$(records | sed 's/.*accounturi=//')
set_txt _validation-persist.p.test "pebble.test; accounturi=$account"

fails "no record yet" acme --issue -d q.test --dns-persist
like "$err" "q\.test.*(TXT|unauthorized|NXDOMAIN)" "the CA says so"
ok "issue" acme --issue -d p.test --dns-persist
chain_ok "its chain" "$H/p.test_ecc/fullchain.cer"
has "$H/p.test_ecc/p.test.conf" "^Le_Webroot='dns_persist'$" "acme.sh's word for it is kept"
ok "renewed, unattended" acme --renew -d p.test --force

fails "not for the wildcard" acme --issue -d '*.p.test' --dns-persist
like "$err" "policy mismatch|unauthorized" "the CA says so"
ok "the wildcard's record" acme --make-dns-persist-value -d '*.w.test'
like "$(records)" "^_validation-persist\.w\.test	pebble\.test; accounturi=$account; policy=wildcard$" \
	"has no asterisk in its name"
set_txt _validation-persist.w.test "$(records | cut -f2)"
ok "issue with wildcard" acme --issue -d w.test -d '*.w.test' --dns-persist

ok "all options" acme --make-dns-persist-value -d a.test -d b.test --dns-persist-wildcard \
	--dns-persist-ca-name ca.example --dns-persist-days 10
is "$(records | wc -l | tr -d ' ')" 2 "a record for each name"
like "$(records)" '^_validation-persist\.a\.test	ca\.example; accounturi=[^;]+; policy=wildcard; persistUntil=[0-9]{10}$' "with all that was asked for"
until=$(records | sed -n '1s/.*persistUntil=//p')
now=$(date +%s)
[ $((until - now)) -gt 863000 ] && [ $((until - now)) -le 864000 ]
is $? 0 "ten days from now"
for days in 0 -1 1.5 x ''; do
	fails "no number of days: '$days'" acme --make-dns-persist-value -d a.test --dns-persist-days "$days"
done
done_testing
