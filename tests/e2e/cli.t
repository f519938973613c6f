#!/bin/sh
# The command line without a CA: mistakes, help, what goes where, logs, colours, homes, sudo, and the
# headers and addresses of requests as a small server sees them.
. "$(dirname "$0")/../lib.sh"

# --- mistakes ------------------------------------------------------------------------------------
exits 127 "a first word that is no command" "$ACME_BIN" isue -d a.test
like "$err" "Unknown command: isue; did you mean issue\?" "the nearest one is named"
exits 1 "an option with '='" "$ACME_BIN" --issue --domain=a.test
like "$err" "write --domain a.test, without '='" "says how"
exits 1 "--install-online" "$ACME_BIN" --install-online --nocron
like "$err" "acme --install installs this program" "says what to do"
exits 1 "options alone" "$ACME_BIN" --ecc
like "$out" "^Usage: acme" "print the help on stdout"
exits 0 "of two commands the last is run" acme --issue --list
like "$out" "^Main_Domain" "indeed"
exits 0 "what is behind --help does not matter" acme --help --nonsense
exits 0 "what is behind --version neither" acme --version --nonsense
like "$out" '^v[0-9]' "it is printed"
exits 0 "--use-wget and --openssl-bin are accepted" acme --list --use-wget --openssl-bin /usr/bin/openssl

# --- help ----------------------------------------------------------------------------------------
exits 0 "--help of a command" "$ACME_BIN" --help install-cert
like "$out" "^  --key-file file" "shows the options that matter for it"
unlike "$out" "--standalone" "and no others"
like "$out" "^  acme --install-cert -d" "and an example"
exits 0 "acme help renew" "$ACME_BIN" help renew
like "$out" "--standalone" "is the same as --help renew"
missing=
for one in $("$ACME_BIN" --print options | sed -n 's/^option //p' | cut -d' ' -f1); do
	case $one in --use-wget | --openssl-bin) continue ;; esac
	"$ACME_BIN" --help | grep -qE "^  (.*, )?$one( |,|\$)" || missing="$missing $one"
done
is "$missing" "" "--help tells all options"
for sh in bash fish zsh man commands; do
	ok "--print $sh" "$ACME_BIN" --print $sh
done
fails "--print of anything else" "$ACME_BIN" --print csh
for page in dns:dns_cf deploy:haproxy notify:slack; do
	ok "--print-table ${page%:*}" "$ACME_BIN" --print-table "${page%:*}"
	like "$out" "^\| \[${page#*:}\]" "is the page of them all"
done
fails "--print-table of anything else" "$ACME_BIN" --print-table cars
ok "--deploy-help" "$ACME_BIN" --deploy-help haproxy
like "$out" "DEPLOY_HAPROXY_PEM_PATH" "names the settings"
ok "--deploy-list" "$ACME_BIN" --deploy-list
like "$out" "^haproxy +HAProxy" "lists the deploy hooks"
ok "--notify-help" "$ACME_BIN" --notify-help slack
like "$out" "SLACK_WEBHOOK_URL" "names the settings"
ok "--notify-list" "$ACME_BIN" --notify-list
like "$out" "^slack +Slack" "lists the notification hooks"
fails "help on a hook that is not there" "$ACME_BIN" --deploy-help nobody
like "$err" "no deploy hook 'nobody'.*--deploy-list" "says what there is"
ok "--dns-help" "$ACME_BIN" --dns-help dns_cf
like "$out" "CF_Token" "names the credentials"
ok "--dns-list" "$ACME_BIN" --dns-list
like "$out" "^dns_cf +Cloudflare" "lists the providers"

# --- list, info ----------------------------------------------------------------------------------
# cert NAME FOLDER LENGTH: a certificate's conf
cert() {
	mkdir -p "$H/$2"
	printf "Le_Domain='%s'\nLe_Alt='no'\nLe_Webroot='no'\nLe_Keylength='%s'\nLe_CertCreateTime='1700000000'\n" \
		"$1" "$3" >"$H/$2/$1.conf"
	printf "Le_CertCreateTimeStr='2023-11-14T22:13:20Z'\nLe_NextRenewTime='1702000000'\n" >>"$H/$2/$1.conf"
	printf "Le_NextRenewTimeStr='2023-12-08T01:46:40Z'\nSAVED_MY_Secret='verysecret'\n" >>"$H/$2/$1.conf"
}
cert a.test a.test 2048
cert a.test a.test_ecc ec-256
ok "list" acme --list
is "$(printf '%s\n' "$out" | head -n 1 | tr -s ' ')" "Main_Domain KeyLength SAN_Domains Profile CA Created Renew" \
	"its heading"
