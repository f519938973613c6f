#!/bin/sh
# The main job: --issue, --renew, --install-cert and their files, against Pebble in strict mode.
. "$(dirname "$0")/../lib.sh"
pebble_start
D=$H/a.test_ecc

ok "issue by the built-in responder" acme --issue -d a.test -d www.a.test --standalone \
	--httpport "$HTTP_PORT" -m me@a.test
like "$out" "^\[.*\] Cert success\.$" "says Cert success."
like "$out" "Your cert is in: $D/a.test.cer" "names the certificate"
like "$out" "Your cert key is in: $D/a.test.key" "names the key"
like "$out" "And the full-chain cert is in: $D/fullchain.cer" "names the chain"
like "$out" "ACCOUNT_THUMBPRINT='[A-Za-z0-9_-]{43}'" "prints the thumbprint"
chain_ok "openssl verifies the chain" "$D/fullchain.cer"
is "$(names "$D/a.test.cer" | sort | tr '\n' ' ')" "a.test www.a.test " "has the names"
is "$(stat -c %a "$D/a.test.key")" 600 "the key is for its owner only"
is "$(stat -c %a "$D/a.test.conf")" 600 "so is the conf"
pair() { openssl pkey -in "$1" -pubout >"$T/p1" && openssl x509 -in "$2" -noout -pubkey >"$T/p2" && cmp "$T/p1" "$T/p2"; }
ok "key and certificate belong together" pair "$D/a.test.key" "$D/a.test.cer"
is "$(openssl req -in "$D/a.test.csr" -noout -verify 2>&1 | grep -c 'verify OK')" 1 "the CSR is kept"
has "$D/a.test.conf" "^Le_Domain='a.test'$" "conf: domain"
has "$D/a.test.conf" "^Le_Alt='www.a.test'$" "conf: alt"
has "$D/a.test.conf" "^Le_Webroot='no'$" "conf: webroot"
has "$D/a.test.conf" "^Le_Keylength='ec-256'$" "conf: key length"
has "$D/a.test.conf" "^Le_API='$SERVER'$" "conf: CA"
has "$D/a.test.conf" "^Le_NextRenewTime='[0-9]+'$" "conf: next renewal"
has "$D/a.test.conf" "^Le_HTTPPort='$HTTP_PORT'$" "conf: port"

serial() { openssl x509 -in "$1" -noout -serial; }
first=$(serial "$D/a.test.cer")
exits 2 "again: nothing to do" acme --issue -d a.test -d www.a.test --standalone
exits 2 "order and letter case of the names do not matter" acme --issue -d a.test -d WWW.a.test --standalone
exits 2 "renew: not due" acme --renew -d a.test
like "$out" "Skipping. Next renewal time is: " "says when"
ok "renew by force" acme --renew -d a.test --force
isnt "$(serial "$D/a.test.cer")" "$first" "another certificate"
chain_ok "the new chain verifies" "$D/fullchain.cer"
ok "still belongs to its key" pair "$D/a.test.key" "$D/a.test.cer"
ok "cron with nothing due" acme --cron
like "$out" "===Starting cron===" "cron says it starts"
like "$out" "0 renewed, 1 skipped, 0 failed" "cron sums up"
ok "a new name is a change" acme --issue -d a.test -d b.a.test --standalone --httpport "$HTTP_PORT"
is "$(names "$D/a.test.cer" | sort | tr '\n' ' ')" "a.test b.a.test " "the names are the new ones"

mkdir "$T/inst"
ok "install-cert" acme --install-cert -d a.test --key-file "$T/inst/k.pem" --fullchain-file "$T/inst/f.pem" \
	--cert-file "$T/inst/c.pem" --ca-file "$T/inst/ca.pem" \
	--reloadcmd 'echo "$Le_Domain $CERT_PATH" >>"$LE_WORKING_DIR/reloaded"'
like "$out" "Reload successful" "says so"
is "$(cat "$H/reloaded")" "a.test $D/a.test.cer" "the reload command ran with its variables"
ok "key copied" cmp "$D/a.test.key" "$T/inst/k.pem"
ok "chain copied" cmp "$D/fullchain.cer" "$T/inst/f.pem"
is "$(stat -c %a "$T/inst/k.pem")" 600 "the copied key is for its owner only"
chmod 640 "$T/inst/k.pem"
ok "renewed again" acme --renew -d a.test --force
ok "the installed copy is the new one" cmp "$D/a.test.cer" "$T/inst/c.pem"
is "$(stat -c %a "$T/inst/k.pem")" 640 "an existing target keeps its mode"
is "$(wc -l <"$H/reloaded")" 2 "reloaded again"

ok "an RSA certificate beside it" acme --issue -d a.test -k 2048 --standalone --httpport "$HTTP_PORT"
is "$(openssl pkey -in "$H/a.test/a.test.key" -noout -text | grep -o '2048 bit')" "2048 bit" "is RSA"
like "$(head -n 1 "$H/a.test/a.test.key")" "BEGIN RSA PRIVATE KEY" "in acme.sh's form"
like "$(head -n 1 "$D/a.test.key")" "BEGIN EC PRIVATE KEY" "as is the EC key"
ok "list" acme --list
is "$(printf '%s\n' "$out" | grep -c a.test)" 2 "both are listed"
ok "info" acme --info -d a.test --ecc
like "$out" "^Le_ReloadCmd=echo " "shows the settings decoded"
like "$out" "^NextRenewal=" "shows the next renewal"
done_testing
