#!/bin/sh
# What options do to a certificate and its life, at a real CA: those that no other test is about
# (tests/options.tsv says which test is about which option).
. "$(dirname "$0")/../lib.sh"
PB_PROFILES='default=7776000'
pebble_start
issue() { acme --issue --standalone --httpport "$HTTP_PORT" "$@"; }
conf() { cat "$H/$1_ecc/$1.conf"; }
value() { sed -n "s/^$2='\(.*\)'$/\1/p" "$H/$1_ecc/$1.conf"; }
csr() { openssl req -in "$H/$1_ecc/$1.csr" -noout -text; }
day=86400

# --- names ---------------------------------------------------------------------------------------
ok "names as a comma list" issue -d n.test,www.n.test -d "x.n.test, y.n.test"
is "$(names "$H/n.test_ecc/n.test.cer" | sort | tr '\n' ' ')" "n.test www.n.test x.n.test y.n.test " "all are in it"
is "$(value n.test Le_Alt)" "www.n.test,x.n.test,y.n.test" "and in the conf"
exits 2 "an empty -d is no name" acme --renew -d "" -d n.test

long=$(printf 'a%.0s' 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30)
ok "a main name of more than 64 bytes" issue -d "$long.$long.longer.test"
is "$(openssl req -in "$H/$long.$long.longer.test_ecc/$long.$long.longer.test.csr" -noout -subject | tr -d ' ')" "subject=" \
	"is not in the request's subject"
exits 1 "a DNS provider that there is not" acme --issue -d h.test --dns dns_clodflare
like "$err" "dns_clodflare" "is told as such, not as DNS by hand"

# --- trust ---------------------------------------------------------------------------------------
# ours ARGUMENTS...: without --ca-bundle
ours() { HOME=$H "$ACME_BIN" --home "$H" --server "$SERVER" "$@"; }
mkdir "$T/trust"
cp "$T/minica.pem" "$T/trust/$(openssl x509 -in "$T/minica.pem" -noout -subject_hash).0"
sed -i '/^CA_/d' "$H/account.conf"
fails "an unknown CA server" ours --register-account
ok "--ca-path" ours --issue -d c.test --standalone --httpport "$HTTP_PORT" --ca-path "$T/trust"
has "$H/account.conf" "^CA_PATH='$T/trust'$" "is kept after a success"
ok "for later runs" ours --renew -d c.test --force
sed -i '/^CA_/d' "$H/account.conf"
ok "CURL_CA_BUNDLE" env CURL_CA_BUNDLE="$T/minica.pem" HOME="$H" "$ACME_BIN" --home "$H" --renew -d c.test --force
hasnt "$H/account.conf" "^CA_BUNDLE" "is not kept"
cd "$T" || exit 1
ok "--ca-bundle by a relative path" ours --renew -d c.test --force --ca-bundle minica.pem
has "$H/account.conf" "^CA_BUNDLE='$T/minica.pem'$" "is kept by its absolute one"
cd / || exit 1
ok "and found from elsewhere" ours --renew -d c.test --force
ok "--insecure" ours --insecure --renew -d c.test --force --ca-bundle /dev/null
sed -i '/^CA_/d' "$H/account.conf"
fails "is for one run only" ours --renew -d c.test --force
hasnt "$H/account.conf" "INSECURE" "nothing is kept of it"
fails "HTTPS_INSECURE=0 means no" env HTTPS_INSECURE=0 HOME="$H" "$ACME_BIN" --home "$H" --renew -d c.test --force
ok "HTTPS_INSECURE=1" env HTTPS_INSECURE=1 HOME="$H" "$ACME_BIN" --home "$H" --renew -d c.test --force
like "$err" "not verified" "says so each time"
echo "HTTPS_INSECURE='1'" >>"$H/account.conf"
ok "what acme.sh has made permanent" ours --renew -d c.test --force
like "$err" "account.conf sets HTTPS_INSECURE: take that line out" "is told"
sed -i /INSECURE/d "$H/account.conf"

