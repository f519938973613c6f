#!/bin/sh
# Notifications by mail, with a real server (Exim) and its sendmail: what arrives, and how failures are told.
. "$(dirname "$0")/../lib.sh"
command -v exim >/dev/null || give_up "no exim: run sh tests/need.sh test"

# --- the mail server -----------------------------------------------------------------------------
# Exim wants its user to be known, which nss_wrapper tells it, and not to be root; all that it gets is
# $T/box, with the envelope on top. Recipients are ann@, bob@ and jürgen@mx.test.
E=$T/exim box=$T/exim/box
uid=$(id -u) gid=$(id -g) drop=
[ "$uid" != 0 ] || uid=65534 gid=65534 drop='setpriv --reuid 65534 --regid 65534 --clear-groups'
starttls=$(port) implicit=$(port) plain=$(port) login=$(port) closed=$(port)
mkdir -p "$E/spool" "$E/lib"
cp -L "$TOP/build/tools/exim-mail/usr/sbin/exim4" "$E/sendmail"
find "$TOP/build/tools/exim-mail" -name '*.so*' -exec cp -L {} "$E/lib" \;
echo "Debian-exim:x:$uid:$gid::/:/bin/sh" >"$E/passwd"
echo "Debian-exim:x:$gid:" >"$E/group"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=localhost \
	-addext subjectAltName=DNS:localhost -keyout "$E/key.pem" -out "$E/cert.pem" 2>/dev/null
cat >"$E/conf" <<END
exim_path = $E/sendmail
keep_environment = LD_LIBRARY_PATH : LD_PRELOAD : NSS_WRAPPER_PASSWD : NSS_WRAPPER_GROUP
primary_hostname = mx.test
qualify_domain = mx.test
spool_directory = $E/spool
log_file_path = $E/%s.log
local_interfaces = 127.0.0.1
daemon_smtp_ports = $starttls : $implicit : $plain : $login
tls_on_connect_ports = $implicit
tls_advertise_hosts = \${if eq{\$received_port}{$plain}{}{*}}
tls_certificate = $E/cert.pem
tls_privatekey = $E/key.pem
auth_advertise_hosts = \${if eq{\$tls_in_cipher}{}{}{*}}
host_lookup =
rfc1413_query_timeout = 0s
deliver_drop_privilege = true
acl_smtp_mail = sender
acl_smtp_rcpt = recipient
acl_smtp_data = accept
begin acl
sender:
  deny senders = mallory@*
       message = 550 5.7.1 Not from you
  accept
recipient:
  deny condition = \${if eq{\$received_port}{$login}}
       ! authenticated = *
       message = 550 5.7.0 Who are you?
  accept local_parts = ann : bob : jürgen
  deny message = 550 5.1.1 No such user here
begin routers
here:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  file = $box
  user = $uid
  group = $gid
  envelope_to_add
  return_path_add
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_advertise_condition = \${if eq{\$received_port}{$login}{no}{yes}}
  server_prompts = :
  server_condition = \${if and{{eq{\$auth2}{ann}}{eq{\$auth3}{pass word}}}}
  server_set_id = \$auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = User : Pass
  server_condition = \${if and{{eq{\$auth1}{ann}}{eq{\$auth2}{pass word}}}}
  server_set_id = \$auth1
END
cat >"$T/run-exim" <<-END
	#!/bin/sh
	export LD_LIBRARY_PATH=$E/lib LD_PRELOAD=$E/lib/libnss_wrapper.so
	export NSS_WRAPPER_PASSWD=$E/passwd NSS_WRAPPER_GROUP=$E/group
	exec $drop $E/sendmail -C $E/conf "\$@"
END
mkdir "$T/bin"
cp "$T/run-exim" "$T/bin/sendmail"
chmod +x "$T/run-exim" "$T/bin/sendmail"
if [ -n "$drop" ]; then
	chmod 711 "$T"
	chown -R "$uid:$gid" "$E"
