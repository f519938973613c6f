#!/bin/sh
# The ways to prove a name: webroot, tls-alpn-01, stateless, mixed; their files, ports and errors.
. "$(dirname "$0")/../lib.sh"
PB_PROFILES='default=7776000'
pebble_start

# A web server with several roots: perl serves $T/www-NAME for Host NAME.
mkdir -p "$T/www-a.test" "$T/www-b.test"
cat >"$T/web.pl" <<'END'
use IO::Socket::INET;
my $s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $ARGV[0], Listen => 50, ReuseAddr => 1) or die;
$SIG{CHLD} = 'IGNORE';
while (my $c = $s->accept) {
	next if fork;
	sysread $c, my $head, 8192;
	my ($path) = $head =~ m{^GET (\S+)};
	my ($host) = $head =~ m{\nHost: *([^:\s]+)}i;
	my $body;
	if ($path !~ /\.\./ && open my $f, '<', "$ARGV[1]/www-$host$path") { local $/; $body = <$f> }
	print $c defined $body ? "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " . length($body) . "\r\n\r\n$body"
		: "HTTP/1.1 404 no\r\nContent-Length: 0\r\n\r\n";
	exit;
}
END
spawn web perl "$T/web.pl" "$HTTP_PORT" "$T"
web=$pid
ok "a web server" wait_for 5 listening "$HTTP_PORT"

umask 077
ok "webroot, one a name" acme --issue -d a.test -w "$T/www-a.test" -d b.test -w "$T/www-b.test"
umask 022
is "$(find "$T/www-a.test" "$T/www-b.test" | wc -l)" 2 "files and folders are taken away"
has "$H/a.test_ecc/a.test.conf" "^Le_Webroot='$T/www-a.test,$T/www-b.test'$" "the conf has both"
mkdir -p "$T/www-a.test/.well-known/acme-challenge"
echo mine >"$T/www-a.test/.well-known/acme-challenge/other"
ok "renewed with folders that were there" acme --renew -d a.test --force
is "$(cat "$T/www-a.test/.well-known/acme-challenge/other")" mine "which stay, with what others put there"
is "$(find "$T/www-a.test" -type f | wc -l)" 1 "and nothing else"
fails "a webroot that is not there" acme --issue -d c.test -w "$T/nowhere"
like "$err" "$T/nowhere" "is named"
mkdir "$T/locked"
chmod 555 "$T/locked"
if [ "$(id -u)" != 0 ]; then
	fails "a webroot that cannot be written" acme --issue -d c.test -w "$T/locked"
fi

# stateless: the web server knows the thumbprint
acme --register-account >"$T/out"
thumb=$(sed -n "s/.*ACCOUNT_THUMBPRINT='\(.*\)'/\1/p" "$T/out")
stop "$web"
cat >"$T/stateless.pl" <<'END'
use IO::Socket::INET;
my $s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $ARGV[0], Listen => 50, ReuseAddr => 1) or die;
while (my $c = $s->accept) {
	sysread $c, my $head, 8192;
	my ($token) = $head =~ m{^GET /.well-known/acme-challenge/([A-Za-z0-9_-]+) } or next;
	my $body = "$token.$ARGV[1]";
	print $c "HTTP/1.1 200 OK\r\nContent-Length: " . length($body) . "\r\n\r\n$body";
	close $c;
}
END
spawn stateless perl "$T/stateless.pl" "$HTTP_PORT" "$thumb"
stateless=$pid
ok "a web server with the thumbprint" wait_for 5 listening "$HTTP_PORT"
ok "stateless" acme --issue -d s.test --stateless
stop "$stateless"

ok "tls-alpn-01" acme --issue -d t.test -d www.t.test --alpn --tlsport "$TLS_PORT"
has "$H/t.test_ecc/t.test.conf" "^Le_Webroot='alpn'$" "the conf says alpn"
has "$H/t.test_ecc/t.test.conf" "^Le_TLSPort='$TLS_PORT'$" "and the port"
ok "renewed" acme --renew -d t.test --force
ok "an IP address by tls-alpn-01" acme --issue -d 127.0.0.1 --alpn --tlsport "$TLS_PORT"
ok "mixed in one certificate" acme --issue -d m.test --standalone --httpport "$HTTP_PORT" -d www.m.test --alpn \
	--tlsport "$TLS_PORT"
fails "a wildcard cannot be proven so" acme --issue -d '*.m.test' --standalone
like "$err" "dns" "and the way is named"
ok "listens on one address" acme --issue -d l.test --standalone --httpport "$HTTP_PORT" --local-address 127.0.0.1
ok "and on IPv4 only" acme --issue -d l4.test --standalone --httpport "$HTTP_PORT" --listen-v4
has "$H/l4.test_ecc/l4.test.conf" "^Le_Listen_V4='1'$" "which is kept"
ok "many names at once" acme --issue $(for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	printf ' -d n%s.many.test' $n; done) --standalone --httpport "$HTTP_PORT"
is "$(names "$H/n1.many.test_ecc/n1.many.test.cer" | wc -l)" 20 "all are in the certificate"
done_testing