# --- the account ---------------------------------------------------------------------------------
A=$H/ca/localhost/dir
ok "--accountkey" issue -d k.test --accountkey "$T/my.key"
like "$(head -n 1 "$T/my.key")" "BEGIN EC PRIVATE KEY" "a key is made there"
is "$(sed -n "s/^CA_KEY_HASH='\(.*\)'/\1/p" "$A/ca.conf")" "$(openssl dgst -sha256 -binary "$T/my.key" | base64)" \
	"and it is the account's"
ok "-ak 2048" acme --register-account --accountkey "$T/rsa.key" -ak 2048
is "$(openssl pkey -in "$T/rsa.key" -noout -text | head -n 1 | grep -o '2048 bit')" "2048 bit" "is the length of the account's key"
ok "without it the CA's own" issue -d k2.test
ok "is in the CA's folder" test -s "$A/account.key"
ok "ACCOUNT_EMAIL" env ACCOUNT_EMAIL=env@k.test HOME="$H" "$ACME_BIN" --home "$H" --server "$SERVER" \
	--ca-bundle "$T/minica.pem" --register-account --accountkey "$T/mail.key"
has "$A/ca.conf" "^CA_EMAIL='env@k.test'$" "is the contact"
ok "-m" acme --register-account --accountkey "$T/mail2.key" -m line@k.test
has "$A/ca.conf" "^CA_EMAIL='line@k.test'$" "is the contact"
rm "$A/ca.conf"

# --- the request -----------------------------------------------------------------------------------
ok "--ocsp-must-staple --extended-key-usage" issue -d r.test --ocsp-must-staple --extended-key-usage serverAuth
like "$(csr r.test)" "status_request" "the request has the must-staple extension"
like "$(csr r.test)" "TLS Web Server Authentication" "and the usage"
unlike "$(csr r.test)" "TLS Web Client" "and no other"
is "$(value r.test Le_OCSP_Staple) $(value r.test Le_ExtKeyUse)" "1 serverAuth" "both are kept"
ok "renewed" acme --renew -d r.test --force
like "$(csr r.test)" "status_request" "also for renewals"
ok "a plain request" acme --create-csr -d r.test
unlike "$(csr r.test)" "Extended Key Usage|status_request" "asks for neither"
ok "create-csr with them" acme --create-csr -d r.test --ocsp --extended-key-usage clientAuth
like "$(csr r.test)" "TLS Web Client" "asks for the other usage"
ok "--valid-from and --valid-to" issue -d v.test --valid-from +1d --valid-to +5d
from=$(date -d "$(openssl x509 -in "$H/v.test_ecc/v.test.cer" -noout -startdate | cut -d= -f2)" +%s)
to=$(date -d "$(openssl x509 -in "$H/v.test_ecc/v.test.cer" -noout -enddate | cut -d= -f2)" +%s)
is "$(((to - from + 3600) / day))" 4 "are the certificate's dates"
is "$(value v.test Le_Valid_From) $(value v.test Le_Valid_To)" "+1d +5d" "and kept as typed"
ok "a fixed end" issue -d f.test --valid-to "$(date -u -d '+9 days' +%Y-%m-%dT00:00:00Z)"
exits 2 "is never renewed by itself" acme --renew -d f.test
like "$out" "cannot be renewed automatically" "says so"

# --- when it is renewed ------------------------------------------------------------------------------
next() { echo $((($(value "$1" Le_NextRenewTime) - $(value "$1" Le_CertCreateTime)) / day)); }
export NO_ARI=1
ok "two thirds of the lifetime" issue -d d.test
is "$(next d.test)" 59 "by itself (90 days: on the 60th)"
ok "--days" issue -d d.test --days 20 --force
is "$(next d.test) $(value d.test Le_RenewalDays)" "19 20" "as acme.sh counts"
ok "is kept" acme --renew -d d.test --force
is "$(next d.test)" 19 "by renewals"
ok "--days with a minus" acme --renew -d d.test --force --days -10
is "$(next d.test)" 79 "counts from the end"
ok "Le_RenewalDays" env Le_RenewalDays=7 HOME="$H" "$ACME_BIN" --home "$H" --ca-bundle "$T/minica.pem" --renew -d d.test --force
is "$(next d.test) $(value d.test Le_RenewalDays)" "6 7" "of the environment is kept too"
ok "DEFAULT_RENEW" env DEFAULT_RENEW=12 HOME="$H" "$ACME_BIN" --home "$H" --ca-bundle "$T/minica.pem" --renew -d n.test --force
is "$(next n.test) $(value n.test Le_RenewalDays)" "11 " "is for those without days, and not kept"
unset NO_ARI