fi
spawn exim "$T/run-exim" -bdf
wait_for 20 listening "$starttls" || give_up "exim does not listen: $(cat "$T/exim.log" "$E"/*.log)"
wait_for 20 listening "$login" || give_up "exim listens on some of its ports only"

# arrives NAME: a mail comes, into $T/mail, its header lines unfolded
arrives() {
	wait_for 15 complete
	perl -0777 -pe 's/^(.*?\n)\n/my $h = $1; $h =~ s#\n[ \t]+# #g; "$h\n"/se' "$box" >"$T/mail"
	rm -f "$box"
	has "$T/mail" '^Subject: ' "$1"
}
complete() { [ -s "$box" ] && [ -z "$(find "$E/spool/input" -type f)" ]; }
# with NAME=VALUE... COMMAND...
with() (
	while case $1 in *=*) ;; *) false ;; esac do
		export "${1?}"
		shift
	done
	"$@"
)
notify() { acme --set-notify --notify-hook "$@"; }
afresh() { rm -f "$H/account.conf"; }
# refuses REGEX NAME=VALUE... HOOK OPTION...: one sentence, nothing is saved, no password is shown
refuses() {
	regex=$1
	shift
	exits 1 "$regex" with "$@"
	like "$err" "$regex" "is told"
	is "$(printf '%s\n' "$err" | grep -vc "Please add '--debug'")" 1 "in one sentence"
	unlike "$out$err" 'pass word|guess' "without the password"
	if [ -f "$H/account.conf" ]; then
		hasnt "$H/account.conf" 'NOTIFY_|SMTP_|MAIL_' "nothing is saved"
	else
		pass "nothing is saved"
	fi
	afresh
}

export SMTP_FROM='"ACME, Müller" <acme@mx.test>' SMTP_TO=ann@mx.test SMTP_HOST=localhost
export SMTP_PORT="$starttls" SMTP_USERNAME=ann SMTP_PASSWORD='pass word' SMTP_TIMEOUT=10 SMTP_BIN=curl
ACME_ARGS="--ca-bundle $E/cert.pem"

# --- by SMTP -------------------------------------------------------------------------------------
ok "STARTTLS and a login" notify smtp
arrives "the test mail arrives"
has "$T/mail" '^Return-path: <acme@mx.test>' "from the sender"
has "$T/mail" '^Envelope-to: ann@mx.test' "to the recipient"
has "$T/mail" '^From: =\?UTF-8\?B\?QUNNRSwgTcO8bGxlcg==\?= <acme@mx.test>$' "From"
has "$T/mail" '^To: ann@mx.test$' "To"
has "$T/mail" '^Subject: Hello, this is a notification' "Subject"
has "$T/mail" '^Date: [A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} 20[0-9]{2} [0-9:]{8} \+0000$' "Date"
has "$T/mail" '^Message-ID: <[0-9a-f]+@mx.test>$' "Message-ID"
has "$T/mail" 'with esmtpsa ' "over TLS, logged in"
has "$E/main.log" 'A=plain:ann' "by PLAIN"
has "$T/mail" '^If you receive this message, your notification works\.$' "text"
for pair in FROM="$SMTP_FROM" TO=ann@mx.test HOST=localhost PORT="$starttls" USERNAME=ann \
	PASSWORD='pass word' TIMEOUT=10 BIN=curl; do
	has "$H/account.conf" "^SAVED_SMTP_${pair%%=*}='${pair#*=}'$" "SMTP_${pair%%=*} is saved"
done
hasnt "$H/account.conf" SMTP_SECURE "what has a default is not"
afresh
ok "--debug 3" notify smtp --debug 3
arrives "the test mail arrives"
like "$err" 'SMTP > AUTH PLAIN$' "tells what is said"
unlike "$out$err" "pass word|$(printf '\0ann\0pass word' | base64)|$(printf 'pass word' | base64)" \
	"and no password"
