#!/bin/sh
# Nonces that the CA refuses (RFC 8555 6.5): some, and all.
. "$(dirname "$0")/../lib.sh"
PB_NONCE_REJECT=30
pebble_start
for n in 1 2 3 4 5; do
	ok "30 % refused: certificate $n" acme --issue -d "n$n.test" --standalone --httpport "$HTTP_PORT"
done
stop "$PB_PID"
PB_NONCE_REJECT=100
pebble_run
fails "all refused: gives up" acme --issue -d never.test --standalone --httpport "$HTTP_PORT"
like "$err" "nonce" "says that it is about nonces"
is "$(printf '%s\n' "$err" | grep -c '^\[')" 1 "in one sentence"
ok "nothing is left of it" test ! -e "$H/never.test_ecc/never.test.conf"
done_testing
