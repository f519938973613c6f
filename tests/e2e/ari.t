#!/bin/sh
# Renewal information (RFC 9773): windows that the CA is made to answer, and what cron does then.
. "$(dirname "$0")/../lib.sh"
pebble_start
D=$H/ari.test_ecc
ok "issue" acme --issue -d ari.test --standalone --httpport "$HTTP_PORT"
serial() { openssl x509 -in "$D/ari.test.cer" -noout -serial; }

# window START END: what the CA answers for the stored certificate from now on; ask: cron may ask again
window() {
	pem=$(awk '{ printf "%s\\n", $0 }' "$D/ari.test.cer")
	curl -sf --cacert "$T/minica.pem" -d "{\"Certificate\":\"$pem\",\"ARIResponse\":\"$1\"}" \
		"$PB_MGMT/set-renewal-info/" || give_up "set-renewal-info"
}
ask() { sed -i '/^Acme_AriRetry=/d' "$D/ari.test.conf"; }
span() { printf '{\\"suggestedWindow\\":{\\"start\\":\\"%s\\",\\"end\\":\\"%s\\"}}' "$1" "$2"; }

first=$(serial)
ok "cron asks for the window" acme --cron
like "$out" "ARI suggestedWindow: 20" "and tells it"
has "$D/ari.test.conf" "^Acme_AriDraw='[0-9]+'$" "a time is drawn and kept"
draw=$(grep Acme_AriDraw "$D/ari.test.conf")
ok "info" acme --info -d ari.test
like "$out" "^AriWindow=20.*Z to 20.*Z, drawn: 20.*Z$" "shows window and time"
ok "cron again" acme --cron
unlike "$out" "ARI suggestedWindow" "does not ask before Retry-After"
ask
ok "and later" acme --cron
is "$(grep Acme_AriDraw "$D/ari.test.conf")" "$draw" "the draw stays while the window does"
is "$(serial)" "$first" "nothing was renewed"

window "$(span 2126-01-01T00:00:00Z 2126-01-02T00:00:00Z)"
ask
ok "a window beyond the certificate's end" acme --cron
is "$(serial)" "$first" "renews nothing now"
next=$(sed -n "s/^Le_NextRenewTime='\(.*\)'/\1/p" "$D/ari.test.conf")
end=$(date -d "$(openssl x509 -in "$D/ari.test.cer" -noout -enddate | cut -d= -f2)" +%s)
ok "but the certificate is renewed before its end" test "$next" -lt "$end"

window '{\"suggestedWindow\":{\"start\":\"garbage'
ask
ok "garbage" acme --cron
is "$(serial)" "$first" "changes nothing"
window "$(span 2026-01-02T00:00:00Z 2026-01-01T00:00:00Z)"
ask
ok "a window upside down" acme --cron
is "$(serial)" "$first" "changes nothing"

window "$(span 2020-01-01T00:00:00Z 2020-01-02T00:00:00Z)"
ask
ok "a window in the past" acme --cron
isnt "$(serial)" "$first" "the certificate is renewed"
like "$out" "1 renewed" "cron says so"
has "$T/pebble.log" "order-plz" "by an order"
second=$(serial)
ok "the new one stays" acme --cron
is "$(serial)" "$second" "its own window is in the future"

window "$(span 2020-01-01T00:00:00Z 2020-01-02T00:00:00Z)"
ask
ok "NO_ARI=1 does not ask" env NO_ARI=1 HOME="$H" "$ACME_BIN" --home "$H" --cron
is "$(serial)" "$second" "and renews nothing"
# replaces: the CA refuses a second order for the same predecessor; it is placed without then
cp "$D/ari.test.cer" "$T/old.cer"
ok "renew with replaces" acme --renew -d ari.test --force
cp "$T/old.cer" "$D/ari.test.cer"
ok "a predecessor that was replaced already" acme --renew -d ari.test --force --debug 1

# a CA that has no windows, or is not to be asked, is contacted once a day
echo "NO_ARI='1'" >>"$H/ca/localhost/dir/ca.conf"
ask
ok "the CA is not to be asked" acme --cron
has "$D/ari.test.conf" "^Acme_AriRetry='[0-9]+'$" "that is remembered"
before=$(grep -c "GET /dir" "$T/pebble.log")
ok "the next run" acme --cron
is "$(grep -c "GET /dir" "$T/pebble.log")" "$before" "does not even open a conversation"
done_testing
