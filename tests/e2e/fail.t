#!/bin/sh
# Validations that fail: the CA's words reach the user, nothing is stored, pending authorizations
# are deactivated, clean-up and post-hook run.
. "$(dirname "$0")/../lib.sh"
PB_BLOCK='blocked.test' PB_SLEEP=3
pebble_start
ct /set-servfail '{"host":"servfail.test"}'

fails "DNS that fails" acme --issue -d servfail.test --standalone --httpport "$HTTP_PORT" \
	--post-hook "echo post >$T/post"
like "$err" "servfail.test" "names the name"
like "$err" "resolve" "tells the CA's words"
ok "the post-hook ran" test -s "$T/post"
ok "nothing is left of it" test ! -e "$H/servfail.test_ecc"
fails "a request for a key that is not there" acme --create-csr -d servfail.test
ok "leaves nothing either" test ! -e "$H/servfail.test" -a ! -e "$H/servfail.test_ecc"

fails "a name that the CA does not take" acme --issue -d good.test -d blocked.test --standalone --httpport "$HTTP_PORT"
like "$err" "blocked.test" "is named"
like "$err" "rejectedIdentifier|policy|not issue" "with the reason"

mkdir "$T/www"
fails "a webroot that nobody serves" acme --issue -d nobody.test -w "$T/www"
like "$err" "nobody.test" "names the name"
is "$(find "$T/www" | wc -l)" 1 "token and folders are taken away"

# Somebody else's answer at the port: the CA sees a wrong one.
CT=$(port)
spawn wrong perl -MIO::Socket::INET -e '
	my $s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => $ARGV[0], Listen => 5, ReuseAddr => 1) or die;
	while (my $c = $s->accept) { sysread $c, my $x, 4096; print $c "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nwrong"; close $c }' "$HTTP_PORT"
ok "a stranger serves the port" wait_for 5 curl -sf "http://127.0.0.1:$HTTP_PORT/"
fails "a wrong answer" acme --issue -d wrong.test -w "$T/www"
like "$err" "wrong" "the CA's words tell it"
fails "standalone: the port is taken" acme --issue -d taken.test --standalone --httpport "$HTTP_PORT"
like "$err" "perl" "says by whom"
like "$err" "httpport" "names a way out"
like "$err" "-w" "and another one"
stop "$pid"

# Told to end while the CA validates: at a port that takes connections and never answers
spawn stall perl -MIO::Socket::INET -e '
	my $s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => $ARGV[0], Listen => 50, ReuseAddr => 1) or die; sleep 100' "$HTTP_PORT"
stall=$pid
ok "a server that never answers" wait_for 5 listening "$HTTP_PORT"
spawn ctrlc env HOME="$H" "$ACME_BIN" --home "$H" --server "$SERVER" --ca-bundle "$T/minica.pem" --debug 2 \
	--issue -d slow.test -w "$T/www" --post-hook "echo post2 >>$T/post"
ok "waits for the CA" wait_for 10 grep -q "Verifying: slow.test" "$T/ctrlc.log"
kill -TERM "$pid"
ok "ends soon" wait_for 10 gone "$pid"
is "$(find "$T/www" | wc -l)" 1 "the token is taken away"
has "$T/ctrlc.log" '"status":"deactivated"|"deactivated"' "the pending authorization is deactivated"
has "$T/post" post2 "the post-hook ran"
stop "$stall"
ok "no child is left" sh -c "! pgrep -f '[h]ome $H ' >/dev/null"

# A CA that is not there, and one that is something else
fails "no CA" acme --issue -d x.test --standalone --server "https://localhost:$CT/dir"
like "$err" "localhost:$CT" "names it"
fails "plain HTTP on a TLS port" acme --issue -d x.test --standalone --server "https://127.0.0.1:${CT_URL##*:}/dir"
fails "an untrusted CA" acme --issue -d x.test --standalone --server "$SERVER" --ca-bundle /etc/ssl/certs/ca-certificates.crt
like "$err" "ca-bundle" "says how to trust it"
is "$(printf '%s\n' "$err" | grep -c '^\[')" 1 "in one sentence"
ok "unless told not to verify" acme --insecure --register-account --server "$SERVER" --ca-bundle /dev/null
ok "which is not kept" sh -c "! grep -qr HTTPS_INSECURE $H"
done_testing