cert bücher.test bücher.test_ecc ec-256
run acme --list
is "$(printf '%s\n' "$out" | sed 's/ü/u/' | grep -o '^.*test *"' | awk '{ print length }' | sort -u)" 14 "columns are of characters"
rm -r "$H/bücher.test_ecc"
ok "listraw" acme --list --listraw
is "$(printf '%s\n' "$out" | tail -n 1)" \
	'a.test|"ec-256"|no||LetsEncrypt.org|2023-11-14T22:13:20Z|2023-12-08T01:46:40Z' "its lines are acme.sh's"
ok "list -d" acme --list -d a.test
is "$(printf '%s\n' "$out" | grep -c "^Le_Domain='a.test'$")" 2 "prints the confs of both kinds"
unlike "$out" verysecret "without secrets"
ok "list -d --ecc" acme --list -d a.test --ecc
is "$(printf '%s\n' "$out" | grep -c "^Le_Domain")" 1 "prints one"
ok "info -d" acme --info -d a.test --ecc
like "$out" "^DOMAIN_CONF=$H/a.test_ecc/a.test.conf$" "names the conf"
unlike "$out" verysecret "without secrets"
ok "--output-insecure" acme --info -d a.test --ecc --output-insecure
like "$out" "^SAVED_MY_Secret=verysecret$" "shows them"
ok "info" acme --info
like "$out" "^LE_WORKING_DIR=$H$" "names the home"

# --- output: channels, colours, time stamps, logs ----------------------------------------------
esc=$(printf '\033')
run acme --remove -d none.test
unlike "$err" "$esc" "no colours where there is no terminal"
run acme --remove -d none.test --force-color
like "$err" "$esc\[1;31m.*$esc\[0m" "--force-color"
run env ACME_FORCE_COLOR=1 "$ACME_BIN" --home "$H" --remove -d none.test
like "$err" "$esc" "ACME_FORCE_COLOR=1"
# tty COMMAND...: with a terminal as its output (no argument has a quote in it)
tty() { script -qec "$(printf "'%s' " "$@")" /dev/null </dev/null; }
run tty "$ACME_BIN" --home "$H" --remove -d none.test
like "$out" "$esc" "colours on a terminal"
run tty "$ACME_BIN" --home "$H" --remove -d none.test --no-color
unlike "$out" "$esc" "--no-color"
for one in NO_COLOR ACME_NO_COLOR; do
	run tty env $one=1 "$ACME_BIN" --home "$H" --remove -d none.test
	unlike "$out" "$esc" "$one=1"
done
run acme --install-cert -d none.test
is "$out" "" "errors are not on stdout"
like "$err" "^\[.*\] " "they have a time stamp"
run env NO_TIMESTAMP=1 "$ACME_BIN" --home "$H" --remove -d none.test
unlike "$err" "^\[" "NO_TIMESTAMP=1"
like "$err" "Please add '--debug' or '--log'" "how to see more is told"
echo "NO_TIMESTAMP='1'" >"$H/account.conf"
run acme --remove -d none.test
unlike "$err" "^\[" "also from account.conf"
rm "$H/account.conf"
run acme --set-default-ca --server letsencrypt --debug
like "$err" "acme [0-9.]+, home $H" "--debug tells version and home first"
run env DEBUG=1 "$ACME_BIN" --home "$H" --list
like "$err" "acme [0-9.]+, home $H" "DEBUG=1"
run env DEBUG=app:* "$ACME_BIN" --home "$H" --list
is "$err" "" "DEBUG of another program"