afresh
ok "TLS from the first byte" with SMTP_SECURE=ssl SMTP_PORT="$implicit" notify smtp
arrives "the test mail arrives"
has "$T/mail" 'with esmtpsa ' "over TLS, logged in"
has "$H/account.conf" "^SAVED_SMTP_SECURE='ssl'$" "how is saved"
afresh
ok "login by LOGIN" with SMTP_PORT="$login" notify smtp
arrives "the test mail arrives"
has "$E/main.log" 'A=login:ann' "by LOGIN"
afresh
unset SMTP_USERNAME SMTP_PASSWORD
ok "neither TLS nor login" with SMTP_SECURE=none SMTP_PORT="$plain" notify smtp
arrives "the test mail arrives"
has "$T/mail" 'with esmtp ' "in the clear"
afresh
ok "--insecure takes any certificate" with ACME_ARGS= SMTP_HOST=127.0.0.1 notify smtp --insecure
arrives "the test mail arrives"
has "$T/mail" 'with esmtps ' "over TLS"
afresh
ok "so does SMTP_INSECURE=1" with ACME_ARGS= SMTP_HOST=127.0.0.1 SMTP_INSECURE=1 notify smtp
arrives "the test mail arrives"
has "$H/account.conf" "^SAVED_SMTP_INSECURE='1'$" "which is saved"
afresh
ok "one recipient of two" with SMTP_TO='nobody@mx.test, ann@mx.test' notify smtp
like "$err" 'nobody@mx.test: No such user here \(550 5\.1\.1\)' "the refusal is told"
arrives "the other one gets it"
has "$T/mail" '^To: nobody@mx.test, ann@mx.test$' "with both in the header"
has "$T/mail" '^Envelope-to: ann@mx.test$' "and one on the envelope"
ok "a recipient with an umlaut" with SMTP_TO=jürgen@mx.test notify smtp
arrives "gets it"
has "$T/mail" '^Envelope-to: jürgen@mx.test$' "under that name"
has "$E/main.log" ' P=utf8esmtps ' "by SMTPUTF8"
afresh

# --- what goes wrong -----------------------------------------------------------------------------
refuses "no recipient is accepted: nobody@mx.test: No such user here \(550 5\.1\.1\)" \
	SMTP_TO=nobody@mx.test notify smtp
refuses "the sender mallory@mx.test is refused: Not from you \(550 5\.7\.1\)" \
	SMTP_FROM=mallory@mx.test notify smtp
refuses "Who are you\? \(550 5\.7\.0\)" SMTP_PORT="$login" notify smtp
for way in "$starttls" "$login"; do
	refuses "localhost:$way: the login as 'ann' is refused: Incorrect authentication data \(535\)" \
		SMTP_PORT="$way" SMTP_USERNAME=ann SMTP_PASSWORD='guessed' notify smtp
done
refuses "it takes no user name and password here; try SMTP_SECURE=tls" \
	SMTP_SECURE=none SMTP_USERNAME=ann SMTP_PASSWORD='guessed' notify smtp
refuses "no.such.invalid:$starttls: the name " SMTP_HOST=no.such.invalid notify smtp
refuses "localhost:$closed: cannot connect: .*Connection refused" SMTP_PORT="$closed" notify smtp
refuses "localhost:$starttls: (cannot connect|the name has no IPv6 address)" notify smtp --request-v6
refuses "localhost:$plain: it offers no TLS on this port" SMTP_PORT="$plain" notify smtp
refuses "speaks no TLS on this port, it sent \"220 mx.test" \
	SMTP_SECURE=ssl SMTP_PORT="$plain" notify smtp
refuses "its greeting did not come within 1 seconds; .*SMTP_SECURE=ssl" \
	SMTP_TIMEOUT=1 SMTP_PORT="$implicit" notify smtp
refuses "the server's certificate is refused: it was issued for localhost, not for 127.0.0.1" \
	SMTP_HOST=127.0.0.1 notify smtp
refuses "the server's certificate is refused: .* not trusted" \
	ACME_ARGS="--ca-bundle $TOP/tests/deploy/chain.pem" notify smtp
