#!/bin/sh
# Every way to prove a name without DNS, validated by a real CA: standalone, tls-alpn-01 (names and
# IP addresses), webroot, stateless, and several of them in one certificate.
. "$(dirname "$0")/../lib.sh"
pebble_start

# --- our own responder ---------------------------------------------------------------------------
ok "standalone, five names" acme --issue -d s.test -d 1.s.test -d 2.s.test -d 3.s.test -d 127.0.0.1 \
	--standalone --httpport "$HTTP_PORT" --post-hook \
	"curl -s -m 2 http://127.0.0.1:$HTTP_PORT/; echo \$? >$T/post"
chain_ok "its chain" "$H/s.test_ecc/fullchain.cer"
is "$(names "$H/s.test_ecc/s.test.cer" | wc -l)" 5 "five names in it"
is "$(cat "$T/post")" 7 "the port is given back before the post-hook"

ok "tls-alpn-01: a name, one in capitals, an address" acme --issue -d t.test -d UP.T.test \
	-d 127.0.0.1 --alpn --tlsport "$TLS_PORT"
chain_ok "its chain" "$H/t.test_ecc/fullchain.cer"
like "$(names "$H/t.test_ecc/t.test.cer")" '^127\.0\.0\.1$' "the address is in it"
has "$H/t.test_ecc/t.test.conf" "^Le_Webroot='alpn'$" "the conf says alpn"
has "$H/t.test_ecc/t.test.conf" "^Le_TLSPort='$TLS_PORT'$" "and the port"
ok "renewed" acme --renew -d t.test --force

ok "both in one certificate" acme --issue -d b.test --standalone -d c.b.test --alpn \
	--httpport "$HTTP_PORT" --tlsport "$TLS_PORT" --listen-v4
has "$H/b.test_ecc/b.test.conf" "^Le_Listen_V4='1'$" "that it listens on IPv4 only is kept"
ok "on one address" acme --issue -d l.test --standalone --httpport "$HTTP_PORT" \
	--local-address 127.0.0.1
fails "on an address of somebody else" acme --issue -d m.test --standalone \
	--httpport "$HTTP_PORT" --local-address 192.0.2.77
like "$err" "192\.0\.2\.77 port $HTTP_PORT: the address is none of this machine's" "which is told"
fails "a wildcard name by http-01" acme --issue -d '*.w.test' --standalone --httpport "$HTTP_PORT"
like "$err" "--dns" "the way out is told"
set --
for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	set -- "$@" -d "n$n.many.test"
done
ok "many names at once" acme --issue "$@" --standalone --httpport "$HTTP_PORT"
is "$(names "$H/n1.many.test_ecc/n1.many.test.cer" | wc -l)" 20 "all are in the certificate"

# --- a web server --------------------------------------------------------------------------------
mkdir "$T/www"
web "$HTTP_PORT" "$T/www"
WEB=$pid
fails "standalone, where a web server runs" acme --issue -d x.test --standalone \
	--httpport "$HTTP_PORT"
like "$err" "port $HTTP_PORT is taken by perl \(process $WEB\).*--httpport.*-w" "who it is, and the ways out"
ok "webroot" acme --issue -d r.test -d www.r.test -w "$T/www"
is "$(ls -A "$T/www")" "" "nothing stays there"
mkdir -p "$T/www/.well-known/mine"
umask 077
ok "webroot with a closed umask, beside a folder of others" acme --issue -d q.test -w "$T/www"
umask 022
is "$(ls -A "$T/www/.well-known")" mine "which stays"
mkdir -p "$T/www/.well-known/acme-challenge"
echo mine >"$T/www/.well-known/acme-challenge/other"
ok "renewed with folders that were there" acme --renew -d q.test --force
is "$(cat "$T/www/.well-known/acme-challenge/other")" mine "which stay, with what others put there"
is "$(find "$T/www" -type f | wc -l)" 1 "and nothing else"
fails "a webroot that is not there" acme --issue -d y.test -w "$T/none"
like "$err" "webroot $T/none: opening the folder: No such file" "is told before the CA is asked"
stop "$WEB"

mkdir -p "$T/www-1.test" "$T/www-2.test"
web "$HTTP_PORT" "$T/www-%h"
ok "a webroot for each name" acme --issue -d 1.test -w "$T/www-1.test" -d 2.test -w "$T/www-2.test"
is "$(find "$T/www-1.test" "$T/www-2.test" | wc -l)" 2 "files and folders are taken away"
has "$H/1.test_ecc/1.test.conf" "^Le_Webroot='$T/www-1.test,$T/www-2.test'$" "the conf has both"
if [ "$(id -u)" != 0 ]; then
	mkdir -m 555 "$T/locked"
	fails "a webroot that cannot be written" acme --issue -d c.test -w "$T/locked"
fi
stop "$pid"

# --- stateless -----------------------------------------------------------------------------------
thumb=$(acme --register-account | sed -n "s/.*ACCOUNT_THUMBPRINT='\(.*\)'.*/\1/p")
isnt "$thumb" "" "the thumbprint is told"
web "$HTTP_PORT" - "$thumb"
ok "stateless" acme --issue -d n.test -d 2.n.test --stateless
like "$out" "return 200 \"\\\$1\.$thumb\";" "what to tell nginx is printed"
ok "again" acme --renew -d n.test --force
unlike "$out" "return 200" "and not when it is known to work"

fails "a way that there is not" acme --issue -d v.test --dns dns_there_is_none
like "$err" "dns_there_is_none" "is named"
done_testing