# --- keys ----------------------------------------------------------------------------------------------
ok "--pfx-legacy" acme --to-pkcs12 -d n.test --password pass --pfx-legacy
like "$(openssl pkcs12 -in "$H/n.test_ecc/n.test.pfx" -info -noout -passin pass:pass -legacy 2>&1)" "3-KeyTripleDES|3DES" \
	"has the old ciphers"
ok "without it" acme --to-pkcs12 -d n.test --password pass
like "$(openssl pkcs12 -in "$H/n.test_ecc/n.test.pfx" -info -noout -passin pass:pass 2>&1)" "AES-256" "has today's"

exits 1 "a length that there is not" issue -d l.test -k ec-512
like "$err" "ec-256, ec-384, ec-521" "tells those that there are"
ok "a curve by OpenSSL's name" acme --create-domain-key -d l.test -k prime256v1
has "$H/l.test_ecc/l.test.conf" "^Le_Keylength='ec-256'$" "is understood"

# --- the responder's address ------------------------------------------------------------------------------
if grep -q '^0*1 ' /proc/net/if_inet6 2>/dev/null; then
	ct /add-aaaa '{"host":"six.test","addresses":["::1"]}'
	ct /add-a '{"host":"six.test","addresses":[]}'
	ok "--listen-v6" issue -d six.test --listen-v6
	is "$(value six.test Le_Listen_V6)" 1 "is kept"
	forget
	fails "--listen-v4 instead" acme --renew -d six.test --force --listen-v4
	is "$(value six.test Le_Listen_V6)$(value six.test Le_Listen_V4)" 1 "is not, since it failed"
	ok "the renewal" acme --renew -d six.test --force
	ok "--listen-v4" issue -d four.test --listen-v4
	is "$(value four.test Le_Listen_V4)" 1 "is kept"
	forget
	fails "--listen-v6 in its place" acme --renew -d four.test --force --listen-v6
	ok "both" acme --renew -d four.test --force --listen-v6 --listen-v4
	is "$(value four.test Le_Listen_V4)$(value four.test Le_Listen_V6)" 11 "are kept"
else
	skip "--listen-v6" "there is no IPv6"
fi

# --- many, and what is skipped ---------------------------------------------------------------------------
exits 2 "skipped" acme --renew -d n.test
exits 0 "--treat-skip-as-success" acme --renew -d n.test --treat-skip-as-success
exits 0 "for --issue too" acme --issue -d n.test,www.n.test,x.n.test,y.n.test --standalone --treat-skip-as-success
for one in "$H"/*_ecc; do
	mv "$one" "$T/" # they are of no more use
done
for one in 1 2 3; do
	ok "certificate $one" issue -d $one.se.test
	sed -i "s/^Le_NextRenewTime=.*/Le_NextRenewTime='1700000000'/; s/^Le_CertCreateTime=.*/Le_CertCreateTime='1690000000'/; /^Acme_/d
		s/^Le_HTTPPort=.*/Le_HTTPPort='70000'/" "$H/$one.se.test_ecc/$one.se.test.conf"