refuses "'ann' is no mail address: it has no @" SMTP_TO=ann notify smtp
refuses "is no mail address" SMTP_TO="ann@mx.test
Bcc: bob@mx.test" notify smtp
refuses "is no mail address" SMTP_FROM="a@mx.test> SIZE=1" notify smtp
refuses "SMTP_SECURE is tls, ssl or none, not 'yes'" SMTP_SECURE=yes notify smtp
refuses "SMTP_PORT is a number, not 'smtp'" SMTP_PORT=smtp notify smtp
refuses "SMTP_TIMEOUT is a number of seconds, not 'long'" SMTP_TIMEOUT=long notify smtp
refuses "set SMTP_PASSWORD too" SMTP_USERNAME=ann notify smtp
refuses "SMTP_HOST is not set" SMTP_HOST= notify smtp
ok "no mail came of all this" test ! -e "$box"

# --- by sendmail ---------------------------------------------------------------------------------
ok "MAIL_BIN" with MAIL_BIN="$T/bin/sendmail" MAIL_FROM='Acme <acme@mx.test>' \
	MAIL_TO='ann@mx.test, bob@mx.test' notify mail
arrives "the test mail arrives"
has "$T/mail" '^Return-path: <acme@mx.test>' "from the sender"
has "$T/mail" '^From: Acme <acme@mx.test>$' "From"
has "$T/mail" '^To: ann@mx.test, bob@mx.test$' "To"
has "$H/account.conf" "^SAVED_MAIL_BIN='$T/bin/sendmail'$" "MAIL_BIN is saved"
afresh
ok "the first mailer in PATH, for the account" with PATH="$T/bin:$PATH" ACCOUNT_EMAIL=bob@mx.test notify mail
arrives "the test mail arrives"
has "$T/mail" '^Envelope-to: bob@mx.test$' "at the account's address"
afresh
ok "MAIL_NOVALIDATE" with MAIL_BIN="$T/bin/sendmail" MAIL_NOVALIDATE=1 MAIL_TO=bob notify mail
arrives "the test mail arrives"
has "$T/mail" '^Envelope-to: bob@mx.test$' "at a user of this machine"
afresh
printf '#!/bin/sh\necho "the queue is full" >&2\nexit 75\n' >"$T/bin/mail"
chmod +x "$T/bin/mail"
refuses "mail ended with exit code 75: the queue is full" \
	MAIL_BIN="$T/bin/mail" MAIL_TO=ann@mx.test notify mail
for one in -oQ@mx.test '|sh@mx.test' /tmp/x@mx.test; do
	refuses "begins with '[^ ]', which a mailer takes for something else" \
		MAIL_BIN="$T/bin/mail" MAIL_TO="$one" notify mail
done
refuses "'-d@mx.test' begins with '-'" \
	MAIL_BIN="$T/bin/sendmail" MAIL_TO=ann@mx.test MAIL_FROM=-d@mx.test notify mail
refuses "MAIL_BIN=/bin/cat is no mailer that is known" MAIL_BIN=/bin/cat MAIL_TO=ann@mx.test notify mail
refuses "'bob' is no mail address" MAIL_BIN="$T/bin/sendmail" MAIL_TO=bob notify mail

# --- the daily run -------------------------------------------------------------------------------
PB_BLOCK=bad.test=1
pebble_start
cat "$T/minica.pem" "$E/cert.pem" >"$T/both.pem"
ACME_ARGS="--server $SERVER --ca-bundle $T/both.pem"
ok "settings for the daily run" notify smtp --notify-source "Zürich"
arrives "the test mail arrives"
unset SMTP_FROM SMTP_TO SMTP_HOST SMTP_PORT SMTP_TIMEOUT SMTP_BIN
due good.test
due bad.test
exits 1 "--cron with a certificate that fails" acme --cron
arrives "a mail tells of both"
is "$(perl -MEncode -ne 'print encode("UTF-8", decode("MIME-Header", $1)) if /^Subject: (.*)/' "$T/mail")" \
	"Renew Error Success by Zürich" "Subject"
is "$(sed '1,/^$/d' "$T/mail")" "Errored certs:
    bad.test_ecc

Successful certs:
    good.test_ecc" "text"
done_testing
