#!/bin/sh
# Accounts (RFC 8555 7.3): external account binding, update, key rollover, recovery, deactivation.
. "$(dirname "$0")/../lib.sh"
secret=MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNA
PB_EAB="kid-1=$secret kid-2=$secret kid-3=$secret"
pebble_start
A=$H/ca/localhost/dir

fails "without external account binding" acme --register-account
like "$err" "eab-kid" "the way out is named"
fails "with a wrong key" acme --register-account --eab-kid kid-1 --eab-hmac-key "QUJD${secret#????}"
ok "HS256" acme --register-account --eab-kid kid-1 --eab-hmac-key $secret -m a@b.test
like "$out" "^\[.*\] Registered$" "says Registered"
thumb=$(printf '%s\n' "$out" | sed -n "s/.*ACCOUNT_THUMBPRINT='\(.*\)'/\1/p")
unlike "$out$err" "$secret" "the key is not in the output"
has "$A/ca.conf" "^ACCOUNT_URL='https://" "ca.conf: account URL"
has "$A/ca.conf" "^CA_KEY_HASH='" "ca.conf: hash of the key"
is "$(stat -c %a "$A/account.key" "$A/ca.conf" "$A/account.json" | tr '\n' ' ')" "600 600 600 " "for the owner only"
is "$(sed -n "s/^CA_KEY_HASH='\(.*\)'/\1/p" "$A/ca.conf")" "$(openssl dgst -sha256 -binary "$A/account.key" | base64)" \
	"as acme.sh computes it"
ok "again" acme --register-account
like "$out" "Already registered" "finds the account by its key"
url=$(sed -n "s/^ACCOUNT_URL='\(.*\)'/\1/p" "$A/ca.conf")
rm "$A/ca.conf"
ok "ca.conf is lost: found by the key" acme --register-account --eab-kid kid-1 --eab-hmac-key $secret
is "$(sed -n "s/^ACCOUNT_URL='\(.*\)'/\1/p" "$A/ca.conf")" "$url" "the same account"

for alg in HS384 HS512; do
	mv "$A" "$A.$alg"
	ok "$alg" acme --register-account --eab-kid kid-2 --eab-hmac-key $secret --eab-hmac-alg $alg
done
rm -rf "$A"
mv "$A.HS384" "$A"

ok "update-account" acme --update-account -m new@b.test
like "$out" "Account update success for $url" "says so"
has "$A/ca.conf" "^CA_EMAIL='new@b.test'$" "the contact is kept"
has "$A/account.json" "mailto:new@b.test" "the CA has it"

ok "update-account-key" acme --update-account-key -ak ec-384
unlike "$out" "$thumb" "another thumbprint"
is "$(openssl pkey -in "$A/account.key" -noout -text | grep -c P-384)" 1 "the key is another one"
ok "it works" acme --issue -d a.test --standalone --httpport "$HTTP_PORT"
new=$(sed -n "s/^ACCOUNT_URL='\(.*\)'/\1/p" "$A/ca.conf")
is "$new" "$url" "the account stays the same"
# a rollover that was cut short, after and before the CA took the new key
cp "$A/account.key" "$T/before.key"
ok "a second rollover" acme --update-account-key
cp "$A/account.key" "$T/after.key"
mv "$A/account.key" "$A/account.key.next"
cp "$T/before.key" "$A/account.key"
ok "cut short after the CA took it" acme --issue -d c.test --standalone --httpport "$HTTP_PORT"
ok "the new key is in force" cmp "$T/after.key" "$A/account.key"
is "$(sed -n "s/^ACCOUNT_URL='\(.*\)'/\1/p" "$A/ca.conf")" "$url" "for the same account"
openssl ecparam -name prime256v1 -genkey -noout -out "$A/account.key.next"
ok "cut short before" acme --issue -d d.test --standalone --httpport "$HTTP_PORT"
ok "the old key is in force" cmp "$T/after.key" "$A/account.key"
ok "the other one is gone" test ! -e "$A/account.key.next"

ok "create-account-key" acme --create-account-key
like "$out" "Account key exists, skipping" "keeps what is there"
ok "deactivate-account" acme --deactivate-account
ok "its files are put aside" test ! -e "$A/account.key" -a -d "$A/deactivated"
fails "a new account needs its own binding" acme --issue -d d.test --standalone --httpport "$HTTP_PORT"
for k in 2048 ec-384; do
	rm -rf "$A"
	ok "an account key of length $k" acme --register-account -ak $k --eab-kid kid-3 --eab-hmac-key $secret
done
done_testing
