#!/bin/sh
# Bad input of every kind ends in one sentence and exit code 1 (or what acme.sh gives), with nothing
# half-written.
. "$(dirname "$0")/../lib.sh"
pebble_start

# bad WORDS NAME ARGUMENTS...: fails, says WORDS, in one line
bad() {
	words=$1
	name=$2
	shift 2
	exits 1 "$name" acme "$@"
	like "$err" "$words" "  says: $words"
	is "$(printf '%s\n' "$err" | grep -vc 'Please add')" 1 "  in one line"
}

bad "Unknown parameter: --isue.*--issue" "a misspelt command" --isue -d a.test
bad "Unknown parameter: --keylenght.*--keylength" "a misspelt option" --issue --keylenght 2048
bad "-d: a value is missing; write -d name" "a missing value" --issue -d
bad "value is missing" "a value that is an option" --issue -d --standalone
bad "for which certificate" "no name" --issue --standalone
bad "proven" "no way to prove" --issue -d a.test
bad "domain 'a b' .*space" "a name with a space" --issue -d 'a b' --standalone
bad "domain '../x'" "a name that climbs" --issue -d ../x --standalone
bad "domain 'a/b'" "a name with a slash" --issue -d a/b --standalone
bad "control character" "a name with a control character" --issue -d "$(printf 'a\001b')" --standalone
bad "label" "an empty label" --issue -d a..test --standalone
long=$(printf 'a%.0s' 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30).
bad "253" "a name of over 253 bytes" --issue -d "$long$long$long$long$long$long$long${long}${long}test" --standalone
bad "length" "a key length that is none" --issue -d a.test --standalone -k 1234
bad "port|65535" "a port that is none" --issue -d a.test --standalone --httpport 99999
bad "days" "days that are none" --issue -d a.test --standalone --days soon
bad "CA|server" "a CA that is none" --issue -d a.test --standalone --server nobody
bad "not an issued domain" "info of a certificate that is not there" --info -d nope.test
bad "not an issued domain" "install of one" --install-cert -d nope.test --key-file "$T/k"
exits 2 "renew of one is skipped, as acme.sh does" acme --renew -d nope.test
exits 0 "no argument: the help" "$ACME_BIN"
like "$out" "Usage: acme" "indeed"
exits 1 "options without a command" acme -d a.test
exits 0 "--version" acme --version
like "$out" "^v[0-9]+\.[0-9]+" "prints it"
run env HOME="$H" "$ACME_BIN" list --home "$H"
is "$status" 0 "a first word without dashes is a command"

ok "a certificate to work with" acme --issue -d a.test --standalone --httpport "$HTTP_PORT"
D=$H/a.test_ecc
bad "$T/no/k.pem.*no folder" "a target whose folder is missing" --install-cert -d a.test --key-file "$T/no/k.pem"
hasnt "$D/a.test.conf" "$T/no" "which is not remembered"
bad "exit code 3|ended with.* 3" "a reload command that fails" --install-cert -d a.test --reloadcmd "exit 3"
ok "no targets any more" acme --install-cert -d a.test --reloadcmd true

# damaged files
cp "$D/a.test.key" "$T/key"
echo garbage >"$D/a.test.key"
bad "a.test.key" "a damaged key" --renew -d a.test --force
is "$(cat "$D/a.test.key")" garbage "is not overwritten"
: >"$D/a.test.key"
bad "a.test.key" "an empty key" --renew -d a.test --force
cp "$T/key" "$D/a.test.key"
cp "$D/a.test.conf" "$T/conf"
printf 'Le_Broken='"'"'no end\n\000\n' >>"$D/a.test.conf"
bad "a.test.conf" "a conf with a NUL byte" --renew -d a.test --force
printf 'echo pwned >%s/pwned\nMY_ODD=$(touch %s/pwned)\n' "$T" "$T" | cat "$T/conf" - >"$D/a.test.conf"
ok "a conf with shell code" acme --renew -d a.test --force
ok "which is not run" test ! -e "$T/pwned"
has "$D/a.test.conf" "^echo pwned" "but kept"
cp "$T/conf" "$D/a.test.conf"
mv "$D/a.test.cer" "$T/cer"
mkdir "$D/a.test.cer"
bad "a.test.cer" "a folder in a file's place" --renew -d a.test --force
rmdir "$D/a.test.cer"
exits 2 "once it is gone, the next run puts the certificate in place" acme --renew -d a.test
like "$(cat "$D/a.test.cer")" "BEGIN CERTIFICATE" "indeed"

# places that cannot be written: a file where a folder should be works for root too
echo file >"$T/file"
exits 1 "a home below a file" "$ACME_BIN" --home "$T/file/home" --issue -d a.test --standalone
like "$err" "$T/file" "is named"
bad "$T/file/log" "a log file that cannot be opened" --list --log "$T/file/log"

# a full disk: a tiny file system, where the machine lets us make one
if mkdir "$T/tiny" && mount -t tmpfs -o size=256k tmpfs "$T/tiny" 2>/dev/null; then
	cp -R "$H/." "$T/tiny/"
	state() { cd "$T/tiny/a.test_ecc" && cksum a.test.key a.test.cer ca.cer fullchain.cer a.test.csr; }
	before=$(state)
	dd if=/dev/zero of="$T/tiny/fill" bs=1k count=1000 2>/dev/null
	run "$ACME_BIN" --home "$T/tiny" --server "$SERVER" --ca-bundle "$T/minica.pem" --renew -d a.test --force
	is "$status" 1 "a full disk is a failure"
	like "$err" "[Nn]o space left|full" "that is told as what it is"
	is "$(state)" "$before" "nothing was lost or half-written"
	umount "$T/tiny"
else
	pass "a full disk: this machine lets no test file system be mounted; unit tests do it by a size limit"
fi

# secrets stay out of what is told
run acme --to-pkcs12 -d a.test --password verysecretword --debug 3
unlike "$out$err" "verysecretword" "a password is not in debug output"
run acme --register-account --eab-kid kid --eab-hmac-key c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2Vj --debug 3
unlike "$out$err" "c2VjcmV0c2VjcmV0" "an EAB key neither"
run acme --renew -d a.test --force --debug 3 --log "$T/log"
unlike "$out$err$(cat "$T/log")" "BEGIN (EC|RSA)? ?PRIVATE" "nor is a private key"
is "$(stat -c %a "$T/log")" 600 "the log file is for its owner only"

# Closed standard files: nothing that is opened takes their numbers and gets what is printed
acme --create-domain-key -d closed.test >&- 2>/dev/null
is $? 1 "standard output is closed: the exit code tells it"
ok "the work is done" openssl pkey -in "$H/closed.test_ecc/closed.test.key" -noout
is "$(grep -rl 'Creating' "$H")" "" "no file got what was to be printed"
done_testing
