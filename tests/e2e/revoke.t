#!/bin/sh
# --revoke, --remove, --deactivate, requests and exports.
. "$(dirname "$0")/../lib.sh"
pebble_start
issue() { acme --issue --standalone --httpport "$HTTP_PORT" "$@"; }
D=$H/r.test_ecc
status_of() { mgmt "/cert-status-by-serial/$1"; }

ok "issue" issue -d r.test
serial=$(openssl x509 -in "$D/r.test.cer" -noout -serial | cut -d= -f2)
like "$(status_of "$serial")" '"Status": *"Valid"' "the CA says valid"
fails "a reason that there is not" acme --revoke -d r.test --revoke-reason 99
ok "revoke" acme --revoke -d r.test --revoke-reason 4
like "$(status_of "$serial")" '"Status": *"Revoked"' "the CA says revoked"
like "$(status_of "$serial")" '"Reason": *4' "for that reason"
ok "the certificate is put away" test ! -e "$D/r.test.cer"
is "$(stat -c %a "$D/r.test.key.revoked")" 600 "the key's copy is for its owner only"
fails "nothing to revoke any more" acme --revoke -d r.test
ok "issue another" issue -d k.test
serial=$(openssl x509 -in "$H/k.test_ecc/k.test.cer" -noout -serial | cut -d= -f2)
rm -rf "$H/ca"
ok "revoke by the certificate's own key: the account is lost" acme --revoke -d k.test
like "$(status_of "$serial")" '"Status": *"Revoked"' "the CA says revoked"
ok "a third" issue -d c.test
cp "$H/c.test_ecc/c.test.cer" "$T/c.cer"
ok "revoke with reason key compromise" acme --revoke -d c.test --revoke-reason 1
cp "$T/c.cer" "$H/c.test_ecc/c.test.cer"
ok "revoked twice is no failure" acme --revoke -d c.test --revoke-reason 1

ok "remove" acme --remove -d c.test
ok "the conf is renamed" test -e "$H/c.test_ecc/c.test.conf.removed" -a ! -e "$H/c.test_ecc/c.test.conf"
fails "remove again" acme --remove -d c.test
exits 2 "renew: not an issued domain" acme --renew -d c.test
ok "deactivate authorizations" acme --deactivate -d r.test -d k.test

# requests made elsewhere
openssl req -new -newkey rsa:2048 -nodes -keyout "$T/their.key" -subj /CN=csr.test \
	-addext subjectAltName=DNS:csr.test,DNS:www.csr.test -out "$T/their.csr" 2>/dev/null
ok "show-csr" acme --show-csr --csr "$T/their.csr"
like "$out" "Subject=csr.test$" "its subject"
like "$out" "SubjectAltNames=www.csr.test$" "its other names"
like "$out" "KeyLength=2048$" "its key"
ok "sign-csr" acme --sign-csr --csr "$T/their.csr" --standalone --httpport "$HTTP_PORT"
chain_ok "the chain verifies" "$H/csr.test/fullchain.cer"
is "$(openssl x509 -in "$H/csr.test/csr.test.cer" -noout -pubkey)" "$(openssl pkey -in "$T/their.key" -pubout)" \
	"is for their key"
ok "and renews without the key" acme --renew -d csr.test --force
ok "no key of ours is there" test ! -e "$H/csr.test/csr.test.key"
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$T/ec.key" -subj "/CN=Some Body" \
	-addext subjectAltName=DNS:ec.test -outform DER -out "$T/ec.csr" 2>/dev/null
ok "a request in DER, with a subject that is no name" acme --sign-csr --csr "$T/ec.csr" --standalone \
	--httpport "$HTTP_PORT"
has "$H/ec.test_ecc/ec.test.conf" "^Le_Keylength='prime256v1'$" "the key length is OpenSSL's word"
fails "a request that is none" acme --sign-csr --csr "$T/their.key" --standalone
like "$err" "their.key" "is named"

# keys and requests made before
ok "create-domain-key" acme --create-domain-key -d own.test -k ec-384
fails "again" acme --create-domain-key -d own.test -k ec-384
like "$err" "force" "says how"
ok "create-csr" acme --create-csr -d own.test -d www.own.test --ecc
is "$(openssl req -in "$H/own.test_ecc/own.test.csr" -noout -verify 2>&1 | grep -c OK)" 1 "openssl verifies it"
cp "$H/own.test_ecc/own.test.key" "$T/own.key"
ok "issue with the key that is there" issue -d own.test -k ec-384
ok "which is kept" cmp "$T/own.key" "$H/own.test_ecc/own.test.key"

# exports
ok "to-pkcs8" acme --to-pkcs8 -d own.test
is "$(openssl pkey -in "$H/own.test_ecc/own.test.pkcs8" -pubout)" "$(openssl pkey -in "$T/own.key" -pubout)" "the same key"
has "$H/own.test_ecc/own.test.pkcs8" "BEGIN PRIVATE KEY" "in PKCS#8"
fails "to-pkcs12 without a password" acme --to-pkcs12 -d own.test
ok "to-pkcs12" acme --to-pkcs12 -d own.test --password "p@ss w0rd'"
p12() { openssl pkcs12 -in "$H/own.test_ecc/own.test.pfx" -nodes -passin "pass:p@ss w0rd'" "$@"; }
ok "openssl reads it" p12
like "$out" "BEGIN PRIVATE KEY" "the key is in it"
is "$(printf '%s\n' "$out" | grep -c 'BEGIN CERTIFICATE')" 2 "and the chain"
before=$(openssl x509 -in "$H/own.test_ecc/own.test.cer" -noout -serial)
ok "a renewal makes it anew" acme --renew -d own.test --force
isnt "$(p12 -nokeys -clcerts 2>/dev/null | openssl x509 -noout -serial)" "$before" "with the new certificate"

# a key each time
ok "always-force-new-domain-key" issue -d n.test --always-force-new-domain-key
N=$H/n.test_ecc
has "$N/n.test.conf" "^Le_ForceNewDomainKey='1'$" "is kept"
is "$(stat -c %a "$N/n.test.key.next")" 600 "the next key is there already"
cp "$N/n.test.key.next" "$T/next"
cp "$N/n.test.key" "$T/first"
ok "renew" acme --renew -d n.test --force
ok "the announced key is in use" cmp "$T/next" "$N/n.test.key"
fails "and another one announced" cmp "$T/next" "$N/n.test.key.next"
pair() { openssl pkey -in "$1" -pubout >"$T/p1" && openssl x509 -in "$2" -noout -pubkey >"$T/p2" && cmp "$T/p1" "$T/p2"; }
ok "key and certificate belong together" pair "$N/n.test.key" "$N/n.test.cer"
done_testing
