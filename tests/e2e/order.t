#!/bin/sh
# Variations of the CA: not strict, authorizations that are reused, longer and alternate chains, RSA.
. "$(dirname "$0")/../lib.sh"
PB_STRICT=0 PB_AUTHZ_REUSE=100 PB_CHAIN=2 PB_ALTERNATES=2 PB_KEY=rsa PB_PROFILES='classic=7776000 short=518400'
pebble_start
D=$H/o.test_ecc
issue() { acme --issue -d o.test --standalone --httpport "$HTTP_PORT" --cert-profile classic "$@"; }

ok "a chain of two intermediates, RSA issuer" issue
is "$(grep -c BEGIN "$D/fullchain.cer")" 3 "leaf and two intermediates"
is "$(grep -c BEGIN "$D/ca.cer")" 2 "ca.cer has the two"
chain_ok "the chain verifies" "$D/fullchain.cer"
has "$D/o.test.conf" "^Le_Certificate_Profile='classic'$" "the profile is kept"
ok "again: the authorization is reused" issue --force
like "$out" "o.test is already verified, skipping http-01." "says so"
ok "another profile is a change" acme --issue -d o.test --standalone --httpport "$HTTP_PORT" --cert-profile short
days=$((($(date -d "$(openssl x509 -in "$D/o.test.cer" -noout -enddate | cut -d= -f2)" +%s) - $(date +%s)) / 86400))
ok "it lives less than a week" test "$days" -lt 7
fails "a profile that the CA does not have" acme --issue -d o2.test --standalone --httpport "$HTTP_PORT" \
	--cert-profile nope
like "$err" "nope" "names it"
like "$err" "classic" "and those that there are"
ok "list-profiles" acme --list-profiles
like "$out" "^short +" "lists them"

top() { openssl crl2pkcs7 -nocrl -certfile "$1" | openssl pkcs7 -print_certs -noout | grep issuer | tail -n 1; }
mgmt /roots/1 >"$T/root1.pem"
want=$(openssl x509 -in "$T/root1.pem" -noout -subject | sed 's/.*CN *= *//')
ok "an alternate chain by its top issuer" issue --force --preferred-chain "$want"
like "$(top "$D/fullchain.cer")" "$want" "is the one asked for"
chain_ok "and verifies" "$D/fullchain.cer" "$T/root1.pem"
ok "renewals keep it" acme --renew -d o.test --force
like "$(top "$D/fullchain.cer")" "$want" "the same chain"
ok "no such chain: the default with a warning" issue --force --preferred-chain "No Such Root"
like "$out$err" "No Such Root" "the warning names it"
fails "unless it is required" issue --force --preferred-chain "No Such Root" --require-chain
ok "a default chain for this CA" acme --set-default-chain --preferred-chain "$want"
ok "is used by other certificates" acme --issue -d p.test --standalone --httpport "$HTTP_PORT" --cert-profile short
like "$(top "$H/p.test_ecc/fullchain.cer")" "$want" "indeed"

ok "an IP address" acme --issue -d 127.0.0.1 --standalone --httpport "$HTTP_PORT" --cert-profile short
is "$(openssl x509 -in "$H/127.0.0.1_ecc/127.0.0.1.cer" -noout -ext subjectAltName | tail -n 1 | tr -d ' ')" \
	"IPAddress:127.0.0.1" "is in the certificate"
for k in ec-384 2048 3072; do
	ok "key length $k" acme --issue -d "k$k.test" -k $k --standalone --httpport "$HTTP_PORT" --cert-profile short
done
is "$(openssl x509 -in "$H/kec-384.test_ecc/kec-384.test.cer" -noout -text | grep -c secp384r1)" 1 "P-384 indeed"
ok "valid-to" acme --issue -d v.test --standalone --httpport "$HTTP_PORT" --valid-to +2d --cert-profile short
done_testing
