# DNS records by hand, in two phases: --issue prints the records and ends with code 3, --renew goes
# on with the same order. Pebble looks the records up in its challenge server.
. "$(dirname "$0")/../lib.sh"
pebble_start

YES=--yes-I-know-dns-manual-mode-enough-go-ahead-please
conf() { sed -n "s/^$2='\(.*\)'$/\1/p" "$H/$1_ecc/$1.conf"; }
# records: "name value" of what was printed
records() { printf '%s\n' "$out" | sed -n "s/.*Domain: '\(.*\)'$/\1/p; s/.*TXT value: '\(.*\)'$/\1/p" | paste - -; }
add_records() {
	records >"$T/records"
	while read -r name value; do
		ct /set-txt "{\"host\":\"$name.\",\"value\":\"$value\"}"
	done <"$T/records"
}

exits 1 "without the long option" acme --issue -d m.test --dns
like "$err" "--yes-I-know" "which is named"
[ ! -e "$H/m.test_ecc/m.test.conf" ]
is $? 0 "nothing is stored"

exits 3 "phase one" acme --issue -d m.test -d '*.m.test' --dns $YES --post-hook "echo x >>$T/post"
is "$(records | cut -f1 | sort | uniq -c | tr -s ' ')" " 2 _acme-challenge.m.test" "two values at one name"
like "$out" "Add the following TXT record:" "in acme.sh's words: add"
like "$out" "prepend '_acme-challenge\.' to your domain" "prepend"
like "$out" "so that the resulting subdomain is: _acme-challenge\.m\.test" "result"
like "$err" "\] Please add the TXT records to the domains, and re-run with --renew\." "what to do next"
is "$(cat "$T/post")" x "the post-hook runs"
like "$(conf m.test Le_Vlist)" \
	'^m\.test#[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+#https://[^#]+#dns-01#dns#https://[^#,]+,\*\.m\.test#.*,$' "Le_Vlist in acme.sh's form"
like "$(conf m.test Le_LinkOrder)" '^https://' "the order's address"
first=$(conf m.test Le_LinkOrder)

add_records
exits 1 "phase two without the long option" acme --renew -d m.test
ok "phase two" acme --renew -d m.test $YES
like "$out" "Going on with the order" "the order is kept"
chain_ok "its chain" "$H/m.test_ecc/fullchain.cer"
is "$(conf m.test Le_LinkOrder)" "$first" "it was that order"
is "$(conf m.test Le_Vlist)" "" "Le_Vlist is gone"
like "$(names "$H/m.test_ecc/m.test.cer")" '^\*\.m\.test$' "with the wildcard"

# A renewal that is not due waits; with --force there are two phases again.
exits 2 "not due" acme --renew -d m.test $YES
exits 3 "forced" acme --renew -d m.test --force $YES
add_records
ok "its second phase needs no --force" acme --renew -d m.test $YES

# What is not there yet does not cost the order: the CA is not asked while an authority says no.
# (challtestsrv is no authority, so here the CA is asked, and a new order follows.)
exits 3 "another name" acme --issue -d n.test --dns $YES
before=$(conf n.test Le_LinkOrder)
fails "records that were not made" acme --renew -d n.test $YES
like "$err" "n\.test.*(TXT|unauthorized|NXDOMAIN)" "the CA's words"
exits 3 "then a new order is made" acme --renew -d n.test $YES
isnt "$(conf n.test Le_LinkOrder)" "$before" "another one"
add_records
ok "and gone on with" acme --renew -d n.test $YES

# By hand for one name, by the responder for another: nothing is presented in phase one.
exits 3 "mixed" acme --issue -d x.test --dns -d y.x.test --standalone --httpport "$HTTP_PORT" $YES
add_records
is "$(wc -l <"$T/records" | tr -d ' ')" 1 "one record"
ok "mixed, second phase" acme --renew -d x.test $YES

exits 3 "an alias" acme --issue -d a.test --dns --challenge-alias other.test $YES
like "$out" "Domain: '_acme-challenge\.other\.test'" "is where the record goes"
ct /set-cname '{"host":"_acme-challenge.a.test.","target":"_acme-challenge.other.test."}'
add_records
ok "through its CNAME" acme --renew -d a.test $YES

# What acme.sh's first phase leaves: no Le_LinkOrder. A new order serves when it asks for the same.
exits 3 "for acme.sh's file" acme --issue -d s.test --dns $YES
sed -i /Le_LinkOrder/d "$H/s.test_ecc/s.test.conf"
exits 3 "no order to go on with" acme --renew -d s.test $YES
add_records
ok "the new one" acme --renew -d s.test $YES

exits 3 "as JSON" acme --issue -d j.test --dns $YES --json
like "$out" '"event":"dns.record",.*"name":"_acme-challenge.j.test","value":"[A-Za-z0-9_-]{43}"' "events tell the records"
done_testing
