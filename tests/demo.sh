#!/bin/sh
# From a bare checkout to a certificate: installs what is missing (as root or by sudo), builds, starts
# a private test CA on loopback, and shows a certificate's life in at most 40 lines. Nothing is left
# behind but build/.
cd "$(dirname "$0")/.." || exit 1
log=$(mktemp)

# step WHAT COMMAND...: quiet when it goes well
step() {
	printf '%s ... ' "$1"
	shift
	if "$@" >"$log" 2>&1; then
		echo "done"
		return
	fi
	echo failed
	tail -n 20 "$log"
	rm -f "$log"
	exit 1
}

step "Installing what building needs" sh tests/need.sh build
step "Building build/release/acme" make
step "Installing the test CA (Pebble)" sh tests/need.sh demo
rm -f "$log"

# From here on the test helpers: a folder of its own, and everything ended at the end.
. tests/lib.sh

# show COMMENT ARGUMENTS...: runs acme, prints the command and the lines that matter
show() {
	echo
	echo "# $1"
	shift
	echo "\$ acme $*"
	run acme "$@"
	printf '%s\n%s\n' "$out" "$err" | sed -n 's/^\[[^]]*\] //p' |
		grep -E '^(Registered|Cert success|Your cert is|And the full|Reload|[A-Z].*(fail|error)|Installing (key|full))' |
		sed "s|$T/||; s/^/  /"
	[ $status = 0 ] || give_up "that did not work: $out $err"
}

echo "Starting a private CA on loopback ... done"
pebble_start
mkdir "$T/server"
show "An account at the CA" --register-account -m you@demo.test
show "A certificate, proven by the built-in responder" \
	--issue -d demo.test -d www.demo.test --standalone --httpport "$HTTP_PORT"
show "Its files where a server reads them, with a command to reload it" \
	--install-cert -d demo.test --key-file "$T/server/key.pem" --fullchain-file "$T/server/chain.pem" \
	--reloadcmd "date >>$T/server/reloaded"
show "A renewal before its time; the server gets the new files by itself" --renew -d demo.test --force
echo
echo "# What openssl says of the installed files"
openssl verify -CAfile "$T/root.pem" -untrusted "$T/server/chain.pem" "$T/server/chain.pem" |
	sed "s|$T/||; s/^/  /"
openssl x509 -in "$T/server/chain.pem" -noout -enddate -ext subjectAltName | sed 's/^ */  /'
[ "$(wc -l <"$T/server/reloaded")" = 2 ] || give_up "the server was not reloaded twice"
openssl verify -CAfile "$T/root.pem" -untrusted "$T/server/chain.pem" "$T/server/chain.pem" \
	>/dev/null || give_up "the chain does not verify"
echo "  the reload command ran 2 times"