cd "$T" || exit 1
ok "--log of a file" acme --set-default-ca --server letsencrypt --log my.log --log-level 1
has "$T/my.log" "^\[.*\] Changed default CA" "gets the lines, with their time"
is "$(stat -c %a "$T/my.log")" 600 "is for its owner only"
has "$H/account.conf" "^LOG_FILE='$T/my.log'$" "the next runs use it too"
has "$H/account.conf" "^LOG_LEVEL='1'$" "with that level"
run acme --remove -d none.test
has "$T/my.log" "none.test.* is not an issued domain" "indeed"
like "$err" "Please check log file for more details: $T/my.log" "it is named when something fails"
ok "--log without a file" acme --set-default-ca --server letsencrypt --log
has "$H/account.conf" "^LOG_FILE='$H/acme.sh.log'$" "is acme.sh.log in the home"
has "$H/acme.sh.log" "Changed default CA" "indeed"
rm -rf "$T/new"
ok "in a home that is not there yet" "$ACME_BIN" --home "$T/new" --set-default-ca --server letsencrypt --log
ok "too" test -s "$T/new/acme.sh.log"
run acme --cron --server letsencrypt --log "$T/failed.log" --stop-renew-on-error
hasnt "$H/account.conf" "failed.log" "a run that fails keeps no setting"

if [ ! -e /dev/log ] && spawn syslog perl -MIO::Socket::UNIX -MSocket -e '$| = 1; umask 0;
	my $s = IO::Socket::UNIX->new(Local => "/dev/log", Type => SOCK_DGRAM) or exit 1;
	$SIG{TERM} = sub { unlink "/dev/log"; exit };
	while (defined $s->recv(my $m, 65536)) { print "$m\n" }' && wait_for 3 test -S /dev/log; then
	run acme --remove -d none.test --syslog 3
	ok "--syslog 3" wait_for 3 grep -q "none.test" "$T/syslog.log"
	has "$T/syslog.log" "^<11>.*acme.sh\[[0-9]+\]: " "as acme.sh tags it, as an error of a user"
	run acme --set-default-ca --server letsencrypt --syslog 6
	ok "--syslog 6" wait_for 3 grep -q "^<14>.*Changed default CA" "$T/syslog.log"
	has "$H/account.conf" "^SYS_LOG='6'$" "is kept"
	run acme --set-default-ca --server letsencrypt --syslog 0
	has "$H/account.conf" "^SYS_LOG='0'$" "and taken back"
	kill "$pid"
	wait_for 3 test ! -e /dev/log || rm -f /dev/log
else
	skip "--syslog" "there is a /dev/log, or it cannot be made"
fi
rm -f "$H/account.conf"

# --- homes ----------------------------------------------------------------------------------------
ok "--accountconf" acme --set-default-ca --server zerossl --accountconf "$T/other.conf"
has "$T/other.conf" "^DEFAULT_ACME_SERVER='https://acme.zerossl.com/" "is where settings go"
ok "the usual one is not made" test ! -e "$H/account.conf"
ok "--install --accountconf" acme --install --accountconf "$T/other.conf" --nocron --noprofile
has "$H/account.conf" "^ACCOUNT_CONF_PATH='$T/other.conf'$" "is pointed to from the usual one"
ok "later runs" acme --info
like "$out" "^DEFAULT_ACME_SERVER=https://acme.zerossl.com/" "find it there"
ok "--install --log --useragent" acme --install --nocron --noprofile --home "$T/i" --log --useragent mine --auto-upgrade
has "$T/i/account.conf" "^USER_AGENT='mine'$" "keeps --useragent"
has "$T/i/account.conf" "^LOG_FILE='$T/i/acme.sh.log'$" "and the log file"
has "$T/i/account.conf" "^AUTO_UPGRADE='1'$" "and --auto-upgrade"
exits 1 "a HOME that is no folder" env HOME="$T/nowhere" "$ACME_BIN" --list
like "$err" "HOME is '$T/nowhere', which is no folder.*--home" "says so"
exits 1 "no HOME" env -u HOME "$ACME_BIN" --list
like "$err" "no HOME.*--home" "says so"
mkdir -p "$T/h" "$T/c" "$T/k"
ok "three homes by the environment" env LE_WORKING_DIR="$T/h" LE_CONFIG_HOME="$T/c" CERT_HOME="$T/k" "$ACME_BIN" \
	--create-domain-key -d k.test
