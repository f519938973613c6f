#!/bin/sh
# Every way to prove a name without DNS, validated by a real CA: standalone, tls-alpn-01 (names and
# IP addresses), webroot, stateless, and several of them in one certificate.
. "$(dirname "$0")/../lib.sh"
pebble_start

# A web server of 20 lines: files below a folder, or with a thumbprint the stateless answer.
cat >"$T/httpd.pl" <<'END'
use IO::Socket::INET;
my ($port, $root, $thumb) = @ARGV;
my $door = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 32,
	ReuseAddr => 1) or die "port $port: $!";
while (my $c = $door->accept) {
	my ($path) = (<$c> // '') =~ m{^GET (/\.well-known/acme-challenge/[\w-]+) };
	while (defined(my $line = <$c>)) { last if $line =~ /^\r?$/ }
	my $body;
	if ($path && $thumb) {
		($body) = $path =~ m{([^/]+)$};
		$body .= ".$thumb";
	} elsif ($path && open my $f, '<', $root . $path) {
		local $/;
		$body = <$f>;
	}
	print $c defined $body ? "HTTP/1.1 200 OK\r\n" : "HTTP/1.1 404 No\r\n";
	print $c "Connection: close\r\nContent-Length: ", length($body // ''), "\r\n\r\n", $body // '';
	close $c;
}
END

free() { ! curl -s -m 2 "http://127.0.0.1:$1/" >/dev/null; }

# --- our own responder ---------------------------------------------------------------------------
ok "standalone, five names" acme --issue -d s.test -d 1.s.test -d 2.s.test -d 3.s.test -d 127.0.0.1 \
	--standalone --httpport "$HTTP_PORT" --post-hook \
	"curl -s -m 2 http://127.0.0.1:$HTTP_PORT/; echo \$? >$T/post"
chain_ok "its chain" "$H/s.test_ecc/fullchain.cer"
is "$(names "$H/s.test_ecc/s.test.cer" | wc -l | tr -d ' ')" 5 "five names in it"
is "$(cat "$T/post")" 7 "the port is given back before the post-hook"

ok "tls-alpn-01: a name, one in capitals, an address" acme --issue -d t.test -d UP.T.test \
	-d 127.0.0.1 --alpn --tlsport "$TLS_PORT"
chain_ok "its chain" "$H/t.test_ecc/fullchain.cer"
like "$(names "$H/t.test_ecc/t.test.cer")" '^127\.0\.0\.1$' "the address is in it"

ok "both in one certificate" acme --issue -d b.test --standalone -d c.b.test --alpn \
	--httpport "$HTTP_PORT" --tlsport "$TLS_PORT" --listen-v4
ok "on one address" acme --issue -d l.test --standalone --httpport "$HTTP_PORT" \
	--local-address 127.0.0.1
fails "on an address of somebody else" acme --issue -d m.test --standalone \
	--httpport "$HTTP_PORT" --local-address 192.0.2.77
like "$err" "192\.0\.2\.77 port $HTTP_PORT: the address is none of this machine's" "which is told"
fails "a wildcard name by http-01" acme --issue -d '*.w.test' --standalone --httpport "$HTTP_PORT"
like "$err" "--dns" "the way out is told"

# --- a web server --------------------------------------------------------------------------------
mkdir "$T/www"
spawn httpd perl "$T/httpd.pl" "$HTTP_PORT" "$T/www"
WEB=$pid
wait_for 10 curl -s "http://127.0.0.1:$HTTP_PORT/"
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
fails "a webroot that is not there" acme --issue -d y.test -w "$T/none"
like "$err" "webroot $T/none: opening the folder: No such file" "is told before the CA is asked"
stop "$WEB"

# --- stateless -----------------------------------------------------------------------------------
thumb=$(acme --register-account | sed -n "s/.*ACCOUNT_THUMBPRINT='\(.*\)'.*/\1/p")
isnt "$thumb" "" "the thumbprint is told"
spawn stateless perl "$T/httpd.pl" "$HTTP_PORT" - "$thumb"
wait_for 10 curl -s "http://127.0.0.1:$HTTP_PORT/"
ok "stateless" acme --issue -d n.test -d 2.n.test --stateless
like "$out" "return 200 \"\\\$1\.$thumb\";" "what to tell nginx is printed"
ok "again" acme --renew -d n.test --force
unlike "$out" "return 200" "and not when it is known to work"

fails "a way that there is not" acme --issue -d v.test --dns dns_there_is_none
like "$err" "dns_there_is_none" "is named"
done_testing