done
exits 1 "--stop-renew-on-error" acme --renew-all --stop-renew-on-error --parallel 1
is "$(printf '%s\n' "$err" | grep -c 'Error renewing')" 1 "ends at the first failure"
sed -i '/^Acme_/d' "$H"/*/*.conf
exits 1 "-se, the other spelling" acme --renew-all -se --parallel 1
is "$(printf '%s\n' "$err" | grep -c 'Error renewing')" 1 "the same"
sed -i '/^Acme_/d' "$H"/*/*.conf
exits 1 "without it" acme --renew-all --parallel 1
is "$(printf '%s\n' "$err" | grep -c 'Error renewing')" 3 "all are tried"

# --- notifications ------------------------------------------------------------------------------------------
mkdir -p "$H/notify"
printf '#!/bin/sh\nprintf "%%s\\n" "$1" >>%s/mail\nprintf "%%s\\n" "$2" >%s/body\n' "$T" "$T" >"$H/notify/mail"
chmod +x "$H/notify/mail"
ok "--notify-mode 1" acme --set-notify --notify-hook mail --notify-mode 1 --notify-source me
: >"$T/mail"
sed -i '/^Acme_/d' "$H"/*/*.conf
exits 1 "a run that fails" acme --cron
is "$(grep -c 'error by me' "$T/mail")" 3 "one message a certificate"
ok "--notify-mode 0" acme --set-notify --notify-mode 0
: >"$T/mail"
sed -i '/^Acme_/d' "$H"/*/*.conf
exits 1 "another" acme --cron
is "$(wc -l <"$T/mail")" 1 "one message a run"
for level in 2 3; do
	sed -i '/^Acme_/d' "$H"/1.se.test_ecc/*.conf
	run env NOTIFY_LEVEL=$level HOME="$H" "$ACME_BIN" --home "$H" --server "$SERVER" --ca-bundle "$T/minica.pem" --cron
	is "$(sed -n '/^    /p;/Skipped/p' "$T/body" | tr -d '\n')" \
		"    1.se.test_ecc$([ $level = 2 ] || echo 'Skipped certs:    2.se.test_ecc    3.se.test_ecc')" \
		"level $level: what it names"
done
ok "--notify-level 0" acme --set-notify --notify-level 0
: >"$T/mail"
sed -i '/^Acme_/d' "$H"/*/*.conf
exits 1 "another" acme --cron
is "$(cat "$T/mail")" "" "none"

# --- the PATH of the daily run --------------------------------------------------------------------------------
mkdir "$T/mine"
printf '#!/bin/sh\necho ran >>%s/ran\n' "$T" >"$T/mine/my-reload"
chmod +x "$T/mine/my-reload"
PATH=$T/mine:$PATH issue -d path.test --reloadcmd my-reload >"$T/o" 2>&1
is "$(cat "$T/ran")" ran "a command of the user's PATH"
has "$H/account.conf" "^USER_PATH='$T/mine:" "the PATH is kept"
rm -rf "$H"/*.se.test_ecc
ok "cron, with a short PATH" env -i HOME="$H" PATH=/usr/bin:/bin "$ACME_BIN" --home "$H" --ca-bundle "$T/minica.pem" --cron --force
is "$(wc -l <"$T/ran")" 2 "finds it too"

# --- FORCE, STAGE, ACME_DIRECTORY ---------------------------------------------------------------------------------
ok "FORCE=1" env FORCE=1 PATH="$T/mine:$PATH" HOME="$H" "$ACME_BIN" --home "$H" --ca-bundle "$T/minica.pem" --renew -d path.test
ok "ACME_DIRECTORY" env ACME_DIRECTORY="$SERVER" HOME="$H" "$ACME_BIN" --home "$H" --ca-bundle "$T/minica.pem" --list-profiles
like "$out" "^default " "is the CA"
run env STAGE=1 https_proxy=http://127.0.0.1:1 HOME="$H" "$ACME_BIN" --home "$H" --list-profiles
like "$err" "LetsEncrypt.org_test" "STAGE=1 is --staging"
run env https_proxy=http://127.0.0.1:1 HOME="$H" "$ACME_BIN" --home "$H" --list-profiles --staging
like "$err" "LetsEncrypt.org_test" "--staging"
done_testing