ok "the key is in CERT_HOME" test -s "$T/k/k.test_ecc/k.test.key"
ok "and by options" "$ACME_BIN" --home "$T/h" --config-home "$T/c" --cert-home "$T/k/2" --create-domain-key -d k.test
ok "in --cert-home" test -s "$T/k/2/k.test_ecc/k.test.key"
ok "CA_HOME" env CA_HOME="$T/accounts" "$ACME_BIN" --home "$T/h" --create-account-key --staging
ok "has the accounts" test -s "$T/accounts/acme-staging-v02.api.letsencrypt.org/directory/account.key"
ok "--accountkey" acme --create-account-key --accountkey "$T/account.key" --server letsencrypt
like "$(head -n 1 "$T/account.key" 2>&1)" "BEGIN EC PRIVATE KEY" "is where the account's key is made"
ok "--set-default-ca" acme --set-default-ca --server letsencrypt_test
has "$T/other.conf" "^DEFAULT_ACME_SERVER='https://acme-staging-v02" "is kept"
ok "and used" acme --create-account-key
ok "indeed" test -s "$H/ca/acme-staging-v02.api.letsencrypt.org/directory/account.key"
for one in 'ecc -k prime256v1' 'rsa -k 2048' 'ecc '; do
	# shellcheck disable=SC2086 # words
	set -- $one
	shift
	run acme --set-default-ca --server sslcom "$@"
	like "$out" "https://acme.ssl.com/sslcom-dv-${one%% *}$" "SSL.com has a directory for each kind of key:${*:- by default}"
	ok "its account" acme --create-account-key --server sslcom "$@"
	ok "is there" test -f "$H/ca/acme.ssl.com/sslcom-dv-${one%% *}/account.key"
	rm -r "$H/ca/acme.ssl.com"
done
exits 1 "--set-default-ca without --server" acme --set-default-ca

# --- sudo -------------------------------------------------------------------------------------------
if [ "$(id -u)" = 0 ]; then
	as_sudo() {
		tty env SUDO_UID=1000 SUDO_GID=1000 SUDO_USER="${by:-joe}" \
			SUDO_COMMAND="${what:-$H/acme.sh --create-account-key}" "$ACME_BIN" --home "$H" "$@"
	}
	exits 1 "by sudo on a terminal" as_sudo --create-account-key --server google
	like "$out" "sudo.*$H.*--force" "says why not, and what to do"
	ok "nothing is made" test ! -e "$H/ca/dv.acme-v02.api.pki.goog"
	exits 0 "with --force" as_sudo --create-account-key --server google --force
	exits 0 "--install" as_sudo --install --nocron --noprofile
	exits 0 "--list" as_sudo --list
	by=root exits 0 "by root's sudo" as_sudo --create-account-key --server google_test
	what=/bin/bash exits 0 "in a shell that sudo started" as_sudo --create-account-key --server actalis
	exits 0 "without a terminal" env SUDO_UID=1000 SUDO_GID=1000 SUDO_USER=joe SUDO_COMMAND=/x/acme "$ACME_BIN" \
		--home "$H" --create-account-key --server zerossl
else
	skip "sudo" "only root can tell"
fi

# --- requests -----------------------------------------------------------------------------------------
# A CA that has a directory and nothing else; it keeps what it is sent.
cat >"$T/ca.pl" <<'END'
use IO::Socket::IP;
$| = 1;
my ($address, $port) = @ARGV;
my $s = IO::Socket::IP->new(LocalHost => $address, LocalPort => $port, Listen => 20, ReuseAddr => 1, V6Only => 1) or die;
while (my $c = $s->accept) {
	sysread $c, my $head, 8192;
	print "[$address]\n$head";
	my $body = '{"newNonce":"http://x/n","newAccount":"http://x/a","newOrder":"http://x/o","meta":{"profiles":{"p":"of ' . $address . '"}}}';
	print $c $head =~ m{^GET \S*/moved } ? "HTTP/1.1 302 Found\r\nLocation: /dir\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
		: "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: " . length($body) . "\r\n\r\n$body";
	close $c;
}
END
web=$(port)
spawn v4 perl "$T/ca.pl" 127.0.0.1 "$web"
spawn v6 perl "$T/ca.pl" ::1 "$web"
ok "a server" wait_for 5 listening "$web"
R=$T/r
asks() { env HOME="$R" "$ACME_BIN" --home "$R" --list-profiles --server "http://127.0.0.1:$web/dir" "$@"; }
named() { env HOME="$R" "$ACME_BIN" --home "$R" --list-profiles --server "http://localhost:$web/dir" "$@"; }
mkdir "$R"

