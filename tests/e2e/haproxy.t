#!/bin/sh
# The deploy hook haproxy with a real HAProxy: a certificate put into the running process over its socket,
# a new one added to a folder, the master's socket, a reload, and what goes wrong.
. "$(dirname "$0")/../lib.sh"
pebble_start
mkdir "$T/certs"
sock=$T/sock
tls=$(port)
# one certificate is there from the start, as HAProxy does not start without
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$T/k" -out "$T/c" \
	-days 2 -subj /CN=first.test 2>/dev/null
cat "$T/c" "$T/k" >"$T/certs/first.pem"
conf() {
	cat >"$T/haproxy.cfg" <<-END
		global
		  stats socket $sock mode 600 level admin
		defaults
		  mode http
		  timeout connect 5s
		  timeout client 5s
		  timeout server 5s
		frontend f
		  bind 127.0.0.1:$tls ssl crt $T/certs/
		  http-request return status 200
	END
}
# served NAME: serial number of the certificate that a client gets
served() {
	openssl s_client -connect "127.0.0.1:$tls" -servername "$1" </dev/null 2>/dev/null |
		openssl x509 -noout -serial
}
stored() { openssl x509 -noout -serial -in "$H/$1_ecc/$1.cer"; }
conf
spawn haproxy haproxy -db -W -S "$T/master" -f "$T/haproxy.cfg"
wait_for 10 test -S "$sock"
wait_for 10 listening "$tls"
worker() { echo "show info" | socket | sed -n 's/^Pid: //p'; }
socket() { perl -MIO::Socket::UNIX -e '$s = IO::Socket::UNIX->new(shift); print $s <STDIN>; $s->shutdown(1); print <$s>' "$sock"; }
before=$(worker)

ok "issue" acme --issue -d a.test --standalone --httpport "$HTTP_PORT"
DEPLOY_HAPROXY_PEM_PATH=$T/certs DEPLOY_HAPROXY_HOT_UPDATE=yes DEPLOY_HAPROXY_STATS_SOCKET=UNIX:$sock
export DEPLOY_HAPROXY_PEM_PATH DEPLOY_HAPROXY_HOT_UPDATE DEPLOY_HAPROXY_STATS_SOCKET
ok "a certificate that the running HAProxy has not seen" acme --deploy -d a.test --deploy-hook haproxy
is "$(served a.test)" "$(stored a.test)" "is served"
is "$(stat -c %a "$T/certs/a.test.pem")" 600 "its file is its owner's only"
ok "the file is what HAProxy would load" sh -c "
	openssl pkey -in $T/certs/a.test.pem -noout && openssl verify -partial_chain -CAfile $H/a.test_ecc/ca.cer $T/certs/a.test.pem"
unset DEPLOY_HAPROXY_PEM_PATH DEPLOY_HAPROXY_HOT_UPDATE DEPLOY_HAPROXY_STATS_SOCKET
has "$H/a.test_ecc/a.test.conf" "^Le_DeployHook='haproxy,'$" "the hook is kept"
has "$H/a.test_ecc/a.test.conf" "^SAVED_DEPLOY_HAPROXY_HOT_UPDATE='yes'$" "and its settings, as acme.sh keeps them"
old=$(served a.test)
ok "a renewal" acme --renew -d a.test --force
isnt "$(served a.test)" "$old" "is served"
is "$(served a.test)" "$(stored a.test)" "at once"
is "$(worker)" "$before" "by the same process: nothing was reloaded"
hasnt "$T/haproxy.log" "a.test" "nothing was logged about it"

ok "over the master's socket" with DEPLOY_HAPROXY_MASTER_CLI="$T/master" \
	acme --deploy -d a.test --deploy-hook haproxy
is "$(served a.test)" "$(stored a.test)" "it is served"

# what goes wrong
DEPLOY_HAPROXY_PEM_PATH=$T/elsewhere DEPLOY_HAPROXY_STATS_SOCKET=$sock
export DEPLOY_HAPROXY_PEM_PATH DEPLOY_HAPROXY_STATS_SOCKET
exits 1 "no such folder" acme --deploy -d a.test --deploy-hook haproxy
like "$err" "HAProxy: .*elsewhere" "is named"
mkdir "$T/elsewhere"
exits 1 "a folder that HAProxy does not use" acme --deploy -d a.test --deploy-hook haproxy
like "$err" "uses no certificate .*elsewhere/a.test.pem.*behind crt" "told with the remedy"
has "$H/a.test_ecc/a.test.conf" "^SAVED_DEPLOY_HAPROXY_PEM_PATH='$T/certs'$" "settings that did not work are not kept"
DEPLOY_HAPROXY_PEM_PATH=$T/certs
exits 1 "a socket that is not there" with DEPLOY_HAPROXY_MASTER_CLI="$T/nothing" \
	acme --deploy -d a.test --deploy-hook haproxy
like "$err" "nothing: No such file" "is named"

# reload
unset DEPLOY_HAPROXY_PEM_PATH DEPLOY_HAPROXY_STATS_SOCKET
ok "a second certificate, by a reload" with DEPLOY_HAPROXY_HOT_UPDATE= \
	DEPLOY_HAPROXY_PEM_PATH="$T/certs" DEPLOY_HAPROXY_RELOAD="kill -USR2 $pid; echo \"\$CERT_PATH\" >$T/where" \
	acme --issue -d b.test --standalone --httpport "$HTTP_PORT" --deploy-hook haproxy
wait_for 10 sh -c "openssl s_client -connect 127.0.0.1:$tls -servername b.test </dev/null 2>/dev/null | grep -q 'CN = Pebble'" || :
is "$(served b.test)" "$(stored b.test)" "is served"
is "$(cat "$T/where")" "$H/b.test_ecc/b.test.cer" "the command has the reload command's variables"
exits 1 "a reload that fails" with DEPLOY_HAPROXY_RELOAD="exit 7" acme --deploy -d b.test --deploy-hook haproxy
like "$err" "'exit 7' ended with exit code 7" "is told"
ok "both kinds of key side by side" with DEPLOY_HAPROXY_BUNDLE=yes DEPLOY_HAPROXY_ISSUER=yes \
	DEPLOY_HAPROXY_PEM_PATH="$T/elsewhere" DEPLOY_HAPROXY_RELOAD=: acme --deploy -d b.test --deploy-hook haproxy
ok "by their names" test -s "$T/elsewhere/b.test.pem.ecdsa"
ok "with the issuer" cmp "$T/elsewhere/b.test.pem.ecdsa.issuer" "$H/b.test_ecc/ca.cer"
done_testing