ok "a directory" asks
has "$T/v4.log" "^User-Agent: acme/[0-9]" "the usual User-Agent"
ok "--useragent" asks --useragent "mine/1"
has "$T/v4.log" "^User-Agent: mine/1.?$" "is sent"
has "$R/account.conf" "^USER_AGENT='mine/1'$" "and kept"
: >"$T/v4.log"
ok "the next run" asks
has "$T/v4.log" "^User-Agent: mine/1.?$" "sends it again"
ok "the environment" env USER_AGENT=env/1 HOME="$R" "$ACME_BIN" --home "$R" --list-profiles --server "http://127.0.0.1:$web/dir"
has "$T/v4.log" "^User-Agent: env/1.?$" "comes before it"
ok "extra headers" env _H1="X-Mine: yes" HOME="$R" "$ACME_BIN" --home "$R" --list-profiles --server "http://127.0.0.1:$web/dir"
has "$T/v4.log" "^X-Mine: yes.?$" "are sent (_H1)"
env HOME="$R" "$ACME_BIN" --home "$R" --list-profiles --server "http://127.0.0.1:$web/moved" >"$T/o" 2>&1
has "$T/o" "^p  of 127" "a redirect is followed"
exits 1 "ACME_HTTP_NO_REDIRECTS=1" env ACME_HTTP_NO_REDIRECTS=1 HOME="$R" "$ACME_BIN" --home "$R" --list-profiles \
	--server "http://127.0.0.1:$web/moved"
like "$err" "302" "does not follow it"
ok "a proxy in account.conf" env HOME="$R" sh -c 'echo "export http_proxy=http://127.0.0.1:$2" >>"$3/account.conf"
	"$1" --home "$3" --list-profiles --server http://elsewhere.test/dir' - "$ACME_BIN" "$web" "$R"
has "$T/v4.log" "^GET http://elsewhere.test/dir " "is used"
sed -i '/proxy/d' "$R/account.conf"

if grep -q '^0*1 ' /proc/net/if_inet6 2>/dev/null && grep -q '^::1.*localhost' /etc/hosts; then
	ok "--request-v4" named --request-v4
	like "$out" "of 127.0.0.1" "goes to the IPv4 address"
	has "$R/account.conf" "^ACME_USE_IPV4_REQUESTS='1'$" "is kept"
	ok "--request-v6" named --request-v6
	like "$out" "of ::1" "goes to the IPv6 address, whatever was kept"
	has "$R/account.conf" "^ACME_USE_IPV6_REQUESTS='1'$" "is kept"
	hasnt "$R/account.conf" "IPV4" "in the other's place"
	ok "the next run" named
	like "$out" "of ::1" "does the same"
	ok "the environment" env ACME_USE_IPV4_REQUESTS=1 HOME="$R" "$ACME_BIN" --home "$R" --list-profiles --server "http://localhost:$web/dir"
	like "$out" "of 127.0.0.1" "comes before account.conf"
else
	skip "--request-v4, --request-v6" "localhost has no IPv6 address"
fi

# --- AUTO_UPGRADE -----------------------------------------------------------------------------------
ok "cron with AUTO_UPGRADE and no release server" env AUTO_UPGRADE=1 ACME_RELEASE_URL="http://127.0.0.1:$web/none" \
	ACME_RELEASE_KEY="$T/none.pem" HOME="$R" "$ACME_BIN" --home "$R" --cron
like "$err" "none.pem" "tells that it failed"
like "$out" "0 renewed, 0 skipped, 0 failed" "and goes on"
ok "without AUTO_UPGRADE" env ACME_RELEASE_URL="http://127.0.0.1:$web/none" HOME="$R" "$ACME_BIN" --home "$R" --cron
is "$err" "" "nobody asks"
done_testing
